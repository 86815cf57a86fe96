//! Who is in the demo before anything has happened: the three who work here, and the master's rows.

use anyhow::{Context as _, Result};
use chrono::{DateTime, Timelike as _};
use chrono_tz::Tz;

use crate::config::Config;
use crate::domain::customer::{NewCustomer, NewPhone};
use crate::domain::phone::E164;
use crate::domain::role::{Actor, Origin, Role};
use crate::domain::time::Micros;
use crate::files::customers::{self as file, ImportOptions};
use crate::store::{Db, users};

/// Those with a part, and one row that is wrong on purpose.
pub const CUSTOMERS: &str = include_str!("../../../assets/demo/customers.csv");

/// Those who fill the queue of contact updates.
pub const OTHERS: &str = include_str!("../../../assets/demo/others.csv");

/// In the master's rows only; see [`abroad`].
pub const ABROAD: &str = "LIB/C9950";

/// Each of these countries is asleep for so long that at any time one of them is.
const COUNTRIES: [(&str, &str, Tz); 3] = [
    ("Ingrid Lindqvist", "+46701740605", Tz::Europe__Stockholm),
    ("Noah Walker", "+61491570156", Tz::Australia__Sydney),
    ("Emma Parker", "+12025550143", Tz::America__New_York),
];

/// Those who work here.
pub struct People {
    pub admin: Actor,
    pub supervisor: Actor,
    pub agent: Actor,
}

impl People {
    /// Takes them on.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn hire(db: &mut Db, now: Micros) -> Result<Self> {
        let admin = users::found(db, now, 1, "S. Lee")?.actor(Origin::Desk);
        let mut add = |number, name, role| {
            users::add(db, &admin, now, number, name, role).map(|user| user.actor(Origin::Desk))
        };
        let supervisor = add(7, "Ana Silva", Role::Supervisor)?;
        let agent = add(24, "David Brown", Role::Agent)?;
        Ok(Self { admin, supervisor, agent })
    }
}

/// The rows of a file that are right.
///
/// # Errors
/// The file as a whole is not.
pub fn rows(csv: &str, config: &Config) -> Result<Vec<NewCustomer>> {
    let options = ImportOptions::new(config.phone_policy(), config.desk.currency);
    let rows = file::read(csv.as_bytes(), &options).context("the demo's customers")?;
    Ok(rows.flatten().map(|row| row.customer).collect())
}

/// Somebody who sleeps while it is `now` here.
pub fn abroad(now: Micros) -> NewCustomer {
    let asleep = |zone: Tz| !(8..21).contains(&hour(now, zone));
    let (name, mobile, zone) = COUNTRIES.into_iter().find(|(.., zone)| asleep(*zone)).unwrap_or(COUNTRIES[0]);
    NewCustomer {
        name: name.to_owned(),
        master_id: Some("10950".to_owned()),
        policy_number: Some(ABROAD.to_owned()),
        phones: E164::parse(mobile).map(mobile_of).into_iter().collect(),
        payment: Some("pending".to_owned()),
        timezone: Some(zone.name().to_owned()),
        ..NewCustomer::default()
    }
}

/// A mobile as the master writes it.
pub fn mobile_of(value: E164) -> NewPhone {
    NewPhone { label: "mobile".to_owned(), raw: value.to_string(), value }
}

fn hour(now: Micros, zone: Tz) -> u32 {
    DateTime::from_timestamp_micros(now.0).map_or(0, |utc| utc.with_timezone(&zone).hour())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the hour and the time of year.
    #[test]
    fn somebody_abroad_is_always_asleep() {
        for hours in (0..366 * 24).step_by(5) {
            let now = Micros::from_secs(1_767_225_600 + hours * 3600);
            let zone: Tz = abroad(now).timezone.unwrap().parse().unwrap();
            assert!(!(8..21).contains(&hour(now, zone)), "{now}: {zone}");
        }
    }

    #[test]
    fn one_row_is_wrong_and_the_others_are_read() {
        let config = Config::default();
        assert_eq!(rows(CUSTOMERS, &config).unwrap().len(), CUSTOMERS.lines().count() - 2);
        assert_eq!(rows(OTHERS, &config).unwrap().len(), OTHERS.lines().count() - 1);
    }
}
