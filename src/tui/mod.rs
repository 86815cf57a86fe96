//! The desk on the screen: the terminal it lives in, the keys that reach it, and how it ends.

pub mod backend;
pub mod hangup;
pub mod input;
pub mod keys;
pub mod terminal;
