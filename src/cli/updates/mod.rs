//! `cordboard updates`: the captured contact updates and their way into the master (NIC-89..98).

mod batches;
mod clashes;
mod decide;
mod dissolve;
mod export;
mod list;
mod mark_synced;
mod resolve;

use anyhow::Result;
use clap::Subcommand;

use super::context::{Context, Desk};
use super::exit::{Exit, refuse};
use super::export::{DAY, day};
use super::output::Output;
use crate::domain::role::Role;
use crate::domain::shown::LeftOut;
use crate::domain::update::Status;
use crate::store::updates::Filter;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List updates, oldest first; agents see their own
    List(list::Args),
    /// Write them with NIC's columns, or make a numbered batch; admins only
    Export(export::Args),
    /// List the batches, the newest first
    Batches(batches::Args),
    /// Free the updates of a batch that was made by mistake; admins only, asks for --yes
    Dissolve(dissolve::Args),
    /// Mark updates or a batch as entered in the master system; admins only
    MarkSynced(mark_synced::Args),
    /// Say yes to what awaits approval; supervisors and admins only
    Approve(decide::Approve),
    /// Say no, with a reason; what was rejected counts no more
    Reject(decide::Reject),
    /// List the contacts in clash with the master, the oldest first
    Clashes(clashes::Args),
    /// Decide one: ours, theirs or another value; admins only
    Resolve(resolve::Args),
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        match &self.action {
            Action::List(args) => args.run(context),
            Action::Export(args) => args.run(context),
            Action::Batches(args) => args.run(context),
            Action::Dissolve(args) => args.run(context),
            Action::MarkSynced(args) => args.run(context),
            Action::Approve(args) => args.run(context),
            Action::Reject(args) => args.run(context),
            Action::Clashes(args) => args.run(context),
            Action::Resolve(args) => args.run(context),
        }
    }
}

/// Which updates (NIC-81..84, NIC-90..92).
#[derive(clap::Args)]
pub struct Chosen {
    /// pending, synced, held, rejected, withdrawn
    #[arg(long)]
    status: Option<String>,
    /// An agent's number; agents see their own without it
    #[arg(long, value_name = "N")]
    agent: Option<i64>,
    /// Captured on this day (UTC) or later
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<String>,
    /// Captured on this day (UTC) or earlier
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<String>,
    /// Part of a policy number or a customer's name
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
    /// Only those after this number
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    after: i64,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
}

/// Numbers of updates as they were typed; `-` stands for those of stdin.
fn numbers(desk: &mut Desk<'_>, typed: &[String]) -> Result<Vec<i64>> {
    let read = |text: &str| {
        let number = text.trim().trim_start_matches('#').parse::<i64>();
        number.map_err(|_| {
            refuse(Exit::Usage, format!("\"{text}\" is not the number of an update, such as 17"))
        })
    };
    let mut numbers = Vec::new();
    for text in typed {
        if text != "-" {
            numbers.push(read(text)?);
            continue;
        }
        desk.input.each_line(desk.output, |_, line| {
            if !line.trim().is_empty() {
                numbers.push(read(line)?);
            }
            Ok(())
        })?;
    }
    Ok(numbers)
}

/// Names each update that was passed over, on stderr.
fn say_left_out(output: &mut Output, left_out: &[LeftOut]) {
    for left in left_out {
        output.note(format!("{}  {}  left out: {}", left.seq, left.name, left.why));
    }
}

impl Chosen {
    /// Was any choice made?
    fn is_any(&self) -> bool {
        let words = [&self.status, &self.from, &self.to, &self.find];
        words.iter().any(|word| word.is_some())
            || self.agent.is_some()
            || self.after > 0
            || self.limit.is_some()
    }

    fn filter(&self, desk: &Desk<'_>) -> Result<Filter> {
        let status = match &self.status {
            None => None,
            Some(text) => Some(Status::parse(text).ok_or_else(|| {
                let known: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
                refuse(Exit::Usage, format!("--status: there is no \"{text}\"; choose {}", known.join(", ")))
            })?),
        };
        let agent = desk.actor.role == Role::Agent;
        Ok(Filter {
            status,
            agent_number: self.agent.or(agent.then_some(desk.actor.number)),
            from: day("--from", self.from.as_deref())?,
            before: day("--to", self.to.as_deref())?.map(|day| day + DAY),
            find: self.find.clone(),
            after: self.after,
            limit: self.limit,
        })
    }
}
