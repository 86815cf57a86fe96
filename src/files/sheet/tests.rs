//! Rows as files.

use serde_json::json;

use super::*;

fn written(rows: Rows, headers: &[&str], values: Vec<Vec<Value>>) -> String {
    let mut out = Vec::new();
    let headers = headers.iter().map(|header| (*header).to_owned()).collect();
    let mut sheet = Sheet::new(rows, "customers", headers, &mut out).unwrap();
    for row in values {
        sheet.put(row).unwrap();
    }
    sheet.finish().unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn rfc_4180_with_headers_that_give_no_other_delimiter_away() {
    let headers = ["name", "a;b", "say \"x\""];
    let plain = Rows::Csv { guarded: false };
    assert_eq!(written(plain, &headers, vec![]), "name,\"a;b\",\"say \"\"x\"\"\"\r\n");
    let rows = vec![
        vec![json!("one, two"), json!(["x", 1]), Value::Null],
        vec![json!("line\r\nend"), json!(7), json!("\"")],
        vec![json!("=1"), json!("'"), json!("")],
    ];
    assert_eq!(
        written(plain, &["a", "b", "c"], rows.clone()),
        "a,b,c\r\n\"one, two\",\"[\"\"x\"\",1]\",\r\n\"line\r\nend\",7,\"\"\"\"\r\n=1,',\r\n"
    );
    assert_eq!(
        written(Rows::Csv { guarded: true }, &["a", "b", "c"], rows),
        "\u{feff}a,b,c,cordboard_guarded\r\n\"one, two\",\"[\"\"x\"\",1]\",,yes\r\n\"line\r\nend\",7,\"\"\"\",yes\r\n\
         '=1,'',,yes\r\n"
    );
}

#[test]
fn a_line_of_json_has_what_there_is_in_the_order_of_the_headers() {
    let rows = vec![
        vec![json!("Anna"), json!({ "b": 1, "a": [true] }), Value::Null],
        vec![Value::Null, Value::Null, json!("x\n\u{1}")],
    ];
    assert_eq!(
        written(Rows::JsonLines, &["name", "custom", "note"], rows),
        "{\"name\":\"Anna\",\"custom\":{\"a\":[true],\"b\":1}}\n{\"note\":\"x\\n\\u0001\"}\n"
    );
    assert_eq!(written(Rows::JsonLines, &["name"], vec![]), "");
}
