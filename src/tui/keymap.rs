//! The one table of keys: dispatch, the help row, `?`, Ctrl+P and `docs/keys.md` all read it
//! (screens.md, rule 8). The config may change the keys of an action; a conflict is named.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::key::Key;

mod texts;

/// Where a key means something. A screen names its own contexts, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Context {
    Everywhere,
    /// Any screen on which bare keys act.
    Desk,
    /// Any screen on which keys are text.
    Typing,
    Search,
    Customer,
    Form,
    /// The whole record of a customer, or a new one.
    Record,
    Note,
    Text,
    /// One text to a few chosen customers.
    Several,
    /// A list of customers in which some are chosen.
    Choosing,
    /// A request for payment.
    Payment,
    /// An acknowledgement of debt.
    Debt,
    /// In place of the composer: the customer has not said yes to texts.
    Consent,
    /// In place of the composer: a reply may mean stop, and somebody decides.
    Held,
    /// In place of the composer: nothing can be sent to this customer's number.
    NoText,
    /// Two customers side by side.
    Merge,
    Inbox,
    Updates,
    /// Contacts in clash with the master.
    Clash,
    Outbox,
    Reports,
    /// A file before it is imported.
    Import,
    /// A question in a box.
    Ask,
    /// What came of a deed, in a box.
    Report,
    /// One typed line: the command line, a filter, a reason.
    Line,
    /// Everything that can be done, by words.
    Palette,
    Lists,
    Welcome,
    /// The fields of a new desk.
    SetUp,
}

impl Context {
    pub const ALL: [Self; 30] = [
        Self::Everywhere,
        Self::Desk,
        Self::Typing,
        Self::Search,
        Self::Customer,
        Self::Form,
        Self::Record,
        Self::Note,
        Self::Text,
        Self::Several,
        Self::Choosing,
        Self::Payment,
        Self::Debt,
        Self::Consent,
        Self::Held,
        Self::NoText,
        Self::Merge,
        Self::Inbox,
        Self::Updates,
        Self::Clash,
        Self::Outbox,
        Self::Reports,
        Self::Import,
        Self::Ask,
        Self::Report,
        Self::Line,
        Self::Palette,
        Self::Lists,
        Self::Welcome,
        Self::SetUp,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Desk => "on the desk",
            Self::Typing => "while typing",
            Self::Search => "look up",
            Self::Customer => "customer",
            Self::Form => "update contact",
            Self::Record => "whole record",
            Self::Note => "note",
            Self::Text => "text",
            Self::Several => "text to several",
            Self::Choosing => "all customers",
            Self::Payment => "request a payment",
            Self::Debt => "acknowledgement of debt",
            Self::Consent => "may we text?",
            Self::Held => "texts held",
            Self::NoText => "no text possible",
            Self::Merge => "two customers",
            Self::Inbox => "inbox",
            Self::Updates => "contact updates",
            Self::Clash => "clashes with the master",
            Self::Outbox => "outbox",
            Self::Reports => "reports",
            Self::Import => "import customers",
            Self::Ask => "a question",
            Self::Report => "a report",
            Self::Line => "a line to type",
            Self::Palette => "all actions",
            Self::Lists => "lists",
            Self::Welcome => "first start",
            Self::SetUp => "set up a desk",
        }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident $word:literal $label:literal),* $(,)?) => {
        /// Everything a key can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Action { $($(#[$doc])* $name),* }

        impl Action {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in the config.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// What the help row and the lists say.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label),* }
            }
        }
    };
}

