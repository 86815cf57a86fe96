//! Reads and writes of the composer: what the linter asks, saved replies, and the text itself.

use super::{Answer, Office, parse};
use crate::domain::consent::Purpose;
use crate::domain::ids::{CustomerId, TemplateId};
use crate::domain::phone::E164;
use crate::domain::shown::Party;
use crate::domain::text::{Body, SafeText};
use crate::domain::time::Micros;
use crate::store::messages::NewText;
use crate::store::several::ToMany;
use crate::store::{self, Db, drafts, lint, messages, several, templates};
use crate::tui::widgets::text::phone;

pub(super) fn facts(
    db: &Db,
    office: &Office,
    to: &Party,
    number: &str,
    purpose: Purpose,
    mentions: Vec<String>,
) -> store::Result<Answer> {
    let about = lint::About { to: parse(number)?, customer: to.customer(), purpose, mentions };
    let mut facts = lint::facts(db, &office.actor, (office.clock)(), &about)?;
    for (value, _) in &mut facts.others {
        *value = phone(&office.policy, value);
    }
    Ok(Answer::TextFacts(Box::new(facts)))
}

pub(super) fn replies(db: &Db, office: &Office, to: &Party) -> store::Result<Answer> {
    let now = (office.clock)();
    let today = Micros(now.0 + i64::from(crate::tui::offset(now)) * 1_000_000).date();
    let mut replies = templates::replies(db, &office.actor, to.customer(), &office.payments.desk, &today)?;
    if let Party::Number(number) = to {
        replies.values.insert("mobile".to_owned(), number.clone());
    }
    if let Some(mobile) = replies.values.get_mut("mobile") {
        *mobile = phone(&office.policy, mobile);
    }
    Ok(Answer::Replies(Box::new(replies)))
}

pub(super) fn send(
    db: &mut Db,
    office: &Office,
    to: &Party,
    (from, number): (Option<SafeText>, &str),
    body: Body,
    purpose: Purpose,
    (reply, at): (Option<TemplateId>, Option<Micros>),
) -> store::Result<Answer> {
    let (actor, now) = (&office.actor, (office.clock)());
    let text =
        NewText { from: sender(office, from)?, to: parse(number)?, customer: to.customer(), body, purpose };
    let queued = messages::send_checked(db, actor, now, &text, office.window, &office.checks, at)?;
    if let Err(why) = drafts::sent(db, actor, now, to, text.body.as_str()) {
        tracing::warn!(%why, "a draft stays");
    }
    if let Some(reply) = reply
        && let Err(why) = templates::used(db, actor, now, reply, queued.message)
    {
        tracing::warn!(%why, "a reply is not counted");
    }
    Ok(Answer::Queued(queued.leaves))
}

/// The number of ours that was chosen, if it still is one, else the usual one.
fn sender(office: &Office, chosen: Option<SafeText>) -> store::Result<E164> {
    let chosen = chosen.and_then(|from| office.numbers.iter().find(|ours| ours.as_str() == from.as_str()));
    chosen.or(office.numbers.first()).cloned().ok_or_else(|| {
        let why = "there is no number to send from: an admin sets sms.numbers in the configuration";
        store::Error::Refused(why.to_owned())
    })
}

fn to_many(office: &Office, customers: Vec<CustomerId>, body: Body) -> store::Result<ToMany> {
    Ok(ToMany { customers, from: sender(office, None)?, body, purpose: office.purpose })
}

pub(super) fn several(
    db: &Db,
    office: &Office,
    customers: Vec<CustomerId>,
    body: Body,
) -> store::Result<Answer> {
    let text = to_many(office, customers, body)?;
    Ok(Answer::Several(several::ask(db, &office.actor, (office.clock)(), &text, office.at_once)?))
}

pub(super) fn send_several(
    db: &mut Db,
    office: &Office,
    customers: Vec<CustomerId>,
    body: Body,
) -> store::Result<Answer> {
    let (text, now) = (to_many(office, customers, body)?, (office.clock)());
    let sent = several::send(db, &office.actor, now, &text, office.at_once, office.window, &office.checks)?;
    Ok(Answer::Several(sent))
}
