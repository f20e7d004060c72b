//! `pc7z a`: from arguments to a finished archive.

use std::path::Path;
use std::time::Instant;

use parallelcompress::extract::update::{Replace, Update};
use parallelcompress::extract::{Archive, OpenOptions, open_path};
use parallelcompress::job::{SIZE_CLASS_LIMITS, compress};
use parallelcompress::{
    Control, Error, Feed, Item, ItemList, Metadata, Options, Result, Source, Statistics, Summary, Target, input,
};

use crate::archive_name::{self, OwnFiles};
use crate::arguments::AddArguments;
use crate::change_arguments::UpdateArguments;
use crate::exit::Exit;
use crate::json::Object;
use crate::patterns::Patterns;
use crate::report::{self, Report, Skipped, complain, printable};
use crate::sizes::human;
use crate::stdin::Stdin;
use crate::tar_input::TarFeed;
use crate::{interrupt, list_file, password};

/// `pc7z a`.
pub fn run(arguments: &AddArguments) -> Exit {
    make(arguments, None)
}

/// `pc7z u`.
pub fn update(arguments: &UpdateArguments) -> Exit {
    if arguments.add.tar_in {
        complain("--tar-in makes new archives only");
        return Exit::BadCommandLine;
    }
    make(&arguments.add, Some(arguments.replace.into()))
}

/// Makes an archive; with `replace`, of the one that is there.
fn make(arguments: &AddArguments, replace: Option<Replace>) -> Exit {
    let prepared = archive_name::resolve(&arguments.archive)
        .and_then(|archive| Patterns::exclude(&arguments.exclude).map(|excluded| (archive, excluded)));
    let (archive, excluded) = match prepared {
        Ok(prepared) => prepared,
        Err(complaint) => {
            complain(complaint);
            return Exit::BadCommandLine;
        }
    };

    let control = Control::new();
    let outcome = job(arguments, &archive, &excluded, replace, &control);
    let exit = match &outcome.result {
        Ok(_) if outcome.skipped.is_empty() => Exit::Fine,
        Ok(_) => Exit::Skipped,
        Err(error) => error.into(),
    };
    if let Err(error) = &outcome.result {
        complain(printable(&error.to_string()));
    }
    let text = match (arguments.json, &outcome.result) {
        (true, _) => statement(&archive, exit, &outcome, &control.statistics()),
        (false, Ok(summary)) if !arguments.quiet => closing_line(summary),
        _ => return exit,
    };
    report::print(&text, arguments.json, exit)
}

/// How the job ended, with what it had to leave out.
struct Outcome {
    result: Result<Summary>,
    skipped: Vec<Skipped>,
}

fn job(
    arguments: &AddArguments,
    archive: &Path,
    excluded: &Patterns,
    replace: Option<Replace>,
    control: &Control,
) -> Outcome {
    let stop = |error| Outcome { result: Err(error), skipped: Vec::new() };
    let mut options = match arguments.options() {
        Ok(options) => options,
        Err(error) => return stop(error),
    };
    if let Err(source) = interrupt::cancels(control) {
        return stop(Error::Io { what: "cannot listen for signals".into(), source });
    }
    let is_new = replace.is_none() || !archive.exists();
    match password::encryption(arguments.password.as_ref(), is_new, control) {
        Ok(encryption) => options.encryption = encryption,
        Err(error) => return stop(error),
    }
    let bounded = !arguments.tar_in && !(0..arguments.paths.len()).any(|index| arguments.is_stdin(index));
    let mut report = Report::new(arguments.quiet, bounded);
    // Walking folders counts; typing a password does not.
    let started = Instant::now();
    let target = Target::File(archive.to_owned());
    let left = |started: Instant| arguments.timeout.map(|limit| limit.saturating_sub(started.elapsed()));
    let result = match replace {
        Some(replace) if archive.exists() => open(archive, &options, control).and_then(|old| {
            let mut update = Update::new(&old);
            let items = update.replace(items(arguments, archive, excluded, control, started)?, replace);
            report.begin();
            options.timeout = left(started);
            update.write(&options, items, &target, &mut report, control).map(|update| update.summary)
        }),
        _ => feed(arguments, archive, excluded, control, started).and_then(|mut feed| {
            report.begin();
            options.timeout = left(started);
            compress(&options, feed.as_mut(), &target, &mut report, control)
        }),
    };
    Outcome { result, skipped: report.end() }
}

/// The archive that is there.
fn open(archive: &Path, options: &Options, control: &Control) -> Result<Archive> {
    if options.volume_size.is_some() {
        return Err(Error::InvalidArgument("an archive that is there is not split into volumes".into()));
    }
    let open = OpenOptions { encryption: options.encryption.clone(), ..OpenOptions::default() };
    Archive::open_source(open_path(archive)?, &open, control)
}

/// Where the items come from.
fn feed(
    arguments: &AddArguments,
    archive: &Path,
    excluded: &Patterns,
    control: &Control,
    started: Instant,
) -> Result<Box<dyn Feed>> {
    if arguments.tar_in {
        let source = |source| Error::Io { what: "cannot read standard input".into(), source };
        return Ok(Box::new(TarFeed::new(control, excluded.clone()).map_err(source)?));
    }
    Ok(Box::new(ItemList::new(items(arguments, archive, excluded, control, started)?)))
}

