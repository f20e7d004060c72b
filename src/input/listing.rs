//! Listing folders, several at a time: what takes long is the system's part, which other cores can do meanwhile, or a
//! disk that is waited for.

use std::fs;
use std::path::PathBuf;
use std::thread::{self, Scope, ScopedJoinHandle};

use crossbeam::channel::{Receiver, Sender, unbounded};

use super::examine::Found;
use crate::error::Error;

/// Threads beside the calling one, at most.
const HELPERS: usize = 4;
/// For so many folders that wait, one more of them starts.
const FOLDERS_PER_HELPER: usize = 8;
/// Folders that wait to be listed or taken, at most: what is asked for is listed even if the walk is cancelled.
const MOST: usize = 64;

/// What is in a folder.
pub(super) struct Listing {
    pub(super) path: PathBuf,
    /// By the bytes of their names.
    pub(super) children: Vec<Child>,
    /// Why it may not be all.
    pub(super) error: Option<Error>,
}

/// One entry of a folder.
pub(super) struct Child {
    pub(super) path: PathBuf,
    pub(super) found: Result<Found, Error>,
}

/// Lists the folder at `path`. Its entries are examined while it is open, since the system then finds them without looking
/// the whole path up again.
fn list(path: PathBuf) -> Listing {
    let mut children = Vec::new();
    let listed = fs::read_dir(&path).and_then(|entries| {
        for entry in entries {
            let entry = entry?;
            // No longer than it is: it is kept until the entry is read.
            let name = entry.file_name();
            let mut child = PathBuf::with_capacity(path.as_os_str().len() + 1 + name.len());
            child.extend([path.as_os_str(), &name]);
            let found = Found::examine(&child, || entry.metadata());
            children.push(Child { path: child, found });
        }
        Ok(())
    });
    // Not as paths, which compares part by part.
    children.sort_unstable_by(|Child { path: a, .. }, Child { path: b, .. }| {
        a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes())
    });
    let error = listed.err().map(|error| Error::io("cannot list the folder", &path, error));
    Listing { path, children, error }
}

/// Folders that are being listed, each with a number of the caller's.
pub(super) struct Listings<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    requests: Sender<(usize, PathBuf)>,
    waiting: Receiver<(usize, PathBuf)>,
    /// For helpers to clone.
    answer: Sender<(usize, Listing)>,
    answers: Receiver<(usize, Listing)>,
    /// Requests that were not answered.
    open: usize,
    helpers: Vec<ScopedJoinHandle<'scope, ()>>,
}

/// Calls `work`, for whom threads list folders. They have ended when this returns.
pub(super) fn with_listings<T>(work: impl FnOnce(&mut Listings) -> T) -> T {
    thread::scope(|scope| {
        let ((requests, waiting), (answer, answers)) = (unbounded(), unbounded());
        let mut listings = Listings { scope, requests, waiting, answer, answers, open: 0, helpers: Vec::new() };
        let result = work(&mut listings);
        let Listings { requests, helpers, .. } = listings;
        drop(requests);
        // The scope would wait for the threads' work only, and a program may unload the library next.
        for helper in helpers {
            helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        result
    })
}

impl Listings<'_, '_> {
    /// Whether one more may be asked for.
    pub(super) fn has_room(&self) -> bool {
        self.open < MOST
    }

    /// Asks for what is in the folder at `path`.
    pub(super) fn ask(&mut self, number: usize, path: PathBuf) {
        // This has the other end.
        let _ = self.requests.send((number, path));
        self.open += 1;
        if self.helpers.len() < HELPERS && self.waiting.len() >= FOLDERS_PER_HELPER * (self.helpers.len() + 1) {
            let (waiting, answer) = (self.waiting.clone(), self.answer.clone());
            let help = move || {
                for (number, path) in waiting {
                    if answer.send((number, list(path))).is_err() {
                        break;
                    }
                }
            };
            // Where no more threads can be had, those that there are do the work.
            let helper = thread::Builder::new().name("pc-walk".into()).spawn_scoped(self.scope, help);
            self.helpers.extend(helper.ok());
        }
    }

    /// The next one that is listed, in any order; the calling thread helps. None: nothing was asked for.
    pub(super) fn next(&mut self) -> Option<(usize, Listing)> {
        self.open = self.open.checked_sub(1)?;
        if let Ok(answer) = self.answers.try_recv() {
            return Some(answer);
        }
        match self.waiting.try_recv() {
            Ok((number, path)) => Some((number, list(path))),
            Err(_) => self.answers.recv().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_that_is_asked_for_is_listed_once() {
        let top = tempfile::tempdir().unwrap();
        let folder = |number: usize| top.path().join(number.to_string());
        for number in 0..500 {
            fs::create_dir(folder(number)).unwrap();
            for file in 0..number % 7 {
                fs::write(folder(number).join(file.to_string()), "x").unwrap();
            }
        }
        let mut seen = vec![false; 501];
        with_listings(|listings| {
            let mut asked = 0;
            loop {
                while listings.has_room() && asked <= 500 {
                    listings.ask(asked, folder(asked));
                    asked += 1;
                }
                let Some((number, Listing { children, error, .. })) = listings.next() else { break };
                assert!(!std::mem::replace(&mut seen[number], true));
                assert_eq!(error.is_some(), number == 500, "there is no folder 500");
                if number < 500 {
                    let names: Vec<_> = children.iter().map(|child| child.path.clone()).collect();
                    let expected: Vec<_> = (0..number % 7).map(|file| folder(number).join(file.to_string())).collect();
                    assert_eq!(names, expected);
                }
            }
        });
        assert!(seen.into_iter().all(|seen| seen));
    }
}
