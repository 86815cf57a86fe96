//! What several tests share: a desk in a temporary folder, and the engine wired to the sandbox's
//! `World` without a socket.
#![allow(dead_code, reason = "each test uses its own part")]

pub mod bench;
pub mod hand;
pub mod office;
pub mod program;
pub mod pty;
pub mod rng;
pub mod screens;
pub mod stage;
pub mod svg;

use std::path::Path;
use std::time::Duration;

use cordboard::domain::customer::{NewCustomer, NewEmail, NewPhone};
use cordboard::domain::email::Email;
use cordboard::domain::ids::{CustomerId, UpdateId};
use cordboard::domain::phone::{Accept, E164, PhonePolicy, Region};
use cordboard::domain::role::{Action, Actor, Origin, Role};
use cordboard::domain::text::Body;
use cordboard::domain::time::Micros;
use cordboard::domain::update::Form;
use cordboard::domain::{
    consent::{Act, Method, Purpose},
    ids::MessageId,
};
use cordboard::store::consent::NewEntry;
use cordboard::store::messages::{Message, NewText, Whose, Window};
use cordboard::store::open::{self, Location};
use cordboard::store::outbox::Job;
use cordboard::store::updates::{Capture, Filter, Leaving, Marked, Update};
use cordboard::store::{Db, Result, consent, customers, effective, messages, outbox, updates, users};
use tempfile::TempDir;

/// Our number.
pub const OURS: &str = "+23052500100";

/// Fixed: 2026-01-01, the sandbox's own start.
pub const START: Micros = Micros::from_secs(1_767_225_600);

pub const POLICY: PhonePolicy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };

/// A desk with an admin, a supervisor and an agent.
pub struct Desk {
    pub db: Db,
    pub admin: Actor,
    pub supervisor: Actor,
    pub agent: Actor,
    pub location: Location,
    pub folder: TempDir,
}

/// A folder in memory where there is one: these tests are about order, not about disks.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

pub fn location(folder: &Path) -> Location {
    Location { database: folder.join("desk.db"), key_file: folder.join("desk.key") }
}

impl Desk {
    pub fn new() -> Self {
        let folder = folder();
        let location = location(folder.path());
        let mut db = open::create(&location).unwrap();
        let admin = users::found(&mut db, START, 1, "S. Lee").unwrap().actor(Origin::Command);
        let mut add = |number, name, role| {
            users::add(&mut db, &admin, START, number, name, role).unwrap().actor(Origin::Command)
        };
        let supervisor = add(7, "Ana Silva", Role::Supervisor);
        let agent = add(24, "David Brown", Role::Agent);
        Self { db, admin, supervisor, agent, location, folder }
    }

    /// Adds a customer whom the master knows.
    pub fn customer(&mut self, master_id: &str, name: &str, mobile: &str) -> CustomerId {
        let new = NewCustomer {
            name: name.to_owned(),
            master_id: Some(master_id.to_owned()),
            policy_number: Some(format!("LIB/{master_id}")),
            phones: vec![NewPhone {
                label: "mobile".into(),
                value: E164::parse(mobile).unwrap(),
                raw: mobile.to_owned(),
            }],
            emails: vec![NewEmail {
                label: "email".into(),
                value: Email::parse(&format!("c{master_id}@example.com")).unwrap(),
                raw: String::new(),
            }],
            ..NewCustomer::default()
        };
        customers::add(&mut self.db, &self.agent, START, &new).unwrap()
    }

    pub fn capture(
        &mut self,
        now: Micros,
        customer: CustomerId,
        mobile: &str,
        email: &str,
        leaving: Leaving,
    ) -> Result<UpdateId> {
        let form = Form { mobile, email, reason: "gave", notes: "" };
        let new = form.check(&POLICY).unwrap();
        let shown = effective::shown(&self.db, customer)?;
        let about = Capture { shown, ..Capture::default() };
        updates::capture(&mut self.db, &self.agent, now, customer, &new, &about, leaving)
    }

    pub fn text(&mut self, now: Micros, customer: CustomerId, to: &E164, body: &str) -> Result<MessageId> {
        let text = NewText {
            from: E164::parse(OURS).unwrap(),
            to: to.clone(),
            customer: Some(customer),
            body: Body(body.to_owned()),
            purpose: Purpose::Service,
        };
        let window = Window { undo: Duration::from_secs(5), deadline: Duration::from_secs(4 * 3600) };
        messages::send(&mut self.db, &self.agent, now, &text, window)
    }

    pub fn consent(&mut self, now: Micros, number: &E164, customer: Option<CustomerId>, act: Act) {
        let entry = NewEntry {
            number,
            purpose: Purpose::Service,
            act,
            method: Method::Voice,
            wording: "May we text this number about your policy?",
            wording_version: "1",
            customer,
            message: None,
            ip: None,
            note: "",
        };
        consent::record(&mut self.db, &self.agent, now, &entry).unwrap();
    }

    pub fn may_text(&self, number: &E164, customer: Option<CustomerId>) -> bool {
        consent::ask(&self.db, &self.agent, number, customer, Purpose::Service).unwrap().is_ok()
    }

    pub fn updates(&self) -> Vec<Update> {
        let mut all = Vec::new();
        let each = |update| {
            all.push(update);
            Ok(())
        };
        updates::for_each(&self.db, &self.admin, Action::ReadUpdates, &Filter::default(), each).unwrap();
        all
    }

    pub fn messages(&self) -> Vec<Message> {
        messages::list(&self.db, &self.admin, Whose::Everybody, 1_000_000).unwrap()
    }

    pub fn jobs(&self) -> Vec<Job> {
        outbox::list(&self.db, &self.admin, true, 1_000_000).unwrap()
    }

    pub fn mark(&mut self, now: Micros, seq: i64, leaving: Leaving) -> Marked {
        let admin = self.admin.clone();
        updates::mark_synced(&mut self.db, &admin, now, &[seq], leaving).unwrap().remove(0).1
    }
}

/// The time, for a sandbox that the built program talks to.
#[expect(clippy::disallowed_methods, reason = "the program reads the real clock, so its sandbox must")]
pub fn now() -> Micros {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Micros(i64::try_from(since.as_micros()).unwrap())
}
