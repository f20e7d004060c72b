//! Archives made to do harm. Each is refused with an error that names the item and the cause, before it costs anything;
//! whatever happens, nothing is written outside the folder, and nothing unfinished stays in it.

#[path = "../common/mod.rs"]
mod common;

mod bombs;
mod counts;
mod graphs;
mod made;
mod mutations;
mod mutator;
mod names;
mod secrets;
mod trap;
