//! Tables of lines, good and bad.

use super::*;
use crate::domain::money::Currency;
use crate::domain::phone::{Accept, PhonePolicy, Region};
use crate::files::customers::{ImportOptions, read};

/// What a file holds: `name custom` of good lines, `line field: why` of bad ones.
fn import(file: impl AsRef<[u8]>) -> Vec<String> {
    let policy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
    let options = ImportOptions::new(policy, Currency::MUR);
    let said = |row: Result<_, crate::files::customers::BadRow>| match row {
        Ok(crate::files::customers::Row { customer, .. }) => {
            format!("{} {}", customer.name, Value::Object(customer.custom))
        }
        Err(bad) => {
            let why: Vec<String> =
                bad.problems.iter().map(|problem| format!("{}: {}", problem.field, problem.why)).collect();
            format!("{} {}", bad.line, why.join("; "))
        }
    };
    read(file.as_ref(), &options).unwrap().map(said).collect()
}

#[test]
fn keys_are_headers_and_custom_fields_stay_what_they_are() {
    for (line, expected) in [
        ("{\"name\":\"Anna\"}", "Anna {}"),
        ("{\"First name\":\"Anna\",\"last_name\":\"Rose\",\"mobile\":57372333}", "Anna Rose {}"),
        (
            "{\"name\":\"Anna\",\"custom\":{\"n\":1.5,\"t\":true,\"l\":[1],\"s\":\" x \",\"e\":\"\",\"0\":null}}",
            "Anna {\"l\":[1],\"n\":1.5,\"s\":\"x\",\"t\":true}",
        ),
        (
            "{\"name\":\"Anna\",\"Shoe size\":42,\"custom.mobile\":\"?\",\"deep\":{\"a\":[{}]}}",
            "Anna {\"Shoe size\":42,\"deep\":{\"a\":[{}]},\"mobile\":\"?\"}",
        ),
        ("{\"name\":\"Anna\",\"cordboard_notes\":[1],\"cordboard_new\":\"x\"}", "Anna {}"),
        ("{\"name\":\"Anna\",\"tags\":[\"a, b\",\"c\"]}", "Anna {}"),
    ] {
        assert_eq!(import(line), [expected], "{line}");
    }
}

#[test]
fn bad_lines_are_named_and_good_ones_go_in() {
    let file = "\u{feff}{\"name\":\"Anna\"}\r\n\n[1]\n{\"name\":\"Kev\n{\"mobile\":\"12\"}\n{\"name\":\"B\\u0000\"}\n\
                {\"name\":\"C\",\"custom\":{\"\\n\":1}}\n{\"phone\":\"57372333\",\"name\":\"D\",\"full name\":\"E\"}\n\
                {\"name\":\"F\",\"cordboard_id\":\"7\"}\n{\"name\":\"G\",\"cordboard_contacts\":[{\"label\":\"x\"}]}\n\
                {\"name\":\"Maria\"}";
    let found = import(file);
    let expected = [
        "Anna {}",
        "3 row: not a JSON object: invalid type: sequence, expected a map at line 1 column 0",
        "4 row: not a JSON object: control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0",
        "5 mobile: ",
        "6 name: byte 2 of the cell (0x00) is not UTF-8 text; save the file as UTF-8",
        "7 row: \"\" is no name for a field; write one that can be read",
        "8 row: \"full name\" and \"name\" both hold name: leave one out",
        "9 cordboard_id: not as cordboard writes it; leave this column as it is, or out",
        "10 cordboard_contacts: a contact is a phone or an e-mail",
        "Maria {}",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

#[test]
fn a_line_without_end_is_one_bad_line() {
    let long = format!("{{\"name\":\"{}\"}}\n{{\"name\":\"Anna\"}}\n", "x".repeat(3 << 20));
    assert_eq!(import(long), ["1 row: the line is longer than one megabyte", "Anna {}"]);
}
