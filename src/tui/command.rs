//! The command line behind `:`. One table feeds running, completion and the ghost that explains.

use super::keymap::Action;
use super::model::{Model, Settings};
use super::msg::{Asked, Effect, Exit, Seen, Tone, Write};
use super::screens::Screen;
use super::update;
use super::{exporting, importing};
use crate::domain::mail_domain;
use crate::domain::one_line::OneLine;
use crate::domain::phone::E164;
use crate::domain::shown::{DraftOf, Point};
use crate::domain::text::Body;
use crate::domain::update::{Field, FieldError};

/// A command: its word, what follows it, what it does.
struct Command {
    word: &'static str,
    takes: &'static str,
    does: &'static str,
    run: fn(&mut Model, &str, &mut Vec<Effect>),
}

const COMMANDS: &[Command] = &[
    Command { word: "m", takes: "NUMBER REASON NOTES", does: "new mobile, saved at once", run: mobile },
    Command { word: "e", takes: "E-MAIL REASON NOTES", does: "new e-mail, saved at once", run: email },
    Command {
        word: "new",
        takes: "",
        does: "new customer",
        run: |m, _, e| update::act(m, Action::NewCustomer, e),
    },
    Command { word: "edit", takes: "", does: "whole record", run: edit },
    Command { word: "find", takes: "ANYTHING", does: "look up", run: find },
    Command {
        word: "inbox",
        takes: "",
        does: "conversations",
        run: |m, _, e| update::act(m, Action::Inbox, e),
    },
    Command {
        word: "updates",
        takes: "",
        does: "contact updates",
        run: |m, _, e| update::act(m, Action::Updates, e),
    },
    Command {
        word: "outbox",
        takes: "",
        does: "what has not left yet",
        run: |m, _, e| update::act(m, Action::Outbox, e),
    },
    Command {
        word: "reports",
        takes: "",
        does: "what the contact updates say",
        run: |m, _, e| update::act(m, Action::Reports, e),
    },
    Command {
        word: "users",
        takes: "",
        does: "who works here",
        run: |m, _, e| update::act(m, Action::Users, e),
    },
    Command { word: "import", takes: "FILE", does: "customers from a file", run: import },
    Command { word: "export", takes: "", does: "customers to a file", run: |m, _, e| exporting::ask(m, e) },
    Command {
        word: "messages",
        takes: "",
        does: "what the desk said",
        run: |m, _, e| update::act(m, Action::Messages, e),
    },
    Command { word: "discard", takes: "", does: "throw away what you began for this customer", run: discard },
    Command { word: "mark-batch", takes: "NUMBER", does: "mark a batch as synced", run: mark_batch },
    Command {
        word: "lock",
        takes: "",
        does: "hide everything",
        run: |m, _, e| update::act(m, Action::Lock, e),
    },
    Command {
        word: "help",
        takes: "",
        does: "keys and guide",
        run: |m, _, e| update::act(m, Action::Help, e),
    },
    Command { word: "q", takes: "", does: "quit", run: |m, _, e| update::leave(m, Exit::Quit, e) },
];

/// Known only while the demo plays the world outside.
const DEMO: &[(&str, &str, &str)] = &[
    ("offline", "", "the network is gone"),
    ("online", "", "the network is back"),
    ("fault", "lose-answer", "the next answer is lost"),
    ("as", "agent, supervisor or admin", "somebody else sits down"),
];

/// From here on a wrong word is taken for a slip of the keys.
const LIKE: f64 = 0.75;

/// Runs a typed line.
pub fn run(model: &mut Model, line: &str, effects: &mut Vec<Effect>) {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if word.is_empty() {
        return;
    }
    if let Some(command) = COMMANDS.iter().find(|command| command.word == word) {
        (command.run)(model, rest.trim(), effects);
    } else if model.settings.demo && DEMO.iter().any(|(known, ..)| *known == word) {
        if let Some(strip) = &mut model.strip {
            strip.commanded(word);
        }
        effects.push(Effect::Demo(line.to_owned()));
    } else {
        let near = COMMANDS
            .iter()
            .map(|command| command.word)
            .filter(|known| strsim::jaro_winkler(known, word) >= LIKE)
            .max_by(|a, b| strsim::jaro_winkler(a, word).total_cmp(&strsim::jaro_winkler(b, word)));
        let near = near.map_or_else(
            || " Ctrl+P lists what there is.".to_owned(),
            |near| format!(" Did you mean :{near}?"),
        );
        model.say(Tone::Bad, format!("There is no :{word}.{near}"));
    }
}

