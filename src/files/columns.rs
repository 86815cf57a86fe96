//! Which column of a customer file holds what: by its header, or as the person said with `--map`.

use std::collections::HashSet;
use std::fmt;

use super::FileError;

/// What a column can hold (NIC-19..24, TWS-10..27, TTX-8..23).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Name,
    GivenName,
    FamilyName,
    Company,
    Industry,
    PolicyNumber,
    MasterId,
    /// NIC's mobile, the one that is texted.
    Mobile,
    /// Taken as the mobile where the file has no column of that name.
    Phone,
    HomePhone,
    WorkPhone,
    Email,
    WorkEmail,
    Payment,
    AmountDue,
    Currency,
    Stage,
    Street,
    City,
    State,
    Zip,
    Country,
    Timezone,
    PreferredMethod,
    PreferredTime,
    Tags,
    /// Kept under its own header.
    Custom,
    Ignore,
    /// What a file has that a cordboard wrote: the customer's own id, and what has no other column.
    OwnId,
    OwnContacts,
    OwnMasterIds,
    OwnSource,
    OwnCreatedAt,
    OwnLastContactAt,
    OwnLastContactMethod,
    /// Custom fields whose values need not be texts.
    OwnCustom,
    /// Cells that a spreadsheet would take for a formula have a `'` before them.
    OwnGuarded,
}

/// A header that begins so is a custom field's, whatever follows.
pub(super) const CUSTOM: &str = "custom.";

/// Headers that begin so are ours; what this version does not know stays out.
const OURS: &str = "cordboard";

/// Each field with its word for `--map` and the headers it goes by, in lower case without spaces or
/// signs.
const FIELDS: &[(Field, &str, &[&str])] = &[
    (Field::Name, "name", &["name", "fullname", "customername", "clientname", "contactname", "customer"]),
    (Field::GivenName, "given-name", &["givenname", "firstname", "forename"]),
    (Field::FamilyName, "family-name", &["familyname", "lastname", "surname"]),
    (Field::Company, "company", &["company", "companyname", "organisation", "organization", "business"]),
    (Field::Industry, "industry", &["industry", "sector"]),
    (Field::PolicyNumber, "policy-number", &["policynumber", "policyno", "policynum", "policy", "policyid"]),
    (
        Field::MasterId,
        "master-id",
        &["masterid", "customerid", "customerno", "customernumber", "clientid", "externalid", "crmid", "id"],
    ),
    (
        Field::Mobile,
        "mobile",
        &["mobile", "mobilephone", "mobilenumber", "mobileno", "cell", "cellphone", "cellnumber", "sms"],
    ),
    (
        Field::Phone,
        "phone",
        &["phone", "phonenumber", "phoneno", "telephone", "telephonenumber", "tel", "contactnumber"],
    ),
    (Field::HomePhone, "home-phone", &["homephone", "homenumber", "homephonenumber"]),
    (Field::WorkPhone, "work-phone", &["workphone", "worknumber", "workphonenumber", "officephone"]),
    (Field::Email, "email", &["email", "emailaddress", "mail", "mailaddress"]),
    (Field::WorkEmail, "work-email", &["workemail", "workmail", "officeemail"]),
    (Field::Payment, "payment", &["payment", "paymentstatus", "paymentstate", "status"]),
    (
        Field::AmountDue,
        "amount-due",
        &["amountdue", "amount", "due", "balance", "balancedue", "outstanding", "amountoutstanding"],
    ),
    (Field::Currency, "currency", &["currency", "currencycode"]),
    (Field::Stage, "stage", &["stage", "leadstage", "leadstatus", "customerstage"]),
    (Field::Street, "street", &["street", "streetaddress", "address", "address1", "addressline1"]),
    (Field::City, "city", &["city", "town"]),
    (Field::State, "state", &["state", "province", "region"]),
    (Field::Zip, "zip", &["zip", "zipcode", "postcode", "postalcode"]),
    (Field::Country, "country", &["country", "countrycode"]),
    (Field::Timezone, "timezone", &["timezone", "tz"]),
    (
        Field::PreferredMethod,
        "preferred-method",
        &["preferredmethod", "preferredcontactmethod", "contactmethod", "contactpreference"],
    ),
    (Field::PreferredTime, "preferred-time", &["preferredtime", "preferredcontacttime", "besttimetocall"]),
    (Field::Tags, "tags", &["tags", "tag", "labels"]),
    (Field::Custom, "custom", &[]),
    (Field::Ignore, "ignore", &[]),
    (Field::OwnId, "cordboard-id", &["cordboardid"]),
    (Field::OwnContacts, "cordboard-contacts", &["cordboardcontacts"]),
    (Field::OwnMasterIds, "cordboard-master-ids", &["cordboardmasterids"]),
    (Field::OwnSource, "cordboard-source", &["cordboardsource"]),
    (Field::OwnCreatedAt, "cordboard-created-at", &["cordboardcreatedat"]),
    (Field::OwnLastContactAt, "cordboard-last-contact-at", &["cordboardlastcontactat"]),
    (Field::OwnLastContactMethod, "cordboard-last-contact-method", &["cordboardlastcontactmethod"]),
    (Field::OwnCustom, "cordboard-custom", &["cordboardcustom"]),
    (Field::OwnGuarded, "cordboard-guarded", &["cordboardguarded"]),
];

