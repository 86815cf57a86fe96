//! The rules. Pure: no I/O, no clock, no SQL, no HTTP types; everything here is tested by tables
//! and properties.

pub mod backoff;
pub mod batch;
pub mod consent;
pub mod customer;
pub mod dates;
pub mod delivery;
pub mod email;
pub mod fold;
pub mod form;
pub mod ids;
pub mod import;
pub mod job;
pub mod money;
pub mod phone;
pub mod record;
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
