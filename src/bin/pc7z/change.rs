//! `pc7z d`, `rn` and `merge`: from arguments to a changed archive.

use std::path::Path;

use parallelcompress::extract::update::{Update, UpdateSummary};
use parallelcompress::extract::{Archive, OpenOptions, open_path};
use parallelcompress::{Control, Error, Options, Result, Target};

use crate::change_arguments::{ChangeArguments, DeleteArguments, MergeArguments, RenameArguments};
use crate::exit::Exit;
use crate::json::Object;
use crate::patterns::NameList;
use crate::report::{self, Report, Skipped, complain, printable};
use crate::sizes::human;
use crate::{archive_name, interrupt, password};

/// `pc7z d`.
pub fn delete(arguments: &DeleteArguments) -> Exit {
    let names = match NameList::new(&arguments.names) {
        Ok(names) => names,
        Err(complaint) => return bad_command_line(&complaint),
    };
    let mut unknown = Vec::new();
    let exit = run(&arguments.change, &arguments.archive, &[&arguments.archive], |update, archives| {
        unknown = names.unknown(&archives[0]).into_iter().map(str::to_owned).collect();
        Ok(update.delete(|name| names.contains(name)))
    });
    for name in &unknown {
        complain(printable(&format!("{name}: there is no such item in the archive")));
    }
    if exit == Exit::Fine && !unknown.is_empty() { Exit::Skipped } else { exit }
}

/// `pc7z rn`.
pub fn rename(arguments: &RenameArguments) -> Exit {
    let (pairs, rest) = arguments.names.as_chunks::<2>();
    if let [name] = rest {
        return bad_command_line(&format!("{name:?} has no new name: names come in pairs"));
    }
    run(&arguments.change, &arguments.archive, &[&arguments.archive], |update, _| {
        let mut count = 0;
        for [old, new] in pairs {
            match update.rename(old, new.trim_end_matches('/'))? {
                0 => return Err(Error::InvalidArgument(format!("{old}: there is no such item in the archive"))),
                renamed => count += renamed,
            }
        }
        Ok(count)
    })
}

/// `pc7z merge`.
pub fn merge(arguments: &MergeArguments) -> Exit {
    let archive = match archive_name::resolve(&arguments.archive) {
        Ok(archive) => archive,
        Err(complaint) => return bad_command_line(&complaint),
    };
    let others: Vec<&Path> = arguments.others.iter().map(AsRef::as_ref).collect();
    run(&arguments.change, &archive, &others, |_, archives| {
        Ok(archives.iter().map(|archive| archive.entries().len()).sum())
    })
}

fn bad_command_line(complaint: &str) -> Exit {
    complain(complaint);
    Exit::BadCommandLine
}

/// What a run did, and what it could not do.
struct Outcome {
    result: Result<(UpdateSummary, usize)>,
    skipped: Vec<Skipped>,
}

/// Opens `sources`, makes one of them, changes it, and writes it to `archive`.
fn run(
    arguments: &ChangeArguments,
    archive: &Path,
    sources: &[&Path],
    change: impl FnOnce(&mut Update<&Archive>, &[Archive]) -> Result<usize>,
) -> Exit {
    let control = Control::new();
    let mut report = Report::new(arguments.quiet, true);
    let result = (|| {
        interrupt::cancels(&control)
            .map_err(|source| Error::Io { what: "cannot listen for signals".into(), source })?;
        let encryption = password::encryption(arguments.password.as_ref(), false, &control)?;
        let options = OpenOptions { encryption: encryption.clone(), ..OpenOptions::default() };
        let open = |path: &&Path| {
            if path.extension().is_some_and(|extension| extension == "001") && *path == archive {
                return Err(Error::Unsupported("changing volumes in their place".into()));
            }
            Archive::open_source(open_path(path)?, &options, &control)
        };
        let archives = sources.iter().map(open).collect::<Result<Vec<_>>>()?;
        let mut update = Update::new(&archives[0]);
        archives[1..].iter().for_each(|other| update.merge(other));
        let count = change(&mut update, &archives)?;
        report.begin();
        let options = Options { threads: arguments.threads, encryption, ..Options::default() };
        let target = Target::File(archive.to_owned());
        Ok((update.write(&options, Vec::new(), &target, &mut report, &control)?, count))
    })();
    let outcome = Outcome { result, skipped: report.end() };
    let exit = match &outcome.result {
        Ok(_) => Exit::Fine,
        Err(error) => {
            complain(printable(&error.to_string()));
            error.into()
        }
    };
    let text = match (arguments.json, &outcome.result) {
        (true, _) => statement(archive, exit, &outcome),
        (false, Ok((summary, count))) if !arguments.quiet => closing_line(archive, summary, *count),
        _ => return exit,
    };
    report::print(&text, arguments.json, exit)
}

fn closing_line(archive: &Path, summary: &UpdateSummary, count: usize) -> String {
    let name = printable(&archive.to_string_lossy());
    let (copied, bytes) = (summary.blocks_copied, human(summary.bytes_copied));
    let repacked = match summary.items_repacked {
        0 => String::new(),
        items => format!(", {items} items packed again"),
    };
    format!("{name}: {count} items, {copied} blocks copied ({bytes}){repacked}")
}

/// The object that `--json` prints.
fn statement(archive: &Path, exit: Exit, outcome: &Outcome) -> String {
    let mut object = Object::of_run(exit, outcome.result.as_ref().err());
    object.text("archive", &archive.to_string_lossy());
    let nothing = (UpdateSummary::default(), 0);
    let (summary, count) = outcome.result.as_ref().unwrap_or(&nothing);
    object.number("items", count);
    object.number("blocks", summary.summary.blocks);
    object.number("blocks_copied", summary.blocks_copied);
    object.number("bytes_copied", summary.bytes_copied);
    object.number("items_repacked", summary.items_repacked);
    object.objects("skipped", outcome.skipped.iter().map(Skipped::object));
    object.finish()
}
