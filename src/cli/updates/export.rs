//! `cordboard updates export`: NIC's columns for the master system (NIC-95, NIC-105, NIC-122), of what
//! matches or as a numbered batch, which is CSV. A file appears whole or not at all.

use std::collections::VecDeque;
use std::io::Write;

use anyhow::Result;

use super::batches::as_json;
use super::{Chosen, say_left_out};
use crate::cli::clock;
use crate::cli::context::{Context, Desk, mobiles};
use crate::cli::exit::{Exit, refuse};
use crate::cli::export::{Place, What};
use crate::cli::output;
use crate::domain::role::{Action, Actor};
use crate::domain::time::Micros;
use crate::domain::update::Status;
use crate::files::Rows;
use crate::files::batch::{self, BatchError};
use crate::files::export::{Form, Format};
use crate::files::updates::{self as updates_file, UpdateRow};
use crate::store::batches;
use crate::store::updates::{self, Filter, Update};
use crate::store::{self, Db};

/// Updates read at a time: memory stays the same however many there are.
const PAGE: u32 = 1000;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    place: Place,
    /// csv, xlsx or jsonl; by the end of FILE unless given, else csv
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Freeze all pending ones that match under the next number, to be marked as a whole later; with
    /// a number, write that batch once more. FILE must be new, or a folder
    #[arg(long, value_name = "NO")]
    batch: Option<Option<i64>>,
}

impl Args {
    pub fn run(&self, context: &mut Context) -> Result<Exit> {
        let mut desk = context.desk()?;
        match self.batch {
            Some(Some(number)) => return self.batch_again(&mut desk, number),
            Some(None) => return self.new_batch(&mut desk),
            None => {}
        }
        let filter = self.chosen.filter(&desk)?;
        let what =
            What { name: "updates", format: self.place.format(self.format.as_deref(), &Format::ROWS)? };
        let mobile = mobiles(&desk.config);
        let write =
            |db: &Db, actor: &Actor, form: Form<'_>, out: &mut dyn Write, seen: &mut dyn FnMut(u64)| {
                let mut rows = Updates::new(db, actor, filter, mobile);
                // Refused before anything is written.
                rows.fill()?;
                let form = form.rows().unwrap_or(Rows::Csv { guarded: false });
                let mut count = 0;
                let counted = rows.by_ref().inspect(|_| {
                    count += 1;
                    seen(count);
                });
                let written = updates_file::write(out, form, counted)?;
                // Half of it is not to take the place of an earlier export.
                rows.failed.take().map_or(Ok(written), |error| Err(error.into()))
            };
        self.place.write(&mut desk, &what, write, |desk, gone| {
            Ok(updates::exported(&mut desk.db, &desk.actor, clock::now(), gone.rows, gone.to)?)
        })
    }

    fn new_batch(&self, desk: &mut Desk<'_>) -> Result<Exit> {
        let format = self.batch_format()?;
        let mut filter = self.chosen.filter(desk)?;
        if filter.status.is_some_and(|status| status != Status::Pending) {
            return Err(refuse(Exit::Usage, "--batch takes what is pending: leave out --status"));
        }
        filter.status = Some(Status::Pending);
        let mut chosen = Vec::new();
        updates::for_each(&desk.db, &desk.actor, Action::ExportUpdates, &filter, |update| {
            chosen.push(update.seq);
            Ok(())
        })?;
        if chosen.is_empty() {
            return Err(refuse(Exit::NotFound, "no batch made: nothing that is pending matches"));
        }
        let (now, mobile) = (clock::now(), mobiles(&desk.config));
        let (batch, place) = match self.place.file() {
            Some(place) => {
                let made = batch::make(&mut desk.db, &desk.actor, now, &chosen, (place, format), mobile);
                made.map(|(batch, path)| (batch, path.display().to_string())).map_err(plain)?
            }
            None => {
                // It is safe before the first byte is written: it can be written again.
                let batch = batches::create(&mut desk.db, &desk.actor, now, &chosen)?;
                let lines = batches::lines(&desk.db, &desk.actor, batch.number)?;
                let rows = batch::rows(&lines, mobile).into_iter();
                output::written(updates_file::write(desk.output.raw(), batch::form(format), rows))?;
                (batch, "stdout".to_owned())
            }
        };
        if desk.output.is_json() {
            desk.output.note_json(&as_json(&batch));
        } else {
            let (number, lines) = (batch.number, batch.lines);
            desk.output.note(format!("batch {number} with {lines} lines is in {place}"));
            say_left_out(desk.output, &batch.left_out);
        }
        Ok(if batch.left_out.is_empty() { Exit::Ok } else { Exit::Partly })
    }

    /// `None` where the file's name decides.
    fn batch_format(&self) -> Result<Option<Format>> {
        self.format.as_ref().map(|_| self.place.format(self.format.as_deref(), &Format::ROWS)).transpose()
    }

    fn batch_again(&self, desk: &mut Desk<'_>, number: i64) -> Result<Exit> {
        if self.chosen.is_any() {
            let why = format!("batch {number} is written as it is: leave out the filters");
            return Err(refuse(Exit::Usage, why));
        }
        let format = self.batch_format()?;
        let (now, mobile) = (clock::now(), mobiles(&desk.config));
        match self.place.file() {
            Some(place) => {
                let path = batch::export(&mut desk.db, &desk.actor, now, number, (place, format), mobile)
                    .map_err(plain)?;
                desk.output.note(format!("batch {number} is in {}", path.display()));
            }
            None => {
                let lines = batches::lines(&desk.db, &desk.actor, number)?;
                let rows = batch::rows(&lines, mobile).into_iter();
                output::written(updates_file::write(desk.output.raw(), batch::form(format), rows))?;
                batches::written_again(&mut desk.db, &desk.actor, now, number, "stdout")?;
            }
        }
        Ok(Exit::Ok)
    }
}

