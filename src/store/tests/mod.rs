//! The store on real SQLite files. Here: a desk with three people and one customer, and the moves
//! that most tests make. One file per area.

mod append_only;
mod audit;
mod batches;
mod card;
mod claims;
mod clash;
mod consent;
mod customers;
mod decide;
mod disk;
mod drafts;
mod duplicates;
mod effective;
mod export;
mod filters;
mod holds;
mod imports;
mod inbox;
mod index;
mod lease;
mod lint;
mod merge;
mod messages;
mod open;
mod outbox;
mod pay;
mod plans;
mod prove;
mod pulled;
mod queue;
mod quiet;
mod recall;
mod record;
mod release;
mod ring;
mod search;
mod several;
mod state;
mod templates;
mod threads;
mod timeline;
mod undo;
mod updates;

use std::path::Path;
use std::time::Duration;

use rusqlite::types::FromSql;
use tempfile::TempDir;

use super::claims::{Claimed, Task, Text, Verdict};
use super::consent::NewEntry;
use super::lease::{BootClock, Lease};
use super::messages::{NewText, Seen, Window};
use super::open::Location;
use super::updates::{Capture, Filter, Leaving, Marked, Update};
use super::*;
use crate::domain::consent::{Act, Method, Purpose};
use crate::domain::customer::{NewCustomer, NewEmail, NewPhone};
use crate::domain::delivery::Delivery;
use crate::domain::email::Email;
use crate::domain::ids::{JobId, MessageId, UpdateId};
use crate::domain::job::{Destination, Step};
use crate::domain::phone::{Accept, E164, PhonePolicy, Region};
use crate::domain::role::{Origin, Role};
use crate::domain::text::Body;
use crate::domain::update::Form;

const NOW: Micros = Micros::from_secs(1_767_225_600);
const POLICY: PhonePolicy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };

const OURS: &str = "+23052500100";
const KEVINS: &str = "+23057372333";
const OTHER: &str = "+23058440010";

const UPSTREAM: Leaving = Leaving { undo: Duration::from_secs(5), upstream: true };
const NO_UPSTREAM: Leaving = Leaving { undo: Duration::from_secs(5), upstream: false };
const WINDOW: Window = Window { undo: Duration::from_secs(5), deadline: Duration::from_secs(4 * 3600) };

fn at(seconds: u64) -> Micros {
    NOW + Duration::from_secs(seconds)
}

fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

/// A folder in memory where there is one: most of these tests are not about the disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

fn location(folder: &Path) -> Location {
    Location { database: folder.join("desk.db"), key_file: folder.join("desk.key") }
}

struct Desk {
    db: Db,
    /// #1 S. Lee
    admin: Actor,
    /// #7 Ana Silva
    supervisor: Actor,
    /// #24 David Brown
    agent: Actor,
    kevin: CustomerId,
    location: Location,
    _folder: TempDir,
}

/// The customer of NIC's own example, as the master knows him.
fn kevin() -> NewCustomer {
    NewCustomer {
        name: "Kevin Anderson Curepipe".into(),
        policy_number: Some("LIB/C7013".into()),
        master_id: Some("7013".into()),
        phones: vec![phone("mobile", KEVINS)],
        emails: vec![email("email", "kevin@example.com")],
        ..NewCustomer::default()
    }
}

fn phone(label: &str, value: &str) -> NewPhone {
    NewPhone { label: label.into(), value: number(value), raw: value.into() }
}

fn email(label: &str, value: &str) -> NewEmail {
    NewEmail { label: label.into(), value: Email::parse(value).unwrap(), raw: value.into() }
}

impl Desk {
    fn new() -> Self {
        let folder = folder();
        let location = location(folder.path());
        let db = super::open::create(&location).unwrap();
        Self::found(db, location, folder)
    }

    fn found(mut db: Db, location: Location, folder: TempDir) -> Self {
        let admin = users::found(&mut db, NOW, 1, "S. Lee").unwrap().actor(Origin::Command);
        let mut add = |number, name, role| {
            users::add(&mut db, &admin, NOW, number, name, role).unwrap().actor(Origin::Command)
        };
        let supervisor = add(7, "Ana Silva", Role::Supervisor);
        let agent = add(24, "David Brown", Role::Agent);
        super::customers::import(&mut db, &admin, NOW, &[kevin()]).unwrap();
        let kevin = super::customers::resolve(&db, &admin, "LIB/C7013", None).unwrap();
        Self { db, admin, supervisor, agent, kevin, location, _folder: folder }
    }