actions! {
    Palette "all-actions" "everything",
    Help "keys" "keys",
    Back "back" "back",
    Quit "quit" "quit (asks)",
    Suspend "suspend" "suspend",
    Caller "caller" "the caller",
    Find "find" "find",
    Go "go" "go",
    Command "command" "command",
    Up "up" "up",
    Down "down" "choose",
    PageUp "page-up" "page up",
    PageDown "page-down" "page down",
    First "first" "first",
    Last "last" "last",
    NextPane "next" "next",
    PreviousPane "previous" "previous",
    TakeBack "take-back" "undo",
    Copy "copy" "copy",
    HowToQuit "how-to-quit" "how to quit",
    Open "open" "open",
    Done "done" "done",
    Customers "customers" "customers",
    Inbox "inbox" "inbox",
    Updates "contact-updates" "contact updates",
    Outbox "outbox" "outbox",
    Users "users" "users",
    Reports "reports" "reports",
    Import "import-customers" "import customers",
    ExportCustomers "export-customers" "export customers",
    Messages "messages" "messages so far",
    Lock "lock" "lock",
    NewMobile "new-mobile" "mobile",
    NewEmail "new-email" "e-mail",
    Note "note" "note",
    Text "text" "text",
    RequestPayment "request-payment" "payment",
    Acknowledge "acknowledge-debt" "debt",
    ByMail "by-mail" "mail it",
    ByText "by-text" "text it",
    Amount "amount" "amount",
    Pin "pin" "pin",
    Who "who" "who",
    Earlier "earlier" "earlier",
    Later "later" "later",
    Filter "filter" "filter",
    DoNotText "do-not-text" "do not text",
    HoldTexts "hold-texts" "hold texts, decide",
    NewCustomer "new-customer" "new customer",
    EditRecord "edit-record" "whole record",
    Stage "stage" "stage",
    Tags "tags" "tags",
    Delete "delete-customer" "delete",
    NextField "next-or-save" "next, saves at the end",
    Duplicates "duplicates" "who looks alike",
    TakeLeft "take-left" "take left",
    TakeRight "take-right" "take right",
    Take "take" "next field",
    Next "next-field" "next, saves on Reason",
    Save "save" "save",
    ReadBack "read-back" "read back",
    TakeSuggestion "take-suggestion" "take suggestion",
    TakeDraft "take-draft" "take what was kept",
    Send "send" "send",
    NewLine "new-line" "new line",
    SendLater "send-later" "later",
    EditText "edit-text" "edit",
    Held "edit-held" "takes held back",
    Fix "fix" "fix",
    Replies "saved-replies" "reply",
    Sender "sending-number" "our number",
    WhyNot "why-not-sent" "why not sent",
    ViewAfter "next-view" "view",
    ViewBefore "view-before" "view before",
    FirstUnread "first-unread" "unread",
    Unread "mark-unread" "mark unread",
    Assign "assign" "assign",
    CloseConversation "close-conversation" "close",
    Whose "whose-number" "whose number",
    SaidYes "said-yes" "they said yes",
    Yes "yes" "yes",
    Choose "choose" "choose",
    Range "range" "range",
    All "all" "all that match",
    Export "export" "batch",
    Mark "mark-synced" "synced",
    Dissolve "dissolve-batch" "dissolve batch",
    Hold "hold" "hold",
    Reject "reject" "reject",
    Clashes "clashes" "clashes",
    Decide "decide-clash" "decide",
    Approve "approve" "approve",
    Retry "retry" "try again",
    Discard "discard" "discard",
    Start "start-import" "check, then import",
    FieldBefore "field-before" "field",
    FieldAfter "field-after" "field",
    Rule "existing-ones" "existing ones",
    Stop "stop-import" "stop",
    TryDemo "try-demo" "try the demo",
    SetUp "set-up" "set up this desk",
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    pub context: Context,
    pub action: Action,
    /// Names of keys, the first is the one that is shown.
    pub keys: &'static [&'static str],
    /// Stands in the help row.
    pub row: bool,
}

const fn row(context: Context, action: Action, keys: &'static [&'static str]) -> Binding {
    Binding { context, action, keys, row: true }
}

const fn quiet(context: Context, action: Action, keys: &'static [&'static str]) -> Binding {
    Binding { context, action, keys, row: false }
}

