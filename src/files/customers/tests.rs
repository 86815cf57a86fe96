//! Tables of files, good and bad.

use serde_json::json;

use super::*;
use crate::domain::customer::{ContactMethod, Source, Stage};
use crate::domain::phone::{Accept, Region};

fn options() -> ImportOptions {
    ImportOptions {
        policy: PhonePolicy { region: Region::MU, accept: Accept::RegionMobile },
        currency: Currency::MUR,
        map: Vec::new(),
    }
}

fn import(file: impl AsRef<[u8]>) -> (Vec<Row>, Vec<BadRow>) {
    let rows = read(file.as_ref(), &options()).unwrap();
    let (good, bad): (Vec<_>, Vec<_>) = rows.partition(Result::is_ok);
    (good.into_iter().filter_map(Result::ok).collect(), bad.into_iter().filter_map(Result::err).collect())
}

fn names(file: impl AsRef<[u8]>) -> Vec<(u64, String)> {
    import(file).0.into_iter().map(|row| (row.line, row.customer.name)).collect()
}

/// `line field: why` for every problem.
fn problems(file: impl AsRef<[u8]>) -> Vec<String> {
    let each = |bad: BadRow| {
        let line = bad.line;
        bad.problems.into_iter().map(move |problem| format!("{line} {}: {}", problem.field, problem.why))
    };
    import(file).1.into_iter().flat_map(each).collect()
}

#[test]
fn nic_19_to_24_the_fields_of_a_customer() {
    let file = "Customer ID,Policy Number,Name,Mobile,Email,Amount Due,Currency,Status,Branch\r\n\
                C-1,LIB/C7013,\"Doe, Jane\", 5737 2333 ,Jane@Example.com,\"4,491.29\",MUR,pending,Curepipe\r\n";
    let (rows, bad) = import(file);
    assert_eq!((rows.len(), bad), (1, vec![]));
    let customer = &rows[0].customer;
    assert_eq!(rows[0].line, 2);
    assert_eq!(customer.name, "Doe, Jane");
    assert_eq!(customer.master_id.as_deref(), Some("C-1"));
    assert_eq!(customer.policy_number.as_deref(), Some("LIB/C7013"));
    assert_eq!(customer.amount_due.unwrap().to_string(), "MUR 4,491.29");
    assert_eq!(customer.payment.as_deref(), Some("pending"));
    assert_eq!(customer.source, Source::Import);
    let phone = &customer.phones[0];
    assert_eq!(
        (phone.label.as_str(), phone.value.as_str(), phone.raw.as_str()),
        ("mobile", "+23057372333", " 5737 2333 ")
    );
    let email = &customer.emails[0];
    assert_eq!((email.value.as_str(), email.raw.as_str()), ("Jane@example.com", "Jane@Example.com"));
    assert_eq!(json!(customer.custom), json!({"Branch": "Curepipe"}));
}

#[test]
fn tws_10_to_27_and_ttx_8_to_23_the_other_fields() {
    let file = "firstName;lastName;company;industry;stage;street;city;state;zip;country;timezone;\
                preferredContactMethod;preferredContactTime;tags;phoneNumber;Home phone;Work email;smsOptIn\n\
                Jane;Doe;Example Ltd;Insurance;Client;1 Main St;Curepipe;PW;74213;MU;Indian/Mauritius;SMS;\
                mornings;vip, north|vip;57372333;58440010;jane@work.example;yes\n";
    let (rows, bad) = import(file);
    assert_eq!(bad, []);
    let customer = &rows[0].customer;
    assert_eq!(customer.name, "Jane Doe");
    assert_eq!(
        (customer.given_name.as_deref(), customer.family_name.as_deref()),
        (Some("Jane"), Some("Doe"))
    );
    assert_eq!(
        (customer.company.as_deref(), customer.industry.as_deref()),
        (Some("Example Ltd"), Some("Insurance"))
    );
    assert_eq!(customer.stage, Stage::Client);
    let address = [&customer.street, &customer.city, &customer.state, &customer.zip, &customer.country];
    assert_eq!(address.map(|part| part.as_deref().unwrap()), ["1 Main St", "Curepipe", "PW", "74213", "MU"]);
    assert_eq!(customer.timezone.as_deref(), Some("Indian/Mauritius"));
    assert_eq!(customer.preferred_method, Some(ContactMethod::Sms));
    assert_eq!(customer.preferred_time.as_deref(), Some("mornings"));
    assert_eq!(customer.tags, ["vip", "north"]);
    let labels: Vec<_> = customer.phones.iter().map(|phone| phone.label.as_str()).collect();
    assert_eq!(labels, ["mobile", "home"]);
    assert_eq!(customer.emails[0].label, "work");
    assert_eq!(json!(customer.custom), json!({"smsOptIn": "yes"}));
}

