//! Cards of every version, good and bad.

use crate::domain::customer::NewCustomer;
use crate::domain::money::Currency;
use crate::domain::phone::{Accept, PhonePolicy, Region};
use crate::files::customers::{ImportOptions, read};

fn told(cards: impl AsRef<[u8]>) -> Vec<String> {
    let policy = PhonePolicy { region: Region::MU, accept: Accept::International };
    let options = ImportOptions::new(policy, Currency::MUR);
    let import = read(cards.as_ref(), &options).unwrap();
    let format = import.format();
    let each = |row: Result<crate::files::customers::Row, crate::files::customers::BadRow>| match row {
        Ok(row) => vec![format!("{}: {}", row.line, shown(&row.customer))],
        Err(bad) => {
            bad.problems.iter().map(|one| format!("{}: {}", format.place(bad.line, one), one.why)).collect()
        }
    };
    import.flat_map(each).collect()
}

fn shown(new: &NewCustomer) -> String {
    let mut parts = vec![new.name.clone()];
    let texts =
        [&new.given_name, &new.family_name, &new.company, &new.street, &new.city, &new.zip, &new.country];
    parts.extend(texts.into_iter().flatten().cloned());
    parts.extend(new.phones.iter().map(|phone| format!("{} {}", phone.label, phone.value)));
    parts.extend(new.emails.iter().map(|email| format!("{} {}", email.label, email.value)));
    parts.extend(new.tags.iter().map(|tag| format!("#{tag}")));
    parts.extend(new.policy_number.iter().map(|policy| format!("policy {policy}")));
    parts.extend(new.custom.iter().map(|(key, value)| format!("{key}={value}")));
    parts.join(" | ")
}

#[test]
fn versions_two_three_and_four() {
    let table: [(&str, &str); 4] = [
        (
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Curepipe\r\nN:Curepipe;Anna;;;\r\n\
             ORG:Example Ltd;Sales\r\nTEL;TYPE=CELL,VOICE:+230 5737 2333\r\nTEL;TYPE=work:+1 202 555 0143\r\n\
             item1.TEL;TYPE=cell:57372334\r\nEMAIL;TYPE=INTERNET:anna@example.com\r\n\
             EMAIL;TYPE=work:a@work.example\r\nADR;TYPE=home:;Flat 2;1 Main St;Curepipe;PW;74213;Mauritius\r\n\
             CATEGORIES:vip,motor\r\nNOTE:Two\\nlines\\, and a comma\r\nX-POLICY-NUMBER:LIB/C7013\r\nEND:VCARD\r\n",
            "1: Anna Curepipe | Anna | Curepipe | Example Ltd | 1 Main St, Flat 2 | Curepipe | 74213 | Mauritius | \
             mobile +23057372333 | work +12025550143 | mobile 2 +23057372334 | email anna@example.com | \
             work a@work.example | #vip | #motor | policy LIB/C7013 | Note=\"Two\\nlines, and a comma\"",
        ),
        (
            "\u{feff}BEGIN:VCARD\nVERSION:4.0\nFN:Zoë\nTEL;VALUE=uri;TYPE=\"cell,voice\":tel:+230-5737-2333\n\
             NOTE:folded\n  line\nPHOTO:data:image/png;base64,AAAA\n AAAA\nEND:VCARD\n",
            "1: Zoë | mobile +23057372333 | Note=\"folded line\"",
        ),
        (
            "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Zo=C3=AB\r\n\
             TEL;CELL:57372333\r\nTEL;HOME;FAX:4661234\r\nEND:VCARD\r\n",
            "1: Zoë Müller | Zoë | Müller | mobile +23057372333 | Fax=\"4661234\"",
        ),
        (
            "BEGIN:VCARD\nVERSION:3.0\nN:;;;;\nFN:\nORG:Example Ltd\nTEL:57372333\nEND:VCARD\n",
            "1: Example Ltd | Example Ltd | mobile +23057372333",
        ),
    ];
    for (card, expected) in table {
        assert_eq!(told(card), [expected.to_owned()], "{card}");
    }
}

#[test]
fn a_bad_card_is_named_and_costs_itself_only() {
    let good = "BEGIN:VCARD\nVERSION:3.0\nFN:Ben\nEND:VCARD\n";
    let no_end = "the card does not end: END:VCARD is missing";
    let table: [(String, Vec<String>); 5] = [
        (
            format!("BEGIN:VCARD\nFN:Anna\nTEL;TYPE=CELL:1\nEND:VCARD\n\nnothing\n{good}"),
            vec![
                "line 1, TEL: too short: 7, 8 or 10 digits expected, 1 given; write it like 5737 2333 or +230 5737 2333"
                    .to_owned(),
                "7: Ben".to_owned(),
            ],
        ),
        (
            format!("BEGIN:VCARD\nFN:Anna\n{good}"),
            vec![format!("line 1, row: {no_end}"), "3: Ben".to_owned()],
        ),
        (
            format!("{good}BEGIN:VCARD\nFN:An"),
            vec!["1: Ben".to_owned(), format!("line 5, row: {no_end}")],
        ),
        (
            format!("BEGIN:VCARD\nVERSION:3.0\nTEL:57372333\nEND:VCARD\n{good}"),
            vec![
                "line 1, name: missing: every customer needs a name, such as Jane Doe".to_owned(),
                "5: Ben".to_owned(),
            ],
        ),
        (
            format!("BEGIN:VCARD\nFN:Anna\nNOTE:{}\nEND:VCARD\n{good}", "x".repeat(3 << 20)),
            vec![
                "line 1, row: the card is longer than one megabyte: shorten its note".to_owned(),
                "5: Ben".to_owned(),
            ],
        ),
    ];
    for (cards, expected) in table {
        assert_eq!(told(&cards), expected, "{}", &cards[..40]);
    }
    // A picture may be as long as it likes.
    let card = format!("BEGIN:VCARD\nFN:Anna\nPHOTO;ENCODING=b:{}\nEND:VCARD\n", "A".repeat(3 << 20));
    assert_eq!(told(card), ["1: Anna"]);
    // UTF-16, as some telephones write it.
    let wide: Vec<u8> =
        "BEGIN:VCARD\nFN:Zoë\nEND:VCARD\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(told(wide), ["1: Zoë"]);
}
