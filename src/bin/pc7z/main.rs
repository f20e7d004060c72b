//! `pc7z`: the library's command line.
//!
//! It only turns arguments into a job and the job's events into text; everything that touches an archive is the
//! library's. One concept a file:
//!
//! ```text
//! arguments (read_arguments, change_arguments, manual, sizes, values)
//!     |-> add, change ----> the library
//!     |     `-- archive_name, patterns, stdin, list_file, tar_input     what goes in, and where it goes
//!     |-> extract, list --> the library
//!     |     `-- selection (patterns)                                    which archive, and what of it
//!     `-- password, interrupt                                           the person at the keyboard
//!         report (progress bar), json                                   what is said, and how it ended (exit)
//! ```
#![forbid(unsafe_code)]

mod add;
mod archive_name;
mod arguments;
mod change;
mod change_arguments;
mod exit;
mod extract;
mod interrupt;
mod json;
mod list;
mod list_file;
mod manual;
mod password;
mod patterns;
mod read_arguments;
mod report;
mod selection;
mod sizes;
mod stdin;
mod tar_input;
mod values;

use arguments::Command;

fn main() -> std::process::ExitCode {
    let exit = match arguments::parse() {
        Ok(Command::Add(arguments)) => add::run(&arguments),
        Ok(Command::Update(arguments)) => add::update(&arguments),
        Ok(Command::Delete(arguments)) => change::delete(&arguments),
        Ok(Command::Rename(arguments)) => change::rename(&arguments),
        Ok(Command::Merge(arguments)) => change::merge(&arguments),
        Ok(Command::Extract(arguments)) => extract::to_folder(&arguments, false),
        Ok(Command::ExtractFlat(arguments)) => extract::to_folder(&arguments, true),
        Ok(Command::Test(arguments)) => extract::test(&arguments),
        Ok(Command::Cat(arguments)) => extract::to_stdout(&arguments),
        Ok(Command::List(arguments)) => list::run(&arguments),
        Err(exit) => exit,
    };
    exit.into()
}
