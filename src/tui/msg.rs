//! What the desk is told ([`Msg`]) and what it asks for ([`Effect`]): plain values. A message can be
//! recorded and replayed; an effect is carried out by the runner, which answers with a message.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::key::Key;
use crate::domain::consent::Purpose;
use crate::domain::customer::{NewCustomer, Stage};
use crate::domain::debt::Debt;
use crate::domain::ids::{ConversationId, CustomerId, MessageId, NoteId, TemplateId, UserId};
use crate::domain::import::OnMatch;
use crate::domain::lint;
use crate::domain::merge::{Part, Side};
use crate::domain::payment::By;
use crate::domain::record::Edit;
use crate::domain::redact::redacted_debug;
use crate::domain::shown::{
    Batch, Card, Clashes, Conversations, Counts, Draft, DraftOf, Duplicate, Entry, Facts, Found, InboxFilter,
    Intake, Job, Marked, Page, Party, Payment, Person, Presence, QueueFilter, Recipient, Record, Report,
    Sheet, Sides, State, Take, Thread, Undoable, Undone,
};
use crate::domain::template::Replies;
use crate::domain::text::{Body, SafeText};
use crate::domain::time::Micros;
use crate::domain::update::{Field, NewUpdate};

/// The number of a request. A screen remembers the one it waits for and ignores older answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seq(pub u64);

/// Everything that can happen to a desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Msg {
    Key(Key),
    /// A paste, or a burst of keys on the desk.
    Paste(String),
    Resize(u16, u16),
    /// The time, and what the desk's own clock adds to UTC in seconds.
    Tick(Micros, i32),
    Answer(Seq, Answer),
    Failed(Seq, Failure),
    /// Something on disk is new: what is shown is asked for again.
    Changed,
    /// A sentence from outside the loop, such as a fault in the config.
    Say(Tone, String),
    /// Somebody else sits down, named so that only one is meant: demo only.
    Become(String),
    /// The terminal came back from a suspension.
    Resumed,
    /// The terminal is gone or the process is told to end.
    Ending,
}

/// How a toast sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    Good,
    Note,
    Bad,
}

/// Begins the sentence about a screen that keeps what was typed when it could not be saved.
pub const STILL_HERE: &str = "What you typed is still here";

/// What could not be done, in sentences: what failed, whether the work is safe, which key is next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub why: String,
    /// The field it is about, where there is one.
    pub field: Option<String>,
    /// Blocked by consent, not by a fault.
    pub blocked: bool,
    /// A newer question was asked: nothing to tell.
    pub stale: bool,
}

/// Reads that a screen can ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    Lookup(String),
    /// A page of all customers.
    Customers {
        after: Option<i64>,
        newest_first: bool,
    },
    Card(CustomerId),
    Timeline {
        of: CustomerId,
        before: Option<i64>,
    },
    Thread(Party),
    /// What the linter asks of the database about a text.
    TextFacts {
        to: Party,
        number: String,
        purpose: Purpose,
        mentions: Vec<String>,
    },
    /// Saved replies, and what is known to fill them in.
    Replies(Party),
    /// Why a text is where it is: an outbox line.
    Why(MessageId),
    /// The same of an outbox line.
    WhyLine(i64),
    Inbox {
        filter: InboxFilter,
        after: Option<i64>,
        newest_first: bool,
    },
    Queue {
        filter: QueueFilter,
        after: Option<i64>,
    },
    Matching(QueueFilter),
    /// The same and the head line, counted to the end.
    Counts(QueueFilter),
    /// What the updates of these days say.
    Report {
        from: Micros,
        before: Micros,
    },
    Facts(i64),
    Clashes,
    /// The clashes themselves.
    ClashList,
    Outbox {
        settled: bool,
    },
    People,
    State,
    Drafts,
    Draft {
        customer: Option<CustomerId>,
        of: DraftOf,
    },
    DraftTo(SafeText),
    /// Who of these would get this text.
    Several {
        customers: Vec<CustomerId>,
        body: Body,
    },
    Undoable,
    Others(CustomerId),
    Record(CustomerId),
    /// Who else has this number or address.
    Sharing {
        value: String,
        except: Option<CustomerId>,
    },
    /// Who looks like this one.
    Duplicates(CustomerId),
    Sides {
        kept: CustomerId,
        gone: CustomerId,
    },
    /// What a request for payment would say; an amount as typed, or what is due.
    Payment {
        customer: CustomerId,
        amount: Option<String>,
    },
}