impl Field {
    pub fn as_str(self) -> &'static str {
        FIELDS.iter().find(|(field, ..)| *field == self).map_or("", |(_, word, _)| word)
    }

    /// From its word for `--map`.
    pub fn parse(text: &str) -> Option<Self> {
        FIELDS.iter().find(|(_, word, _)| *word == text).map(|(field, ..)| *field)
    }

    pub(super) fn of_header(header: &str) -> Self {
        if header.starts_with(CUSTOM) {
            return Self::Custom;
        }
        let plain = plain(header);
        let found = FIELDS.iter().find(|(.., headers)| headers.contains(&plain.as_str()));
        let unknown = if plain.starts_with(OURS) { Self::Ignore } else { Self::Custom };
        found.map_or(unknown, |(field, ..)| *field)
    }

    /// Every field, in the order of the list for `--map`.
    pub fn all() -> impl Iterator<Item = Self> {
        FIELDS.iter().map(|(field, ..)| *field)
    }

    pub fn is_phone(self) -> bool {
        matches!(self, Self::Mobile | Self::Phone | Self::HomePhone | Self::WorkPhone)
    }

    /// A card has as many numbers and addresses as it likes.
    pub(super) fn may_repeat_in_a_card(self) -> bool {
        self.may_repeat() || self.is_phone() || matches!(self, Self::Email | Self::WorkEmail | Self::Tags)
    }

    fn is_like(self, other: Self) -> bool {
        self == other || (self.is_phone() && other.is_phone())
    }

    pub fn may_repeat(self) -> bool {
        matches!(self, Self::Custom | Self::OwnCustom | Self::Ignore)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

pub(super) fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A `--map` that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    #[error("write it like --map \"Header=field\"")]
    Form,
    #[error("there is no field {0:?}; the fields are {1}")]
    Field(String, String),
}

/// Reads `Header=field`. A header may hold `=` itself.
pub fn parse_map(text: &str) -> Result<(String, Field), MapError> {
    let (header, word) = text.rsplit_once('=').ok_or(MapError::Form)?;
    let (header, word) = (header.trim(), word.trim());
    if header.is_empty() || word.is_empty() {
        return Err(MapError::Form);
    }
    let field = Field::parse(word).ok_or_else(|| {
        let words: Vec<&str> = FIELDS.iter().map(|(_, word, _)| *word).collect();
        MapError::Field(word.to_owned(), words.join(", "))
    })?;
    Ok((header.to_owned(), field))
}

/// Why a column was taken for its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Header,
    /// Most of its values are of that kind.
    Content,
    /// An earlier import of this source.
    Source,
    Person,
    /// Nothing: it is kept under its own header.
    Nobody,
}

/// One column: its header as written, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub header: String,
    pub field: Field,
    pub by: By,
}

/// What is known of the columns of a file beside their headers.
#[derive(Clone, Copy, Default)]
pub(super) struct Hints<'a> {
    /// By the person, for every column in its order: the last word.
    pub placed: &'a [Field],
    /// By the person, some of them.
    pub said: &'a [(String, Field)],
    /// By an earlier import.
    pub saved: &'a [(String, Field)],
    /// By their values.
    pub content: &'a [Option<Field>],
}

