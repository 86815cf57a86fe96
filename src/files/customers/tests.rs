//! Tables of files, good and bad.

use serde_json::json;

use super::*;
use crate::domain::customer::{ContactMethod, Source, Stage};
use crate::domain::phone::{Accept, Region};

fn options() -> ImportOptions {
    let policy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
    ImportOptions::new(policy, Currency::MUR)
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
    let file = "Name,City\nZoë,Ré\nJane,Cur\u{1}pipe\nJo\u{1},x\nAnn,y\n";
    let file: Vec<u8> = file.bytes().map(|byte| if byte == 1 { 0xe9 } else { byte }).collect();
    let why = "is not UTF-8 text; save the file as UTF-8, or say its --charset, such as windows-1252";
    let expected = [
        format!("3 City: byte 4 of the cell (0xE9) {why}"),
        format!("4 Name: byte 3 of the cell (0xE9) {why}"),
    ];
    assert_eq!(problems(&file), expected);
    assert_eq!(names(&file), [(2, "Zoë".to_owned()), (5, "Ann".to_owned())]);
    // Said to be something else, it is all read as that.
    let options = ImportOptions { charset: Charset::parse("windows-1252"), ..options() };
    let named: Vec<String> =
        read(file.as_slice(), &options).unwrap().map(|row| row.unwrap().customer.name).collect();
    assert_eq!(named, ["ZoÃ«", "Jane", "Joé", "Ann"]);
}

/// Dialects and charsets, guessed: what the file is said to be, and who is in it.
#[test]
fn files_of_every_charset_and_dialect() {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let big = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
    let latin =
        |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() };
    let with = |delimiter: &str| format!("Name{delimiter}Mobile\r\nZoé{delimiter}57372333\r\n");
    let table: [(Vec<u8>, &str); 8] = [
        (with(",").into(), "comma-separated, UTF-8"),
        (with(";").into(), "semicolon-separated, UTF-8"),
        (latin(&with(";")), "semicolon-separated, Windows-1252"),
        (latin(&with("\t")), "tab-separated, Windows-1252"),
        (with("|").into(), "pipe-separated, UTF-8"),
        (wide(&format!("\u{feff}{}", with("\t"))), "tab-separated, UTF-16LE"),
        (big(&format!("\u{feff}{}", with(","))), "comma-separated, UTF-16BE"),
        (wide(&with(",")), "comma-separated, UTF-16LE"),
    ];
    for (file, words) in table {
        let import = read(file.as_slice(), &options()).unwrap();
        assert_eq!(import.format().in_words(), words);
        let rows: Vec<_> = import.map(|row| row.map(|row| (row.line, row.customer.name))).collect();
        assert_eq!(rows, [Ok((2, "Zoé".to_owned()))], "{words}");
    }
    // What Windows-1252 has no letter for is not made up.
    let bad = &import(b"Name\nZo\xe9\nJo\x81\n").1;
    assert_eq!(
        bad[0].problems[0].why,
        "character 3 of the cell is none of Windows-1252; save the file as UTF-8"
    );
}

#[test]
fn columns_are_guessed_by_their_values() {
    let file = "Name,Kontakt,Adresse,Kunde\nJane,5737 2333,jane@example.com,7\nJoe,58440010,joe@example.com,8\n\
                Jim,,,9\nAnn,1,ann@example.com,10\nEve,57372334,,11\nUrs,57372335,urs@example.com,12\n";
    let fields = |options: &ImportOptions| -> Vec<(Field, By)> {
        let import = read(file.as_bytes(), options).unwrap();
        import.columns().iter().map(|column| (column.field, column.by)).collect()
    };
    assert_eq!(
        fields(&options()),
        [
            (Field::Name, By::Header),
            (Field::Mobile, By::Content),
            (Field::Email, By::Content),
            (Field::Custom, By::Nobody),
        ]
    );
    let said = ImportOptions { map: vec![("Kontakt".to_owned(), Field::Ignore)], ..options() };
    assert_eq!(fields(&said)[1], (Field::Ignore, By::Person));
    let import = read(file.as_bytes(), &options()).unwrap();
    assert_eq!(import.samples(1, 2), ["5737 2333", "58440010"]);
    assert_eq!(import.filter(Result::is_ok).count(), 5);
}

/// A row that never ends is not read to its end.
#[test]
fn a_line_without_end_is_given_up() {
    struct Endless;
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b'x');
            Ok(buffer.len())
        }
    }
    let why = "does not end within 64 megabytes: this is no table; save it as CSV again";
    let error = read(Endless, &options()).err().unwrap().to_string();
    assert_eq!(error, format!("the file could not be read: line 1 {why}"));
    let file = "Name\nJane\n".as_bytes().chain(Endless);
    let rows: Vec<_> = read(file, &options()).unwrap().collect();
    assert_eq!(rows.len(), 2);
    let bad = rows[1].as_ref().unwrap_err();
    let stopped = format!("reading stopped here: line 3 {why}; the rows below are not imported");
    assert_eq!((bad.line, &bad.problems[0].why), (3, &stopped));
}

#[test]
fn a_long_field_is_named() {
    let file = format!("Name,Note,City\nJane,\"{}\",x\nJoe,,y\n", "x".repeat(10 << 20));
    let why = "the row is longer than one megabyte, in column 2: shorten it, or look for a quote that is never closed";
    assert_eq!(problems(&file), [format!("2 row: {why}")]);
    assert_eq!(names(&file), [(3, "Joe".to_owned())]);
}

/// An id that a spreadsheet has rounded would make one customer of two.
#[test]
fn mangled_ids_are_refused() {
    let file = "Customer ID,Policy,Name\n5.4483E+10,P-1,Jane\n2,1.2e+11,Joe\n1E10,P-3,Ann\n";
    let why = "a spreadsheet has reformatted this number, set its column to text and enter it again";
    assert_eq!(problems(file), [format!("2 Customer ID: {why}"), format!("3 Policy: {why}")]);
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
    let table: [(&[u8], &str); 14] = [
        (b"\x7fELF\x02\x01\x01\0\0\0", "this is not a text file: save it as CSV or .xlsx"),
        (b"\x89PNG\r\n\x1a\n", "this is a picture"),
        (b"%PDF-1.7\nName\nJane\n", "this is a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is an old Excel workbook (.xls), or one with a password"),
        (b"Name\x1b[2J\nJane\n", "this is not a text file"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\r\n \n", "the file is empty"),
        (b"Name,Mobile\r\n", "the file has a line of column names and no rows"),
        (b"Mobile,Email\n57372333,\n", "no column holds the name; the columns are Mobile, Email."),
        (b"PK\x03\x04\x14", "this workbook cannot be read: it is damaged"),
        (b"\xff\xfeN\0", "no column holds the name; the columns are N."),
        (b"Name,\"Mobile\nJane,1\n", "line 1, the column names: a quote opens in column 2"),
        ("\nNom,é,\u{1}\nJane,x,y\n".as_bytes(), "this is not a text file"),
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
    assert_eq!(rows.columns()[0], Column { header: "Assuré".into(), field: Field::Name, by: By::Person });
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