/// Writes that a screen can ask for. They are carried out in order and never canceled.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// The card was opened: an audit entry, and presence.
    Opened(CustomerId),
    Capture {
        customer: CustomerId,
        new: Box<NewUpdate>,
        seen: Box<Seen>,
        asked: Asked,
    },
    AddCustomer(Box<NewCustomer>),
    EditCustomer {
        customer: CustomerId,
        edit: Box<Edit>,
    },
    /// A customer moves on from the stage that was seen.
    Stage {
        customer: CustomerId,
        seen: Stage,
        stage: Stage,
    },
    Tags {
        customer: CustomerId,
        on: Vec<String>,
        off: Vec<String>,
    },
    /// Somebody has said yes to it.
    DeleteCustomer(CustomerId),
    Note {
        customer: CustomerId,
        body: Body,
    },
    Pin {
        customer: CustomerId,
        note: Option<NoteId>,
    },
    Text {
        to: Party,
        /// The number of ours that was chosen.
        from: Option<SafeText>,
        number: String,
        body: Body,
        purpose: Purpose,
        /// The saved reply it was made of.
        reply: Option<TemplateId>,
        /// When it is to leave, if not now.
        at: Option<Micros>,
    },
    /// The same text to each of these, filled in.
    TextSeveral {
        customers: Vec<CustomerId>,
        body: Body,
    },
    /// Another time for a text that waits, in words by the customer's clock.
    Reschedule {
        seq: i64,
        words: String,
    },
    RequestPayment {
        customer: CustomerId,
        amount: Option<String>,
        by: By,
    },
    /// An acknowledgement of debt, as of today.
    Debt {
        customer: CustomerId,
        debt: Debt,
        today: chrono::NaiveDate,
    },
    /// A yes by voice to the wording that was read out.
    VoiceYes {
        number: String,
        customer: Option<CustomerId>,
    },
    /// Holds all texts to a number, or decides about a hold.
    DecideTexts {
        number: String,
        customer: Option<CustomerId>,
        deciding: Deciding,
        reason: String,
    },
    /// "Do not text": for service, marketing or both.
    VoiceNo {
        number: String,
        customer: Option<CustomerId>,
        purposes: Vec<Purpose>,
    },
    Merge {
        kept: CustomerId,
        gone: CustomerId,
        takes: Vec<(Part, Side)>,
    },
    /// The call of this moment stands on this desk's screen.
    RingShown(Micros),
    ReadThread(Party),
    Conversation {
        id: ConversationId,
        deed: Deed,
    },
    /// A stranger's number is a customer's: a policy number, an e-mail or a number on file says whose.
    Link {
        number: SafeText,
        to: String,
    },
    /// The same words once more, as a new text.
    SendAgain(MessageId),
    TakeBack {
        seq: i64,
        kind: String,
    },
    /// A numbered batch of these updates as a file in this folder or at this path.
    Export {
        seqs: Vec<i64>,
        to: PathBuf,
    },
    Mark(Vec<i64>),
    MarkBatch(i64),
    /// Frees the updates of a batch that was made by mistake.
    DissolveBatch(i64),
    Hold {
        seq: i64,
        reason: String,
    },
    /// Takes back a hold.
    Release {
        seq: i64,
    },
    Reject {
        seq: i64,
        reason: String,
    },
    /// Decides a clash with the master, as it was shown.
    Resolve {
        customer: CustomerId,
        field: Field,
        newest: i64,
        theirs: Option<SafeText>,
        take: Take,
        why: String,
    },
    /// Says no to several, for one reason.
    RejectAll {
        seqs: Vec<i64>,
        reason: String,
    },
    /// Says yes to what awaits it.
    Approve(Vec<i64>),
    Retry {
        seq: i64,
        reason: String,
    },
    Discard {
        seq: i64,
        reason: String,
    },
}

/// What is done with a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Unread,
    /// To somebody, or to nobody.
    Assign(Option<UserId>),
    /// As it was seen, up to this text.
    Close {
        seen: i64,
    },
    Reopen,
}

