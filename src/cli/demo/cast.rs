//! What has happened before the demo begins, told by the store and the engine themselves: texts were
//! sent, customers answered, agents captured, the master followed. All dates count back from now.

mod means;

use std::time::Duration;

use anyhow::{Context as _, Result};

use self::means::Who;
use super::past::Past;
use super::people::{self, ABROAD, OTHERS, People, mobile_of};
use crate::config::Config;
use crate::domain::consent::Method;
use crate::domain::customer::NewCustomer;
use crate::domain::phone::E164;
use crate::domain::time::Micros;
use crate::domain::update::Reason;
use crate::sandbox::{Fault, Final, Kind, On, Target, World};
use crate::store::messages::Window;
use crate::store::open::Location;
use crate::store::updates::{self, Leaving};
use crate::store::{Db, customers};

const KEVIN: &str = "LIB/C7013";
/// Before the second of March, so to say.
const KEVINS_OLD: &str = "+23057980044";
/// His now, and Anna's before.
pub const KEVINS: &str = "+23057372333";
const ANNA: &str = "LIB/C7020";
const WANG: &str = "LIB/C9210";
/// Three of a family have her number.
const MARIE: &str = "LIB/C9000";
/// Said STOP.
const ONEIL: &str = "LIB/C9777";
/// Said nearly that.
const LEILA: &str = "LIB/C9888";
/// The very long name; nobody knows whether the text to him arrived.
const VENKATA: &str = "LIB/C9900";
/// His mobile changed three times.
const RAJ: &str = "LIB/D1100";
/// The master has a third number for her.
const NADIA: &str = "LIB/D1101";
/// Two agents were told two numbers.
const KENNY: &str = "LIB/D1099";
const STRANGER: &str = "+23058009911";

/// The first of [`OTHERS`] have parts of their own; each of the rest has one pending update.
const WITH_PARTS: usize = 3;
const DAYS: [u64; 8] = [9, 8, 7, 6, 5, 4, 3, 2];
/// Updates in yesterday's batch: the oldest.
const EXPORTED: u32 = 12;

const WORDING: &str = "May we text this number about your policy?";
const LEAVING: Leaving = Leaving { undo: Duration::from_secs(5), upstream: true };
const WINDOW: Window = Window { undo: Duration::from_secs(5), deadline: Duration::from_secs(4 * 3600) };
/// The undo window and an answer.
const MOMENT: Duration = Duration::from_secs(12);
/// Until inbound texts are asked for again.
const POLL: Duration = Duration::from_secs(75);

/// Acts out everything up to `curtain`, which is now.
///
/// # Errors
/// The disk refuses, or the story does not hold together.
pub fn play(
    db: &mut Db,
    world: &mut World,
    at: &Location,
    people: &People,
    config: &Config,
    curtain: Micros,
) -> Result<()> {
    let start = curtain - days(400);
    let past = Past::begin(db, world, at, config.phone_policy(), start)?;
    let mut story = Story { past, people, config, curtain };
    story.last_year()?;
    story.last_weeks()?;
    story.last_days()?;
    story.yesterday()?;
    story.today()?;
    story.past.end(curtain)
}

fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3600)
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// How far it has been told.
struct Story<'a> {
    past: Past<'a>,
    people: &'a People,
    config: &'a Config,
    curtain: Micros,
}

