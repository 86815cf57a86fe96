//! What is in the desk's file: to see that something was saved, or that nothing was.

use cordboard::domain::consent::Purpose;
use cordboard::domain::ids::CustomerId;
use cordboard::domain::phone::E164;
use cordboard::domain::role::{Action, Actor, Origin};
use cordboard::domain::shown::DraftOf;
use cordboard::store::messages::Whose;
use cordboard::store::open;
use cordboard::store::updates::Filter;
use cordboard::store::{Db, batches, consent, customers, drafts, messages, notes, outbox, updates, users};

use crate::support::stage::{KEVIN, Stage};

/// All that a person can bring about from the screens of these tests.
#[derive(Debug, PartialEq)]
pub struct Kept {
    /// Number and status.
    updates: Vec<(i64, String)>,
    texts: usize,
    /// Number and state.
    jobs: Vec<(i64, String)>,
    batches: usize,
    notes: Vec<String>,
    consents: usize,
}

/// The file of a demo, its admin, and Kevin, whose card these tests open.
pub struct File {
    pub db: Db,
    pub admin: Actor,
    pub kevin: CustomerId,
}

impl File {
    pub fn of(stage: &Stage) -> Self {
        let data = stage.home().join("data");
        let at = open::Location { database: data.join("desk.db"), key_file: data.join("desk.key") };
        let db = open::open(&at).unwrap();
        let admin = users::by_name(&db, "S. Lee").unwrap().unwrap().actor(Origin::Desk);
        let kevin = customers::resolve(&db, &admin, "LIB/C7013", None).unwrap();
        Self { db, admin, kevin }
    }

    pub fn kept(&self) -> Kept {
        let (db, admin) = (&self.db, &self.admin);
        let mut all = Vec::new();
        let each = |update: updates::Update| {
            all.push((update.seq, update.status.as_str().to_owned()));
            Ok(())
        };
        updates::for_each(db, admin, Action::ReadUpdates, &Filter::default(), each).unwrap();
        let jobs = outbox::list(db, admin, true, 10_000).unwrap().into_iter();
        let number = E164::parse(KEVIN).unwrap();
        assert!(consent::ask(db, admin, &number, Some(self.kevin), Purpose::Service).unwrap().is_ok());
        Kept {
            updates: all,
            texts: messages::list(db, admin, Whose::Everybody, 10_000).unwrap().len(),
            jobs: jobs.map(|job| (job.seq, job.state.as_str().to_owned())).collect(),
            batches: batches::list(db, admin).unwrap().len(),
            notes: self.notes(),
            consents: consent::log(db, admin, &number).unwrap().len(),
        }
    }

    /// Of Kevin's, newest first.
    pub fn notes(&self) -> Vec<String> {
        let notes = notes::list(&self.db, &self.admin, self.kevin).unwrap();
        notes.into_iter().map(|note| note.body).collect()
    }

    /// What is being typed about Kevin.
    pub fn draft(&self, of: DraftOf) -> String {
        let draft = drafts::get(&self.db, &self.admin, Some(self.kevin), of).unwrap();
        draft.map(|draft| draft.body).unwrap_or_default()
    }
}
