//! The C API as C and C++ callers meet it: builds the programs of `capi-tests/` and `examples-c/` with strict compilers
//! in three languages against both libraries, and runs them; 7-Zip judges what they wrote, valgrind what they left.
#![cfg(unix)]

use std::collections::HashMap;
use std::ffi::c_void;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use parallelcompress::capi;
use parallelcompress::error::{E_FAIL, S_OK};

/// What a program needs beside the static library on Linux. The README and the header's first page say the same.
const STATIC_LINK_LINE: &str = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc";

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];
/// What users of the C++ header may have on beside: all of it is compiled in their programs.
const MORE_WARNINGS: [&str; 4] = ["-Wshadow", "-Wconversion", "-Wnon-virtual-dtor", "-Woverloaded-virtual"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of this very build: cargo puts the libraries beside the tests.
fn build_folder() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Language {
    C99,
    C11,
    Cpp17,
    Cpp20,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Linkage {
    Shared,
    Static,
}

/// Of the C header.
const LANGUAGES: [Language; 3] = [Language::C99, Language::C11, Language::Cpp17];
/// Of the C++ header.
const CPP_LANGUAGES: [Language; 2] = [Language::Cpp17, Language::Cpp20];

/// A command whose program comes with the Debian package `package`.
fn tool(program: &str, package: &str) -> Command {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
    assert!(found, "these tests need {program}: apt-get install {package}");
    Command::new(program)
}

/// Runs it to its end; what it said is the test's message if it fails.
fn run(command: &mut Command, what: &str) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{what}: {e}"));
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{what}: {}\n{said}", output.status);
}

/// A compiler for that language, strict.
fn compiler(language: Language) -> Command {
    let (program, package, kind, standard) = match language {
        Language::C99 => ("gcc", "gcc", "c", "-std=c99"),
        Language::C11 => ("gcc", "gcc", "c", "-std=c11"),
        Language::Cpp17 => ("g++", "g++", "c++", "-std=c++17"),
        Language::Cpp20 => ("g++", "g++", "c++", "-std=c++20"),
    };
    let mut compiler = tool(program, package);
    compiler.args(["-x", kind, standard]).args(WARNINGS).arg("-I").arg(root().join("include"));
    compiler
}

/// A folder with the shared library under the names that the linker and the loader look for.
fn shared_library_folder() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let library = build_folder().join("libparallelcompress.so");
        assert!(library.is_file(), "no shared library at {}", library.display());
        for name in ["libparallelcompress.so", "libparallelcompress.so.0"] {
            std::os::unix::fs::symlink(&library, folder.path().join(name)).unwrap();
        }
        folder
    });
    folder.path()
}

/// Compiles one source into `program`.
fn build(source: &Path, language: Language, linkage: Linkage, program: &Path) {
    let mut compiler = compiler(language);
    compiler.arg(source).args(["-x", "none", "-o"]).arg(program);
    link(&mut compiler, linkage);
    run(&mut compiler, &format!("compiling {} as {language:?}", source.display()));
}

/// The object file of one source of `capi-tests/cpp/`, compiled when it is first asked for: that takes seconds.
fn cpp_object(source: &'static str, language: Language) -> PathBuf {
    type Objects = Mutex<HashMap<(&'static str, Language), Arc<OnceLock<PathBuf>>>>;
    static OBJECTS: OnceLock<Objects> = OnceLock::new();
    let cell = Arc::clone(OBJECTS.get_or_init(Objects::default).lock().unwrap().entry((source, language)).or_default());
    cell.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("capi-cpp");
        fs::create_dir_all(&folder).unwrap();
        let object = folder.join(format!("{}-{language:?}.o", source.replace('/', "-")));
        let mut compiler = compiler(language);
        compiler.args(MORE_WARNINGS).arg("-c").arg(root().join("capi-tests/cpp").join(source)).arg("-o").arg(&object);
        run(&mut compiler, &format!("compiling {source} as {language:?}"));
        object
    })
    .clone()
}

/// Builds a program that includes the C++ header, with a second unit that includes it too.
fn build_cpp(source: &'static str, language: Language, linkage: Linkage, program: &Path) {
    let mut linker = tool("g++", "g++");
    linker.arg(cpp_object(source, language)).arg(cpp_object("unit/other_unit.cpp", language)).arg("-o").arg(program);
    link(&mut linker, linkage);
    run(&mut linker, &format!("linking {source} as {language:?}"));
}