#[test]
fn nic_125_contacts_may_be_missing() {
    let (rows, bad) = import("Name,Mobile,Email,Timezone\nJane,,,UTC\nJoe,57372333, ,\n");
    assert_eq!(bad, []);
    assert!(rows[0].customer.phones.is_empty() && rows[0].customer.emails.is_empty());
    // G25: UTC is what nobody chose.
    assert_eq!(rows[0].customer.timezone, None);
    assert_eq!(rows[1].customer.phones.len(), 1);
}

#[test]
fn dialects() {
    let expected = vec![(2, "Jane".to_owned()), (3, "Joe".to_owned())];
    let files = [
        "Name,Mobile\nJane,57372333\nJoe,58440010\n",
        "\u{feff}Name,Mobile\r\nJane,57372333\r\nJoe,58440010",
        "\u{feff}\"Name\";\"Mobile\"\r\n\"Jane\";\"57372333\"\r\nJoe;58440010\r\n",
        "Name\tMobile\nJane\t57372333\nJoe\t58440010\n",
        "Name,Mobile\rJane,57372333\rJoe,58440010\r",
        "Name;\"Owed, in full\"\nJane;1\nJoe;2\n",
        "Name\nJane\nJoe\n",
        "Name,Mobile,,\nJane,57372333,,\nJoe,58440010,,\n,,,\n\n",
    ];
    for file in files {
        assert_eq!((names(file), problems(file)), (expected.clone(), vec![]), "{file:?}");
    }
    let gaps = "\n\nName,Note\nJane,\"one\ntwo\r\nthree\"\n\nJoe,\n";
    assert_eq!(names(gaps), [(4, "Jane".to_owned()), (8, "Joe".to_owned())]);
    assert_eq!(import(gaps).0[0].customer.custom["Note"], "one\ntwo\r\nthree");
}

#[test]
fn bad_rows_are_named_and_good_ones_go_in() {
    let why_phone = "write it like 5737 2333";
    let table: [(&str, String); 14] = [
        (
            "Jane",
            "2 row: too short: 4 fields expected, 1 given; put quotes around a field that holds a separator"
                .into(),
        ),
        (
            "Doe, Jane,57372333,,",
            "2 row: too long: 4 fields expected, 5 given; put quotes around a field that holds a separator"
                .into(),
        ),
        (",57372333,,", "2 name: missing: every customer needs a name, such as Jane Doe".into()),
        ("Jane,5737233,,", format!("2 Mobile: too short: 8 digits expected, 7 given; {why_phone}")),
        (
            "Jane,+12025550143,,",
            format!("2 Mobile: this desk takes only Mauritius mobiles (+230); {why_phone}"),
        ),
        (
            "Jane,57372333 / 57001122,,",
            format!("2 Mobile: this is more than one number, give one; {why_phone}"),
        ),
        (
            "Jane,5.7372E+07,,",
            format!(
                "2 Mobile: a spreadsheet has reformatted this number, set its column to text and enter it again; {why_phone}"
            ),
        ),
        (
            "Jane,,jane@example,",
            "2 E-mail: what stands behind the @ is not a domain such as example.com".into(),
        ),
        (
            "Jane,,,12.345",
            "2 Amount: MUR has 2 decimals and the amount has more; write it like MUR 4,491.29".into(),
        ),
        ("Jane,,,a lot", "2 Amount: not an amount; write it like MUR 4,491.29".into()),
        (&format!("{},,,", "x".repeat(256)), "2 name: too long: at most 255 characters, 256 given".into()),
        (
            "Ja\u{0}ne,,,",
            "2 Name: byte 3 of the cell (0x00) is not UTF-8 text; save the file as UTF-8".into(),
        ),
        (
            "\"Jane\"x,,,",
            "2 row: text follows the closing quote in column 1: write \" inside a field as \"\"".into(),
        ),
        (
            "Jane,,,\"1",
            "2 row: a quote opens in column 4 and is never closed: write \" inside a field as \"\"".into(),
        ),
    ];
    for (row, problem) in table {
        let file = format!("Name,Mobile,E-mail,Amount\n{row}\nJoe,57372333,,\n");
        assert_eq!(problems(&file), [problem], "{row}");
        assert_eq!(names(&file), [(3, "Joe".to_owned())], "{row}");
    }
    // NIC-126: very long is fine up to the limit, counted in characters.
    assert_eq!(import(format!("Name\n{}\n", "é".repeat(255))).0.len(), 1);
}

