//! An observer that takes notes.

use std::collections::HashMap;
use std::thread::{self, ThreadId};
use std::time::Instant;

use parallelcompress::{Error, Observer, OnError, Statistics};

/// Everything a job told its caller, in order.
#[derive(Debug, Default)]
pub struct Ears {
    /// Index, name, bytes in, bytes out.
    pub progress: Vec<(u32, String, u64, u64)>,
    /// Index, name, bytes in, bytes out.
    pub completed: Vec<(u32, String, u64, u64)>,
    /// The calls about each item in their order, a letter each: s(tarted), p(rogress), c(ompleted), f(ailed).
    pub lives: HashMap<u32, String>,
    /// Index, name, text of the error.
    pub failed: Vec<(u32, String, String)>,
    /// With the moment it was told.
    pub statistics: Vec<(Instant, Statistics)>,
    /// Every thread that called.
    pub threads: Vec<ThreadId>,
}

impl Ears {
    fn note_thread(&mut self) {
        let id = thread::current().id();
        if !self.threads.contains(&id) {
            self.threads.push(id);
        }
    }

    fn note(&mut self, index: u32, letter: char) {
        self.note_thread();
        self.lives.entry(index).or_default().push(letter);
    }

    /// The progress calls of each item.
    pub fn progress_by_item(&self) -> HashMap<u32, Vec<(u64, u64)>> {
        let mut items: HashMap<u32, Vec<_>> = HashMap::new();
        for (index, _, in_size, out_size) in &self.progress {
            items.entry(*index).or_default().push((*in_size, *out_size));
        }
        items
    }
}

impl Observer for Ears {
    fn item_started(&mut self, index: u32, _: &str) {
        self.note(index, 's');
    }

    fn item_progress(&mut self, index: u32, name: &str, in_size: u64, out_size: u64) {
        self.note(index, 'p');
        self.progress.push((index, name.to_owned(), in_size, out_size));
    }

    fn item_completed(&mut self, index: u32, name: &str, in_size: u64, out_size: u64) {
        self.note(index, 'c');
        self.completed.push((index, name.to_owned(), in_size, out_size));
    }

    fn item_failed(&mut self, index: u32, name: &str, error: &Error) -> OnError {
        self.note(index, 'f');
        self.failed.push((index, name.to_owned(), error.to_string()));
        OnError::GoOn
    }

    fn statistics(&mut self, statistics: &Statistics) {
        self.note_thread();
        self.statistics.push((Instant::now(), *statistics));
    }
}