/// Every key of the desk, in the order of the help row.
pub fn table() -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().chain(texts::TABLE)
}

const TABLE: &[Binding] = {
    use Action as A;
    use Context as C;
    &[
        // A slow line may glue Enter to the letter before it: to open is no send.
        row(C::Search, A::Open, &["Enter", "Alt+Enter"]),
        row(C::Search, A::Down, &["Down"]),
        quiet(C::Search, A::NewCustomer, &["Ctrl+N"]),
        quiet(C::Search, A::Up, &["Up"]),
        quiet(C::Search, A::TakeSuggestion, &["Right"]),
        quiet(C::Search, A::PageDown, &["PgDn"]),
        quiet(C::Search, A::PageUp, &["PgUp"]),
        row(C::Customer, A::NewMobile, &["m"]),
        row(C::Customer, A::NewEmail, &["e"]),
        row(C::Customer, A::Note, &["n"]),
        row(C::Customer, A::Text, &["t"]),
        row(C::Customer, A::RequestPayment, &["r"]),
        row(C::Customer, A::Who, &["b"]),
        row(C::Customer, A::Earlier, &["["]),
        quiet(C::Customer, A::Later, &["]"]),
        row(C::Customer, A::Pin, &["p"]),
        row(C::Customer, A::DoNotText, &["!"]),
        quiet(C::Customer, A::HoldTexts, &["h"]),
        quiet(C::Customer, A::Acknowledge, &["a"]),
        quiet(C::Customer, A::Filter, &["f"]),
        quiet(C::Customer, A::Stage, &["="]),
        quiet(C::Customer, A::Tags, &["#"]),
        quiet(C::Customer, A::EditRecord, &["Ctrl+E"]),
        quiet(C::Customer, A::Delete, &["Del"]),
        quiet(C::Customer, A::Duplicates, &["d"]),
        row(C::Form, A::Next, &["Enter"]),
        row(C::Form, A::Save, &["Ctrl+S", "F2"]),
        row(C::Form, A::ReadBack, &["F8"]),
        quiet(C::Form, A::TakeSuggestion, &["Right"]),
        quiet(C::Form, A::TakeDraft, &["Ctrl+R"]),
        row(C::Record, A::NextField, &["Enter"]),
        row(C::Record, A::Save, &["Ctrl+S", "F2"]),
        quiet(C::Record, A::NewLine, &["Alt+Enter"]),
        quiet(C::Record, A::TakeSuggestion, &["Right"]),
        quiet(C::Record, A::TakeDraft, &["Ctrl+R"]),
        row(C::Note, A::Save, &["Ctrl+S", "F2"]),
        quiet(C::Note, A::TakeDraft, &["Ctrl+R"]),
        quiet(C::Note, A::NewLine, &["Enter", "Alt+Enter"]),
        row(C::Text, A::Send, &["Enter"]),
        row(C::Text, A::NewLine, &["Alt+Enter"]),
        row(C::Text, A::Replies, &["F4"]),
        row(C::Text, A::SendLater, &["F6"]),
        row(C::Text, A::Fix, &["F7"]),
        row(C::Text, A::Held, &["Up"]),
        quiet(C::Text, A::PageUp, &["PgUp"]),
        quiet(C::Text, A::PageDown, &["PgDn"]),
        row(C::Choosing, A::Choose, &["Space"]),
        row(C::Choosing, A::Text, &["t"]),
        row(C::Payment, A::ByMail, &["e"]),
        row(C::Payment, A::ByText, &["t"]),
        row(C::Payment, A::Amount, &["c"]),
        row(C::Debt, A::NextField, &["Enter"]),
        row(C::Debt, A::Save, &["Ctrl+S", "F2"]),
        quiet(C::Debt, A::Down, &["Down"]),
        quiet(C::Debt, A::Up, &["Up"]),
        row(C::Consent, A::SaidYes, &["Enter"]),
        row(C::Consent, A::DoNotText, &["!"]),
        row(C::NoText, A::NewMobile, &["m"]),
        row(C::Merge, A::TakeLeft, &["Left"]),
        row(C::Merge, A::TakeRight, &["Right"]),
        row(C::Merge, A::Take, &["Enter"]),
        row(C::Merge, A::Save, &["Ctrl+S", "F2"]),
        row(C::Updates, A::Choose, &["Space"]),
        row(C::Updates, A::Range, &["v"]),
        row(C::Updates, A::All, &["*"]),
        row(C::Updates, A::Export, &["x"]),
        row(C::Updates, A::Mark, &["s"]),
        row(C::Updates, A::Hold, &["h"]),
        row(C::Updates, A::Reject, &["Del"]),
        row(C::Updates, A::Filter, &["f"]),
        row(C::Updates, A::Open, &["Enter", "Alt+Enter"]),
        row(C::Updates, A::Clashes, &["c"]),
        quiet(C::Updates, A::Dissolve, &["w"]),
        row(C::Clash, A::Decide, &["Enter"]),
        quiet(C::Updates, A::Approve, &["o"]),
        row(C::Reports, A::Filter, &["f"]),
        row(C::Outbox, A::Retry, &["Enter"]),
        row(C::Outbox, A::Discard, &["Del"]),
        row(C::Outbox, A::SendLater, &["F6"]),
        row(C::Outbox, A::EditText, &["e"]),
        row(C::Outbox, A::Filter, &["f"]),
        row(C::Import, A::Start, &["Enter"]),
        row(C::Import, A::FieldAfter, &["Right"]),
        quiet(C::Import, A::FieldBefore, &["Left"]),
        row(C::Import, A::Rule, &["o"]),
        row(C::Import, A::Stop, &["Del"]),
        row(C::Ask, A::Yes, &["Enter"]),
        row(C::Ask, A::Down, &["Down", "Tab", "j"]),
        quiet(C::Ask, A::Up, &["Up", "Shift+Tab", "k"]),
        row(C::Report, A::Done, &["Enter"]),
        quiet(C::Report, A::Down, &["Down", "Tab", "j"]),
        quiet(C::Report, A::Up, &["Up", "Shift+Tab", "k"]),
        quiet(C::Report, A::PageDown, &["PgDn"]),
        quiet(C::Report, A::PageUp, &["PgUp"]),
        quiet(C::Report, A::First, &["Home"]),
        quiet(C::Report, A::Last, &["End"]),
        row(C::Line, A::Done, &["Enter"]),
        quiet(C::Line, A::NextPane, &["Tab"]),
        quiet(C::Line, A::Down, &["Down"]),
        quiet(C::Line, A::Up, &["Up"]),
        row(C::Palette, A::Open, &["Enter"]),
        row(C::Palette, A::Down, &["Down"]),
        quiet(C::Palette, A::Up, &["Up"]),
        quiet(C::Palette, A::PageDown, &["PgDn"]),
        quiet(C::Palette, A::PageUp, &["PgUp"]),
        quiet(C::Lists, A::Open, &["Enter", "Alt+Enter"]),
        row(C::Welcome, A::TryDemo, &["1", "d"]),
        row(C::Welcome, A::SetUp, &["2", "s"]),
        quiet(C::Welcome, A::Open, &["Enter"]),
        quiet(C::Welcome, A::Down, &["Down", "Tab", "j"]),
        quiet(C::Welcome, A::Up, &["Up", "Shift+Tab", "k"]),
        row(C::Welcome, A::Quit, &["Ctrl+C"]),
        quiet(C::Welcome, A::Back, &["Esc"]),
        quiet(C::Welcome, A::Suspend, &["Ctrl+Z"]),
        row(C::SetUp, A::NextPane, &["Enter"]),
        row(C::SetUp, A::SetUp, &["Ctrl+S", "F2"]),
        quiet(C::SetUp, A::Down, &["Tab", "Down"]),
        quiet(C::SetUp, A::Up, &["Shift+Tab", "Up"]),
        row(C::SetUp, A::Back, &["Esc"]),
        quiet(C::SetUp, A::Quit, &["Ctrl+C"]),
        quiet(C::SetUp, A::Suspend, &["Ctrl+Z"]),
        row(C::Desk, A::TakeBack, &["u"]),
        row(C::Desk, A::Find, &["/"]),
        row(C::Desk, A::Go, &["g"]),
        row(C::Desk, A::Command, &[":"]),
        row(C::Desk, A::Help, &["?"]),
        quiet(C::Desk, A::Down, &["Down", "j"]),
        quiet(C::Desk, A::Up, &["Up", "k"]),
        quiet(C::Desk, A::PageDown, &["PgDn"]),
        quiet(C::Desk, A::PageUp, &["PgUp"]),
        quiet(C::Desk, A::First, &["Home"]),
        quiet(C::Desk, A::Last, &["End"]),
        quiet(C::Desk, A::NextPane, &["Tab"]),
        quiet(C::Desk, A::PreviousPane, &["Shift+Tab"]),
        quiet(C::Desk, A::Copy, &["y"]),
        quiet(C::Desk, A::NewCustomer, &["Ctrl+N"]),
        quiet(C::Desk, A::HowToQuit, &["q"]),
        quiet(C::Typing, A::NextPane, &["Tab"]),
        quiet(C::Typing, A::PreviousPane, &["Shift+Tab"]),
        row(C::Everywhere, A::Palette, &["Ctrl+P"]),
        row(C::Everywhere, A::Back, &["Esc"]),
        quiet(C::Everywhere, A::Help, &["F1"]),
        quiet(C::Everywhere, A::Caller, &["F5"]),
        quiet(C::Everywhere, A::Quit, &["Ctrl+C"]),
        quiet(C::Everywhere, A::Suspend, &["Ctrl+Z"]),
    ]
};

