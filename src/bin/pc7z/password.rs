//! Asks for a password where `--password` came without one.

use std::io;

/// Asks twice on the terminal (never on standard input or output), without echo.
pub fn ask() -> io::Result<String> {
    let first = prompt("Password for the archive: ")?;
    if first.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the password is empty"));
    }
    if prompt("The same again: ")? != first {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the two passwords differ"));
    }
    Ok(first)
}

fn prompt(question: &str) -> io::Result<String> {
    rpassword::prompt_password(question).map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => error,
        kind => io::Error::new(kind, format!("cannot ask for the password on the terminal: {error}")),
    })
}