/// What becomes of the texts to a number whose customer may want no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deciding {
    Hold,
    /// They meant something else.
    Release,
    /// They meant stop.
    Confirm,
}

/// What was asked and said beside a contact update.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The customer wants texts on the mobile that counts then.
    pub voice_yes: bool,
    /// How the caller was identified.
    pub verified_by: Option<String>,
    /// What was read back, and right.
    pub read_back: Vec<Field>,
}

/// What the screen had shown of the two contact fields: the value, and the capture it came from.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Seen {
    pub mobile: Option<(String, Option<crate::domain::ids::UpdateId>)>,
    pub email: Option<(String, Option<crate::domain::ids::UpdateId>)>,
}

redacted_debug!(Seen);

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Found(Found),
    Card(Box<Card>),
    Timeline(Vec<Entry>),
    Thread(Box<Thread>),
    TextFacts(Box<lint::Facts>),
    Replies(Box<Replies>),
    Inbox(Conversations),
    /// Whose a stranger's number is now.
    Linked(SafeText),
    /// Why a text is where it is.
    Why(Vec<String>),
    Queue(Page),
    Matching(Vec<i64>),
    Counts(Counts),
    Report(Box<Report>),
    Facts(Facts),
    Clashes(i64),
    ClashList(Clashes),
    Outbox(Vec<Job>),
    People(Vec<Person>),
    State(State),
    Drafts(Vec<Draft>),
    Draft(Option<Draft>),
    Undoable(Option<Undoable>),
    Others(Vec<Presence>),
    Record(Box<Record>),
    Sharing(Vec<SafeText>),
    /// A new customer is on disk.
    Added(CustomerId),
    Duplicates(Vec<Duplicate>),
    Sides(Box<Sides>),
    /// On disk.
    Saved,
    Payment(Payment),
    /// A text or mail is on disk and leaves then.
    Queued(Micros),
    /// What becomes of a text to several, or became.
    Several(Vec<Recipient>),
    Undone(Undone),
    Exported(Batch, PathBuf),
    Marked(Marked),
    /// A file that may be imported.
    Sheet(Box<Sheet>),
    /// How an import goes.
    Intake(Box<Intake>),
    /// So many customers are in this file.
    Outgone(u64, PathBuf),
}

/// What the runner is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Read(Seq, Read),
    Write(Seq, Write),
    /// What is being typed. The runner writes it 250 ms after the last change; an empty body
    /// removes it.
    Draft {
        customer: Option<CustomerId>,
        of: DraftOf,
        body: Body,
    },
    /// The same of a text to a number that nobody on file has.
    DraftTo {
        number: SafeText,
        body: Body,
    },
    /// Drafts are written now.
    KeepDrafts,
    /// Put on the clipboard of the terminal (OSC 52).
    Copy(Body),
    /// What this person does with a customer, for the others.
    Doing(Option<CustomerId>, &'static str),
    /// This person writes to a number that nobody on file has.
    Answering(SafeText),
    /// A command that only the demo knows.
    Demo(String),
    /// Looks into a file of customers.
    Sheet(Seq, PathBuf),
    /// Imports it in the background, or tries to.
    Intake(Seq, Import),
    /// At the end of a chunk.
    StopIntake,
    /// Writes customers to a file in the background.
    Outgo(Seq, Outgo),
    Suspend,
    Redraw,
    Leave(Exit),
}

/// A file with what its columns hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub file: PathBuf,
    /// Words, one for each column.
    pub fields: Vec<String>,
    pub on: OnMatch,
    /// Nothing is stored.
    pub is_dry: bool,
}

/// Customers on their way into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgo {
    pub file: PathBuf,
    /// The word of the format.
    pub format: String,
    /// Safe from formulas.
    pub guarded: bool,
    /// The line of the look-up, empty for everybody.
    pub line: String,
}

/// How the desk ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    Quit,
    /// On the first start: show the demo instead.
    TryDemo,
    /// On the first start: set up a desk with these fields.
    SetUp(SetUp),
    /// Somebody else sits down: demo only.
    Become(String),
}

/// The few fields of a new desk, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetUp {
    pub admin: String,
    pub number: i64,
    pub region: String,
    pub currency: String,
    pub sender: String,
    pub upstream: String,
}