/// Where the second key of `g` goes, with the words of the list that pops up.
pub const PLACES: &[(char, Action)] = &[
    ('c', Action::Customers),
    ('i', Action::Inbox),
    ('u', Action::Updates),
    ('o', Action::Outbox),
    ('p', Action::Users),
    ('r', Action::Reports),
    ('f', Action::Import),
    ('x', Action::ExportCustomers),
    ('m', Action::Messages),
    ('l', Action::Lock),
];

/// The table with the changes of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bound: Vec<(Context, Action, Vec<Key>, bool)>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(&BTreeMap::new()).0
    }
}

impl Keymap {
    /// Lays the changes (action word → keys) over the table. What is wrong is left out and named.
    pub fn new(changes: &BTreeMap<String, Vec<String>>) -> (Self, Vec<String>) {
        let mut wrong = Vec::new();
        for word in changes.keys() {
            if !Action::ALL.iter().any(|action| action.word() == word) {
                let near = Action::ALL.iter().map(|a| a.word()).max_by_key(|known| likeness(known, word));
                wrong.push(format!("keys.{word}: no such action; did you mean \"{}\"?", near.unwrap_or("")));
            }
        }
        let mut bound: Vec<(Context, Action, Vec<Key>, bool)> = Vec::new();
        for binding in table() {
            let standard = || binding.keys.iter().filter_map(|name| name.parse().ok()).collect::<Vec<Key>>();
            let keys = match changes.get(binding.action.word()) {
                None => standard(),
                Some(names) => match names.iter().map(|name| name.parse()).collect::<Result<Vec<Key>, _>>() {
                    Ok(keys) if !keys.is_empty() => keys,
                    Ok(_) => standard(),
                    Err(why) => {
                        wrong.push(format!("keys.{}: {why}", binding.action.word()));
                        standard()
                    }
                },
            };
            bound.push((binding.context, binding.action, keys, binding.row));
        }
        wrong.extend(conflicts(&bound));
        wrong.dedup();
        (Self { bound }, wrong)
    }