/// Tells the compiler where the library is.
fn link(compiler: &mut Command, linkage: Linkage) {
    match linkage {
        Linkage::Shared => {
            let folder = shared_library_folder();
            compiler.arg("-L").arg(folder).args(["-lparallelcompress", "-lpthread"]);
            compiler.arg(format!("-Wl,-rpath,{}", folder.display()));
        }
        Linkage::Static => {
            compiler.arg(build_folder().join("libparallelcompress.a")).args(STATIC_LINK_LINE.split(' '));
        }
    }
}

/// Builds a program of `capi-tests/` in every way it can be, and runs each build: one with all it has to do, the others,
/// which differ in the compiler only, with less.
fn run_everywhere(source: &str) {
    let source = root().join("capi-tests").join(source);
    tool("7zz", "7zip");
    tool("xz", "xz-utils");
    let folder = tempfile::tempdir().unwrap();
    let is_cpp = source.extension().is_some_and(|extension| extension == "cpp");
    for language in LANGUAGES.into_iter().filter(|language| !is_cpp || *language == Language::Cpp17) {
        for linkage in [Linkage::Shared, Linkage::Static] {
            let name = format!("{language:?}-{linkage:?}");
            let program = folder.path().join(format!("program-{name}"));
            build(&source, language, linkage, &program);
            let work = folder.path().join(&name);
            fs::create_dir(&work).unwrap();
            let mut command = Command::new(&program);
            command.arg(&work);
            let is_the_full_one = (language == Language::C11 || is_cpp) && linkage == Linkage::Shared;
            if !is_the_full_one {
                command.arg("quick");
            }
            run(&mut command, &format!("{} as {name}", source.display()));
        }
    }
}

/// The same for a program of `capi-tests/cpp/`.
fn run_cpp_everywhere(source: &'static str) {
    tool("7zz", "7zip");
    tool("xz", "xz-utils");
    let folder = tempfile::tempdir().unwrap();
    for language in CPP_LANGUAGES {
        for linkage in [Linkage::Shared, Linkage::Static] {
            let name = format!("{language:?}-{linkage:?}");
            let program = folder.path().join(format!("program-{name}"));
            build_cpp(source, language, linkage, &program);
            let work = folder.path().join(&name);
            fs::create_dir(&work).unwrap();
            let mut command = Command::new(&program);
            command.arg(&work);
            if language != Language::Cpp20 || linkage != Linkage::Shared {
                command.arg("quick");
            }
            run(&mut command, &format!("{source} as {name}"));
        }
    }
}

/// Runs a program of `capi-tests/` under valgrind: no error and no leak.
fn run_under_valgrind(source: &str) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    let language = if source.ends_with(".cpp") { Language::Cpp17 } else { Language::C11 };
    build(&root().join("capi-tests").join(source), language, Linkage::Shared, &program);
    check_memory(&program, folder.path(), source);
}

/// The same for a program of `capi-tests/cpp/`.
fn run_cpp_under_valgrind(source: &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    build_cpp(source, Language::Cpp17, Linkage::Shared, &program);
    check_memory(&program, folder.path(), source);
}

/// Runs a program under valgrind, in a new folder within `folder`.
fn check_memory(program: &Path, folder: &Path, source: &str) {
    let work = folder.join("work");
    fs::create_dir(&work).unwrap();
    let mut valgrind = tool("valgrind", "valgrind");
    valgrind.args(["--quiet", "--leak-check=full", "--error-exitcode=99"]);
    valgrind.arg(format!("--suppressions={}", root().join("capi-tests/valgrind.supp").display()));
    run(valgrind.arg(program).arg(&work).arg("quick"), &format!("valgrind {source}"));
}

/// The programs in a folder, sorted.
fn sources_in(folder: &str) -> Vec<String> {
    let mut sources: Vec<_> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".c") || name.ends_with(".cpp"))
        .collect();
    sources.sort();
    sources
}

