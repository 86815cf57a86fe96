//! `cordboard customers add`: one customer by hand, under the same rules as a row of an import.

use anyhow::Result;
use serde_json::json;

use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::domain::customer::{NewCustomer, Source};
use crate::files::Field;
use crate::files::customers::{self as file, ImportOptions};
use crate::store::{customers, search};

/// Only the name is required (G22).
#[derive(clap::Args)]
pub struct Args {
    /// The customer's name
    #[arg(long)]
    name: String,
    /// Such as LIB/C7013
    #[arg(long, value_name = "NUMBER")]
    policy: Option<String>,
    /// Such as 5737 2333
    #[arg(long, value_name = "NUMBER")]
    mobile: Option<String>,
    /// Such as customer@example.com
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    #[arg(long)]
    given_name: Option<String>,
    #[arg(long)]
    family_name: Option<String>,
    #[arg(long)]
    company: Option<String>,
    #[arg(long)]
    industry: Option<String>,
    /// The master's id of this customer, if it has one
    #[arg(long, value_name = "ID")]
    master_id: Option<String>,
    /// The master's own word, such as pending
    #[arg(long)]
    payment: Option<String>,
    /// Such as "MUR 4,491.29"
    #[arg(long, value_name = "AMOUNT")]
    amount_due: Option<String>,
    /// new, contacted, qualified, nurturing, client or inactive
    #[arg(long)]
    stage: Option<String>,
    /// An IANA zone, such as Indian/Mauritius
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// May be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        let new = NewCustomer { source: Source::Manual, ..self.check(&desk)? };
        let id = customers::add(&mut desk.db, &desk.actor, clock::now(), &new)?;
        let shared = shared_with(&desk, &new)?;
        if desk.output.is_json() {
            desk.output.json(&json!({ "id": id, "name": new.name, "number_shared_with": shared }))?;
            return Ok(Exit::Ok);
        }
        desk.output.line(format!("added {} as {id}", new.name))?;
        if !shared.is_empty() {
            // TWS-73, G13: families share numbers, so this is worth knowing and no mistake.
            desk.output.note(format!("the same number is on file for {}", shared.join(", ")));
        }
        Ok(Exit::Ok)
    }

    /// A file of one row: whatever an import refuses is refused here, in the same words.
    fn check(&self, desk: &Desk<'_>) -> Result<NewCustomer> {
        let tags = (!self.tags.is_empty()).then(|| self.tags.join(";"));
        let given = [
            (Field::Name, Some(&self.name)),
            (Field::PolicyNumber, self.policy.as_ref()),
            (Field::Mobile, self.mobile.as_ref()),
            (Field::Email, self.email.as_ref()),
            (Field::GivenName, self.given_name.as_ref()),
            (Field::FamilyName, self.family_name.as_ref()),
            (Field::Company, self.company.as_ref()),
            (Field::Industry, self.industry.as_ref()),
            (Field::MasterId, self.master_id.as_ref()),
            (Field::Payment, self.payment.as_ref()),
            (Field::AmountDue, self.amount_due.as_ref()),
            (Field::Stage, self.stage.as_ref()),
            (Field::Timezone, self.timezone.as_ref()),
            (Field::Tags, tags.as_ref()),
        ];
        let given: Vec<_> =
            given.into_iter().filter_map(|(field, value)| Some((field.as_str(), value?))).collect();
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(given.iter().map(|(field, _)| *field))?;
        csv.write_record(given.iter().map(|(_, value)| *value))?;
        let bytes = csv.into_inner().map_err(|error| error.into_error())?;
        let options = ImportOptions {
            typed: true,
            ..ImportOptions::new(desk.config.phone_policy(), desk.config.desk.currency)
        };
        let row = file::read(bytes.as_slice(), &options)?.next();
        match row {
            Some(Ok(row)) => Ok(row.customer),
            Some(Err(bad)) => {
                let problem = |problem: &file::Problem| format!("{}: {}", problem.field, problem.why);
                let problems: Vec<_> = bad.problems.iter().map(problem).collect();
                Err(refuse(Exit::Usage, problems.join("\n")))
            }
            None => Err(refuse(Exit::Usage, "name: give 1 to 255 characters, such as \"Anna Curepipe\"")),
        }
    }
}

/// Names of the others on this number.
fn shared_with(desk: &Desk<'_>, new: &NewCustomer) -> Result<Vec<String>> {
    let Some(phone) = new.phones.first() else { return Ok(Vec::new()) };
    let found = search::lookup(&desk.db, &desk.actor, clock::now(), 0, phone.value.as_str(), 10)?;
    Ok(found.hits.into_iter().map(|hit| hit.name).filter(|name| *name != new.name).collect())
}
