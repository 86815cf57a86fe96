//! `cordboard phone check`: is this a number, and which? Needs no database and no configuration
//! (TTX-30..38, 45).

use anyhow::Result;
use clap::Subcommand;

use super::context::Context;
use super::exit::{Exit, refuse};
use super::output::Output;
use crate::domain::phone::{Accept, PhonePolicy, PhoneReport, Region};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say what each number is; exits 0 once every number was answered, valid or not
    Check(Check),
}

#[derive(clap::Args)]
struct Check {
    /// Numbers in any form, or `-` for one per line from stdin
    #[arg(required = true, value_name = "NUMBER|-")]
    numbers: Vec<String>,
    /// Where numbers without a country code are from, such as MU or US
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let Action::Check(check) = &self.action;
        check.run(context)
    }
}

impl Check {
    fn run(&self, context: &mut Context) -> Result<Exit> {
        let region = match &self.region {
            Some(region) => {
                region.parse::<Region>().map_err(|error| refuse(Exit::Usage, format!("--region: {error}")))?
            }
            None => context.config()?.desk.region,
        };
        // What a number is, not whether this desk would take it.
        let policy = PhonePolicy { region, accept: Accept::International };
        let Context { input, output, .. } = context;
        for number in &self.numbers {
            if number == "-" {
                input.each_line(output, |output, line| answer(output, &policy.check(line)))?;
            } else {
                answer(output, &policy.check(number))?;
            }
        }
        Ok(Exit::Ok)
    }
}

fn answer(output: &mut Output, report: &PhoneReport) -> Result<()> {
    if output.is_json() {
        return output.json(report);
    }
    match (&report.e164, &report.national, &report.reason) {
        (Some(e164), Some(national), _) => {
            let region = report.region.as_deref().unwrap_or("-");
            output.line(format!("{}: valid  {e164}  {national}  {region}  {}", report.input, report.kind))
        }
        (_, _, reason) => {
            let reason = reason.as_deref().unwrap_or("this is no number");
            output.line(format!("{}: not valid: {reason}", report.input))
        }
    }
}
