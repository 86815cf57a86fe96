//! Customers as a file, out of the desk: asked in which form and where, written in the background, one at
//! a time, and said when it is done.

use std::path::PathBuf;

use super::importing::name_of;
use super::model::Model;
use super::msg::{Answer, Effect, Failure, Outgo, Seq, Tone};
use super::screens::Screen;
use super::screens::ask::AskBox;
use super::screens::line::LineBox;
use super::update;
use crate::domain::role::{self, Action, Decision, Object};

/// The box that asks in which form.
pub const FORM: &str = "export as";

/// The line that asks where to.
pub const PLACE: &str = "export into";

/// What a choice is called, the word of its format, how its file ends, and whether it is for a
/// spreadsheet.
const FORMS: [(&str, &str, &str, bool); 6] = [
    ("an Excel workbook", "xlsx", "xlsx", false),
    ("CSV, exact", "csv", "csv", false),
    ("CSV for a spreadsheet, safe from formulas", "csv", "csv", true),
    ("vCards", "vcf", "vcf", false),
    ("JSON lines", "jsonl", "jsonl", false),
    ("Salesforce requests", "salesforce", "json", false),
];

/// An export that was begun here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exporting {
    what: Outgo,
    /// Until it has begun, nothing.
    seq: Option<Seq>,
}

/// Asks in which form. Whoever looks somebody up means those.
pub fn ask(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Decision::Deny(why) = role::can(&model.me, Action::ExportCustomers, Object::Any) {
        return model.say(Tone::Bad, format!("No export here: {why}."));
    }
    if let Some(Exporting { what, seq: Some(_) }) = &model.exporting {
        let why = format!("{} is being written: one at a time.", name_of(&what.file));
        return model.say(Tone::Bad, why);
    }
    let line = match model.stack.as_slice() {
        [Screen::Lookup(lookup)] if !lookup.spent => lookup.query.text().trim().to_owned(),
        _ => String::new(),
    };
    let whom = if line.is_empty() {
        "Every customer, with all contacts and fields.".to_owned()
    } else {
        format!("Those whom \"{line}\" means, with all contacts and fields.")
    };
    let what = Outgo { file: PathBuf::new(), format: String::new(), guarded: false, line };
    model.exporting = Some(Exporting { what, seq: None });
    let choices = FORMS.map(|(choice, ..)| choice);
    let lines = [whom.as_str(), "What the office calls sensitive stays here."];
    update::open(model, Screen::Ask(AskBox::new(FORM, "Export customers as", &lines, &choices)), effects);
}

/// Asks where to.
pub fn chosen(model: &mut Model, choice: usize, effects: &mut Vec<Effect>) {
    let Some((_, format, end, guarded)) = FORMS.get(choice) else { return };
    let day = model.now.date();
    let file = model.settings.exports.join(format!("customers-{day}.{end}")).display().to_string();
    let Some(Exporting { what, seq: None }) = &mut model.exporting else { return };
    (what.format, what.guarded) = ((*format).to_owned(), *guarded);
    update::open(model, Screen::Line(LineBox::new(PLACE, "into the file: ", &file)), effects);
}

/// Begins, in the background.
pub fn typed(model: &mut Model, file: &str, effects: &mut Vec<Effect>) {
    if file.is_empty() {
        return model.say(Tone::Bad, "Nothing is exported: no file was named.");
    }
    let next = model.next_seq();
    let Some(Exporting { what, seq }) = &mut model.exporting else { return };
    what.file = PathBuf::from(file);
    *seq = Some(next);
    let (what, name) = (what.clone(), name_of(&what.file));
    effects.push(Effect::Outgo(next, what));
    model.say(Tone::Note, format!("{name} is being written; go on meanwhile."));
}

/// Says how many are where.
pub fn told(model: &mut Model, seq: Seq, answer: &Answer) {
    let Answer::Outgone(count, file) = answer else { return };
    if is_this(model, seq) {
        model.exporting = None;
        let customers = if *count == 1 { "customer is" } else { "customers are" };
        model.say(Tone::Good, format!("{count} {customers} in {}.", file.display()));
    }
}

