//! Any options and a few small items: what is written is read back, or the options are refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use parallel_compress_fuzz::secret;
use parallelcompress::extract::{Archive, ExtractOptions, InMemory, OpenOptions, memory};
use parallelcompress::job::Silent;
use parallelcompress::{Architecture, Control, Error, Filter, Item, ItemList, Options, Solid, Target, compress};

/// Options of the first ten bytes and the text behind them, up to a zero byte; and what is left.
fn options(data: &[u8]) -> Option<(Options, &[u8])> {
    let (&[level, solid, filter, secrets, dictionary, word, threads, memory, architecture, amount], rest) =
        data.split_first_chunk()?;
    let end = rest.iter().position(|&byte| byte == 0)?;
    let text = std::str::from_utf8(&rest[..end]).ok()?;
    let mut options = Options { level: level.into(), ..Options::default() };
    if !text.is_empty()
        && let Err(error) = options.set_method_string(text)
    {
        assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
        return None;
    }
    options.solid = match solid % 6 {
        0 => Solid::Auto,
        1 => Solid::Off,
        2 => Solid::All,
        3 => Solid::Bytes(amount.into()),
        4 => Solid::Files(amount.into()),
        _ => Solid::ByType,
    };
    match filter % 6 {
        0 => options.filter = Filter::Auto,
        1 => options.filter = Filter::Off,
        2 => options.filter = Filter::Bcj2,
        3 => options.filter = Filter::Delta(u16::from(amount) + 1),
        4 => options.filter = Filter::Branch(Architecture::ALL[usize::from(architecture) % Architecture::ALL.len()]),
        _ => {} // The method string's.
    }
    options.encryption = (secrets & 1 != 0).then(secret);
    options.encrypt_header = secrets & 2 != 0;
    if dictionary & 1 != 0 {
        options.dictionary = Some(1 << (dictionary >> 1 & 31));
    }
    options.word_size = (word > 0).then_some(word.into());
    options.threads = u32::from(threads % 3) + 1;
    options.memory_limit = Some((8 << 20) + (u64::from(memory) << 18));
    Some((options, &rest[end + 1..]))
}

fuzz_target!(|data: &[u8]| {
    let Some((options, data)) = options(data) else { return };
    // Parts of the data, and all of it several times: a little to find for an encoder.
    let third = data.len() / 3;
    let contents = [data[..third].to_vec(), data[third..].to_vec(), Vec::new(), data.repeat(5), vec![0x90; third]];
    let items =
        contents.iter().enumerate().map(|(number, bytes)| Item::from_memory(format!("d/{number}"), bytes.clone()));
    let result = compress(&options, &mut ItemList::new(items.collect()), &Target::Memory, &mut Silent, &Control::new());
    let archive = match result {
        Ok(summary) => summary.archive.expect("an archive in memory"),
        Err(Error::InvalidArgument(_) | Error::OutOfMemory(_)) => return,
        Err(error) => panic!("{options:?}: {error}"),
    };
    let open = OpenOptions { encryption: options.encryption.clone(), ..OpenOptions::default() };
    let archive = Archive::open_source(memory(archive), &open, &Control::new()).expect("what was written opens");
    assert_eq!(archive.entries().len(), contents.len());
    let found = InMemory::default();
    let extract = ExtractOptions { threads: options.threads, ..ExtractOptions::default() };
    let summary = archive.extract(|_| true, &found, &extract, &mut Silent, &Control::new()).expect("an extraction");
    assert_eq!(summary.statistics.items_failed, 0);
    for (index, bytes) in found.into_items() {
        let name = archive.entry(index).expect("an entry").name();
        let number: usize = name["d/".len()..].parse().expect("a number");
        assert!(bytes == contents[number], "{name} is another one with {options:?}");
    }
});
