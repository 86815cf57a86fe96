//! Tags: put on and taken off one by one, whatever others do meanwhile (TWS-6).

use serde_json::json;

use super::act::{self, Act, Moved};
use super::slot::{self, Slot};
use crate::domain::ids::CustomerId;
use crate::domain::record::{self, MOST_TAGS, same_tag};
use crate::domain::role::{Action, Actor, Object};
use crate::domain::time::Micros;
use crate::store::{Db, Error, Result};

/// Puts tags on and takes others off. One that is there already, however it is written, stays as it is.
///
/// # Errors
/// One is no tag, there would be too many, the customer is gone, or the actor may not.
pub fn tag(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    customer: CustomerId,
    on: &[String],
    off: &[String],
) -> Result<()> {
    let mut tx = db.begin(actor, now)?;
    tx.allow(Action::EditCustomer, Object::Any)?;
    let was = slot::current(&tx.tx, customer, &Slot::Tags)?;
    let mut tags: Vec<String> = serde_json::from_value(was.clone()).unwrap_or_default();
    for old in off {
        let old = record::tag(old).map_err(Error::Refused)?;
        tags.retain(|known| !same_tag(known, &old));
    }
    for new in on {
        let new = record::tag(new).map_err(Error::Refused)?;
        if !tags.iter().any(|known| same_tag(known, &new)) {
            tags.push(new);
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(Error::Refused(format!("a customer has at most {MOST_TAGS} tags; take one off first")));
    }
    let moved = Moved { slot: Slot::Tags, was, is: json!(tags) };
    act::carry_out(&mut tx, customer, Act::Tagged, vec![moved])?;
    tx.commit()
}
