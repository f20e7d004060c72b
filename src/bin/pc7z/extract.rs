//! `pc7z x`, `e`, `t` and `cat`: from arguments to extracted items.

use std::io;

use parallelcompress::extract::destination::DestinationOptions;
use parallelcompress::extract::{
    ArchiveEntry, Discard, ExtractObserver, ExtractOptions, ExtractSummary, FolderSink, Joined, Sink,
};
use parallelcompress::{Control, Error, OnError, Result, Statistics};

use crate::exit::Exit;
use crate::interrupt;
use crate::json::Object;
use crate::read_arguments::{DecodeArguments, ExtractArguments, ReadArguments, TestArguments};
use crate::report::{self, Bar, Skipped, complain, printable};
use crate::selection::{self, Selection};
use crate::sizes::human;

/// `pc7z x`, and with `flat` `pc7z e`.
pub fn to_folder(arguments: &ExtractArguments, flat: bool) -> Exit {
    let options = DestinationOptions { overwrite: arguments.overwrite.into(), flat, ..DestinationOptions::default() };
    let sink = FolderSink::new(&arguments.output, options);
    run(&arguments.read, &arguments.decode, sink.map(|sink| Box::new(sink) as Box<dyn Sink>), "extracted")
}

/// `pc7z t`.
pub fn test(arguments: &TestArguments) -> Exit {
    run(&arguments.read, &arguments.decode, Ok(Box::new(Discard)), "tested")
}

/// `pc7z cat`.
pub fn to_stdout(arguments: &TestArguments) -> Exit {
    // In stored order.
    let decode = DecodeArguments { threads: 1, quiet: true, ..arguments.decode.clone() };
    run(&arguments.read, &decode, Ok(Box::new(Joined::new(io::stdout()))), "written")
}

/// How a run ended, with what it could not do.
struct Outcome {
    result: Result<ExtractSummary>,
    failed: Vec<Skipped>,
}

fn run(read: &ReadArguments, decode: &DecodeArguments, sink: Result<Box<dyn Sink>>, done: &str) -> Exit {
    let selection = match Selection::new(read) {
        Ok(selection) => selection,
        Err(complaint) => {
            complain(complaint);
            return Exit::BadCommandLine;
        }
    };
    let control = Control::new();
    let mut listener = Listener { bar: Bar::new(decode.quiet, true), failed: Vec::new() };
    let result = sink.and_then(|sink| extract(read, decode, &selection, &*sink, &mut listener, &control));
    listener.bar.clear();
    let outcome = Outcome { result, failed: listener.failed };
    let exit = match &outcome.result {
        Ok(_) if outcome.failed.is_empty() => Exit::Fine,
        Ok(_) => Exit::Skipped,
        Err(error) => error.into(),
    };
    if let Err(error) = &outcome.result {
        complain(printable(&error.to_string()));
    }
    let text = match (read.json, &outcome.result) {
        (true, _) => statement(read, exit, &outcome, &control.statistics()),
        (false, Ok(summary)) if !decode.quiet => closing_line(summary, done),
        _ => return exit,
    };
    report::print(&text, read.json, exit)
}

fn extract(
    read: &ReadArguments,
    decode: &DecodeArguments,
    selection: &Selection,
    sink: &dyn Sink,
    listener: &mut Listener,
    control: &Control,
) -> Result<ExtractSummary> {
    interrupt::cancels(control).map_err(|source| Error::Io { what: "cannot listen for signals".into(), source })?;
    let archive = selection::open(read, decode.max_size, control)?;
    let (wanted, unknown) = selection.of(&archive);
    for name in unknown {
        listener.fail(name, "there is no such item in the archive".into());
    }
    listener.bar.begin();
    let options = ExtractOptions { threads: decode.threads, timeout: decode.timeout, ..ExtractOptions::default() };
    let mut summary = archive.extract(|index| wanted[index], sink, &options, listener, control)?;
    for error in std::mem::take(&mut summary.late_errors) {
        listener.complain(&error.to_string());
        listener.failed.push(Skipped { item: String::new(), error: error.to_string() });
    }
    Ok(summary)
}

/// Listens to an extraction.
struct Listener {
    bar: Bar,
    failed: Vec<Skipped>,
}

impl Listener {
    fn fail(&mut self, item: &str, error: String) {
        // Most errors name their item.
        match error.contains(item) {
            true => self.complain(&error),
            false => self.complain(&format!("{item}: {error}")),
        }
        self.failed.push(Skipped { item: item.to_owned(), error });
    }

    fn complain(&self, text: &str) {
        self.bar.suspend(|| complain(printable(text)));
    }
}

impl ExtractObserver for Listener {
    fn item_completed(&mut self, entry: &ArchiveEntry) {
        self.bar.current(entry.name());
    }

    fn item_failed(&mut self, entry: &ArchiveEntry, error: &Error) -> OnError {
        self.fail(entry.name(), error.to_string());
        OnError::GoOn
    }

    fn statistics(&mut self, statistics: &Statistics) {
        self.bar.update(statistics, statistics.bytes_out);
    }
}

/// The line for people at the end.
fn closing_line(summary: &ExtractSummary, done: &str) -> String {
    let statistics = &summary.statistics;
    let count = |count: u64, what: &str| if count == 0 { String::new() } else { format!(", {count} {what}") };
    format!(
        "{} items{}{}, {} {done} in {:.1} s, {}/s",
        statistics.items_completed,
        count(statistics.items_failed, "failed"),
        count(summary.skipped, "skipped"),
        human(statistics.bytes_out),
        statistics.elapsed.as_secs_f64(),
        human(statistics.bytes_per_second),
    )
}

/// The object that `--json` prints. `so_far` stands in for the final statistics where the run failed.
fn statement(read: &ReadArguments, exit: Exit, outcome: &Outcome, so_far: &Statistics) -> String {
    let nothing = ExtractSummary { statistics: *so_far, ..ExtractSummary::default() };
    let summary = outcome.result.as_ref().unwrap_or(&nothing);
    let statistics = &summary.statistics;
    let mut object = Object::of_run(exit, outcome.result.as_ref().err());
    object.text("archive", &read.archive.to_string_lossy());
    object.number("items_total", statistics.items_total);
    object.number("items_completed", statistics.items_completed);
    object.number("items_failed", statistics.items_failed);
    object.number("items_skipped", summary.skipped);
    object.number("bytes_out", statistics.bytes_out);
    object.number("bytes_in", statistics.bytes_in);
    object.number("elapsed_seconds", statistics.elapsed.as_secs_f64());
    object.number("bytes_per_second", statistics.bytes_per_second);
    object.objects("failed", outcome.failed.iter().map(Skipped::object));
    object.finish()
}
