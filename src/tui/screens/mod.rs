//! The screens, one folder or file each: its state, what it does with an event, how it is drawn.
//! A screen is a plain value; the enum dispatches, there are no trait objects.

pub mod aod;
pub mod ask;
pub mod card;
pub mod clash;
pub mod customers;
pub mod duplicates;
pub mod form;
pub mod go;
pub mod help;
pub mod hold;
pub mod import;
pub mod inbox;
pub mod kept;
pub mod line;
pub mod lock;
pub mod lookup;
pub mod merge;
pub mod messages;
pub mod note;
pub mod outbox;
pub mod palette;
pub mod payment;
pub mod record;
pub mod replies;
pub mod report;
pub mod reports;
pub mod several;
#[cfg(test)]
mod tests;
pub mod text;
pub mod updates;
pub mod users;
pub mod welcome;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::keymap::Context;
use super::model::{Cx, Event};
use super::view::Look;
use crate::domain::ids::CustomerId;
use crate::domain::time::Micros;

/// Where typed keys go: the word in the bottom row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `TYPING ` and this: `FORM`, `NOTE (stays here)`, `TEXT to 5737 2333`.
    pub name: String,
    /// What is typed is a customer's: recordings mask it.
    pub hidden: bool,
}

impl Target {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), hidden: true }
    }
}

/// How much of the frame a screen takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The whole body.
    Body,
    /// A part of the card: beside it where there is room.
    Part,
    /// A box over the body.
    Box,
    /// The row above the keys.
    Row,
}

macro_rules! screens {
    ($($name:ident($type:ty)),* $(,)?) => {
        /// One screen or box of the stack.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Screen { $($name($type)),* }

        impl Screen {
            #[cfg(test)]
            const NAMES: &[&str] = &[$(stringify!($name)),*];

            pub fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>) {
                match self { $(Self::$name(screen) => screen.update(cx, event)),* }
            }

            /// Draws into `area`; answers where the cursor is parked.
            pub fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
                match self { $(Self::$name(screen) => screen.draw(look, area, buffer)),* }
            }

            /// Nearest first; `Desk` or `Typing` and `Everywhere` follow by themselves.
            pub fn contexts(&self) -> &'static [Context] {
                match self { $(Self::$name(screen) => screen.contexts()),* }
            }

            /// `None`: bare keys act.
            pub fn typing(&self) -> Option<Target> {
                match self { $(Self::$name(screen) => screen.typing()),* }
            }

            /// The row under the state row.
            pub fn title(&self, look: &Look<'_>) -> Line<'static> {
                match self { $(Self::$name(screen) => screen.title(look)),* }
            }

            /// The row above the keys.
            pub fn hint(&self, look: &Look<'_>) -> Line<'static> {
                match self { $(Self::$name(screen) => screen.hint(look)),* }
            }

            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(screen) => screen.kind()),* }
            }

            pub fn customer(&self) -> Option<CustomerId> {
                match self { $(Self::$name(screen) => screen.customer()),* }
            }

            /// Something in it counts seconds.
            pub fn is_restless(&self, now: Micros) -> bool {
                match self { $(Self::$name(screen) => screen.is_restless(now)),* }
            }
        }
    };
}

screens! {
    Lookup(lookup::Lookup),
    Card(card::CardScreen),
    Customers(customers::CustomersScreen),
    Duplicates(duplicates::DuplicatesScreen),
    Merge(merge::MergeScreen),
    Form(form::FormScreen),
    Record(record::RecordScreen),
    Note(note::NoteScreen),
    Text(text::TextScreen),
    Several(several::SeveralScreen),
    Replies(replies::RepliesBox),
    Payment(payment::PaymentScreen),
    Aod(aod::AodScreen),
    Inbox(inbox::InboxScreen),
    Updates(updates::UpdatesScreen),
    Clash(clash::ClashScreen),
    Outbox(outbox::OutboxScreen),
    Import(import::ImportScreen),
    Users(users::UsersScreen),
    Reports(reports::ReportsScreen),
    Messages(messages::MessagesScreen),
    Lock(lock::LockScreen),
    Help(help::HelpScreen),
    Palette(palette::Palette),
    Go(go::GoBox),
    Line(line::LineBox),
    Ask(ask::AskBox),
    Report(report::ReportBox),
    Welcome(welcome::Welcome),
}

/// What a screen is. Most have no customer, take the whole body and count no seconds.
pub trait Page {
    fn update(&mut self, cx: &mut Cx<'_>, event: Event<'_>);

    /// Draws into `area`; answers where the cursor is parked.
    fn draw(&self, look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position>;

    /// Nearest first; `Desk` or `Typing` and `Everywhere` follow by themselves.
    fn contexts(&self) -> &'static [Context];

    /// The row under the state row.
    fn title(&self, look: &Look<'_>) -> Line<'static>;

    /// The row above the keys.
    fn hint(&self, _look: &Look<'_>) -> Line<'static> {
        Line::default()
    }

    /// `None`: bare keys act.
    fn typing(&self) -> Option<Target> {
        None
    }

    fn kind(&self) -> Kind {
        Kind::Body
    }

    fn customer(&self) -> Option<CustomerId> {
        None
    }

    /// Something in it counts seconds.
    fn is_restless(&self, _now: Micros) -> bool {
        false
    }
}

/// Puts a value on the clipboard of the terminal. Whether it arrives is the terminal's business.
pub(crate) fn copy(cx: &mut Cx<'_>, value: &crate::domain::text::SafeText) {
    cx.effect(super::msg::Effect::Copy(crate::domain::text::Body(value.as_str().to_owned())));
    cx.say(super::msg::Tone::Note, "Sent to your terminal's clipboard.");
}
