//! What a run says while it goes on: the progress bar, and the items that were skipped.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parallelcompress::{Error, Observer, OnError, Statistics};

use crate::exit::Exit;
use crate::json::Object;
use crate::sizes::human;

/// Prints one line on standard error. Where nobody can read it, it is lost: that changes nothing about the run.
pub fn complain(text: impl Display) {
    let _ = writeln!(io::stderr(), "pc7z: {text}");
}

/// Prints a run's last words on standard output and says how it ends then: where a JSON object is lost, who asked for it
/// did not get it.
pub fn print(text: &str, is_json: bool, exit: Exit) -> Exit {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if is_json => {
            complain(format_args!("cannot write to standard output: {error}"));
            Exit::Fatal
        }
        _ => exit,
    }
}

/// An item that is not in the archive, or not out of it.
#[derive(Debug)]
pub struct Skipped {
    /// Its name in the archive.
    pub item: String,
    /// Why.
    pub error: String,
}

impl Skipped {
    /// As `--json` tells it.
    pub fn object(&self) -> Object {
        let mut object = Object::default();
        object.text("item", &self.item);
        object.text("error", &self.error);
        object
    }
}

/// The progress bar: hidden where nobody would see it.
pub struct Bar {
    bar: ProgressBar,
    /// Whether the bytes to come are known, so that there is a share and an end to show.
    bounded: bool,
}

impl Bar {
    /// With a progress bar where `quiet` does not forbid it and standard error is a terminal. `bounded`: all sizes are
    /// known (no standard input among the items).
    pub fn new(quiet: bool, bounded: bool) -> Self {
        let target = match !quiet && io::stderr().is_terminal() {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target).with_style(ProgressStyle::default_spinner());
        bar.set_message("looking at what there is");
        if !bar.is_hidden() {
            // Keeps the line alive while a slow disk or a large dictionary lets no progress be reported.
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, bounded }
    }

    /// The items are known and the job begins.
    pub fn begin(&self) {
        let template = match self.bounded {
            true => "{percent:>3}% [{bar:12}] {bytes} of {total_bytes}  {prefix}  {wide_msg}",
            false => "{spinner} {bytes}  {prefix}  {wide_msg}",
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bar.set_style(style.progress_chars("=> "));
        self.bar.set_message("");
    }

    /// The item that is under way.
    pub fn current(&self, name: &str) {
        if !self.bar.is_hidden() {
            self.bar.set_message(printable(name));
        }
    }

    /// So many bytes of `statistics.bytes_total` are done.
    pub fn update(&self, statistics: &Statistics, done: u64) {
        if self.bar.is_hidden() {
            return;
        }
        if self.bounded {
            self.bar.set_length(statistics.bytes_total);
        }
        self.bar.set_position(done);
        let rate = human(statistics.bytes_per_second);
        self.bar.set_prefix(match statistics.remaining {
            Some(time) if self.bounded => format!("{rate}/s  {} left", clock(time)),
            _ => format!("{rate}/s"),
        });
    }

    /// Does what writes to the terminal while the bar is away.
    pub fn suspend(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// Takes the bar from the screen.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Listens to a job.
pub struct Report {
    bar: Bar,
    skipped: Vec<Skipped>,
}

impl Report {
    /// See [`Bar::new`].
    pub fn new(quiet: bool, bounded: bool) -> Self {
        Self { bar: Bar::new(quiet, bounded), skipped: Vec::new() }
    }

    /// The items are known and the job begins.
    pub fn begin(&self) {
        self.bar.begin();
    }

    /// Takes the bar from the screen and hands out what was skipped.
    pub fn end(self) -> Vec<Skipped> {
        self.bar.clear();
        self.skipped
    }
}

impl Observer for Report {
    fn item_progress(&mut self, _: u32, name: &str, _: u64, _: u64) {
        self.bar.current(name);
    }

    fn item_failed(&mut self, _: u32, name: &str, error: &Error) -> OnError {
        let error = error.to_string();
        self.bar.suspend(|| complain(format_args!("skipped {}: {}", printable(name), printable(&error))));
        self.skipped.push(Skipped { item: name.to_owned(), error });
        OnError::GoOn // Options::on_error decides.
    }

    fn statistics(&mut self, statistics: &Statistics) {
        self.bar.update(statistics, statistics.bytes_in);
    }
}

/// A name as it may be shown: control characters, which could drive the terminal, are escaped.
pub fn printable(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for character in name.chars() {
        match character.is_control() {
            true => text.extend(character.escape_default()),
            false => text.push(character),
        }
    }
    text
}

/// `m:ss`, or `h:mm:ss` from an hour on.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[test]
    fn names_cannot_drive_the_terminal() {
        assert_eq!(super::printable("a\u{1b}[2Jb\nä"), "a\\u{1b}[2Jb\\nä");
    }

    #[test]
    fn times() {
        assert_eq!(super::clock(Duration::from_secs(59)), "0:59");
        assert_eq!(super::clock(Duration::from_secs(600)), "10:00");
        assert_eq!(super::clock(Duration::from_secs(3661)), "1:01:01");
    }
}
