//! The rules. Pure: no I/O, no clock, no SQL, no HTTP types; everything here is tested by tables
//! and properties.

pub mod alike;
pub mod backoff;
pub mod batch;
pub mod consent;
pub mod customer;
pub mod dates;
pub mod delivery;
pub mod email;
pub mod fold;
pub mod ids;
pub mod job;
pub mod merge;
pub mod money;
pub mod phone;
pub(crate) mod redact;
pub mod role;
pub mod search;
pub mod segments;
pub mod shown;
pub mod spell;
pub mod text;
pub mod time;
pub mod update;
pub mod wording;
