//! The C API's surface says the same everywhere: the header that is checked in, the one that the sources give, the export
//! list, and what the shared library exports. And it says what Cargo.toml says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const HEADER: &str = include_str!("../include/ParallelCompressAPI.h");
/// What cbindgen makes of the sources now; `build.rs` put it there.
const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/ParallelCompressAPI.h"));
const EXPORT_LIST: &str = include_str!("../ParallelCompress.def");

const MENDING: &str = "PARALLELCOMPRESS_WRITE_HEADER=1 cargo build";

/// The shared library of this very build: cargo puts it beside the tests.
fn shared_library() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let library = test.parent().unwrap().join(format!(
        "{}parallelcompress{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    assert!(library.is_file(), "no shared library at {}", library.display());
    library
}

/// What a program of the package `package` prints about the library.
fn output_of(program: &str, package: &str, arguments: &[&str], library: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(library).output();
    let output = output.unwrap_or_else(|e| panic!("{program}: {e}; install it: apt-get install {package}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The functions that a header declares, each with the comment before it.
fn declarations(header: &str) -> Vec<(&str, &str)> {
    // A declaration begins with the macro, on the same line or, where that would be too long, on one of its own.
    let mut rest = header.split_once("extern \"C\" {").expect("the header has declarations").1;
    let mut found = Vec::new();
    while let Some((before, after)) = rest.split_once("\nPARALLELCOMPRESS_API") {
        let declarator = after.split('(').next().unwrap();
        let comment = before.rfind("/**").map_or("", |start| &before[start..]);
        found.push((declarator.rsplit([' ', '*', '\n']).next().unwrap(), comment));
        rest = after;
    }
    found
}

fn declared(header: &str) -> BTreeSet<&str> {
    declarations(header).into_iter().map(|(name, _)| name).collect()
}

/// What the export list has after its EXPORTS line.
fn listed() -> Vec<&'static str> {
    EXPORT_LIST.lines().skip_while(|line| *line != "EXPORTS").skip(1).map(str::trim).collect()
}

#[test]
fn the_header_is_the_one_that_the_sources_give() {
    assert!(
        HEADER.replace("\r\n", "\n") == GENERATED,
        "include/ParallelCompressAPI.h is not what src/capi says now. Run this and commit the result:\n  {MENDING}"
    );
}

#[test]
fn header_and_export_list_name_the_same_functions() {
    let listed = listed();
    assert!(listed.is_sorted(), "ParallelCompress.def is not sorted");
    let set: BTreeSet<_> = listed.iter().copied().collect();
    assert_eq!(set.len(), listed.len(), "ParallelCompress.def names something twice");
    assert_eq!(set, declared(HEADER), "left: ParallelCompress.def, right: the header");
    assert_eq!(declared(HEADER), declared(GENERATED), "left: the header, right: the sources ({MENDING})");
    assert!(set.len() >= 60, "only {} functions found: does this test still read the header right?", set.len());
}

#[cfg(target_os = "linux")]
#[test]
fn the_shared_library_exports_exactly_the_export_list() {
    let symbols = output_of("nm", "binutils", &["-D", "--defined-only"], &shared_library());
    let exported: BTreeSet<_> = symbols.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert_eq!(exported, listed().into_iter().collect(), "left: nm -D, right: ParallelCompress.def");
}

#[cfg(target_os = "linux")]
#[test]
fn the_shared_library_has_a_name_with_the_interface_number() {
    let dynamic = output_of("readelf", "binutils", &["-d"], &shared_library());
    let soname = dynamic.lines().find(|line| line.contains("(SONAME)"));
    assert!(soname.is_some_and(|line| line.ends_with("[libparallelcompress.so.0]")), "{soname:?}");
}

#[test]
fn the_version_macros_say_what_cargo_toml_says() {
    let value = |name: &str| {
        let start = format!("#define PARALLELCOMPRESS_VERSION_{name} ");
        HEADER.lines().find_map(|line| line.strip_prefix(start.as_str())).unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!(value("MAJOR"), env!("CARGO_PKG_VERSION_MAJOR"));
    assert_eq!(value("MINOR"), env!("CARGO_PKG_VERSION_MINOR"));
    assert_eq!(value("PATCH"), env!("CARGO_PKG_VERSION_PATCH"));
    assert_eq!(value("STRING"), format!("{:?}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_function_says_since_when_it_is_there() {
    for (name, comment) in declarations(HEADER) {
        assert!(comment.contains("Since 0."), "no \"Since\" in the comment before {name}");
    }
}
