//! The built program from the outside: what it says, where, and with which exit code.

#![expect(clippy::unwrap_used, reason = "clippy takes the helpers of a test file for production code")]

mod consent;
mod demo;
mod exports;
mod home;
mod import;
mod killed;
mod later;
mod merge;
mod output;
mod phone;
mod pop;
mod readme;
mod record;
mod replies;
mod setup;
mod texts;
mod update;
mod updates;
mod why;
