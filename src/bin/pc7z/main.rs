//! `pc7z`: the library's command line.
//!
//! It only turns arguments into a job and the job's events into text; everything that touches an archive is the
//! library's. One concept a file:
//!
//! ```text
//! arguments (manual, sizes, values) -> add -> the library
//!                                       |-- archive_name, exclude, stdin     what goes in, and where it goes
//!                                       |-- password, interrupt              the person at the keyboard
//!                                       `-- report (progress bar), json      what is said, and how it ended (exit)
//! ```
#![forbid(unsafe_code)]

mod add;
mod archive_name;
mod arguments;
mod exclude;
mod exit;
mod interrupt;
mod json;
mod list_file;
mod manual;
mod password;
mod report;
mod sizes;
mod stdin;
mod tar_input;
mod values;

use arguments::Command;

fn main() -> std::process::ExitCode {
    let exit = match arguments::parse() {
        Ok(Command::Add(arguments)) => add::run(&arguments),
        Err(exit) => exit,
    };
    exit.into()
}
