//! Writes of the inbox: whose turn a conversation is, and whose number it has.

use super::Office;
use crate::domain::ids::ConversationId;
use crate::domain::phone::{Accept, E164, PhonePolicy};
use crate::domain::text::SafeText;
use crate::store::{self, Db, conversations, customers};
use crate::tui::msg::{Answer, Deed};

/// Something is done with a conversation.
pub fn deed(db: &mut Db, office: &Office, id: ConversationId, deed: Deed) -> store::Result<()> {
    let (actor, now) = (&office.actor, (office.clock)());
    match deed {
        Deed::Unread => conversations::unread(db, actor, now, id),
        Deed::Assign(to) => conversations::assign(db, actor, now, id, to),
        Deed::Close { seen } => conversations::close(db, actor, now, id, seen),
        Deed::Reopen => conversations::reopen(db, actor, now, id),
    }
}

/// A stranger's number is somebody's from now on.
pub fn link(db: &mut Db, office: &Office, number: &SafeText, to: &str) -> store::Result<Answer> {
    let (actor, now) = (&office.actor, (office.clock)());
    let anywhere = PhonePolicy { accept: Accept::International, ..office.policy };
    let typed = anywhere.accept(to).ok();
    let customer = customers::resolve(db, actor, to.trim(), typed.as_ref().map(E164::as_str))?;
    Ok(Answer::Linked(conversations::link(db, actor, now, number.as_str(), customer)?))
}
