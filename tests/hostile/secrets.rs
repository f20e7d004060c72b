//! Keys that take for ever to make, and passwords that are wrong: nothing of the plaintext is left.

use std::time::{Duration, Instant};

use parallelcompress::codec::aes;
use parallelcompress::extract::destination::Overwrite;
use parallelcompress::extract::{Archive, Discard, Limits, OpenOptions, memory};
use parallelcompress::{Control, Encryption, Error, Method, Options, Solid};

use crate::common::{self, Entry, data};
use crate::made::{self, Block, archive};
use crate::trap::{Trap, assert_refused, extract_to};

fn open(bytes: &[u8], password: Option<&str>, key_rounds: u32) -> Result<Archive, Error> {
    let encryption = password.map(|password| Encryption::Password(password.into()));
    let limits = Limits { key_rounds, ..Limits::default() };
    Archive::open_source(memory(bytes.to_vec()), &OpenOptions { encryption, limits }, &Control::new())
}

#[test]
fn keys_of_more_rounds_than_allowed_are_refused_at_once() {
    for power in [21, 24, 25, 40, 62] {
        let properties = aes::properties(power, b"salt", &[7; 16]);
        let began = Instant::now();
        let item = open(&made::single(made::AES, &properties, 16, &[1; 16]), Some("x"), 20).expect("an archive");
        let (result, notes) = extract_to(&item, &Discard, 1);
        assert_eq!(result.expect("an extraction").statistics.items_failed, 1);
        let said = format!("it: the key takes 2^{power} rounds, 2^20 are allowed");
        assert_eq!(
            (&*notes.failed[0].kind, &*notes.failed[0].text),
            ("LimitExceeded", &*format!("beyond the limit: {said}"))
        );
        let block = Block::single(made::AES, &properties, 16, 16);
        let error = open(&archive(&[1; 16], &made::encoded_header(0, &block)), Some("x"), 20).expect_err("no key");
        assert_refused(&error, "LimitExceeded", &[&format!("2^{power} rounds, 2^20 are allowed")]);
        // What is above 24 is refused whatever the limit is.
        if power > 24 {
            let error = open(&archive(&[1; 16], &made::encoded_header(0, &block)), Some("x"), 63).expect_err("no key");
            assert_refused(&error, "LimitExceeded", &[&format!("2^{power} rounds, 2^24 are allowed")]);
        }
        assert!(began.elapsed() < Duration::from_secs(1), "2^{power}: {:?}", began.elapsed());
    }
    // 2^63 is another way to say that there are none.
    let properties = aes::properties(aes::RAW_KEY_CYCLES_POWER, b"salt", &[7; 16]);
    let item = open(&made::single(made::AES, &properties, 16, &[1; 16]), Some("x"), 0).expect("an archive");
    assert_eq!(extract_to(&item, &Discard, 1).1.completed, ["it"], "nothing tells that its password is wrong");
}

#[test]
fn properties_of_7zaes_that_are_none_are_refused() {
    for properties in [&[0x53][..], &[0x13, 0], &[0xD3, 0xFF, 1]] {
        let item = open(&made::single(made::AES, properties, 16, &[1; 16]), Some("x"), 20).expect("an archive");
        let (_, notes) = extract_to(&item, &Discard, 1);
        assert_eq!(notes.failed[0].kind, "Corrupt");
        assert!(notes.failed[0].text.contains("it: the properties of 7zAES"), "{notes:?}");
    }
}

fn encrypted(method: Method, solid: Solid, encrypt_header: bool) -> Vec<u8> {
    let entries: Vec<_> = (0..4).map(|i| Entry::file(format!("secret {i}.txt"), data::text(i, 70_000))).collect();
    // The rounds are what takes time here, so that all archives have one salt.
    let encryption = Encryption::Fixed { password: "right".into(), salt: [3; 16], iv: [4; 16] };
    let options = Options { method, solid, encryption: Some(encryption), encrypt_header, ..Options::default() };
    common::to_memory(&options, &entries)
}

#[test]
fn a_wrong_password_is_said_to_be_wrong_and_leaves_nothing() {
    let methods = [Method::Copy, Method::Lzma2, Method::Lzma, Method::Ppmd, Method::BZip2, Method::Zstandard];
    for method in methods {
        for solid in [Solid::Off, Solid::All] {
            let bytes = encrypted(method, solid, false);
            let trap = Trap::new();
            for (password, said) in [(Some("wrong"), "the password is wrong"), (None, "no password was given")] {
                let archive = open(&bytes, password, 20).expect("the names are not encrypted");
                let (result, notes) = trap.extract(&archive, Overwrite::Fail, 2);
                assert_eq!(result.expect("an extraction that goes on").statistics.items_failed, 4);
                for failure in &notes.failed {
                    assert_eq!(failure.kind, "Password", "{method:?}: {failure:?}");
                    assert!(failure.text.contains(&failure.name), "{failure:?}");
                }
                assert!(notes.failed[0].text.contains(said), "{notes:?}");
                assert_eq!(common::names_in(&trap.root()), Vec::<String>::new(), "{method:?} {solid:?} {password:?}");
            }
        }
    }
}

#[test]
fn an_encrypted_header_says_that_the_password_is_wrong() {
    let bytes = encrypted(Method::Lzma2, Solid::All, true);
    for (password, said) in [(Some("wrong"), "the password is wrong"), (Some(""), "wrong"), (None, "no password")] {
        let error = open(&bytes, password, 20).expect_err("the names are encrypted");
        assert_refused(&error, "Password", &[said]);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    assert_eq!(open(&bytes, Some("right"), 20).expect("the right password").entries().len(), 4);
}

#[test]
fn an_encrypted_header_without_a_checksum_says_so_too() {
    let properties = aes::properties(aes::RAW_KEY_CYCLES_POWER, &[], &[7; 16]);
    let block = Block::single(made::AES, &properties, 32, 32);
    let bytes = archive(&[1; 32], &made::encoded_header(0, &block));
    let error = open(&bytes, Some("wrong"), 20).expect_err("no header comes out");
    assert_refused(&error, "Password", &["the password is wrong, or the archive is damaged"]);
}
