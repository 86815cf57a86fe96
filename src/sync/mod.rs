//! What leaves and what comes in. [`engine`] decides and does no network I/O: events go in,
//! requests come out, everything durable is in the store. [`task`] performs the requests.

mod breaker;
mod convert;
pub mod engine;
mod feed;
mod mails;
mod polls;
pub mod task;
mod texts;
mod uploads;

pub use engine::{Call, Engine, Event, Settings, Ticket};
pub use feed::Master;
