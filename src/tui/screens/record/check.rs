//! The places of the record, what is wrong in them, and how what was typed is understood.

use super::RecordScreen;
use crate::domain::customer::NewCustomer;
use crate::domain::form::{Form, FormField, Forms, Key, Kind, Own};
use crate::domain::ids::ContactPointId;
use crate::domain::phone::PhonePolicy;
use crate::domain::record::{self, Edit, NewPoint, PointChange, PointKind, Values};
use crate::tui::widgets::field::Field;

/// Where the caret can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// Which form.
    Form,
    Field(Key),
    /// The label of another phone or e-mail.
    Label(ContactPointId),
    /// One more phone or e-mail.
    More,
}

/// A record that may be saved.
#[derive(Clone, Debug, PartialEq)]
pub enum Checked {
    New(Box<NewCustomer>),
    Edit(Box<Edit>),
}

/// A place and what is wrong there.
pub type Wrong = (At, String);

/// An empty field for values of this kind, holding `text`.
pub fn input(kind: &Kind, text: &str) -> Field {
    if *kind == Kind::Notes { Field::block(text) } else { Field::line(text) }
}

impl RecordScreen {
    /// In the order of the screen.
    pub(super) fn places(&self) -> Vec<At> {
        let fields = self.fields.iter().filter(|field| !self.is_settled(&field.key));
        let fields = fields.map(|field| At::Field(field.key.clone()));
        let labels = self.labels.iter().map(|(id, _)| At::Label(*id));
        let more = self.of.map(|_| At::More);
        std::iter::once(At::Form).chain(fields).chain(labels).chain(more).collect()
    }

    /// The two contact fields of a customer on file change elsewhere.
    pub(super) fn is_settled(&self, key: &Key) -> bool {
        self.of.is_some() && matches!(key, Key::Own(Own::Mobile | Own::Email))
    }

    pub(super) fn seen_values(&self) -> Values {
        self.seen.as_ref().map(|seen| seen.values()).unwrap_or_default()
    }

    /// What stands in each field; one that nobody touched is as it was seen, whatever a field of the
    /// screen makes of it.
    pub(super) fn values(&self) -> Values {
        let seen = self.seen_values();
        let value = |field: &FormField| {
            let text = self.texts.get(&field.key)?.text().to_owned();
            let was = seen.get(&field.key);
            let untouched = was.is_some_and(|was| input(&field.kind, was).text() == text);
            let value = if untouched { was.cloned().unwrap_or_default() } else { text };
            Some((field.key.clone(), value))
        };
        self.fields.iter().filter(|field| !self.is_settled(&field.key)).filter_map(value).collect()
    }

    pub(super) fn form<'a>(&self, forms: &'a Forms) -> &'a Form {
        forms.of(Some(&self.form))
    }

    /// What can be saved, or all that is wrong in the order of the screen.
    pub(super) fn check(&self, forms: &Forms, policy: &PhonePolicy) -> Result<Checked, Vec<Wrong>> {
        let form = self.form(forms);
        let place = |wrong: record::Wrong| (At::Field(wrong.key), wrong.why);
        if self.of.is_none() {
            let mut typed = self.values();
            typed.retain(|_, text| !text.trim().is_empty());
            return record::create(form, &typed, policy)
                .map(|new| Checked::New(Box::new(new)))
                .map_err(|wrong| wrong.into_iter().map(place).collect());
        }
        let edit = record::edit(form, &self.seen_values(), &self.values(), policy);
        let points = self.points(policy);
        match (edit, points) {
            (Ok(edit), Ok(points)) => Ok(Checked::Edit(Box::new(edit.with(points)))),
            (edit, points) => {
                let fields = edit.err().unwrap_or_default().into_iter().map(place);
                Err(fields.chain(points.err().unwrap_or_default()).collect())
            }
        }
    }

    fn points(&self, policy: &PhonePolicy) -> Result<Vec<PointChange>, Vec<Wrong>> {
        let (mut changes, mut wrong) = (Vec::new(), Vec::new());
        for (point, field) in &self.labels {
            let seen = self.label(*point).unwrap_or_default();
            let (point, typed) = (*point, field.text().trim());
            if typed == seen {
                continue;
            }
            match record::label(typed) {
                _ if typed.is_empty() => changes.push(PointChange::Retire { point, seen }),
                Ok(label) => changes.push(PointChange::Relabel { point, seen, label }),
                Err(why) => wrong.push((At::Label(point), why)),
            }
        }
        if !self.more.text().trim().is_empty() {
            match more(self.more.text(), policy) {
                Ok(new) => changes.push(PointChange::Add(new)),
                Err(why) => wrong.push((At::More, why)),
            }
        }
        if wrong.is_empty() { Ok(changes) } else { Err(wrong) }
    }

    /// The label that a phone or an e-mail has on file.
    pub(super) fn label(&self, point: ContactPointId) -> Option<String> {
        let points = &self.seen.as_ref()?.points;
        points.iter().find(|known| known.id == point).map(|known| known.label.to_string())
    }

    /// The rest of the only option that begins as what was typed.
    pub(super) fn ghost(&self, field: &FormField) -> Option<String> {
        let Kind::Choice(options) = &field.kind else { return None };
        let text = self.texts.get(&field.key).filter(|text| text.at_end())?.text().to_lowercase();
        let mut fitting = options.iter().filter(|option| option.to_lowercase().starts_with(&text));
        let only = fitting.next().filter(|_| !text.is_empty() && fitting.next().is_none())?;
        only.get(text.len()..).filter(|rest| !rest.is_empty()).map(str::to_owned)
    }
}

/// `home 234 5678`, `second work a@b.example`: the label, then the number or the address.
pub fn more(typed: &str, policy: &PhonePolicy) -> Result<NewPoint, String> {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let is_value = |word: &&str| {
        word.contains('@') || word.starts_with(|c: char| c.is_ascii_digit() || "+(".contains(c))
    };
    let at = words.iter().position(is_value).unwrap_or(words.len());
    let (label, value) = (words[..at].join(" "), words[at..].join(" "));
    if label.is_empty() || value.is_empty() {
        return Err("the label first, then the number or the address, such as home 234 5678".to_owned());
    }
    let kind = if value.contains('@') { PointKind::Email } else { PointKind::Phone };
    NewPoint::read(kind, &label, &value, policy)
}

/// What of a look-up line belongs to a new customer: digits are the mobile, letters the name. What
/// filters, or tells only how a number ends, is neither.
pub fn from_search(line: &str) -> Values {
    let (mut number, mut name, mut email) = (Vec::new(), Vec::new(), String::new());
    for piece in line.split_whitespace() {
        if piece.starts_with('#') || piece.starts_with("..") || piece.contains(':') {
            continue;
        }
        if piece.contains('@') {
            email = piece.to_owned();
        } else if piece.chars().all(|c| c.is_ascii_digit() || "+-().".contains(c)) {
            number.push(piece);
        } else {
            name.push(piece);
        }
    }
    [(Own::Mobile, number.join(" ")), (Own::Name, name.join(" ")), (Own::Email, email)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(own, text)| (Key::Own(own), text))
        .collect()
}