    /// What `key` does where `contexts` hold, nearest first.
    pub fn action(&self, contexts: &[Context], key: Key) -> Option<Action> {
        contexts.iter().find_map(|context| {
            let here = self.bound.iter().filter(|(place, ..)| place == context);
            here.clone().find(|(_, _, keys, _)| keys.contains(&key)).map(|(_, action, ..)| *action)
        })
    }

    /// The key shown for an action where `contexts` hold.
    pub fn key(&self, contexts: &[Context], action: Action) -> Option<Key> {
        contexts.iter().find_map(|context| {
            let found = self.bound.iter().find(|(place, does, ..)| place == context && *does == action);
            found.and_then(|(_, _, keys, _)| keys.first().copied())
        })
    }

    /// All that can be done where `contexts` hold, nearest first, each key once: what Ctrl+P and `?` list.
    pub fn listed(&self, contexts: &[Context]) -> Vec<(Context, Action, Vec<Key>)> {
        let mut listed: Vec<(Context, Action, Vec<Key>)> = Vec::new();
        for context in contexts {
            for (place, action, keys, _) in &self.bound {
                let seen = listed.iter().any(|(_, known, _)| known == action);
                if place == context && !seen {
                    listed.push((*context, *action, keys.clone()));
                }
            }
        }
        listed
    }