/// Gives every header its field. What nobody knows stays as a custom field.
pub(super) fn columns(headers: Vec<String>, hints: Hints<'_>) -> Result<Vec<Column>, FileError> {
    let listed = headers.join(", ");
    for (header, _) in hints.said {
        if !headers.iter().any(|known| plain(known) == plain(header)) {
            return Err(FileError::NoSuchColumn { header: header.clone(), columns: listed });
        }
    }
    let mut columns: Vec<Column> = Vec::with_capacity(headers.len());
    for (at, header) in headers.into_iter().enumerate() {
        let (field, by) = match hints.placed.get(at) {
            Some(field) => (*field, By::Person),
            None => field_of(&header, hints),
        };
        if let Some(first) = columns.iter().find(|column| column.field == field && !field.may_repeat()) {
            return Err(FileError::Twice { field, first: first.header.clone(), second: header });
        }
        let key = header.strip_prefix(CUSTOM).filter(|key| field == Field::Custom && !key.is_empty());
        columns.push(Column { header: key.unwrap_or(&header).to_owned(), field, by });
    }
    by_content(&mut columns, hints.content);
    let has = |field: Field| columns.iter().any(|column| column.field == field);
    if !(has(Field::Name) || has(Field::GivenName) || has(Field::FamilyName)) {
        return Err(FileError::NoName(listed));
    }
    if !has(Field::Mobile)
        && let Some(phone) = columns.iter_mut().find(|column| column.field == Field::Phone)
    {
        phone.field = Field::Mobile;
    }
    name_apart(&mut columns);
    Ok(columns)
}

fn field_of(header: &str, hints: Hints<'_>) -> (Field, By) {
    let among = |known: &[(String, Field)]| {
        known.iter().find(|(name, _)| plain(name) == plain(header)).map(|(_, field)| *field)
    };
    if let Some(field) = among(hints.said) {
        return (field, By::Person);
    }
    if let Some(field) = among(hints.saved) {
        return (field, By::Source);
    }
    match Field::of_header(header) {
        Field::Custom => (Field::Custom, By::Nobody),
        field => (field, By::Header),
    }
}

/// A column whose header says nothing is taken for what its values are, where no other column has it.
fn by_content(columns: &mut [Column], content: &[Option<Field>]) {
    for at in 0..columns.len() {
        let Some(Some(field)) = content.get(at).copied() else { continue };
        let taken = columns.iter().any(|column| column.field.is_like(field));
        if columns[at].by == By::Nobody && !taken {
            columns[at] = Column { field, by: By::Content, ..columns[at].clone() };
        }
    }
}