/// Says why there is no file; true if this was about it.
pub fn failed(model: &mut Model, seq: Seq, failure: &Failure) -> bool {
    let is_this = is_this(model, seq);
    if is_this {
        model.exporting = None;
        model.say(Tone::Bad, format!("Nothing is exported: {}.", failure.why.trim_end_matches('.')));
    }
    is_this
}

fn is_this(model: &Model, seq: Seq) -> bool {
    model.exporting.as_ref().is_some_and(|exporting| exporting.seq == Some(seq))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::Role;
    use crate::tui::msg::Msg;
    use crate::tui::testing::{desk, picture, press};
    use crate::tui::update::update;

    fn outgo(format: &str, line: &str) -> Outgo {
        Outgo {
            file: PathBuf::from("/exports/customers-2026-11-20.xlsx"),
            format: format.to_owned(),
            guarded: false,
            line: line.to_owned(),
        }
    }

    /// `g x`, the first form, the place that is proposed.
    fn begun() -> (Model, Seq) {
        let mut model = desk(Role::Supervisor);
        press(&mut model, "Esc g x");
        insta::assert_snapshot!("export-which-80x24", picture(&model, 80, 24));
        press(&mut model, "Enter");
        insta::assert_snapshot!("export-where-80x24", picture(&model, 80, 24));
        let day = model.now.date();
        let effects = press(&mut model, "Enter");
        let seq = Seq(model.seq);
        let file = PathBuf::from(format!("/exports/customers-{day}.xlsx"));
        assert!(effects.contains(&Effect::Outgo(seq, Outgo { file, ..outgo("xlsx", "") })), "{effects:?}");
        (model, seq)
    }

    fn last(model: &Model) -> (Tone, &str) {
        let toast = model.log.last().unwrap();
        (toast.tone, toast.text.as_str())
    }

    #[test]
    fn customers_leave_in_the_background_and_the_desk_says_where_they_are() {
        let (mut model, seq) = begun();
        press(&mut model, "g x");
        assert_eq!(last(&model).0, Tone::Bad, "one at a time");
        update(&mut model, Msg::Answer(seq, Answer::Outgone(512, PathBuf::from("/exports/c.xlsx"))));
        assert_eq!(last(&model), (Tone::Good, "512 customers are in /exports/c.xlsx."));
        assert_eq!(model.exporting, None);
    }

    #[test]
    fn a_place_that_is_taken_is_said() {
        let (mut model, seq) = begun();
        let why = "/exports/c.xlsx exists already and is left as it is".to_owned();
        let failure = Failure { why, field: None, blocked: false, stale: false };
        update(&mut model, Msg::Failed(seq, failure));
        let said = "Nothing is exported: /exports/c.xlsx exists already and is left as it is.";
        assert_eq!(last(&model), (Tone::Bad, said));
        assert_eq!(model.exporting, None);
    }

    #[test]
    fn whom_the_look_up_means_and_no_others() {
        let mut model = desk(Role::Admin);
        press(&mut model, "k e v i n Ctrl+P e x p o r t Space c u Enter");
        let Some(Screen::Ask(ask)) = model.stack.last() else { panic!("{:?}", model.top()) };
        assert_eq!(ask.lines[0].as_str(), "Those whom \"kevin\" means, with all contacts and fields.");
        assert_eq!(
            model.exporting,
            Some(Exporting { what: Outgo { file: PathBuf::new(), ..outgo("", "kevin") }, seq: None })
        );
    }

    #[test]
    fn agents_take_nothing_out() {
        let mut model = desk(Role::Agent);
        press(&mut model, "Esc g x");
        assert_eq!(
            last(&model),
            (
                Tone::Bad,
                "No export here: only a supervisor or an admin takes customers, texts or consents out as a file."
            )
        );
    }
}