/// Everything that goes in. What cannot be read becomes an item that says why, so that the job reports it.
fn items(
    arguments: &AddArguments,
    archive: &Path,
    excluded: &Patterns,
    control: &Control,
    started: Instant,
) -> Result<Vec<Item>> {
    let own = OwnFiles::of(archive, arguments.volume.is_some());
    let is_late = || arguments.timeout.is_some_and(|limit| started.elapsed() >= limit);
    // A walk that is cancelled or late ends soon when everything is excluded from then on.
    let exclude = |name: &str| control.is_cancelled() || is_late() || excluded.contains(name);
    let mut items = Vec::new();
    let listed = match &arguments.list {
        Some(list) => list_file::read(list).map_err(|source| Error::io("cannot read the list", list, source))?,
        None => Vec::new(),
    };
    for (number, path) in arguments.paths.iter().chain(&listed).enumerate() {
        let index = u32::try_from(number).unwrap_or(u32::MAX);
        if number < arguments.paths.len() && arguments.is_stdin(number) {
            let name = arguments.name.clone().unwrap_or_else(|| stem(archive));
            let source = |source| Error::Io { what: "cannot read standard input".into(), source };
            items.push(Item::from_reader(name, Stdin::new(control).map_err(source)?, None).with_index(index));
        } else if own.contain(path) {
            items.push(Item {
                name: path.to_string_lossy().into_owned(),
                metadata: Metadata::file(),
                size: None,
                source: Source::Failed(Error::InvalidArgument("it is the archive being written".into())),
                index,
            });
        } else {
            let mut walked = input::items_of_path(path, None, index, &exclude);
            walked.retain(|item| !is_own(item, &own));
            // Mostly there is one path, whose items need not be moved: there may be millions.
            if items.is_empty() {
                items = walked;
            } else {
                items.extend(walked);
            }
        }
    }
    match arguments.timeout {
        Some(limit) if is_late() => Err(Error::TimedOut(limit)),
        _ => Ok(items),
    }
}

/// Whether a walked item is the archive's earlier version, which must not be put into its successor.
fn is_own(item: &Item, own: &OwnFiles) -> bool {
    matches!(&item.source, Source::File(path) if own.contain(path))
}

/// What standard input is called without `--name`: as in 7-Zip, the archive's name without extension.
fn stem(archive: &Path) -> String {
    archive.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The line for people at the end.
fn closing_line(summary: &Summary) -> String {
    let statistics = &summary.statistics;
    let files = match summary.files.as_slice() {
        [] => String::new(),
        [file] => printable(&file.to_string_lossy()),
        [first, .., last] => {
            format!("{} … {}", printable(&first.to_string_lossy()), printable(&last.to_string_lossy()))
        }
    };
    let share = match statistics.bytes_in {
        0 => String::new(),
        bytes => format!(" ({:.1} %)", statistics.bytes_out as f64 * 100.0 / bytes as f64),
    };
    let skipped = match statistics.items_failed {
        0 => String::new(),
        count => format!(", {count} skipped"),
    };
    format!(
        "{files}: {} items{skipped}, {} to {}{share} in {:.1} s, {}/s",
        statistics.items_completed,
        human(statistics.bytes_in),
        human(statistics.bytes_out),
        statistics.elapsed.as_secs_f64(),
        human(statistics.bytes_per_second),
    )
}

/// What became of the items of each class of sizes.
fn size_classes(statistics: &Statistics) -> impl Iterator<Item = Object> {
    let limits = SIZE_CLASS_LIMITS.into_iter().map(Some).chain([None]);
    limits.zip(statistics.size_classes).map(|(limit, class)| {
        let mut one = Object::default();
        match limit {
            Some(bytes) => one.number("up_to", bytes),
            None => one.null("up_to"),
        }
        one.number("items", class.items);
        one.number("bytes_in", class.bytes_in);
        one.number("bytes_out", class.bytes_out);
        one
    })
}

/// The object that `--json` prints. `so_far` stands in for the final statistics where the job failed.
fn statement(archive: &Path, exit: Exit, outcome: &Outcome, so_far: &Statistics) -> String {
    let nothing = Summary { statistics: *so_far, ..Summary::default() };
    let summary = outcome.result.as_ref().unwrap_or(&nothing);
    let statistics = &summary.statistics;
    let files: Vec<_> = summary.files.iter().map(|file| file.to_string_lossy()).collect();
    let mut object = Object::of_run(exit, outcome.result.as_ref().err());
    object.text("archive", &archive.to_string_lossy());
    object.texts("files", files.iter().map(AsRef::as_ref));
    object.number("items_total", statistics.items_total);
    object.number("items_completed", statistics.items_completed);
    object.number("items_failed", statistics.items_failed);
    object.number("bytes_in", statistics.bytes_in);
    object.number("bytes_out", statistics.bytes_out);
    object.number("elapsed_seconds", statistics.elapsed.as_secs_f64());
    object.number("bytes_per_second", statistics.bytes_per_second);
    object.objects("size_classes", size_classes(statistics));
    object.number("blocks", summary.blocks);
    object.number("threads", summary.memory.threads);
    object.number("dictionary", summary.memory.dictionary);
    object.number("memory", summary.memory.bytes);
    object.objects("skipped", outcome.skipped.iter().map(Skipped::object));
    object.finish()
}
