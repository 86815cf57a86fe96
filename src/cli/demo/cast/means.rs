//! What a [`Story`] is told with: each line is an act of somebody here, a customer or another desk,
//! done by the store function or the engine that does it in earnest.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{LEAVING, MOMENT, POLL, Story, WINDOW, WORDING, days};
use crate::cli::demo::people::{self, CUSTOMERS, OTHERS, People};
use crate::domain::consent::{Act, Method, Purpose};
use crate::domain::customer::NewCustomer;
use crate::domain::ids::{CustomerId, NoteId};
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor};
use crate::domain::shown::Party;
use crate::domain::text::Body;
use crate::domain::update::{Form, Reason, Status};
use crate::store::consent::{self, NewEntry};
use crate::store::messages::{self, NewText};
use crate::store::updates::{self, Capture, Filter};
use crate::store::{batches, customers, effective, inbox, notes, trust};
use crate::wire;

/// Longer than what a day of the story takes.
const EARLIER: Duration = Duration::from_secs(3600);

impl Story<'_> {
    /// A little more, so that no age on the screen turns over while somebody looks at it.
    pub(super) fn days_ago(&mut self, count: u64) {
        self.past.go_to(self.curtain - days(count) - EARLIER);
    }

    /// The master's customers, as they are today.
    pub(super) fn master(&self) -> Result<Vec<NewCustomer>> {
        let mut rows = people::rows(CUSTOMERS, self.config)?;
        rows.extend(people::rows(OTHERS, self.config)?);
        rows.push(people::abroad(self.curtain));
        Ok(rows)
    }

    pub(super) fn import(&mut self, rows: &[NewCustomer]) -> Result<()> {
        customers::import(self.past.db, &self.people.admin, self.past.now(), rows)?;
        Ok(())
    }

    pub(super) fn customer(&self, policy: &str) -> Result<CustomerId> {
        customers::resolve(self.past.db, &self.people.agent, policy, None).with_context(|| policy.to_owned())
    }

    pub(super) fn mobile(&self, policy: &str) -> Result<E164> {
        let shown = effective::shown(self.past.db, self.customer(policy)?)?;
        shown
            .mobile
            .and_then(|mobile| E164::parse(&mobile.value))
            .with_context(|| format!("{policy} has no mobile"))
    }

    pub(super) fn consent(&mut self, policy: &str, method: Method) -> Result<()> {
        let (number, customer) = (self.mobile(policy)?, self.customer(policy)?);
        let entry = NewEntry {
            number: &number,
            purpose: Purpose::Service,
            act: Act::Grant,
            method,
            wording: WORDING,
            wording_version: "voice-1",
            customer: Some(customer),
            message: None,
            ip: None,
            note: "",
        };
        consent::record(self.past.db, &self.people.agent, self.past.now(), &entry)?;
        Ok(())
    }

    pub(super) fn text(&mut self, policy: &str, body: &str) -> Result<()> {
        self.text_by(Who::Agent, policy, body)
    }

    pub(super) fn text_by(&mut self, who: Who, policy: &str, body: &str) -> Result<()> {
        let text = NewText {
            from: self.ours()?,
            to: self.mobile(policy)?,
            customer: Some(self.customer(policy)?),
            body: Body(body.to_owned()),
            purpose: Purpose::Service,
        };
        messages::send(self.past.db, who.of(self.people), self.past.now(), &text, WINDOW)?;
        self.past.pass(MOMENT)
    }

    pub(super) fn hear(&mut self, from: &str, body: &str) -> Result<()> {
        let ours = self.ours()?;
        self.past.world.inbound(from, ours.as_str(), body);
        self.past.pass(POLL)
    }

    pub(super) fn ours(&self) -> Result<E164> {
        self.config.sms.numbers.first().cloned().context("the demo has a number of its own")
    }

    pub(super) fn note(&mut self, policy: &str, body: &str) -> Result<NoteId> {
        let customer = self.customer(policy)?;
        Ok(notes::add(self.past.db, &self.people.agent, self.past.now(), customer, body)?)
    }

    pub(super) fn capture(
        &mut self,
        who: Who,
        policy: &str,
        mobile: &str,
        email: &str,
        reason: &str,
        notes: &str,
    ) -> Result<()> {
        self.capture_for(who, self.customer(policy)?, mobile, email, reason, notes)
    }

    pub(super) fn capture_for(
        &mut self,
        who: Who,
        customer: CustomerId,
        mobile: &str,
        email: &str,
        reason: &str,
        notes: &str,
    ) -> Result<()> {
        let form = Form { mobile, email, reason, notes };
        let new = form.check(&self.config.phone_policy()).ok().context("an update of the demo is wrong")?;
        let about = Capture { shown: effective::shown(self.past.db, customer)?, ..Capture::default() };
        let actor = who.of(self.people);
        updates::capture(self.past.db, actor, self.past.now(), customer, &new, &about, LEAVING)?;
        Ok(())
    }

    /// An agent of another office captures a mobile; it comes here by way of the upstream.
    pub(super) fn elsewhere(
        &mut self,
        policy: &str,
        mobile: &str,
        reason: Reason,
        agent: (i64, &str),
    ) -> Result<()> {
        let shown = effective::shown(self.past.db, self.customer(policy)?)?;
        let card = self.master()?.into_iter().find(|row| row.policy_number.as_deref() == Some(policy));
        let card = card.with_context(|| format!("{policy} is not in the master"))?;
        let national = |value: String| value.trim_start_matches("+230").to_owned();
        self.past.captured_elsewhere(wire::NewUpdate {
            customer_id: card.master_id.unwrap_or_default(),
            policy_number: policy.to_owned(),
            customer_name: card.name,
            old_mobile: shown.mobile.map(|mobile| national(mobile.value)),
            new_mobile: Some(mobile.to_owned()),
            update_reason: reason.label().to_owned(),
            agent_id: agent.0,
            agent_name: agent.1.to_owned(),
            captured_at: self.past.now().rfc3339(),
            ..wire::NewUpdate::default()
        })
    }

    /// The oldest pending updates, by number.
    pub(super) fn pending(&self, limit: u32) -> Result<Vec<i64>> {
        let filter = Filter { status: Some(Status::Pending), limit: Some(limit), ..Filter::default() };
        let mut found = Vec::new();
        updates::for_each(self.past.db, &self.people.admin, Action::ReadUpdates, &filter, |update| {
            found.push(update.seq);
            Ok(())
        })?;
        Ok(found)
    }
}

