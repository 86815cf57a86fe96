//! Carries out effects: reads, writes, drafts, presence. The only file of the desk that names the
//! store; every answer comes back as a message, nobody is waited for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

use super::msg::{Answer, Failure, Import, Msg, Read, STILL_HERE, Seen, Seq, Tone, Write};
use crate::domain::fold::Effective;
use crate::domain::ids::{CustomerId, UpdateId};
use crate::domain::money::Currency;
use crate::domain::phone::{E164, PhonePolicy};
use crate::domain::role::Actor;
use crate::domain::shown::{DraftOf, Ended, Intake, Party, Sheet, SheetColumn};
use crate::domain::text::{Body, SafeText};
use crate::domain::time::Micros;
use crate::domain::wording;
use crate::files;
use crate::files::customers::{Format, ImportOptions};
use crate::files::intake::{Job, Told};
use crate::store::drafts::Owner;
use crate::store::effective::Shown;
use crate::store::messages::{NewText, Window};
use crate::store::open::Location;
use crate::store::threads::{Slot, Store};
use crate::store::updates::{Capture, Leaving};
use crate::store::{
    self, Db, batches, card, consent, drafts, inbox, messages, notes, outbox, presence, queue, retry, search,
    state, timeline, undo, updates, users,
};

/// Hits of a look-up.
const HITS: u32 = 50;
/// Entries of a timeline, rows of the queue, fetched at once.
const PAGE: u32 = 100;
/// Texts of a thread, conversations of the inbox, lines of the outbox.
const MANY: u32 = 500;

/// Drafts are written so long after the last key (design 3).
const DRAFT: Duration = Duration::from_millis(250);

/// Presence is told again after this; it ages out after 60 s.
const BEAT: Duration = Duration::from_secs(20);

/// How often the desk hears of an import.
const INTAKE: Duration = Duration::from_millis(250);
/// Complaints that the desk hears.
const REFUSED: usize = 100;

/// What the desk needs to know of the office for its reads and writes.
#[derive(Clone)]
pub struct Office {
    pub actor: Actor,
    pub clock: fn() -> Micros,
    pub leaving: Leaving,
    pub window: Window,
    /// Our sending numbers; the first is the usual one.
    pub numbers: Vec<E164>,
    /// Writes a number the way the master has it.
    pub mobile: Arc<dyn Fn(&str) -> String + Send + Sync>,
    /// Names this screen among others of the same user.
    pub desk: Uuid,
    /// How numbers and amounts of a file are read.
    pub policy: PhonePolicy,
    pub currency: Currency,
}

/// Carries out a command of the demo; what the desk is told comes back, or the sentence why not.
pub type Demo = Arc<dyn Fn(&str) -> Result<Msg, String> + Send + Sync>;