    /// The help row: key and label, nearest context first.
    pub fn rows(&self, contexts: &[Context]) -> Vec<(Key, &'static str)> {
        let mut rows: Vec<(Key, &'static str)> = Vec::new();
        for context in contexts {
            for (place, action, keys, row) in &self.bound {
                let fits =
                    place == context && *row && !rows.iter().any(|(_, label)| *label == action.label());
                if let Some(key) = keys.first().filter(|_| fits) {
                    rows.push((*key, action.label()));
                }
            }
        }
        rows
    }

    /// `docs/keys.md`.
    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "# Keys\n\nMade from the table in `src/tui/keymap.rs` by a test. Change a key in the config: \
             `[keys]`, the action's name, and one or more keys.\n",
        );
        for context in Context::ALL {
            let here: Vec<_> = self.bound.iter().filter(|(place, ..)| *place == context).collect();
            if here.is_empty() {
                continue;
            }
            text.push_str(&format!(
                "\n## {}\n\n| key | does | action |\n| --- | --- | --- |\n",
                context.title()
            ));
            for (_, action, keys, _) in here {
                let keys = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" ");
                text.push_str(&format!(
                    "| {} | {} | `{}` |\n",
                    keys.replace('|', "\\|"),
                    action.label(),
                    action.word()
                ));
            }
        }
        text.push_str("\n## `g`, then\n\n| key | goes to |\n| --- | --- |\n");
        for (key, place) in PLACES {
            text.push_str(&format!("| `{key}` | {} |\n", place.label()));
        }
        text
    }
}

fn conflicts(bound: &[(Context, Action, Vec<Key>, bool)]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, (context, action, keys, _)) in bound.iter().enumerate() {
        for (other_context, other, other_keys, _) in &bound[at + 1..] {
            let clash = keys.iter().find(|key| other_keys.contains(key));
            if let Some(key) = clash.filter(|_| context == other_context && action != other) {
                found.push(format!(
                    "keys: {key} is both \"{}\" and \"{}\" ({}): the first counts",
                    action.word(),
                    other.word(),
                    context.title()
                ));
            }
        }
    }
    found
}

/// In thousandths.
#[expect(clippy::cast_possible_truncation, reason = "from 0 to 1000")]
fn likeness(known: &str, word: &str) -> u32 {
    let share = strsim::jaro_winkler(known, word) * 1000.0;
    share.max(0.0) as u32
}

#[cfg(test)]
mod tests;