    /// One value out of raw SQL.
    fn one<T: FromSql>(&self, sql: &str) -> T {
        self.db.conn().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn run(&self, sql: &str) {
        self.db.conn().execute_batch(sql).unwrap();
    }

    /// Agent #24 corrects a contact, having seen what counts now.
    fn capture(&mut self, now: Micros, mobile: &str, email: &str, leaving: Leaving) -> Result<UpdateId> {
        let actor = self.agent.clone();
        self.capture_as(&actor, now, mobile, email, leaving)
    }

    fn capture_as(
        &mut self,
        actor: &Actor,
        now: Micros,
        mobile: &str,
        email: &str,
        leaving: Leaving,
    ) -> Result<UpdateId> {
        let new = Form { mobile, email, reason: "gave", notes: "asked on the phone" }.check(&POLICY).unwrap();
        let about = Capture { shown: super::effective::shown(&self.db, self.kevin)?, ..Capture::default() };
        super::updates::capture(&mut self.db, actor, now, self.kevin, &new, &about, leaving)
    }

    fn updates(&self, filter: &Filter) -> Vec<Update> {
        let mut all = Vec::new();
        let each = |update| {
            all.push(update);
            Ok(())
        };
        super::updates::for_each(&self.db, &self.admin, Action::ReadUpdates, filter, each).unwrap();
        all
    }

    fn mark(&mut self, now: Micros, which: &[i64], leaving: Leaving) -> Vec<(i64, Marked)> {
        super::updates::mark_synced(&mut self.db, &self.admin, now, which, leaving).unwrap()
    }

    fn consent(&mut self, to: &str, act: Act) -> usize {
        let customer = Some(self.kevin);
        let entry = entry(&number(to), customer, Purpose::Service, act);
        super::consent::record(&mut self.db, &self.agent, NOW, &entry.as_ref()).unwrap()
    }

    fn text(&mut self, now: Micros, to: &str, body: &str) -> Result<MessageId> {
        let text = NewText {
            from: number(OURS),
            to: number(to),
            customer: Some(self.kevin),
            body: Body(body.into()),
            purpose: Purpose::Service,
        };
        super::messages::send(&mut self.db, &self.agent, now, &text, WINDOW)
    }

    /// A text to Kevin, consented to.
    fn allowed_text(&mut self, now: Micros, body: &str) -> MessageId {
        if !self.one::<bool>(&format!("select exists (select 1 from consent where address = '{KEVINS}')")) {
            self.consent(KEVINS, Act::Grant);
        }
        self.text(now, KEVINS, body).unwrap()
    }

    fn epoch(&mut self) -> i64 {
        self.lease("test", 0).unwrap().epoch
    }

    fn lease(&mut self, holder: &str, boot_seconds: i64) -> Option<Lease> {
        let boot = boot(boot_seconds);
        let database = self.location.database.clone();
        super::lease::take(&mut self.db, &database, holder, &boot, NOW).unwrap()
    }

    fn claim(&mut self, epoch: i64, now: Micros, to: Destination) -> Vec<Claimed> {
        super::claims::claim(&mut self.db, epoch, now, to, 10).unwrap()
    }

    fn settle(&mut self, epoch: i64, now: Micros, job: JobId, step: Step) -> Result<()> {
        super::claims::settle_all(&mut self.db, epoch, now, &[verdict(job, step)])
    }

    fn status_of(&self, message: MessageId) -> String {
        self.db
            .conn()
            .query_row("select status from message where id = ?1", [message], |row| row.get(0))
            .unwrap()
    }

    fn states(&self) -> Vec<String> {
        let mut statement = self.db.conn().prepare("select state from job order by seq").unwrap();
        let states = statement.query_map([], |row| row.get(0)).unwrap();
        states.collect::<rusqlite::Result<_>>().unwrap()
    }

    #[track_caller]
    fn assert_sound(&self) {
        let wrong: Vec<_> =
            doctor::examine(&self.db).unwrap().into_iter().filter(|check| check.wrong.is_some()).collect();
        assert_eq!(wrong, []);
    }
}

fn boot(seconds: i64) -> BootClock {
    BootClock { id: "one boot".into(), micros: seconds * 1_000_000 }
}

fn verdict(job: JobId, step: Step) -> Verdict {
    Verdict { job, attempt: None, step, why: "test".into(), not_before: None }
}

/// A consent entry that owns its number.
struct OwnEntry {
    number: E164,
    customer: Option<CustomerId>,
    purpose: Purpose,
    act: Act,
}

fn entry(number: &E164, customer: Option<CustomerId>, purpose: Purpose, act: Act) -> OwnEntry {
    OwnEntry { number: number.clone(), customer, purpose, act }
}

impl OwnEntry {
    fn as_ref(&self) -> NewEntry<'_> {
        NewEntry {
            number: &self.number,
            purpose: self.purpose,
            act: self.act,
            method: Method::Voice,
            wording: "May we text you on this number?",
            wording_version: "1",
            customer: self.customer,
            message: None,
            ip: None,
            note: "",
        }
    }
}

/// What Twilio lists for a text of ours.
fn outbound(sid: &str, text: &Text, status: Delivery, created: Micros) -> Seen {
    Seen {
        inbound: false,
        from: text.from.clone().into(),
        to: text.to.clone().into(),
        body: text.body.clone(),
        ..inbound(sid, "", status, created)
    }
}

/// What Twilio lists for a text of Kevin's.
fn inbound(sid: &str, body: &str, status: Delivery, created: Micros) -> Seen {
    Seen {
        sid: sid.into(),
        inbound: true,
        from: number(KEVINS).into(),
        to: number(OURS).into(),
        body: Body(body.into()),
        status,
        error_code: None,
        error_message: None,
        segments: Some(1),
        media: 0,
        price: None,
        price_unit: None,
        created: Some(created),
        sent: None,
    }
}

fn text_of(claimed: &Claimed) -> &Text {
    match &claimed.task {
        Task::Text(text) => text,
        other => panic!("not a text: {other:?}"),
    }
}
