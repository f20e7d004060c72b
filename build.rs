//! Writes the C header from the sources of the C API, and gives the shared library its name.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The sources that the header comes from, in the order in which a reader wants to meet their functions.
const API_SOURCES: [&str; 26] = [
    "types.rs",
    "item_struct.rs",
    "version.rs",
    "memory.rs",
    "compressor_setup.rs",
    "compressor_method.rs",
    "input_setup.rs",
    "compressor_run.rs",
    "stream_out.rs",
    "items_run.rs",
    "compressor_job.rs",
    "item_events.rs",
    "queue_setup.rs",
    "queue_method.rs",
    "queue_run.rs",
    "queue_job.rs",
    "recommend.rs",
    "totals.rs",
    "extractor_types.rs",
    "extractor_setup.rs",
    "extractor_open.rs",
    "extractor_items.rs",
    "extractor_run.rs",
    "extractor_state.rs",
    "update_setup.rs",
    "lzma2.rs",
];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    for watched in ["build.rs", "cbindgen.toml", "src/capi", "include"] {
        println!("cargo:rerun-if-changed={watched}");
    }
    println!("cargo:rerun-if-env-changed=PARALLELCOMPRESS_WRITE_HEADER");
    write_header(&root);
    name_the_library();
}

/// Into OUT_DIR always (a test compares it with the one that is checked in), and into include/ where asked.
fn write_header(root: &Path) {
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    config.after_includes = config.after_includes.map(|text| with_version(&text));
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in API_SOURCES {
        builder = builder.with_src(root.join("src/capi").join(source));
    }
    let bindings = builder.generate().expect("the C API can be put into a header");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    bindings.write_to_file(out.join("ParallelCompressAPI.h"));
    if env::var_os("PARALLELCOMPRESS_WRITE_HEADER").is_some_and(|value| value == "1") {
        fs::create_dir_all(root.join("include")).expect("include/ can be made");
        bindings.write_to_file(root.join("include/ParallelCompressAPI.h"));
    }
}

/// The version macros come from Cargo.toml, the one place where the version stands.
fn with_version(text: &str) -> String {
    ["MAJOR", "MINOR", "PATCH"].iter().fold(text.to_owned(), |text, part| {
        let value = env::var(format!("CARGO_PKG_VERSION_{part}")).expect("cargo sets it");
        text.replace(&format!("@{part}@"), &value)
    })
}

/// The number in the name changes when programs must be built anew, not with each version.
fn name_the_library() {
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos" | "ios") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libparallelcompress.0.dylib");
        }
        Ok("windows") => {} // A DLL is found by its file's name.
        _ => println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libparallelcompress.so.0"),
    }
}
