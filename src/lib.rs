//! cordboard: a terminal desk for call-center agents.
//!
//! Everything an agent does is committed to a local encrypted SQLite file first; a background
//! engine carries it to Twilio and to the upstream system later, exactly as often as it should.
//!
//! ```text
//!   cli ──► store (SQLite) ◄── sync::engine ──► remote (Twilio, upstream)
//!             └────────── domain: pure rules, used by all, uses nothing ──────────┘
//! ```
//!
//! - [`domain`] holds every rule an auditor could ask about: no I/O, no clock, no SQL.
//! - [`store`] owns every SQL statement. A write takes an actor and asks `domain::role::can` itself.
//! - [`remote`] turns requests into HTTP and answers into classes; [`wire`] has the JSON bodies.
//! - [`sync`] decides what leaves and when. Its engine does no network I/O, so a simulation can
//!   drive it against [`sandbox`]'s `World` in one thread.
//! - [`files`] reads and writes the files people exchange; [`cli`] has one file per command.
//!
//! Arrows point down only; `tests/layers.rs` reads the imports and fails on any other.

pub mod cli;
pub mod config;
pub mod domain;
pub mod files;
pub mod remote;
pub mod sandbox;
pub mod store;
pub mod sync;
pub mod tui;
pub mod wire;
