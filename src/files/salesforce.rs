//! Customers for Salesforce (CVIA-27): companies as Accounts, customers as Contacts, and what happened with
//! them as Tasks. Each line is one request of at most 200 records that creates or updates by an external
//! id, so that the same file can be sent twice, and later files meet what is there:
//! <https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-upsert.html>.
//! The sObject tree only creates, and would make a second customer of each at the second export; Bulk API
//! 2.0 and Data Loader take CSV and no JSON
//! (<https://apis.io/schemas/salesforce/salesforce-bulk-2-ingest-job-request/>).
//!
//! The three objects need a text field `Cordboard_Id__c`, unique and marked as external id. A value that
//! is longer than its field would have the whole record refused (`STRING_TOO_LONG`): it is cut, and stands
//! whole in the description. The names and lengths are those of the Fields Reference,
//! <https://developer.salesforce.com/docs/atlas.en-us.sfFieldRef.meta/sfFieldRef/salesforce_field_reference_Contact.htm>
//! and its pages `_Account` and `_Task`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::domain::search::fold;
use crate::store::export::{Contact, Entry, Record};

/// Records of one request.
const MOST: usize = 200;

/// From this version on, collections take external ids (it is 46).
const VERSION: &str = "v60.0";

/// Ours, to find a record again.
const ID: &str = "Cordboard_Id__c";

/// Each field that is written, with the most characters it takes; 0 for one that names another record.
const FIELDS: [(&str, &str, usize); 25] = [
    ("Account", ID, 255),
    ("Account", "Name", 255),
    ("Contact", ID, 255),
    ("Contact", "FirstName", 40),
    ("Contact", "LastName", 80),
    ("Contact", "Email", 80),
    ("Contact", "MobilePhone", 40),
    ("Contact", "HomePhone", 40),
    ("Contact", "Phone", 40),
    ("Contact", "OtherPhone", 40),
    ("Contact", "MailingStreet", 255),
    ("Contact", "MailingCity", 40),
    ("Contact", "MailingState", 80),
    ("Contact", "MailingPostalCode", 20),
    ("Contact", "MailingCountry", 80),
    ("Contact", "Description", 32_000),
    ("Contact", "Account", 0),
    ("Task", ID, 255),
    ("Task", "Subject", 255),
    ("Task", "Description", 32_000),
    ("Task", "ActivityDate", 10),
    ("Task", "Status", 255),
    ("Task", "Priority", 255),
    ("Task", "TaskSubtype", 255),
    ("Task", "Who", 0),
];

/// A file of requests in the making.
pub(super) struct Requests<'a> {
    out: &'a mut dyn Write,
    /// By their external id: a request names each once.
    accounts: BTreeMap<String, Value>,
    contacts: Vec<Value>,
    tasks: Vec<Value>,
}

impl<'a> Requests<'a> {
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out, accounts: BTreeMap::new(), contacts: Vec::new(), tasks: Vec::new() }
    }

    pub fn put(&mut self, customer: &Record) -> io::Result<()> {
        if let Some(company) = &customer.company {
            let mut account = Object::new("Account", &company_id(company));
            account.text("Name", Some(company));
            self.accounts.insert(company_id(company), account.done());
        }
        self.contacts.push(contact(customer));
        self.tasks.extend(tasks(customer));
        if self.contacts.len() == MOST || self.tasks.len() >= MOST { self.send() } else { Ok(()) }
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.send()?;
        self.out.flush()
    }

    /// Accounts come first: contacts name them, and tasks the contacts.
    fn send(&mut self) -> io::Result<()> {
        let accounts = std::mem::take(&mut self.accounts).into_values().collect();
        let contacts = std::mem::take(&mut self.contacts);
        let tasks = std::mem::take(&mut self.tasks);
        for (object, records) in [("Account", accounts), ("Contact", contacts), ("Task", tasks)] {
            let records: Vec<Value> = records;
            for records in records.chunks(MOST) {
                let request = json!({
                    "method": "PATCH",
                    "url": format!("/services/data/{VERSION}/composite/sobjects/{object}/{ID}"),
                    "body": { "allOrNone": false, "records": records },
                });
                writeln!(self.out, "{request}")?;
            }
        }
        Ok(())
    }
}

/// A company has no id of its own: its name, however it is written.
fn company_id(company: &str) -> String {
    cut(&fold(company), 255)
}

fn contact(customer: &Record) -> Value {
    let mut contact = Object::new("Contact", &customer.id.to_string());
    let phones = Phones::of(customer);
    let (given, family) = match &customer.family_name {
        Some(family) => (customer.given_name.as_ref(), family),
        None => (None, &customer.name),
    };
    contact.text("FirstName", given);
    contact.text("LastName", Some(family));
    contact.whole("Email", first(customer, "email", |_| true));
    contact.whole("MobilePhone", phones.mobile);
    contact.whole("HomePhone", phones.home);
    contact.whole("Phone", phones.work);
    contact.whole("OtherPhone", phones.other);
    contact.text("MailingStreet", customer.street.as_ref());
    contact.text("MailingCity", customer.city.as_ref());
    contact.text("MailingState", customer.state.as_ref());
    contact.text("MailingPostalCode", customer.zip.as_ref());
    contact.text("MailingCountry", customer.country.as_ref());
    if let Some(company) = &customer.company {
        contact.refer("Account", "Account", &company_id(company));
    }
    for (label, text) in beside(customer) {
        contact.remark(&label, &text);
    }
    contact.done()
}