#[test]
fn wrong_bytes_spoil_their_row_only() {
    let file = b"Name,City\nJane,Cur\xe9pipe\nJo\xe9,x\nAnn,y\n";
    assert_eq!(
        problems(file),
        [
            "2 City: byte 4 of the cell (0xE9) is not UTF-8 text; save the file as UTF-8",
            "3 Name: byte 3 of the cell (0xE9) is not UTF-8 text; save the file as UTF-8",
        ]
    );
    assert_eq!(names(file), [(4, "Ann".to_owned())]);
}

#[test]
fn every_problem_of_a_row_is_told() {
    let file = "Name,Mobile,Email,Stage,Timezone,Preferred method,Amount,Currency,Tags\n\
                ,12,nobody,later,Mauritius,pigeon,USD 5,EUR,"
        .to_owned()
        + &"t".repeat(51)
        + "\n";
    let fields: Vec<String> =
        import(file).1[0].problems.iter().map(|problem| problem.field.clone()).collect();
    assert_eq!(
        fields,
        ["Mobile", "Email", "Stage", "Timezone", "Preferred method", "Tags", "Amount", "name"]
    );
}

#[test]
fn the_currency_column_counts() {
    let (rows, bad) = import("Name,Amount due,Currency\nJane,5,USD\nJoe,5,\nAnn,5,dollars\nEve,USD 5,USD\n");
    let amounts: Vec<String> = rows.iter().map(|row| row.customer.amount_due.unwrap().to_string()).collect();
    assert_eq!(amounts, ["USD 5.00", "MUR 5.00", "USD 5.00"]);
    assert_eq!(bad[0].problems[0].field, "Currency");
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let table: [(&[u8], &str); 13] = [
        (b"\x7fELF\x02\x01\x01\0\0\0", "this is not a text file: save it as CSV in UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "this is a picture"),
        (b"%PDF-1.7\nName\nJane\n", "this is a PDF document"),
        (b"Name\x1b[2J\nJane\n", "this is not a text file"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\r\n \n", "the file is empty"),
        (b"Name,Mobile\r\n", "the file has a line of column names and no rows"),
        (b"Mobile,Email\n57372333,\n", "no column holds the name; the columns are Mobile, Email."),
        (b"PK\x03\x04\x14", "this is an Excel workbook"),
        (b"\xff\xfeN\0", "this is text in UTF-16"),
        (b"Name,\"Mobile\nJane,1\n", "line 1, the column names: a quote opens in column 2"),
        (b"\nName,Pr\xe9nom\nJane,x\n", "line 2, the column names: byte 3 of column 2 is not UTF-8"),
    ];
    for (file, why) in table {
        let error = read(file, &options()).err().unwrap().to_string();
        assert!(error.starts_with(why), "{error}");
    }
}

#[test]
fn map_explains_a_header() {
    let mut options = options();
    options.map = vec![super::super::parse_map("Assuré=name").unwrap()];
    let mut rows = read("Assuré,Mobile\nJane,57372333\n".as_bytes(), &options).unwrap();
    assert_eq!(rows.columns()[0], Column { header: "Assuré".into(), field: Field::Name });
    assert_eq!(rows.next().unwrap().unwrap().customer.name, "Jane");
}

#[test]
fn a_reader_that_fails_is_the_last_item() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk went away"))
        }
    }
    let file = "Name\nJane\nJoe\n".as_bytes().chain(Fails);
    let rows: Vec<_> = read(file, &options()).unwrap().collect();
    assert_eq!(rows.len(), 3);
    let bad = rows[2].as_ref().unwrap_err();
    assert_eq!((bad.line, bad.problems[0].field.as_str()), (4, "file"));
}