/// Executes effects against one store.
pub struct Runner {
    office: Office,
    store: Arc<Store>,
    to: UnboundedSender<Msg>,
    demo: Option<Demo>,
    dirty: HashMap<(Owner, DraftOf), Body>,
    due: Option<Instant>,
    doing: Option<(CustomerId, &'static str)>,
    beat: Instant,
    version: Option<i64>,
    /// The import under way, or the last one, and how it is stopped.
    intake: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Runner {
    pub fn new(office: Office, store: Arc<Store>, to: UnboundedSender<Msg>, demo: Option<Demo>) -> Self {
        let beat = Instant::now();
        let dirty = HashMap::new();
        Self { office, store, to, demo, dirty, due: None, doing: None, beat, version: None, intake: None }
    }

    /// Asks; a newer question of the same kind overtakes an older one.
    pub fn read(&mut self, seq: Seq, what: Read) {
        let office = self.office.clone();
        if matches!(what, Read::Drafts | Read::Draft { .. } | Read::DraftTo(_)) {
            // Behind the drafts that are being written.
            self.keep_drafts();
            let answer = self.store.write(move |db| read(db, &office, what));
            return self.answer(seq, answer, String::new());
        }
        let answer = self.store.read(slot(&what), move |db| read(db, &office, what));
        self.answer(seq, answer, String::new());
    }

    /// Saves, after all that was handed in before.
    pub fn write(&mut self, seq: Seq, what: Write) {
        self.keep_drafts();
        let office = self.office.clone();
        let next = next_step(&what);
        let answer = self.store.write(move |db| write(db, &office, what));
        self.answer(seq, answer, next);
    }

    fn answer(
        &self,
        seq: Seq,
        answer: impl Future<Output = store::Result<Answer>> + Send + 'static,
        next: String,
    ) {
        let to = self.to.clone();
        tokio::spawn(async move {
            let msg = match answer.await {
                Ok(answer) => Msg::Answer(seq, answer),
                Err(error) => Msg::Failed(seq, failure(&error, &next)),
            };
            // A desk that has ended wants no answer.
            let _ = to.send(msg);
        });
    }

    /// Notes what is being typed; it is on disk 250 ms after the last key.
    pub fn draft(&mut self, whose: impl Into<Owner>, of: DraftOf, body: Body) {
        self.dirty.insert((whose.into(), of), body);
        self.due = Some(Instant::now() + DRAFT);
    }

    /// When drafts have to be written.
    pub fn draft_due(&self) -> Option<Instant> {
        self.due
    }

    /// Writes what is typed, now.
    pub fn keep_drafts(&mut self) {
        self.due = None;
        let to = self.to.clone();
        for ((whose, of), body) in std::mem::take(&mut self.dirty) {
            let (actor, now) = (self.office.actor.clone(), (self.office.clock)());
            let kept = self.store.write(move |db| drafts::put(db, &actor, now, whose, of, body.as_str()));
            let to = to.clone();
            tokio::spawn(async move {
                if let Err(why) = kept.await {
                    let _ =
                        to.send(Msg::Say(Tone::Bad, format!("What you type is not kept on disk: {why}.")));
                }
            });
        }
    }

    /// Tells the others what this person does.
    pub fn doing(&mut self, what: Option<(CustomerId, &'static str)>) {
        if self.doing != what {
            self.doing = what;
            self.tell_presence();
        }
    }

    fn tell_presence(&mut self) {
        self.beat = Instant::now();
        let (office, doing) = (self.office.clone(), self.doing);
        let told = self.store.write(move |db| match doing {
            Some((customer, doing)) => {
                presence::seen(db, &office.actor, (office.clock)(), office.desk, Some(customer), doing)
            }
            None => presence::left(db, office.desk),
        });
        tokio::spawn(async move {
            if let Err(why) = told.await {
                tracing::warn!(%why, "presence");
            }
        });
    }

    /// Carries out a command of the demo.
    pub fn demo(&self, line: &str) {
        let Some(demo) = self.demo.clone() else { return };
        let (to, line) = (self.to.clone(), line.to_owned());
        tokio::task::spawn_blocking(move || {
            let _ = to.send(demo(&line).unwrap_or_else(|why| Msg::Say(Tone::Bad, why)));
        });
    }

    /// Looks into a file of customers.
    pub fn sheet(&self, seq: Seq, file: PathBuf) {
        let (to, options) = (self.to.clone(), self.import_options());
        tokio::task::spawn_blocking(move || {
            let path = expanded(&file);
            let msg = match files::customers::open(&path, &options) {
                Ok(import) => Msg::Answer(seq, Answer::Sheet(Box::new(sheet_of(&import)))),
                Err(error) => Msg::Failed(seq, unreadable(&file, &error)),
            };
            let _ = to.send(msg);
        });
    }

    /// Imports a file in the background, on a connection of its own. One at a time.
    pub fn intake(&mut self, seq: Seq, what: Import) {
        if self.intake.as_ref().is_some_and(|(_, thread)| !thread.is_finished()) {
            let why = "An import is running: wait until it has ended, or stop it.".to_owned();
            let failure = Failure { why, field: None, blocked: false, stale: false };
            let _ = self.to.send(Msg::Failed(seq, failure));
            return;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let (office, to, flag) = (self.office.clone(), self.to.clone(), Arc::clone(&stop));
        let fields = what.fields.iter().filter_map(|word| files::Field::parse(word)).collect();
        let options = ImportOptions { placed: fields, ..self.import_options() };
        let location = self.store.location().clone();
        let thread = std::thread::Builder::new().name("intake".to_owned()).spawn(move || {
            let last = take_in(&office, &location, &options, &what, &flag, |intake| {
                let _ = to.send(Msg::Answer(seq, Answer::Intake(Box::new(intake))));
            });
            let _ = to.send(match last {
                Ok(intake) => Msg::Answer(seq, Answer::Intake(Box::new(intake))),
                Err(failure) => Msg::Failed(seq, failure),
            });
        });
        match thread {
            Ok(thread) => self.intake = Some((stop, thread)),
            Err(why) => tracing::warn!(%why, "no import"),
        }
    }

    /// At the end of a chunk.
    pub fn stop_intake(&self) {
        if let Some((stop, _)) = &self.intake {
            stop.store(true, Ordering::Relaxed);
        }
    }

    fn import_options(&self) -> ImportOptions {
        ImportOptions::new(self.office.policy, self.office.currency)
    }

    /// Looks whether anybody has committed; a message says so.
    pub async fn look(&mut self) {
        if self.doing.is_some() && self.beat.elapsed() > BEAT {
            self.tell_presence();
        }
        let Ok(version) = self.store.version().await else { return };
        if self.version.replace(version).is_some_and(|known| known != version) {
            let _ = self.to.send(Msg::Changed);
        }
    }

    /// Drafts and presence are written, and everything handed in before is done.
    pub async fn finish(&mut self) {
        self.keep_drafts();
        self.stop_intake();
        if let Some((_, thread)) = self.intake.take() {
            // A panic over there was reported there.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        let desk = self.office.desk;
        if let Err(why) = self.store.write(move |db| presence::left(db, desk)).await {
            tracing::warn!(%why, "presence");
        }
    }
}

fn slot(what: &Read) -> Slot {
    match what {
        Read::Lookup(_) => Slot::Lookup,
        Read::Card(_)
        | Read::Customers { .. }
        | Read::Inbox(_)
        | Read::Queue { .. }
        | Read::Outbox { .. }
        | Read::People => Slot::Screen,
        Read::Timeline { before: None, .. } | Read::Facts(_) => Slot::Detail,
        Read::Thread(_) => Slot::Thread,
        Read::Clashes => Slot::Count,
        Read::State => Slot::State,
        // An older page and the newest one do not overtake each other.
        Read::Timeline { .. }
        | Read::Matching(_)
        | Read::Drafts
        | Read::Draft { .. }
        | Read::DraftTo(_)
        | Read::Undoable
        | Read::Others(_) => Slot::Once,
    }
}

fn read(db: &Db, office: &Office, what: Read) -> store::Result<Answer> {
    let (actor, now) = (&office.actor, (office.clock)());
    Ok(match what {
        Read::Lookup(query) => Answer::Found(search::find(db, actor, now, super::offset(now), &query, HITS)?),
        Read::Customers { after, newest_first } => {
            Answer::Found(search::page(db, actor, after, newest_first, PAGE)?)
        }
        Read::Card(id) => Answer::Card(Box::new(card::read(db, actor, id)?)),
        Read::Timeline { of, before } => Answer::Timeline(timeline::of(db, actor, of, before, PAGE)?),
        Read::Thread(party) => Answer::Thread(Box::new(inbox::thread(db, actor, &party, MANY)?)),
        Read::Inbox(filter) => Answer::Inbox(inbox::conversations(db, actor, filter, MANY)?),
        Read::Queue { filter, after } => Answer::Queue(queue::page(db, actor, &filter, after, PAGE)?),
        Read::Matching(filter) => Answer::Matching(queue::matching(db, actor, &filter)?),
        Read::Facts(seq) => Answer::Facts(queue::facts(db, actor, seq)?),
        Read::Clashes => Answer::Clashes(queue::clashes(db, actor)?),
        Read::Outbox { settled } => Answer::Outbox(outbox::shown(db, actor, settled, MANY)?),
        Read::People => Answer::People(users::people(db, actor)?),
        Read::State => Answer::State(state::read(db, actor, now)?),
        Read::Drafts => Answer::Drafts(drafts::mine(db, actor)?),
        Read::Draft { customer, of } => Answer::Draft(drafts::get(db, actor, customer, of)?),
        Read::DraftTo(number) => Answer::Draft(drafts::get(db, actor, number, DraftOf::Text)?),
        Read::Undoable => Answer::Undoable(undo::newest(db, actor, now, office.leaving.undo)?),
        Read::Others(customer) => Answer::Others(presence::others(db, actor, now, customer, office.desk)?),
    })
}

fn write(db: &mut Db, office: &Office, what: Write) -> store::Result<Answer> {
    let (actor, now) = (&office.actor, (office.clock)());
    match what {
        Write::Opened(id) => card::opened(db, actor, now, id)?,
        Write::Capture { customer, new, seen, voice_yes } => {
            let about = Capture { shown: shown(*seen), voice_yes, ..Capture::default() };
            updates::capture(db, actor, now, customer, &new, &about, office.leaving)?;
            settled(db, office, customer, DraftOf::Update);
        }
        Write::Note { customer, body } => {
            notes::add(db, actor, now, customer, body.as_str())?;
            settled(db, office, customer, DraftOf::Note);
        }
        Write::Pin { customer, note } => notes::pin(db, actor, now, customer, note)?,
        Write::Text { to, number, body, purpose } => {
            let customer = match &to {
                Party::Customer(id) => Some(*id),
                Party::Number(_) => None,
            };
            let from = office.numbers.first().cloned().ok_or_else(|| {
                let why = "there is no number to send from: an admin sets sms.numbers in the configuration";
                store::Error::Refused(why.to_owned())
            })?;
            let text = NewText { from, to: parse(&number)?, customer, body, purpose };
            messages::send(db, actor, now, &text, office.window)?;
            if let Err(why) = drafts::sent(db, actor, now, &to, text.body.as_str()) {
                tracing::warn!(%why, "a draft stays");
            }
            return Ok(Answer::Queued(now + office.window.undo));
        }
        Write::VoiceYes { number, customer } => voice_yes_to(db, office, &number, customer)?,
        Write::VoiceNo { number, customer, purposes } => {
            consent::no(db, actor, now, &parse(&number)?, customer, &purposes)?;
        }
        Write::ReadThread(party) => inbox::read(db, actor, now, &party)?,
        Write::TakeBack { seq, kind } => {
            return Ok(Answer::Undone(undo::take_back(db, actor, now, office.leaving.undo, seq, &kind)?));
        }
        Write::Export { seqs, to } => return export(db, office, &seqs, &to),
        Write::Mark(seqs) => {
            return Ok(Answer::Marked(batches::mark_seqs(db, actor, now, &seqs, office.leaving)?));
        }
        Write::MarkBatch(number) => {
            return Ok(Answer::Marked(batches::mark(db, actor, now, number, office.leaving)?));
        }
        // The screen has asked.
        Write::DissolveBatch(number) => {
            batches::dissolve(db, &Actor { confirmed: true, ..actor.clone() }, now, number)?;
        }
        Write::Hold { seq, reason } => batches::hold(db, actor, now, seq, &reason)?,
        Write::Release { seq } => batches::release(db, actor, now, seq)?,
        Write::Reject { seq, reason } => batches::reject(db, actor, now, seq, &reason)?,
        Write::Retry { seq, reason } => {
            retry::retry(db, actor, now, seq, &reason, office.window.due(now))?;
        }
        // The screen has asked.
        Write::Discard { seq, reason } => {
            outbox::discard(db, &Actor { confirmed: true, ..actor.clone() }, now, seq, &reason)?;
        }
    }
    Ok(Answer::Saved)
}

/// What was saved is no draft any more, whatever becomes of the screen.
fn settled(db: &mut Db, office: &Office, customer: CustomerId, of: DraftOf) {
    if let Err(why) = drafts::put(db, &office.actor, (office.clock)(), Some(customer), of, "") {
        tracing::warn!(%why, "a draft stays");
    }
}

fn voice_yes_to(
    db: &mut Db,
    office: &Office,
    number: &str,
    customer: Option<CustomerId>,
) -> store::Result<()> {
    let (number, now) = (parse(number)?, (office.clock)());
    consent::yes_by_voice(db, &office.actor, now, &number, customer, wording::VOICE, wording::VOICE_VERSION)
}

fn export(db: &mut Db, office: &Office, seqs: &[i64], to: &std::path::Path) -> store::Result<Answer> {
    let now = (office.clock)();
    if let Some(folder) = to.parent().filter(|_| to.extension().is_none()) {
        // A folder that is meant is made; a file goes where its folder is.
        let _ = std::fs::create_dir_all(folder.join(to.file_name().unwrap_or_default()));
    }
    let mobile = Arc::clone(&office.mobile);
    match files::batch::make(db, &office.actor, now, seqs, to, |value| mobile(value)) {
        Ok((batch, path)) => Ok(Answer::Exported(batch, path)),
        Err(files::batch::BatchError::Store(error)) => Err(error),
        Err(other) => Err(store::Error::Refused(other.to_string())),
    }
}

/// Samples of a column that are shown.
const SAMPLES: usize = 5;

fn sheet_of(import: &files::customers::Import<'_>) -> Sheet {
    let format = import.format();
    let column = |(at, column): (usize, &files::Column)| SheetColumn {
        header: SafeText::new(&column.header),
        samples: import.samples(at, SAMPLES).iter().map(|sample| SafeText::new(sample)).collect(),
        field: column.field.as_str().to_owned(),
        guessed: column.by == files::By::Content,
    };
    // Cards name their own fields.
    let fields = if format == Format::Cards { Vec::new() } else { files::Field::all().collect() };
    Sheet {
        read_as: format.in_words(),
        columns: import.columns().iter().enumerate().map(column).collect(),
        fields: fields.into_iter().map(|field| field.as_str().to_owned()).collect(),
    }
}

/// Imports to the end, telling how it goes; the last word is the answer.
fn take_in(
    office: &Office,
    location: &Location,
    options: &ImportOptions,
    what: &Import,
    stop: &AtomicBool,
    tell: impl Fn(Intake),
) -> Result<Intake, Failure> {
    let mut db = store::open::open(location).map_err(|why| failure(&why.into(), ""))?;
    let import = files::customers::open(&expanded(&what.file), options)
        .map_err(|error| unreadable(&what.file, &error))?;
    let format = import.format();
    let file = what.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let job = Job { file, source: None, on: what.on, is_dry: what.is_dry };
    let (mut bad, mut told) = (Vec::new(), Instant::now());
    let outcome =
        files::intake::run(&mut db, &office.actor, office.clock, import, &job, stop, |heard| match heard {
            Told::Bad(row) if bad.len() < REFUSED => {
                let why = |one| SafeText::new(&format!("{}: {}", format.place(row.line, one), one.why));
                bad.extend(row.problems.iter().map(why));
            }
            Told::Counts(counts) if told.elapsed() > INTAKE => {
                told = Instant::now();
                tell(Intake { counts, bad: Vec::new(), ended: None });
            }
            _ => {}
        });
    let why = match outcome.why {
        // It has not begun.
        Some(why) if outcome.number.is_none() && !what.is_dry => return Err(failure(&why, "")),
        why => why.map(|why| SafeText::new(&why.to_string())),
    };
    let ended = Some(Ended { state: outcome.state, number: outcome.number, why });
    Ok(Intake { counts: outcome.counts, bad, ended })
}

fn unreadable(file: &Path, error: &files::FileError) -> Failure {
    let why = match error {
        files::FileError::Io(why) if why.kind() == std::io::ErrorKind::NotFound => {
            "there is no such file".into()
        }
        error => error.to_string(),
    };
    Failure { why: format!("{}: {why}.", file.display()), field: None, blocked: false, stale: false }
}

/// `~/` is the home of who types it, as in every shell.
fn expanded(file: &Path) -> PathBuf {
    match (file.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => file.to_owned(),
    }
}

fn parse(number: &str) -> store::Result<E164> {
    E164::parse(number).ok_or_else(|| store::Error::Refused(format!("{number} is no number to text")))
}

fn shown(seen: Seen) -> Shown {
    let effective = |(value, update): (String, Option<UpdateId>)| Effective { value, update };
    Shown { mobile: seen.mobile.map(effective), email: seen.email.map(effective) }
}

/// Which key is next when a write failed.
fn next_step(what: &Write) -> String {
    match what {
        Write::Capture { .. } | Write::Note { .. } => format!("{STILL_HERE}; F2 tries again."),
        Write::Text { .. } => format!("{STILL_HERE}; Enter tries again."),
        _ => String::new(),
    }
}

fn failure(error: &store::Error, next: &str) -> Failure {
    use store::Error as E;
    let field = match error {
        E::Fields(errors) => errors.first().map(|error| error.field.to_owned()),
        _ => None,
    };
    let mut why = match error {
        E::Fields(errors) => errors.iter().map(|error| error.why.clone()).collect::<Vec<_>>().join("; "),
        E::Denied(why) => (*why).to_owned(),
        E::Blocked(block) => block.for_screen(),
        other => other.to_string(),
    };
    if let Some(first) = why.get(..1) {
        why = format!("{}{}", first.to_uppercase(), &why[1..]);
    }
    if !why.ends_with(['.', '?', '!']) {
        why.push('.');
    }
    if matches!(error, E::DiskFull | E::Disk(_) | E::Busy | E::Sql(_)) && !next.is_empty() {
        why = format!("{why} {next}");
    }
    Failure { why, field, blocked: matches!(error, E::Blocked(_)), stale: matches!(error, E::Overtaken) }
}