impl Story<'_> {
    pub(super) fn pin(&mut self, policy: &str, note: NoteId) -> Result<()> {
        let customer = self.customer(policy)?;
        Ok(notes::pin(self.past.db, &self.people.agent, self.past.now(), customer, Some(note))?)
    }

    /// Somebody here has read what the customer wrote.
    pub(super) fn has_read(&mut self, policy: &str) -> Result<()> {
        let party = Party::Customer(self.customer(policy)?);
        Ok(inbox::read(self.past.db, &self.people.agent, self.past.now(), &party)?)
    }

    /// A mail to the customer came back.
    pub(super) fn bounced(&mut self, policy: &str, why: &str) -> Result<()> {
        let shown = effective::shown(self.past.db, self.customer(policy)?)?;
        let email = shown.email.with_context(|| format!("{policy} has no e-mail"))?.value;
        trust::bounced(self.past.db, &self.people.agent, self.past.now(), &email, why)?;
        Ok(())
    }

    pub(super) fn export(&mut self, seqs: &[i64]) -> Result<()> {
        batches::create(self.past.db, &self.people.admin, self.past.now(), seqs)?;
        Ok(())
    }
}

/// Who of us does it.
#[derive(Clone, Copy)]
pub(super) enum Who {
    Agent,
    Supervisor,
}

impl Who {
    fn of(self, people: &People) -> &Actor {
        match self {
            Self::Agent => &people.agent,
            Self::Supervisor => &people.supervisor,
        }
    }
}