/// Headers become keys of the custom fields, so each needs a name of its own.
fn name_apart(columns: &mut [Column]) {
    let mut taken = HashSet::new();
    for (at, column) in columns.iter_mut().enumerate() {
        if column.header.is_empty() {
            column.header = format!("column {}", at + 1);
        }
        let base = column.header.clone();
        let mut number = 2;
        while !taken.insert(column.header.clone()) {
            column.header = format!("{base} {number}");
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(headers: &str, map: &[(&str, Field)]) -> Result<Vec<Field>, String> {
        let map: Vec<_> = map.iter().map(|(header, field)| ((*header).to_owned(), *field)).collect();
        let headers = headers.split(',').map(str::to_owned).collect();
        let columns =
            columns(headers, Hints { said: &map, ..Hints::default() }).map_err(|error| error.to_string())?;
        Ok(columns.into_iter().map(|column| column.field).collect())
    }

    #[test]
    fn headers_go_by_many_names() {
        use Field::*;
        let table = [
            (
                "Customer ID,Policy Number,Name,Mobile,E-mail,Amount Due,Currency,Status",
                vec![MasterId, PolicyNumber, Name, Mobile, Email, AmountDue, Currency, Payment],
            ),
            (
                "id,firstName,lastName,phoneNumber,email,company,industry,tags,preferredContactTime,timezone",
                vec![
                    MasterId,
                    GivenName,
                    FamilyName,
                    Mobile,
                    Email,
                    Company,
                    Industry,
                    Tags,
                    PreferredTime,
                    Timezone,
                ],
            ),
            (
                "FIRST_NAME,Last Name,cell phone,Phone,Street,City,State,Zip code,Payment status,Stage",
                vec![GivenName, FamilyName, Mobile, Phone, Street, City, State, Zip, Payment, Stage],
            ),
            ("policy_number,policy holder,customer_name", vec![PolicyNumber, Custom, Name]),
            ("Policy No.,NAME,,Home phone,Shoe size", vec![PolicyNumber, Name, Custom, HomePhone, Custom]),
            ("cordboard_id,name,custom.Name,cordboard_notes", vec![OwnId, Name, Custom, Ignore]),
        ];
        for (headers, expected) in table {
            assert_eq!(fields(headers, &[]), Ok(expected), "{headers}");
        }
    }

    #[test]
    fn every_header_means_one_field() {
        let mut seen = HashSet::new();
        for (field, word, headers) in FIELDS {
            assert_eq!((field.as_str(), Field::parse(word)), (*word, Some(*field)));
            for header in *headers {
                assert_eq!(*header, plain(header));
                assert!(seen.insert(*header), "{header} stands twice");
            }
        }
    }

    #[test]
    fn map_overrides_and_settles() {
        use Field::*;
        assert_eq!(fields("Who,Mobile", &[("who", Name)]), Ok(vec![Name, Mobile]));
        assert_eq!(fields("Name,Mobile,Cell", &[("Mobile", HomePhone)]), Ok(vec![Name, HomePhone, Mobile]),);
        assert_eq!(
            fields("Name,Mobile,Cell", &[]).unwrap_err(),
            "the columns \"Mobile\" and \"Cell\" both hold mobile: set one aside with --map \"Cell=custom\""
        );
        assert!(fields("Mobile,Email", &[]).unwrap_err().starts_with("no column holds the name"));
        assert_eq!(
            fields("Name", &[("Nom", Name)]).unwrap_err(),
            "there is no column \"Nom\" to map; the columns are Name"
        );
    }

    #[test]
    fn what_is_said_beats_what_was_saved_and_that_the_header_and_that_the_values() {
        let saved = [("Kontakt".to_owned(), Field::WorkPhone), ("Cell".to_owned(), Field::HomePhone)];
        let said = [("cell".to_owned(), Field::Mobile)];
        let content =
            [None, Some(Field::Mobile), Some(Field::Mobile), Some(Field::Email), Some(Field::Email)];
        let headers = ["Name", "Kontakt", "Cell", "A", "B"].map(str::to_owned).to_vec();
        let hints = Hints { placed: &[], said: &said, saved: &saved, content: &content };
        let found: Vec<(Field, By)> =
            columns(headers, hints).unwrap().into_iter().map(|column| (column.field, column.by)).collect();
        assert_eq!(
            found,
            [
                (Field::Name, By::Header),
                (Field::WorkPhone, By::Source),
                (Field::Mobile, By::Person),
                (Field::Email, By::Content),
                // One is enough.
                (Field::Custom, By::Nobody),
            ]
        );
    }

    #[test]
    fn map_is_read_from_one_argument() {
        assert_eq!(parse_map("Cell no=mobile"), Ok(("Cell no".into(), Field::Mobile)));
        assert_eq!(parse_map("a=b = name"), Ok(("a=b".into(), Field::Name)));
        for text in ["", "mobile", "=mobile", "Cell="] {
            assert_eq!(parse_map(text), Err(MapError::Form), "{text:?}");
        }
        let error = parse_map("Cell=handy").unwrap_err().to_string();
        assert!(
            error.starts_with("there is no field \"handy\"; the fields are name, given-name,"),
            "{error}"
        );
    }

    #[test]
    fn custom_headers_are_kept_apart() {
        let headers = ["Name", "", "Note", "Note", ""].map(str::to_owned).to_vec();
        let named: Vec<String> =
            columns(headers, Hints::default()).unwrap().into_iter().map(|column| column.header).collect();
        assert_eq!(named, ["Name", "column 2", "Note", "Note 2", "column 5"]);
        let headers = ["Name", "custom.Mobile", "custom.custom.x", "custom."].map(str::to_owned).to_vec();
        let named: Vec<String> =
            columns(headers, Hints::default()).unwrap().into_iter().map(|column| column.header).collect();
        assert_eq!(named, ["Name", "Mobile", "custom.x", "custom."]);
    }
}
