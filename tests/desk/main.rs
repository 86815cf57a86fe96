//! The desk, worked by hand: the real program in a pseudo-terminal, the demo behind it, and the
//! sandbox's ledger as the witness of what left.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy takes the helpers of a test file for production code"
)]

mod batches;
mod capture;
mod clashes;
mod compose;
mod consent;
mod imports;
mod inbox;
mod merge;
mod pop;
mod queue;
mod record;
mod script;
#[path = "../support/mod.rs"]
mod support;
mod tasks;
mod terminals;
mod texts;
