//! The acceptance: trees of real files through every reader.
//!
//! `PARALLELCOMPRESS_CORPUS` may name a folder with the trees `source` and `mixed` (tools/corpus.sh makes them). Without
//! it the same checks run on a small tree made of this machine's own files.

mod common;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use common::{oracle, tree};
use parallelcompress::{Encryption, Options, Solid, Target};

const PASSWORD: &str = "correct horse battery staple";

/// Trees to compress; a made one lives as long as the folder that comes with it.
fn trees() -> (Vec<PathBuf>, Option<tempfile::TempDir>) {
    if let Some(corpus) = env::var_os("PARALLELCOMPRESS_CORPUS") {
        let trees = ["source", "mixed"].map(|name| Path::new(&corpus).join(name));
        for tree in &trees {
            assert!(tree.is_dir(), "PARALLELCOMPRESS_CORPUS has no folder {tree:?}");
        }
        return (trees.into(), None);
    }
    let folder = common::folder();
    let made = folder.path().join("made");
    fs::create_dir(&made).expect("a folder");
    tree::make(&made, 3_000_000);
    (vec![made], Some(folder))
}

/// Compresses every tree; every reader that can read such an archive accepts it, and 7zz unpacks what went in.
fn accept(options: &Options) {
    let password = match &options.encryption {
        Some(Encryption::Password(password)) => Some(password.as_str()),
        _ => None,
    };
    let (trees, _made) = trees();
    for root in trees {
        let start = Instant::now();
        let folder = common::folder();
        let path = folder.path().join("it.7z");
        let (result, ears) = common::compress(options, tree::items(&root), &Target::File(path.clone()));
        let summary = result.expect("a job without faults");
        assert_eq!(ears.failed, []);
        let took = start.elapsed();

        let found = folder.path().join("found");
        fs::create_dir(&found).expect("a folder");
        oracle::seven_zip_tests(&summary.files[0], password);
        oracle::seven_zip_extracts(&summary.files[0], password, &found);
        let entries = tree::assert_same(&root, &found, tree::ALL);
        assert!(entries > 5, "{root:?} is nearly empty");
        assert_eq!(oracle::seven_zip_lists(&summary.files[0], password).len(), entries);
        fs::remove_dir_all(&found).expect("the unpacked tree to go");

        if summary.files.len() > 1 {
            // The other readers know no volumes.
            fs::write(&path, common::join(&summary.files)).expect("the joined archive");
        }
        // libarchive knows no encryption; py7zr and sevenz-rust2 derive the key again for each block.
        if password.is_none() {
            assert_eq!(oracle::bsdtar_lists(&path), entries);
        }
        if password.is_none() || summary.blocks < 20 {
            assert_eq!(oracle::py7zr_tests(&path, password), entries);
            assert_eq!(oracle::rust_tests(&path, password), entries);
        }
        println!(
            "{root:?} {:?} level {}: {entries} entries, {} -> {} bytes, {} blocks, {took:?}, with checks {:?}",
            options.solid,
            options.level,
            summary.statistics.bytes_in,
            summary.statistics.bytes_out,
            summary.blocks,
            start.elapsed()
        );
    }
}

#[test]
fn every_level_is_accepted_by_all_readers() {
    for level in 0..=9 {
        accept(&Options { level, ..Options::default() });
    }
}

#[test]
fn every_solid_policy_is_accepted_by_all_readers() {
    for solid in [Solid::Off, Solid::All, Solid::Bytes(1 << 20), Solid::Files(100), Solid::ByType] {
        accept(&Options { solid, level: 1, ..Options::default() });
    }
    accept(&Options { solid: Solid::Off, ..Options::default() });
}

#[test]
fn a_password_with_encrypted_names_is_accepted() {
    for solid in [Solid::Auto, Solid::Off] {
        for encrypt_header in [false, true] {
            let encryption = Some(Encryption::Password(PASSWORD.into()));
            accept(&Options { solid, encryption, encrypt_header, level: 3, ..Options::default() });
        }
    }
}

#[test]
fn volumes_are_accepted() {
    let volume_size = Some(if env::var_os("PARALLELCOMPRESS_CORPUS").is_some() { 10_000_000 } else { 100_000 });
    accept(&Options { volume_size, level: 3, ..Options::default() });
    let encryption = Some(Encryption::Password(PASSWORD.into()));
    accept(&Options { volume_size, encryption, encrypt_header: true, level: 3, ..Options::default() });
}
