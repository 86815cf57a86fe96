//! Keys of the inbox, of a thread about what was sent or is held, and of one text to several.

use super::{Action as A, Binding, Context as C, quiet, row};

pub const TABLE: &[Binding] = &[
    row(C::Inbox, A::Open, &["Enter", "Alt+Enter"]),
    row(C::Inbox, A::ViewAfter, &["Right"]),
    quiet(C::Inbox, A::ViewBefore, &["Left"]),
    row(C::Inbox, A::Filter, &["f"]),
    row(C::Inbox, A::FirstUnread, &["i"]),
    row(C::Inbox, A::Assign, &["a"]),
    row(C::Inbox, A::CloseConversation, &["Del"]),
    quiet(C::Inbox, A::Unread, &["-"]),
    quiet(C::Inbox, A::Whose, &["w"]),
    quiet(C::Text, A::Sender, &["F3"]),
    quiet(C::Text, A::Retry, &["Ctrl+R"]),
    quiet(C::Text, A::WhyNot, &["F9"]),
    quiet(C::Consent, A::WhyNot, &["F9"]),
    quiet(C::NoText, A::WhyNot, &["F9"]),
    row(C::Several, A::Send, &["Enter"]),
    row(C::Several, A::NewLine, &["Alt+Enter"]),
    row(C::Held, A::HoldTexts, &["h"]),
    row(C::Held, A::DoNotText, &["!"]),
    row(C::Outbox, A::WhyNot, &["w", "F9"]),
];