/// Two tests for each program, and one that none is forgotten.
macro_rules! programs {
    ($($name:ident: $source:literal,)*) => {
        mod programs {
            $(#[test] fn $name() { super::run_everywhere($source); })*
        }

        mod under_valgrind {
            $(#[test] fn $name() { super::run_under_valgrind($source); })*
        }

        #[test]
        fn every_program_is_run() {
            assert_eq!(sources_in("capi-tests"), [$($source),*], "left: capi-tests/, right: this file");
        }
    };
}

/// The same for the programs of the C++ header.
macro_rules! cpp_programs {
    ($($name:ident: $source:literal,)*) => {
        mod cpp_programs {
            $(#[test] fn $name() { super::run_cpp_everywhere($source); })*
        }

        mod cpp_under_valgrind {
            $(#[test] fn $name() { super::run_cpp_under_valgrind($source); })*
        }

        #[test]
        fn every_cpp_program_is_run() {
            assert_eq!(sources_in("capi-tests/cpp"), [$($source),*], "left: capi-tests/cpp/, right: this file");
        }
    };
}

programs! {
    background: "background.c",
    callbacks: "callbacks.c",
    cancel: "cancel.c",
    cplusplus: "cplusplus.cpp",
    encryption: "encryption.c",
    extract: "extract.c",
    extract_stream: "extract_stream.c",
    files: "files.c",
    item_struct: "item_struct.c",
    lifecycle: "lifecycle.c",
    look_ahead: "look_ahead.c",
    lzma2: "lzma2.c",
    many_items: "many_items.c",
    memory_items: "memory_items.c",
    methods: "methods.c",
    null_args: "null_args.c",
    queue: "queue.c",
    recommend: "recommend.c",
    stream_exceptions: "stream_exceptions.cpp",
    stream_out: "stream_out.c",
    streams: "streams.c",
    threads: "threads.c",
    throwing: "throwing.cpp",
    totals: "totals.c",
    unicode: "unicode.c",
    update: "update.c",
    version: "version.c",
    volumes: "volumes.c",
}

cpp_programs! {
    background: "background.cpp",
    basics: "basics.cpp",
    callbacks: "callbacks.cpp",
    extractor: "extractor.cpp",
    hints: "hints.cpp",
    input_streams: "input_streams.cpp",
    lzma2: "lzma2.cpp",
    metadata: "metadata.cpp",
    output_streams: "output_streams.cpp",
    queue: "queue.cpp",
    update: "update.cpp",
}

#[test]
fn the_cpp_header_compiles_alone_twice_and_beside_7zips_types() {
    let clang = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join("clang++").is_file()));
    for program in ["g++", "clang++"].into_iter().filter(|program| *program == "g++" || clang) {
        for (source, standard) in [
            ("cpp_twice.cpp", "-std=c++17"),
            ("cpp_twice.cpp", "-std=c++20"),
            ("cpp_before_7zip.cpp", "-std=c++17"),
            ("cpp_after_7zip.cpp", "-std=c++17"),
            ("cpp_after_old_7zip.cpp", "-std=c++17"),
        ] {
            let mut compiler = tool(program, program);
            compiler.arg(standard).args(WARNINGS).args(MORE_WARNINGS).arg("-I").arg(root().join("include"));
            compiler.arg("-fsyntax-only").arg(root().join("capi-tests/headers").join(source));
            run(&mut compiler, &format!("{program} {standard} {source}"));
        }
    }
}

#[test]
fn the_cpp_header_says_what_it_needs() {
    for (option, message) in [("-std=c++14", "needs C++17"), ("-fno-exceptions", "needs exceptions")] {
        let mut compiler = compiler(Language::Cpp17);
        compiler.args([option, "-fsyntax-only"]).arg(root().join("capi-tests/headers/cpp_twice.cpp"));
        let output = compiler.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(message), "{option}: {said}");
    }
}

#[test]
fn the_header_compiles_alone_twice_and_beside_7zips_types() {
    for source in ["twice.c", "before_7zip.c", "after_7zip.c", "after_old_7zip.c", "own_types.c"] {
        for language in LANGUAGES {
            let mut compiler = compiler(language);
            compiler.arg("-fsyntax-only").arg(root().join("capi-tests/headers").join(source));
            run(&mut compiler, &format!("{source} as {language:?}"));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_static_link_line_is_the_one_that_rustc_names() {
    // A crate that holds nothing but ours: so the libraries named are ours, and no build of ours is done twice.
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("all.rs");
    fs::write(&source, "pub use parallelcompress;").unwrap();
    let mut rlib = std::ffi::OsString::from("parallelcompress=");
    rlib.push(build_folder().join("libparallelcompress.rlib"));
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition=2024", "--crate-type=staticlib", "--print=native-static-libs", "--extern"]).arg(rlib);
    rustc.arg("-L").arg(format!("dependency={}", build_folder().display()));
    rustc.arg("--out-dir").arg(folder.path()).arg(&source);
    let output = rustc.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find_map(|line| line.strip_prefix("note: native-static-libs: "));
    assert_eq!(line, Some(STATIC_LINK_LINE), "rustc said: {said}");
    let header = fs::read_to_string(root().join("include/ParallelCompressAPI.h")).unwrap();
    assert!(header.contains(STATIC_LINK_LINE), "the header names another line");
}

/// Builds an example in every way and hands each build to `check` with an empty folder to work in.
fn with_example(source: &str, check: impl Fn(&Path, &Path)) {
    let folder = tempfile::tempdir().unwrap();
    for language in LANGUAGES {
        for linkage in [Linkage::Shared, Linkage::Static] {
            let program = folder.path().join(format!("program-{language:?}-{linkage:?}"));
            build(&root().join("examples-c").join(source), language, linkage, &program);
            let work = folder.path().join(format!("{language:?}-{linkage:?}"));
            fs::create_dir(&work).unwrap();
            check(&program, &work);
        }
    }
}

/// What 7-Zip takes out of an archive under a name.
fn extracted(archive: &Path, password: &str, name: &str) -> Vec<u8> {
    let output = tool("7zz", "7zip").args(["x", "-so", &format!("-p{password}")]).arg(archive).arg(name).output();
    let output = output.unwrap();
    assert!(output.status.success(), "7zz: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn example_memory_to_archive() {
    with_example("memory_to_archive.c", |program, work| {
        let archive = work.join("reports.7z");
        run(Command::new(program).arg(&archive), "memory_to_archive");
        let report = extracted(&archive, "", "reports/2026-12.csv");
        assert!(report.starts_with(b"2026-12-01;account 0000;0.00 EUR\n"));
        assert_eq!(report.split(|&byte| byte == b'\n').count(), 4001);
    });
}

#[test]
fn example_encrypt_files() {
    with_example("encrypt_files.c", |program, work| {
        let archive = work.join("backup.7z");
        fs::create_dir_all(work.join("Documents/letters")).unwrap();
        fs::write(work.join("Documents/letters/a.txt"), "dear reader").unwrap();
        fs::write(work.join("photo.jpg"), [7; 5000]).unwrap();
        let mut command = Command::new(program);
        command.current_dir(work).args(["a long password", "backup.7z", "Documents", "photo.jpg"]);
        run(&mut command, "encrypt_files");
        assert_eq!(extracted(&archive, "a long password", "Documents/letters/a.txt"), b"dear reader");
        assert_eq!(extracted(&archive, "a long password", "photo.jpg"), [7; 5000]);
        let listing = tool("7zz", "7zip").args(["l", "-pwrong"]).arg(&archive).output().unwrap();
        assert!(!listing.status.success(), "the names can be read without the password");
        // What is missing is named, the rest is stored.
        let output = command.arg("missing.txt").stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("missing.txt"));
        assert_eq!(extracted(&archive, "a long password", "photo.jpg"), [7; 5000]);
    });
}

#[test]
fn example_feed_queue() {
    with_example("feed_queue.c", |program, work| {
        let archive = work.join("log.7z");
        let text: String = (0..40_000).map(|line| format!("line {line} of what some program says\n")).collect();
        fs::write(work.join("text"), &text).unwrap();
        let input = fs::File::open(work.join("text")).unwrap();
        let output = Command::new(program).arg(&archive).stdin(input).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).ends_with("pieces stored, 0 failed\n"));
        let pieces = text.len().div_ceil(65536 + 64);
        let all: Vec<u8> = (0..pieces).flat_map(|n| extracted(&archive, "", &format!("piece-{n:05}.txt"))).collect();
        assert_eq!(all, text.as_bytes());
    });
}

#[test]
fn example_network_stream() {
    with_example("network_stream.c", |program, work| {
        let archive = work.join("mail.7z");
        let output = Command::new(program).arg(&archive).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.starts_with("400 messages stored, 0 failed; 8000 ms of waiting in "), "{said}");
        for number in [0, 7, 399] {
            let message = extracted(&archive, "", &format!("inbox/{number:04}.txt"));
            let expected = format!("Subject: message {number}\nDear reader,\nthis came over a slow network.\n");
            assert_eq!(String::from_utf8_lossy(&message), expected);
        }
        run(tool("7zz", "7zip").arg("t").arg(&archive), "7zz");
    });
}

#[test]
fn example_raw_lzma2() {
    with_example("raw_lzma2.c", |program, work| {
        for (name, lines) in [("nothing", 0), ("little", 3), ("much", 60_000)] {
            let text: String = (0..lines).map(|line| format!("line {line} of what some program says\n")).collect();
            fs::write(work.join(name), &text).unwrap();
            let input = fs::File::open(work.join(name)).unwrap();
            let output = Command::new(program).stdin(input).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let file = work.join(format!("{name}.xz"));
            fs::write(&file, output.stdout).unwrap();
            let decoded = tool("xz", "xz-utils").arg("-dc").arg(&file).output().unwrap();
            assert!(decoded.status.success(), "{name}: {}", String::from_utf8_lossy(&decoded.stderr));
            assert!(decoded.stdout == text.as_bytes(), "{name}");
        }
    });
}

#[test]
fn example_to_memory() {
    with_example("to_memory.c", |program, work| {
        fs::create_dir(work.join("notes")).unwrap();
        fs::write(work.join("notes/one"), "first note").unwrap();
        fs::write(work.join("two"), "second").unwrap();
        let output = Command::new(program).current_dir(work).args(["notes", "two"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let archive = work.join("archive.7z");
        fs::write(&archive, output.stdout).unwrap();
        assert_eq!(extracted(&archive, "", "notes/one"), b"first note");
        assert_eq!(extracted(&archive, "", "two"), b"second");
    });
}

#[test]
fn example_extract_archive() {
    with_example("extract_archive.c", |program, work| {
        fs::create_dir(work.join("notes")).unwrap();
        fs::write(work.join("notes/one.txt"), "first note\n".repeat(1000)).unwrap();
        fs::write(work.join("notes/two.txt"), "second").unwrap();
        let mut pack = tool("7zz", "7zip");
        run(pack.current_dir(work).args(["a", "-psecret", "-mhe=on", "-v100", "notes.7z", "notes"]), "7zz");
        let extract = |arguments: &[&str]| Command::new(program).current_dir(work).args(arguments).output().unwrap();
        let output = extract(&["notes.7z.001", "out", "secret"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.ends_with("\n") && said.contains("3 of 3 items"), "{said}");
        let list = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(list.contains(" notes/\n") && list.contains("11000") && list.contains("LZMA2:"), "{list}");
        assert_eq!(fs::read_to_string(work.join("out/notes/two.txt")).unwrap(), "second");
        assert_eq!(fs::read(work.join("out/notes/one.txt")).unwrap().len(), 11_000);
        let output = extract(&["notes.7z.001", "none", "wrong"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("missing or wrong"));
        assert!(!work.join("none").exists());
    });
}

#[test]
fn example_change_archive() {
    with_example("change_archive.c", |program, work| {
        let write = |name: &str, text: &str| fs::write(work.join(name), text).unwrap();
        fs::create_dir(work.join("drafts")).unwrap();
        write("drafts/a", "a draft");
        write("stays", &"it stays ".repeat(500));
        write("changes", "it was so");
        let mut pack = tool("7zz", "7zip");
        run(pack.current_dir(work).args(["a", "-ms=1f", "notes.7z", "drafts", "stays", "changes"]), "7zz");
        write("changes", "it is so now");
        let change = |arguments: &[&str]| Command::new(program).current_dir(work).args(arguments).output().unwrap();
        let output = change(&["notes.7z", "-drafts", "-nothing", "changes"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stderr).contains("nothing: it is not in the archive"));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1 blocks copied, 0 items packed again\n");
        let archive = work.join("notes.7z");
        assert_eq!(extracted(&archive, "", "changes"), b"it is so now");
        assert_eq!(extracted(&archive, "", "stays").len(), 4500);
        assert_eq!(extracted(&archive, "", "drafts/a"), b"");
        let before = fs::read(&archive).unwrap();
        let output = change(&["notes.7z", "missing"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("missing"));
        let output = change(&["none.7z", "stays"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(fs::read(&archive).unwrap() == before, "nothing was changed");
    });
}

#[test]
fn example_background_job() {
    with_example("background_job.c", |program, work| {
        fs::create_dir(work.join("folder")).unwrap();
        fs::write(work.join("folder/one"), "first").unwrap();
        let job = |seconds: &str, paths: &[&str]| {
            let mut command = Command::new(program);
            command.current_dir(work).args(["out.7z", seconds]).args(paths).output().unwrap()
        };
        let output = job("0", &["folder"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("2 of 2 items") && said.ends_with("\ndone\n"), "{said}");
        assert_eq!(extracted(&work.join("out.7z"), "", "folder/one"), b"first");
        let output = job("60", &["folder", "missing"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("missing"));
    });
}

#[test]
fn example_iostreams() {
    let folder = tempfile::tempdir().unwrap();
    for (language, linkage) in [(Language::Cpp17, Linkage::Shared), (Language::Cpp20, Linkage::Static)] {
        let program = folder.path().join("program");
        build(&root().join("examples-c/iostreams.cpp"), language, linkage, &program);
        let work = folder.path().join(format!("{language:?}"));
        fs::create_dir_all(work.join("folder")).unwrap();
        let names: String = (0..200).map(|number| format!("folder/{number}\n")).collect();
        for name in names.lines() {
            fs::write(work.join(name), format!("content of {name}")).unwrap();
        }
        let archive = work.join("out.7z");
        let job = |names: &str| {
            fs::write(work.join("names"), names).unwrap();
            let mut command = Command::new(&program);
            command.current_dir(&work).stdin(fs::File::open(work.join("names")).unwrap());
            command.stdout(fs::File::create(&archive).unwrap()).output().unwrap()
        };
        let output = job(&names);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("201 items"), "{said}");
        assert_eq!(extracted(&archive, "", "folder/123"), b"content of folder/123");
        assert_eq!(extracted(&archive, "", "names.txt"), names.as_bytes());
        // The same into a pipe, in which nothing can be moved about.
        let mut piped = Command::new("sh");
        piped.args(["-c", r#""$0" < names 2> said | cat"#]).arg(&program).current_dir(&work);
        assert_eq!(piped.output().unwrap().stdout, fs::read(&archive).unwrap());
        let output = job("folder/1\nmissing\n\nfolder/2\n");
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("cannot open missing: No such file or directory"), "{said}");
        assert_eq!(extracted(&archive, "", "folder/2"), b"content of folder/2");
    }
}

/// The text of a compressor's last error.
fn last_error(handle: capi::ParallelCompressorHandle) -> String {
    let mut text = vec![0u8; 1024];
    let buffer = text.as_mut_ptr().cast();
    // SAFETY: the buffer has the size that is given.
    let code =
        unsafe { capi::ParallelCompressor_GetLastErrorMessage(handle, buffer, text.len(), std::ptr::null_mut()) };
    assert_eq!(code, S_OK);
    text.truncate(text.iter().position(|&byte| byte == 0).unwrap());
    String::from_utf8(text).unwrap()
}

/// Compresses one buffer to memory.
fn compress_one(handle: capi::ParallelCompressorHandle) -> i32 {
    let (mut archive, mut size) = (std::ptr::null_mut(), 0);
    let item = capi::ParallelInputItemUtf8C {
        data: b"bytes".as_ptr().cast(),
        data_size: 5,
        file_path: std::ptr::null(),
        name: c"name".as_ptr(),
        size: 0,
        user_data: std::ptr::null_mut(),
    };
    // SAFETY: one live item, and two places to write to.
    unsafe {
        let code = capi::ParallelCompressor_CompressMultipleToMemoryUtf8(handle, &item, 1, &mut archive, &mut size);
        assert_eq!(code >= 0, size > 0);
        capi::ParallelCompress_Free(archive);
        code
    }
}

unsafe extern "C-unwind" fn panic_on_progress(_: u32, _: u64, _: u64, _: *mut c_void) {
    panic!("the progress callback broke");
}

unsafe extern "C-unwind" fn panic_on_statistics(_: *const capi::ParallelStatisticsC, _: *mut c_void) {
    panic!("the statistics callback broke");
}

unsafe extern "C-unwind" fn panic_on_look_ahead(
    _: u32,
    _: u32,
    _: *mut capi::ParallelInputItemUtf8C,
    _: *mut u32,
    _: *mut c_void,
) -> i32 {
    panic!("the look-ahead callback broke");
}

unsafe extern "C-unwind" fn panic_on_open(
    _: u32,
    _: *mut c_void,
    _: *mut *mut c_void,
    _: *mut u64,
    _: *mut c_void,
) -> i32 {
    panic!("the open callback broke");
}

unsafe extern "C-unwind" fn open_nothing(
    _: u32,
    _: *mut c_void,
    _: *mut *mut c_void,
    _: *mut u64,
    _: *mut c_void,
) -> i32 {
    S_OK
}

unsafe extern "C-unwind" fn panic_on_read(
    _: *mut c_void,
    _: *mut c_void,
    _: usize,
    _: *mut usize,
    _: *mut c_void,
) -> i32 {
    panic!("the read callback broke");
}

unsafe extern "C-unwind" fn read_nothing(
    _: *mut c_void,
    _: *mut c_void,
    _: usize,
    _: *mut usize,
    _: *mut c_void,
) -> i32 {
    S_OK
}

unsafe extern "C-unwind" fn panic_on_close(_: *mut c_void, _: *mut c_void) {
    panic!("the close callback broke");
}

#[test]
fn a_panic_in_a_stream_callback_is_e_fail_and_the_handle_lives_on() {
    let null = std::ptr::null_mut();
    let handle = capi::ParallelCompressor_Create();
    let compress_stream = || {
        let (mut archive, mut size) = (std::ptr::null_mut(), 0);
        let item = capi::ParallelInputItemUtf8C {
            data: std::ptr::null(),
            data_size: 0,
            file_path: std::ptr::null(),
            name: c"name".as_ptr(),
            size: 0,
            user_data: null,
        };
        // SAFETY: one live item, and two places to write to.
        unsafe {
            let code = capi::ParallelCompressor_CompressMultipleToMemoryUtf8(handle, &item, 1, &mut archive, &mut size);
            capi::ParallelCompress_Free(archive);
            code
        }
    };
    let set =
        |open, read, close| capi::ParallelCompressor_SetStreamCallbacks(handle, Some(open), Some(read), close, null);
    for which in ["open", "read", "close"] {
        let code = match which {
            "open" => set(panic_on_open, read_nothing, None),
            "read" => set(open_nothing, panic_on_read, None),
            _ => set(open_nothing, read_nothing, Some(panic_on_close)),
        };
        assert_eq!(code, S_OK);
        assert_eq!(compress_stream(), E_FAIL, "{which}");
        assert!(last_error(handle).contains(&format!("the {which} callback broke")), "{}", last_error(handle));
        assert_eq!(set(open_nothing, read_nothing, None), S_OK);
        assert_eq!(compress_stream(), S_OK, "after {which}");
    }
    capi::ParallelCompressor_Destroy(handle);
}

#[test]
fn a_panic_in_any_callback_is_e_fail_and_the_handle_lives_on() {
    let null = std::ptr::null_mut();
    let handle = capi::ParallelCompressor_Create();
    for which in ["progress", "statistics", "look-ahead"] {
        match which {
            "progress" => {
                assert_eq!(S_OK, capi::ParallelCompressor_SetCallbacks(handle, Some(panic_on_progress), None, null));
            }
            "statistics" => {
                let code = capi::ParallelCompressor_SetDetailedCallbacks(handle, Some(panic_on_statistics), None, null);
                assert_eq!(S_OK, code);
            }
            _ => {
                let code =
                    capi::ParallelCompressor_SetLookAheadCallbackUtf8(handle, Some(panic_on_look_ahead), 1, null);
                assert_eq!(S_OK, code);
            }
        }
        assert_eq!(compress_one(handle), E_FAIL, "{which}");
        assert!(last_error(handle).contains(&format!("the {which} callback broke")), "{}", last_error(handle));
        assert_eq!(S_OK, capi::ParallelCompressor_SetCallbacks(handle, None, None, null));
        assert_eq!(S_OK, capi::ParallelCompressor_SetDetailedCallbacks(handle, None, None, null));
        assert_eq!(S_OK, capi::ParallelCompressor_SetLookAheadCallbackUtf8(handle, None, 0, null));
        assert_eq!(compress_one(handle), S_OK, "after {which}");
        assert_eq!(last_error(handle), "");
    }
    capi::ParallelCompressor_Destroy(handle);
}

unsafe extern "C-unwind" fn panic_on_read_at(_: u64, _: *mut c_void, _: usize, _: *mut usize, _: *mut c_void) -> i32 {
    panic!("the read callback broke");
}

unsafe extern "C-unwind" fn panic_on_begin(_: u32, _: u64, _: *mut c_void) -> i32 {
    panic!("the begin callback broke");
}

unsafe extern "C-unwind" fn panic_on_item(_: u32, _: *const c_void, _: usize, _: *mut c_void) -> i32 {
    panic!("the write callback broke");
}

unsafe extern "C-unwind" fn take_item(_: u32, _: *const c_void, _: usize, _: *mut c_void) -> i32 {
    S_OK
}

unsafe extern "C-unwind" fn panic_on_end(_: u32, _: i32, _: *mut c_void) -> i32 {
    panic!("the end callback broke");
}

#[test]
fn a_panic_while_reading_is_e_fail_and_the_handle_lives_on() {
    let null = std::ptr::null_mut();
    let (mut archive, mut size, mut text) = (null, 0, [0u8; 512]);
    let item = capi::ParallelInputItemUtf8C {
        data: b"bytes".as_ptr().cast(),
        data_size: 5,
        file_path: std::ptr::null(),
        name: c"name".as_ptr(),
        size: 0,
        user_data: null,
    };
    let compressor = capi::ParallelCompressor_Create();
    let handle = capi::ParallelExtractor_Create();
    // SAFETY: live arguments; the archive is freed when the extractor is gone.
    unsafe {
        let code = capi::ParallelCompressor_CompressMultipleToMemoryUtf8(compressor, &item, 1, &mut archive, &mut size);
        assert_eq!(code, S_OK);
        assert_eq!(E_FAIL, capi::ParallelExtractor_OpenStream(handle, Some(panic_on_read_at), size as u64, null));
        assert_eq!(S_OK, capi::ParallelExtractor_OpenMemory(handle, archive, size));
        for which in ["progress", "begin", "write", "end", "none"] {
            let progress = (which == "progress").then_some(panic_on_progress as _);
            assert_eq!(S_OK, capi::ParallelExtractor_SetProgressCallback(handle, progress, null));
            let callbacks = capi::ParallelExtractCallbacksC {
                struct_size: size_of::<capi::ParallelExtractCallbacksC>() as u32,
                reserved: 0,
                begin: (which == "begin").then_some(panic_on_begin as _),
                write: Some(if which == "write" { panic_on_item } else { take_item }),
                end: (which == "end").then_some(panic_on_end as _),
                user_data: null,
            };
            let code = capi::ParallelExtractor_ExtractToCallbacks(handle, std::ptr::null(), 0, &callbacks);
            if which == "none" {
                assert_eq!(code, S_OK);
                continue;
            }
            assert_eq!(code, E_FAIL, "{which}");
            let (buffer, room) = (text.as_mut_ptr().cast(), text.len());
            assert_eq!(S_OK, capi::ParallelExtractor_GetLastErrorMessage(handle, buffer, room, std::ptr::null_mut()));
            let said = std::ffi::CStr::from_bytes_until_nul(&text).unwrap().to_str().unwrap();
            assert!(said.contains(&format!("the {which} callback broke")), "{said}");
        }
        capi::ParallelExtractor_Destroy(handle);
        capi::ParallelCompress_Free(archive);
    }
    capi::ParallelCompressor_Destroy(compressor);
}

#[test]
fn a_panic_on_the_queues_thread_comes_out_of_wait() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        |name: &str| std::ffi::CString::new(folder.path().join(name).into_os_string().into_encoded_bytes()).unwrap();
    let null = std::ptr::null_mut();
    let queue = capi::ParallelStreamQueue_Create();
    for (callback, expected) in
        [(Some(panic_on_progress as unsafe extern "C-unwind" fn(_, _, _, _)), E_FAIL), (None, S_OK)]
    {
        assert_eq!(S_OK, capi::ParallelStreamQueue_SetCallbacks(queue, callback, None, null));
        // SAFETY: live buffers and strings.
        unsafe {
            assert_eq!(S_OK, capi::ParallelStreamQueue_AddStreamUtf8(queue, b"x".as_ptr().cast(), 1, c"x".as_ptr()));
            assert_eq!(S_OK, capi::ParallelStreamQueue_StartProcessingUtf8(queue, path("queue.7z").as_ptr()));
        }
        assert_eq!(expected, capi::ParallelStreamQueue_WaitForCompletion(queue));
        assert_eq!(folder.path().join("queue.7z").exists(), expected == S_OK);
    }
    capi::ParallelStreamQueue_Destroy(queue);
}