/// What has no field there, for the description.
fn beside(customer: &Record) -> Vec<(String, String)> {
    let fixed = [
        ("Name", customer.family_name.is_some().then(|| customer.name.clone())),
        ("Policy", customer.policy_number.clone()),
        ("Master id", Some(customer.master_ids.join(", "))),
        ("Industry", customer.industry.clone()),
        ("Stage", Some(customer.stage.clone())),
        ("Payment", customer.payment.clone()),
        ("Due", customer.amount_due.map(|amount| amount.to_string())),
        ("Time zone", customer.timezone.clone()),
        ("Reach by", customer.preferred_method.clone()),
        ("Best time", customer.preferred_time.clone()),
        ("Tags", Some(customer.tags.join(", "))),
    ];
    let fixed = fixed.into_iter().filter_map(|(label, text)| Some((label.to_owned(), text?)));
    let custom = customer.custom.iter().map(|(key, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (key.clone(), text)
    });
    fixed.chain(custom).filter(|(_, text)| !text.is_empty()).collect()
}

fn first<'a>(customer: &'a Record, kind: &str, is_it: impl Fn(&Contact) -> bool) -> Option<&'a str> {
    let found = customer
        .contacts
        .iter()
        .find(|contact| contact.kind == kind && contact.until.is_none() && is_it(contact));
    found.map(|contact| contact.value.as_str())
}

/// The four numbers that a Contact has.
struct Phones<'a> {
    mobile: Option<&'a str>,
    home: Option<&'a str>,
    work: Option<&'a str>,
    other: Option<&'a str>,
}

impl<'a> Phones<'a> {
    fn of(customer: &'a Record) -> Self {
        let labelled = |label: &str| first(customer, "phone", |contact| contact.label == label);
        let (mobile, home, work) = (labelled("mobile"), labelled("home"), labelled("work"));
        let taken = [mobile, home, work];
        let other = first(customer, "phone", |contact| !taken.contains(&Some(contact.value.as_str())));
        Self { mobile, home, work, other }
    }
}

fn tasks(customer: &Record) -> Vec<Value> {
    // A note is an interaction, too: said once, with its words.
    let is_told = |entry: &&Entry| {
        let (notes, texts) = (!customer.notes.is_empty(), !customer.transcripts.is_empty());
        !(entry.kind == "note" && notes || entry.kind == "text" && texts)
    };
    let all = customer
        .notes
        .iter()
        .chain(customer.interactions.iter().filter(is_told))
        .chain(&customer.transcripts);
    all.map(|entry| task(customer, entry)).collect()
}

fn task(customer: &Record, entry: &Entry) -> Value {
    let mut task = Object::new("Task", &entry.id);
    let way = match entry.direction.as_deref() {
        Some("inbound") => "from",
        Some(_) => "to",
        None => "about",
    };
    let kind = entry.kind.as_str();
    task.text("Subject", Some(&format!("{kind} {way} {}", customer.name)));
    task.text("ActivityDate", Some(&entry.at.chars().take(10).collect::<String>()));
    task.text("Status", Some(&"Completed".to_owned()));
    task.text("Priority", Some(&"Normal".to_owned()));
    let subtype = match kind {
        "call" => "Call",
        "mail" => "Email",
        _ => "Task",
    };
    task.text("TaskSubtype", Some(&subtype.to_owned()));
    task.refer("Who", "Contact", &customer.id.to_string());
    let remarks = [("At", Some(&entry.at)), ("By", entry.by.as_ref()), ("Status", entry.status.as_ref())];
    for (label, text) in remarks.into_iter().filter_map(|(label, text)| Some((label, text?))) {
        task.remark(label, text);
    }
    if let Some(text) = &entry.text {
        task.description.push_str(text);
    }
    task.done()
}

/// A record in the making.
struct Object {
    kind: &'static str,
    fields: Map<String, Value>,
    description: String,
}

impl Object {
    fn new(kind: &'static str, id: &str) -> Self {
        let mut fields = Map::new();
        fields.insert("attributes".to_owned(), json!({ "type": kind }));
        fields.insert(ID.to_owned(), json!(id));
        Self { kind, fields, description: String::new() }
    }

    /// A text that is cut where it is too long, and then stands whole in the description.
    fn text(&mut self, field: &str, text: Option<&String>) {
        let Some(text) = text else { return };
        let short = cut(text, self.most(field));
        if short != *text {
            self.remark(field, text);
        }
        self.fields.insert(field.to_owned(), json!(short));
    }

    /// What is worth nothing when it is cut.
    fn whole(&mut self, field: &str, text: Option<&str>) {
        let Some(text) = text else { return };
        if text.chars().count() > self.most(field) {
            self.remark(field, text);
        } else {
            self.fields.insert(field.to_owned(), json!(text));
        }
    }

    /// Another record by its external id.
    fn refer(&mut self, field: &str, kind: &str, id: &str) {
        self.fields.insert(field.to_owned(), json!({ "attributes": { "type": kind }, ID: id }));
    }

    fn remark(&mut self, label: &str, text: &str) {
        self.description.push_str(&format!("{label}: {text}\n"));
    }

    fn most(&self, field: &str) -> usize {
        let known = FIELDS.iter().find(|(kind, name, _)| *kind == self.kind && *name == field);
        known.map_or(0, |(.., most)| *most)
    }

    fn done(mut self) -> Value {
        let description = cut(self.description.trim_end(), self.most("Description"));
        if !description.is_empty() {
            self.fields.insert("Description".to_owned(), json!(description));
        }
        Value::Object(self.fields)
    }
}

/// Salesforce counts UTF-16 units.
fn cut(text: &str, most: usize) -> String {
    let mut units = 0;
    text.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= most
        })
        .collect()
}

#[cfg(test)]
mod tests;
