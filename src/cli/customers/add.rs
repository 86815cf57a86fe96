//! `cordboard customers add`: one customer by hand, by the form of an industry (TWS-2, TTX-50, TTX-58).

use anyhow::Result;
use serde_json::json;

use super::fields;
use crate::cli::clock;
use crate::cli::context::{Context, Desk};
use crate::cli::exit::{Exit, refuse};
use crate::domain::customer::NewCustomer;
use crate::domain::form::{Key, Own};
use crate::domain::money::Money;
use crate::domain::record::{self, Values};
use crate::store::{customers, record as records};

/// Only the name is required (G22), and what the form asks for.
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
    /// One with a form brings its fields
    #[arg(long)]
    industry: Option<String>,
    /// The form to fill in, such as healthcare; the industry's unless given
    #[arg(long, value_name = "NAME")]
    form: Option<String>,
    /// A field of the form or of every customer, such as city=Curepipe; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
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
        let forms = fields::forms(context)?;
        let mut desk = context.desk()?;
        let form = match &self.form {
            Some(name) => fields::named(&forms, name)?,
            None => forms.of(self.industry.as_deref()),
        };
        let new = record::create(form, &self.typed()?, &desk.config.phone_policy());
        let new = self.besides(&desk, new)?;
        let shared = shared_with(&desk, &new)?;
        let id = customers::add(&mut desk.db, &desk.actor, clock::now(), &new)?;
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

    fn typed(&self) -> Result<Values> {
        let mut typed = fields::values(&self.set)?;
        let given = [
            (Own::Name, Some(&self.name)),
            (Own::PolicyNumber, self.policy.as_ref()),
            (Own::Mobile, self.mobile.as_ref()),
            (Own::Email, self.email.as_ref()),
            (Own::GivenName, self.given_name.as_ref()),
            (Own::FamilyName, self.family_name.as_ref()),
            (Own::Company, self.company.as_ref()),
            (Own::Industry, self.industry.as_ref()),
            (Own::Timezone, self.timezone.as_ref()),
        ];
        for (own, value) in given {
            typed.extend(value.map(|value| (Key::Own(own), value.clone())));
        }
        Ok(typed)
    }

    /// What no form asks for; all that is wrong is said at once.
    fn besides(&self, desk: &Desk<'_>, new: Result<NewCustomer, Vec<record::Wrong>>) -> Result<NewCustomer> {
        let mut wrong = Vec::new();
        let mut customer = new.unwrap_or_else(|fields| {
            wrong.extend(fields.iter().map(|wrong| format!("{}: {}", wrong.key.as_str(), wrong.why)));
            NewCustomer::default()
        });
        customer.master_id.clone_from(&self.master_id);
        customer.payment.clone_from(&self.payment);
        if let Some(text) = &self.amount_due {
            match Money::parse(text, desk.config.desk.currency) {
                Ok(money) => customer.amount_due = Some(money),
                Err(why) => wrong.push(format!("amount-due: {why}")),
            }
        }
        if let Some(text) = &self.stage {
            match super::stage::parse(text) {
                Ok(stage) => customer.stage = stage,
                Err(why) => wrong.push(format!("stage: {why}")),
            }
        }
        for text in &self.tags {
            match record::tag(text) {
                Ok(tag) if customer.tags.iter().any(|known| record::same_tag(known, &tag)) => {}
                Ok(tag) => customer.tags.push(tag),
                Err(why) => wrong.push(format!("tag: {why}")),
            }
        }
        if wrong.is_empty() { Ok(customer) } else { Err(refuse(Exit::Usage, wrong.join("\n"))) }
    }
}

/// Names of the others on this number.
fn shared_with(desk: &Desk<'_>, new: &NewCustomer) -> Result<Vec<String>> {
    let Some(phone) = new.phones.first() else { return Ok(Vec::new()) };
    let others = records::others_with(&desk.db, &desk.actor, phone.value.as_str(), None)?;
    Ok(others.into_iter().map(|(_, name)| name.to_string()).collect())
}