impl Story<'_> {
    fn last_year(&mut self) -> Result<()> {
        let mut rows = self.master()?;
        set_mobile(&mut rows, KEVIN, KEVINS_OLD);
        set_mobile(&mut rows, ANNA, KEVINS);
        self.import(&rows)?;
        self.consent(KEVIN, Method::Paper)?;

        self.days_ago(320);
        self.text(KEVIN, "Your receipt for January is ready.")?;
        self.past.pass(minutes(4))?;
        self.hear(KEVINS_OLD, "merci")?;
        self.has_read(KEVIN)?;

        self.days_ago(268);
        self.elsewhere(KEVIN, "57372333", Reason::Provided, (31, "P. Doe"))?;
        self.elsewhere(ANNA, "57980001", Reason::Requested, (31, "P. Doe"))?;
        self.past.pass(MOMENT)?;
        self.consent(KEVIN, Method::Voice)?;
        self.consent(ANNA, Method::Web)?;
        self.days_ago(267);
        let pending = self.pending(u32::MAX)?;
        updates::mark_synced(self.past.db, &self.people.admin, self.past.now(), &pending, LEAVING)?;
        self.past.pass(MOMENT)?;
        // The master follows: what was captured is its own value from now on.
        let rows = self.master()?;
        self.import(&rows)?;

        self.days_ago(150);
        let note = self.note(KEVIN, "hard of hearing on the left, go slow")?;
        self.pin(KEVIN, note)?;
        self.days_ago(94);
        self.text(KEVIN, "Your policy LIB/C7013 was renewed. Thank you.")?;
        self.consent(WANG, Method::Paper)?;
        self.text(WANG, "Your policy LIB/C9210 has lapsed. Call us to renew it.")
    }

    fn last_weeks(&mut self) -> Result<()> {
        self.days_ago(60);
        self.consent(ONEIL, Method::Web)?;
        self.text(ONEIL, "Your premium of MUR 99.00 is due on Friday.")?;
        self.past.pass(minutes(2))?;
        let number = self.mobile(ONEIL)?;
        self.hear(number.as_str(), "STOP")?;
        self.has_read(ONEIL)?;

        self.days_ago(40);
        self.consent(MARIE, Method::Voice)?;
        self.text(MARIE, "The papers for your family are ready.")?;
        self.consent(ABROAD, Method::Web)?;

        self.days_ago(12);
        self.past.world.outcome_for(KEVINS, Final::Undelivered, Some(30005));
        self.text(KEVIN, "Your QR code for LIB/C7013 is ready.")?;
        self.past.world.outcome_for(KEVINS, Final::Delivered, None);
        self.days_ago(11);
        self.text_by(Who::Supervisor, KEVIN, "Your QR code for LIB/C7013 is ready. Ana Silva")
    }

    /// The days in which the queue of contact updates grew.
    fn last_days(&mut self) -> Result<()> {
        let others = people::rows(OTHERS, self.config)?;
        let others = &others[WITH_PARTS..];
        for (nth, day) in DAYS.into_iter().enumerate() {
            self.days_ago(day);
            let from = nth * others.len() / DAYS.len();
            let to = (nth + 1) * others.len() / DAYS.len();
            for (row, number) in others[from..to].iter().zip(from..) {
                self.past.go_to(self.past.now() + minutes(17));
                self.ordinary(row, number)?;
            }
            self.special(day)?;
            self.past.pass(MOMENT)?;
        }
        Ok(())
    }

    fn special(&mut self, day: u64) -> Result<()> {
        let agent = Who::Agent;
        match day {
            6 => {
                self.elsewhere(KENNY, "57980319", Reason::Incorrect, (29, "Priya Nair"))?;
                self.capture(agent, KENNY, "5798 0310", "", "wrong", "one digit wrong")
            }
            5 => {
                self.capture(agent, NADIA, "5798 0302", "", "gave", "new phone")?;
                self.capture(agent, RAJ, "5798 0311", "", "gave", "")
            }
            4 => {
                self.capture(agent, RAJ, "5798 0312", "", "wrong", "one digit wrong")?;
                self.refused_upload()
            }
            3 => {
                self.capture(Who::Supervisor, RAJ, "5798 0313", "", "asked", "his wife has the other one")?;
                self.bounced(KEVIN, "mailbox full")?;
                self.unconfirmed_text()
            }
            _ => Ok(()),
        }
    }

    fn yesterday(&mut self) -> Result<()> {
        self.days_ago(1);
        let mut rows = self.master()?;
        set_mobile(&mut rows, NADIA, "+23057980303");
        self.import(&rows)?;
        let oldest = self.pending(EXPORTED)?;
        self.export(&oldest)
    }

    fn today(&mut self) -> Result<()> {
        self.past.go_to(self.curtain - minutes(190));
        self.consent(LEILA, Method::Voice)?;
        self.text(LEILA, "Your policy LIB/C9888 ends on Friday. Reply to renew it.")?;
        self.past.pass(minutes(6))?;
        let number = self.mobile(LEILA)?;
        self.hear(number.as_str(), "stop. thank you")?;
        self.past.go_to(self.curtain - minutes(48));
        self.hear(STRANGER, "Hello, is this the insurance? I have a new phone")
    }

    /// One update of one of [`OTHERS`]; the columns of the file were made to go with it.
    fn ordinary(&mut self, row: &NewCustomer, number: usize) -> Result<()> {
        let policy = row.policy_number.as_deref().unwrap_or_default();
        let mobile = format!("5798 02{:02}", number + 10);
        let email = format!("{}@mail.example", local_part(&row.name));
        let who = if number % 7 == 3 { Who::Supervisor } else { Who::Agent };
        match number % 5 {
            0 if number.is_multiple_of(2) => self.capture(who, policy, &mobile, "", "wrong", "asked twice"),
            0 => self.capture(who, policy, &mobile, "", "asked", ""),
            1 => self.capture(who, policy, "", &email, "bounced", ""),
            2 => self.capture(who, policy, &mobile, "", "missing", ""),
            3 => self.capture(who, policy, &mobile, &email, "gave", "moved house"),
            _ => self.capture(who, policy, "", &email, "missing", ""),
        }
    }

    /// The upstream wants a policy number, which a walk-in has not.
    fn refused_upload(&mut self) -> Result<()> {
        let mobile = E164::parse("+23057980360").context("a number of the demo")?;
        let new = NewCustomer {
            name: "Chantal Rivet".to_owned(),
            phones: vec![mobile_of(mobile)],
            ..NewCustomer::default()
        };
        let id = customers::add(self.past.db, &self.people.agent, self.past.now(), &new)?;
        self.capture_for(
            Who::Agent,
            id,
            "",
            "chantal.rivet@mail.example",
            "missing",
            "walked in, no policy yet",
        )
    }

    /// The connection breaks, and Twilio lists no such text afterwards.
    fn unconfirmed_text(&mut self) -> Result<()> {
        self.consent(VENKATA, Method::Voice)?;
        self.past.world.add_fault(Fault::new(Kind::CutBefore).at(Target::Twilio, On::Create).times(1));
        self.text(VENKATA, "Your instalment of MUR 640.00 is due tomorrow.")?;
        self.past.pass(minutes(10))
    }
}

fn set_mobile(rows: &mut [NewCustomer], policy: &str, mobile: &str) {
    for row in rows.iter_mut().filter(|row| row.policy_number.as_deref() == Some(policy)) {
        row.phones = E164::parse(mobile).map(mobile_of).into_iter().collect();
    }
}

/// `jean-noel.labonte`.
fn local_part(name: &str) -> String {
    let letter = |c: char| match c {
        ' ' => '.',
        'É' | 'é' | 'è' | 'ë' => 'e',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(letter).filter(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect()
}

#[cfg(test)]
mod tests;
