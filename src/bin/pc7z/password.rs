//! Asks for a password where `--password` came without one.

use std::io;

use parallelcompress::{Control, Encryption, Error, Result};

/// Asks twice on the terminal (never on standard input or output), without echo. A cancelled `control` ends the
/// question with [`io::ErrorKind::Interrupted`].
fn ask(control: &Control) -> io::Result<String> {
    let first = prompt("Password for the archive: ", control)?;
    if first.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the password is empty"));
    }
    if prompt("The same again: ", control)? != first {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the two passwords differ"));
    }
    Ok(first)
}

/// Asks once, for a password that an archive has already.
fn ask_once(control: &Control) -> io::Result<String> {
    prompt("Password of the archive: ", control)
}

/// The password that `--password` gives, or that is asked for where it gives none: twice for a new archive.
pub fn encryption(given: Option<&Option<String>>, is_new: bool, control: &Control) -> Result<Option<Encryption>> {
    let Some(given) = given else { return Ok(None) };
    let ask = if is_new { ask } else { ask_once };
    match given.clone().map_or_else(|| ask(control), Ok) {
        Ok(password) => Ok(Some(Encryption::Password(password))),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Error::Cancelled),
        Err(source) => Err(Error::Io { what: "no password".into(), source }),
    }
}

fn prompt(question: &str, control: &Control) -> io::Result<String> {
    terminal::prompt(question, control).map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => error,
        kind => io::Error::new(kind, format!("cannot ask for the password on the terminal: {error}")),
    })
}

#[cfg(unix)]
mod terminal {
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::time::Duration;

    use parallelcompress::Control;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// How soon a signal at the prompt is noticed.
    const PATIENCE: Duration = Duration::from_millis(100);

    /// Shows `question` and reads a line. Signals cancel `control` instead of ending the process, so the terminal gets
    /// its echo back on every way out.
    pub fn prompt(question: &str, control: &Control) -> io::Result<String> {
        let terminal = File::options().read(true).write(true).open("/dev/tty")?;
        let silent = Silent::new(&terminal)?;
        (&terminal).write_all(question.as_bytes())?;
        let line = read_line(&terminal, control);
        drop(silent);
        // The Enter that ended the line was not echoed either.
        (&terminal).write_all(b"\n")?;
        line
    }

    /// A terminal that does not echo until this is dropped.
    struct Silent<'a> {
        terminal: &'a File,
        before: Termios,
    }

    impl<'a> Silent<'a> {
        /// What was typed ahead, and so was visible, is thrown away.
        fn new(terminal: &'a File) -> io::Result<Self> {
            let before = tcgetattr(terminal)?;
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
            silent.local_modes.insert(LocalModes::ICANON | LocalModes::ISIG);
            tcsetattr(terminal, OptionalActions::Flush, &silent)?;
            Ok(Self { terminal, before })
        }
    }

    impl Drop for Silent<'_> {
        fn drop(&mut self) {
            // Nothing can be done for a terminal that went away.
            let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
        }
    }

    /// A line without its end. The terminal hands it out as a whole, when Enter is pressed.
    fn read_line(mut terminal: &File, control: &Control) -> io::Result<String> {
        let patience = Timespec::try_from(PATIENCE).map_err(io::Error::other)?;
        let mut line = Vec::new();
        loop {
            if control.is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match poll(&mut [PollFd::new(&terminal, PollFlags::IN)], Some(&patience)) {
                Ok(0) | Err(Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            let mut part = [0; 1024];
            let count = terminal.read(&mut part)?;
            line.extend_from_slice(&part[..count]);
            if line.last() == Some(&b'\n') {
                line.pop();
                return String::from_utf8(line).map_err(|_| io::Error::other("the password is not UTF-8"));
            }
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

#[cfg(windows)]
mod terminal {
    use std::io;

    use parallelcompress::Control;

    /// Shows `question` and reads a line.
    pub fn prompt(question: &str, control: &Control) -> io::Result<String> {
        let line = rpassword::prompt_password(question);
        if control.is_cancelled() { Err(io::ErrorKind::Interrupted.into()) } else { line }
    }
}