/// The only command that begins so, or as much as all of them share.
pub fn complete(typed: &str) -> Option<String> {
    let words = COMMANDS.iter().map(|command| command.word).chain(DEMO.iter().map(|(word, ..)| *word));
    let fitting: Vec<&str> = words.filter(|word| word.starts_with(typed) && *word != typed).collect();
    let first = fitting.first()?;
    if fitting.len() == 1 {
        return Some(format!("{first} "));
    }
    let shared = (typed.len()..=first.len())
        .rev()
        .find(|end| fitting.iter().all(|word| word.starts_with(&first[..*end])));
    shared.filter(|end| *end > typed.len()).map(|end| first[..end].to_owned())
}

/// What the line will do, for the end of it.
pub fn ghost(typed: &str) -> String {
    let (word, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    if typed.is_empty() {
        let words = COMMANDS.iter().map(|command| command.word).collect::<Vec<_>>().join("  ");
        return words;
    }
    let known = COMMANDS.iter().map(|c| (c.word, c.takes, c.does)).chain(DEMO.iter().copied());
    let fitting: Vec<_> = known.filter(|(known, ..)| known.starts_with(word)).collect();
    match (fitting.iter().find(|(known, ..)| *known == word), rest) {
        (Some((_, takes, does)), "") => format!("{takes}   {does}"),
        (Some(_), _) => String::new(),
        (None, _) => fitting.iter().map(|(word, ..)| *word).collect::<Vec<_>>().join("  "),
    }
}

/// How a one-line update is understood, or what is wrong with it; `None` for any other line.
pub fn understood(line: &str, settings: &Settings) -> Option<Result<String, String>> {
    let (word, rest) = line.split_once(char::is_whitespace)?;
    let field = match word {
        "m" => Field::Mobile,
        "e" => Field::Email,
        _ => return None,
    };
    let line = OneLine::read(field, rest);
    if line.value.is_empty() {
        return None;
    }
    let typing = line.reason.is_none() && line.notes.is_empty();
    let (new, by) = match line.check(settings.asked()) {
        Ok(right) => right,
        Err(errors) => return Some(Err(wrong(&line, typing, &errors, settings))),
    };
    let mut said: Vec<String> = Vec::new();
    for (field, value, _) in new.changes() {
        let value =
            E164::parse(value).map_or_else(|| value.to_owned(), |number| settings.policy.national(&number));
        said.push(format!("{} {value}", if field == Field::Mobile { "mobile" } else { "e-mail" }));
    }
    said.push(new.reason().label().to_owned());
    said.extend(by.map(|by| format!("by {by}")));
    said.extend((!new.notes().is_empty()).then(|| format!("note: {}", new.notes())));
    let meant = mail_domain::suggest(&line.value).filter(|_| field == Field::Email);
    said.extend(meant.map(|meant| format!("did you mean {meant}?")));
    Some(Ok(said.join("  |  ")))
}

/// What is wrong with the value before what is missing behind it.
fn wrong(line: &OneLine, typing: bool, errors: &[FieldError], settings: &Settings) -> String {
    let off = settings.policy.accept(&line.value).err().and_then(|error| error.fault.off_by());
    match errors.first() {
        Some(error) if error.field == "mobile" => off.unwrap_or_else(|| error.why.clone()),
        Some(error) if error.field == "reason" && typing => {
            "ok; the reason: gave, wrong, missing, bounced, asked or other".to_owned()
        }
        Some(error) if error.field == "reason" => {
            "behind the value stands the reason: gave, wrong, missing, bounced, asked or other".to_owned()
        }
        first => first.map(|error| error.why.clone()).unwrap_or_default(),
    }
}

fn mobile(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    capture(model, Field::Mobile, text, effects);
}

fn email(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    capture(model, Field::Email, text, effects);
}

fn capture(model: &mut Model, field: Field, text: &str, effects: &mut Vec<Effect>) {
    let card = model.stack.iter().rev().find_map(|screen| match screen {
        Screen::Card(card) => card.card(),
        _ => None,
    });
    let Some(card) = card.cloned() else {
        model.say(Tone::Bad, "Open a customer first: type a number or a name, then Enter.");
        return;
    };
    match OneLine::read(field, text).check(model.settings.asked()) {
        Ok((new, verified_by)) => {
            let seen = seen(card.mobile.as_ref(), card.email.as_ref());
            let write = Write::Capture {
                customer: card.id,
                new: Box::new(new),
                seen: Box::new(seen),
                asked: Asked { verified_by, ..Asked::default() },
            };
            model.awaited.captured = model.next_seq();
            effects.push(Effect::Write(model.awaited.captured, write));
        }
        Err(errors) => {
            let first = errors.first().map(FieldError::to_string).unwrap_or_default();
            model.say(Tone::Bad, format!("Not saved. {first}"));
            let again = format!("{} {text}", if field == Field::Mobile { "m" } else { "e" });
            update::open(model, Screen::Line(super::screens::line::LineBox::command(&again)), effects);
        }
    }
}

/// What the screen had shown, for the capture.
pub fn seen(mobile: Option<&Point>, email: Option<&Point>) -> Seen {
    let value = |point: &Point| (point.value.as_str().to_owned(), point.why.as_ref().map(|why| why.update));
    Seen { mobile: mobile.map(value), email: email.map(value) }
}

fn edit(model: &mut Model, _: &str, effects: &mut Vec<Effect>) {
    if matches!(model.top(), Screen::Card(_)) {
        update::act(model, Action::EditRecord, effects);
    } else {
        model.say(Tone::Bad, "Open a customer first: type a number or a name, then Enter.");
    }
}

fn find(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    update::look_up(model, text, effects);
}

fn discard(model: &mut Model, _: &str, effects: &mut Vec<Effect>) {
    let customer = model.customer();
    let (drafts, whose): (&[DraftOf], _) = match customer {
        Some(_) => (&DraftOf::ALL, "for this customer"),
        None => (&[DraftOf::Customer], "as a new customer"),
    };
    for of in drafts {
        effects.push(Effect::Draft { customer, of: *of, body: Body(String::new()) });
    }
    effects.push(Effect::KeepDrafts);
    update::forget_drafts(model, effects);
    model.say(Tone::Note, format!("Thrown away: what you began {whose}."));
}

fn import(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    importing::open(model, text, effects);
}

fn mark_batch(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    match text.parse() {
        Ok(number) => {
            model.awaited.marked = model.next_seq();
            effects.push(Effect::Write(model.awaited.marked, Write::MarkBatch(number)));
        }
        Err(_) => model.say(Tone::Bad, "Which batch? Type its number: :mark-batch 17"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::Role;
    use crate::tui::msg::Msg;
    use crate::tui::testing::desk;

    #[test]
    fn a_one_line_update_says_how_it_is_understood_while_it_is_typed() {
        let settings = desk(Role::Agent).settings;
        for (line, said) in [
            ("m", None),
            ("m ", None),
            ("outbox now", None),
            ("m 5844 001", Some(Err("one digit short: 7 of 8"))),
            ("m 5844 00100", Some(Err("one digit too many: 9 of 8"))),
            ("m 5844 0010", Some(Err("ok; the reason: gave, wrong, missing, bounced, asked or other"))),
            (
                "m 5844 0010 one digit",
                Some(Err(
                    "behind the value stands the reason: gave, wrong, missing, bounced, asked or other",
                )),
            ),
            (
                "m 58440010 wrong one digit off",
                Some(Ok("mobile 5844 0010  |  Current contact is incorrect  |  note: one digit off")),
            ),
            ("e a", Some(Err("the @ is missing; write it like name@example.com"))),
            (
                "e a@gmail.con 1",
                Some(Ok(
                    "e-mail a@gmail.con  |  Customer provided new contact  |  did you mean a@gmail.com?",
                )),
            ),
        ] {
            let said = said.map(|said: Result<&str, &str>| said.map(str::to_owned).map_err(str::to_owned));
            assert_eq!(understood(line, &settings), said, "{line}");
        }
    }

    #[test]
    fn the_demo_looks_who_is_there_before_anybody_leaves() {
        let mut model = desk(Role::Agent);
        model.settings.demo = true;
        let mut effects = Vec::new();
        run(&mut model, "as Bob", &mut effects);
        assert_eq!(effects, [Effect::Demo("as Bob".to_owned())]);
        let effects = update::update(&mut model, Msg::Become("#7".to_owned()));
        assert_eq!(effects.last(), Some(&Effect::Leave(Exit::Become("#7".to_owned()))));
    }

    #[test]
    fn completion() {
        assert_eq!(complete("ou"), Some("outbox ".to_owned()));
        assert_eq!(complete("o"), None);
        assert_eq!(complete("mark"), Some("mark-batch ".to_owned()));
        assert_eq!(complete("zz"), None);
    }
}
