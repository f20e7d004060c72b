//! Signals: Ctrl-C and its kin cancel the job, so that nothing is left behind.

use std::io;

use parallelcompress::Control;

/// From now on an interrupt cancels `control` instead of killing the process. Repeated interrupts change nothing: the
/// job is already on its way out.
#[cfg(unix)]
pub fn cancels(control: &Control) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    // Any handler at all turns SIGXFSZ (which would kill us with a core dump when a file passes RLIMIT_FSIZE) into an
    // ordinary EFBIG from write. Nobody reads the flag: the failed write says it.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;

    let mut signals = vec![SIGINT, SIGTERM];
    if !starts_ignored(SIGHUP) {
        signals.push(SIGHUP);
    }
    let mut signals = signal_hook::iterator::Signals::new(signals)?;
    let control = control.clone();
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for _ in signals.forever() {
            control.cancel();
        }
    })?;
    Ok(())
}

/// Whether our parent had us ignore `signal`: `nohup` does so with SIGHUP, and is to be obeyed. Where the system does
/// not tell (no /proc), the answer is no.
#[cfg(unix)]
fn starts_ignored(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return false };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// From now on Ctrl-C or closing the console cancels `control` instead of killing the process.
#[cfg(windows)]
pub fn cancels(control: &Control) -> io::Result<()> {
    let control = control.clone();
    ctrlc::set_handler(move || control.cancel()).map_err(io::Error::other)
}
