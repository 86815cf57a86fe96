//! One text to a few chosen customers: each a message of its own, with its own gate and its own undo. Who
//! cannot get it is named with the reason, before (G15, TTX-70).

use std::collections::HashMap;

use rusqlite::Connection;

use super::messages::{self, Checks, NewText, Window};
use super::quiet::{self, Asked, Leave};
use super::{Db, Error, Result, allow, consent, customers, effective, merge, templates};
use crate::domain::consent::Purpose;
use crate::domain::ids::CustomerId;
use crate::domain::later;
use crate::domain::phone::E164;
use crate::domain::role::{Action, Actor, Object};
use crate::domain::segments;
use crate::domain::shown::Recipient;
use crate::domain::template;
use crate::domain::text::{Body, SafeText};
use crate::domain::time::Micros;
use crate::domain::update::Field;

/// What is to be sent to all of them.
#[derive(Clone, Debug)]
pub struct ToMany {
    pub customers: Vec<CustomerId>,
    pub from: E164,
    /// With variables, such as `{first_name|there}`.
    pub body: Body,
    pub purpose: Purpose,
}

/// What would become of it, in the order in which they were chosen. Nothing is queued.
///
/// # Errors
/// More than the office allows at once, or the actor may not.
pub fn ask(db: &Db, actor: &Actor, now: Micros, text: &ToMany, most: usize) -> Result<Vec<Recipient>> {
    allow(actor, Action::SendText, Object::Any)?;
    check(text, most)?;
    let mut found: Vec<Recipient> = Vec::new();
    let mut seen: HashMap<String, SafeText> = HashMap::new();
    for customer in &text.customers {
        let mut recipient = one(db, now, text, *customer)?;
        if found.iter().any(|known| known.customer == recipient.customer) {
            continue;
        }
        let number = recipient.number.as_str().to_owned();
        match seen.get(&number).filter(|_| !number.is_empty()) {
            // A family on one phone reads it once.
            Some(name) if recipient.why.is_none() => {
                recipient.why = Some(SafeText::new(&format!("has the same number as {name}, who gets it")));
            }
            _ if recipient.why.is_none() => {
                seen.insert(number, recipient.name.clone());
            }
            _ => {}
        }
        found.push(recipient);
    }
    Ok(found)
}

/// Queues it to all who can get it. What came of each: `why` says that it was not queued.
///
/// # Errors
/// More than the office allows at once, the disk refuses, or the actor may not.
pub fn send(
    db: &mut Db,
    actor: &Actor,
    now: Micros,
    text: &ToMany,
    most: usize,
    window: Window,
    checks: &Checks,
) -> Result<Vec<Recipient>> {
    let mut all = ask(db, actor, now, text, most)?;
    for recipient in all.iter_mut().filter(|recipient| recipient.why.is_none()) {
        let Some(to) = E164::parse(recipient.number.as_str()) else { continue };
        let new = NewText {
            from: text.from.clone(),
            to,
            customer: Some(recipient.customer),
            body: Body(filled(db.conn(), recipient.customer, &text.body)?.text),
            purpose: text.purpose,
        };
        match messages::send_checked(db, actor, now, &new, window, checks, None) {
            Ok(queued) => {
                recipient.note = SafeText::new(&later::sentence(&queued.why, "").unwrap_or_default());
            }
            // What has changed since they were shown is theirs alone; a full disk is everybody's.
            Err(error @ (Error::Blocked(_) | Error::Refused(_))) => {
                recipient.why = Some(SafeText::new(&error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

fn check(text: &ToMany, most: usize) -> Result<()> {
    match text.customers.len() {
        0 => Err(Error::Refused("nobody is chosen".into())),
        many if many > most => Err(Error::Refused(format!(
            "{many} customers are chosen, and at most {most} get a text at once ([sms] at_once in the configuration)"
        ))),
        _ => Ok(()),
    }
}

fn one(db: &Db, now: Micros, text: &ToMany, customer: CustomerId) -> Result<Recipient> {
    let conn = db.conn();
    let customer = merge::living(conn, customer)?;
    let on_file = customers::read(conn, customer)?;
    let number =
        effective::projected(conn, customer, Field::Mobile)?.and_then(|mobile| E164::parse(&mobile.value));
    let filled = filled(conn, customer, &text.body)?;
    let mut recipient = Recipient {
        customer,
        name: SafeText::new(&on_file.name),
        number: SafeText::new(number.as_ref().map_or("", E164::as_str)),
        body: SafeText::multiline(&filled.text),
        why: None,
        note: SafeText::default(),
    };
    let why = match &number {
        None => Some("there is no mobile on file".to_owned()),
        Some(number) => match consent::gate(conn, number, Some(customer), text.purpose)? {
            Err(block) => Some(block.for_screen()),
            Ok(_) if !filled.missing.is_empty() => {
                Some(format!("{} is not on file", filled.missing.join(", ")))
            }
            Ok(_) if segments::excess(&filled.text) > 0 => Some("too long once it is filled in".to_owned()),
            Ok(_) => {
                let asked = Asked { number, customer: Some(customer), purpose: text.purpose, at: None };
                match quiet::ask_at(db, now, &asked)? {
                    Leave::Now => None,
                    Leave::Never => Some(quiet::NEVER.to_owned()),
                    Leave::At(_, reason) => {
                        recipient.note = SafeText::new(&later::sentence(&reason, "").unwrap_or_default());
                        None
                    }
                }
            }
        },
    };
    recipient.why = why.map(|why| SafeText::new(&why));
    Ok(recipient)
}

fn filled(conn: &Connection, customer: CustomerId, body: &Body) -> Result<template::Filled> {
    Ok(template::fill(body.as_str(), "", &templates::values(conn, customer)?))
}