/// What the store said keeps its own exit code.
fn plain(error: BatchError) -> anyhow::Error {
    match error {
        BatchError::Store(error) => error.into(),
        other => other.into(),
    }
}

/// Reads the chosen updates page by page.
struct Updates<'a, F> {
    db: &'a Db,
    actor: &'a Actor,
    filter: Filter,
    form: F,
    page: VecDeque<Update>,
    /// Rows that may still be read, where a limit was given.
    left: Option<u32>,
    failed: Option<store::Error>,
}

impl<'a, F: Fn(&str) -> String> Updates<'a, F> {
    fn new(db: &'a Db, actor: &'a Actor, filter: Filter, form: F) -> Self {
        let left = filter.limit;
        Self { db, actor, filter, form, page: VecDeque::new(), left, failed: None }
    }

    fn fill(&mut self) -> store::Result<()> {
        let size = self.left.map_or(PAGE, |left| left.min(PAGE));
        let filter = Filter { limit: Some(size), ..self.filter.clone() };
        updates::for_each(self.db, self.actor, Action::ExportUpdates, &filter, |update| {
            self.filter.after = update.seq;
            self.page.push_back(update);
            Ok(())
        })?;
        self.left = self.left.map(|left| left - size);
        Ok(())
    }

    fn row(&self, update: Update) -> UpdateRow {
        let mobile = |value: Option<String>| value.map(|value| (self.form)(&value));
        UpdateRow {
            id: Some(update.seq),
            customer_id: update.master_id.unwrap_or_else(|| update.customer.to_string()),
            policy_number: update.policy_number,
            customer_name: update.customer_name,
            old_mobile: mobile(update.old_mobile),
            new_mobile: mobile(update.new_mobile),
            old_email: update.old_email,
            new_email: update.new_email,
            update_reason: update.reason.label().to_owned(),
            notes: Some(update.notes).filter(|notes| !notes.is_empty()),
            agent_id: update.agent_number,
            agent_name: update.agent_name,
            captured_at: update.captured_at.rfc3339(),
            status: update.status.as_str().to_owned(),
            synced_at: update.synced_at.map(Micros::rfc3339),
            synced_by: update.synced_by,
        }
    }
}

impl<F: Fn(&str) -> String> Iterator for Updates<'_, F> {
    type Item = UpdateRow;

    fn next(&mut self) -> Option<UpdateRow> {
        if self.page.is_empty() {
            self.failed = self.fill().err();
        }
        let update = self.page.pop_front()?;
        Some(self.row(update))
    }
}
