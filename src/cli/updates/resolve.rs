//! `cordboard updates resolve`: decides a clash with the master (NIC-135).

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::domain::email::Email;
use crate::domain::shown::{Clash, Take};
use crate::domain::text::SafeText;
use crate::domain::update::Field;
use crate::store::clash::{self, Which};

#[derive(clap::Args)]
pub struct Args {
    /// The number of an update in the clash; `updates clashes` lists them
    #[arg(value_name = "NO")]
    number: i64,
    /// ours, theirs, or another value: a mobile or an e-mail
    #[arg(long, value_name = "ours|theirs|VALUE")]
    take: String,
    /// Why, for whoever asks later
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// mobile or email, where both of an update are in clash
    #[arg(long, value_name = "FIELD")]
    field: Option<String>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let clash = self.clash(&desk)?;
        let field = Field::parse(&clash.field)
            .ok_or_else(|| refuse(Exit::Failure, format!("unknown field {}", clash.field)))?;
        let which = Which {
            customer: clash.customer,
            field,
            newest: clash.witnesses.last().map_or(0, |witness| witness.seq),
            theirs: clash.theirs.clone(),
        };
        let take = self.take(&desk, field)?;
        let leaving = desk.leaving();
        let done =
            clash::resolve(&mut desk.db, &desk.actor, clock::now(), &which, &take, &self.reason, leaving)?;
        if desk.output.is_json() {
            desk.output.json(&json!({
                "customer": clash.customer.to_string(), "field": clash.field, "settled": done.settled,
                "update": done.update,
            }))?;
            return Ok(Exit::Ok);
        }
        let counts = match (&take, done.update) {
            (_, None) => clash.theirs.as_ref().map_or("", SafeText::as_str),
            (Take::Other(value), _) => value,
            _ => clash.ours.as_str(),
        };
        let counts = if counts.is_empty() { "nothing".to_owned() } else { desk.shown(field, counts) };
        let then = match done.update {
            Some(update) => format!("enter it into the master as update {update}"),
            None => "nothing is to be entered".to_owned(),
        };
        desk.output.line(format!("{}: the {field} is {counts}; {then}", clash.name))?;
        Ok(Exit::Ok)
    }

    fn clash(&self, desk: &Desk<'_>) -> Result<Clash> {
        let is_meant = |clash: &Clash| {
            clash.witnesses.iter().any(|witness| witness.seq == self.number)
                && self.field.as_ref().is_none_or(|field| field.eq_ignore_ascii_case(&clash.field))
        };
        let mut meant = clash::list(&desk.db, &desk.actor)?.all;
        meant.retain(is_meant);
        if meant.len() > 1 {
            return Err(refuse(Exit::Usage, "both its mobile and its email are in clash: say --field"));
        }
        meant.pop().ok_or_else(|| {
            let why =
                format!("update {} is in no clash: `cordboard updates clashes` lists them", self.number);
            refuse(Exit::NotFound, why)
        })
    }

    fn take(&self, desk: &Desk<'_>, field: Field) -> Result<Take> {
        let typed = self.take.trim();
        let bad = |why: String| refuse(Exit::Usage, format!("--take: {why}"));
        Ok(match (typed.to_lowercase().as_str(), field) {
            ("ours", _) => Take::Ours,
            ("theirs", _) => Take::Theirs,
            (_, Field::Mobile) => {
                let number = desk.config.phone_policy().accept(typed).map_err(|why| bad(why.to_string()))?;
                Take::Other(number.as_str().to_owned())
            }
            (_, Field::Email) => {
                let email = Email::parse(typed).map_err(|why| bad(why.to_string()))?;
                Take::Other(email.as_str().to_owned())
            }
        })
    }
}
