//! `cordboard sms prices`: the office's price list (TWS-77, TWS-79), and what a text would cost by it.

use anyhow::Result;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::exit::{Exit, refuse};
use crate::domain::phone::{Accept, PhonePolicy};
use crate::domain::price_list::Price;
use crate::domain::segments;

#[derive(clap::Args)]
pub struct Args {
    /// A number: what a text to it costs
    #[arg(requires = "text")]
    number: Option<String>,
    /// The text, or `-` for stdin
    #[arg(value_name = "TEXT|-")]
    text: Option<String>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        match (&self.number, &self.text) {
            (Some(number), Some(text)) => estimate(context, number, text),
            _ => list(context),
        }
    }
}

fn estimate(context: &mut Context, number: &str, text: &str) -> Result<Exit> {
    let config = context.config()?;
    let world = PhonePolicy { accept: Accept::International, ..config.phone_policy() };
    let number = world.accept(number).map_err(|why| refuse(Exit::Usage, why.to_string()))?;
    let segments = segments::count(&context.input.text(text)?).segments;
    let cost = config.prices.text(&number, segments).ok_or_else(|| {
        let why =
            "the price list has no country of this number: add [prices.countries.XX] to the configuration";
        refuse(Exit::NotFound, why)
    })?;
    let plural = if segments == 1 { "" } else { "s" };
    if context.output.is_json() {
        let currency = cost.currency.to_string();
        context.output.json(&json!({ "segments": segments, "price": cost.price, "currency": currency }))?;
    } else {
        context.output.line(format!("{segments} segment{plural}  about {cost}"))?;
    }
    Ok(Exit::Ok)
}

fn list(context: &mut Context) -> Result<Exit> {
    let prices = context.config()?.prices;
    if context.output.is_json() {
        for (country, of) in &prices.countries {
            let currency = prices.currency.to_string();
            context.output.json(&json!({ "country": country, "currency": currency, "prices": of }))?;
        }
        return Ok(Exit::Ok);
    }
    let cell = |price: Option<Price>| price.map_or_else(|| "-".to_owned(), |price| price.to_string());
    let mut rows = Vec::new();
    for (country, of) in &prices.countries {
        let prices = [of.sms_out, of.sms_in, of.mms_out, of.mms_in, of.number_month].map(cell);
        rows.push([vec![country.to_string()], prices.to_vec()].concat());
    }
    let currency = prices.currency.to_string();
    let heading = [currency.as_str(), "segment out", "in", "MMS out", "in", "number a month"];
    context.output.table(&heading, &rows)?;
    Ok(Exit::Ok)
}
