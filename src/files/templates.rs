//! Saved replies as files: TOML, one `[[reply]]` each, or CSV with a line of column names.

use std::io::Write;

use serde::{Deserialize, Serialize};

use super::guard;
use crate::domain::consent::Purpose;
use crate::domain::template::Words;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Toml,
    Csv,
}

impl Form {
    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "toml" => Some(Self::Toml),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// One reply as a file holds it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Row {
    folder: String,
    name: String,
    language: String,
    purpose: String,
    text: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    reply: Vec<Row>,
}

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum BadFile {
    #[error("this is not right: {0}")]
    Toml(Box<toml::de::Error>),
    #[error("line {line}: {why}")]
    Csv { line: u64, why: String },
    #[error("reply {number}: purpose: service or marketing")]
    Purpose { number: usize },
}

/// Reads every reply of a file.
///
/// # Errors
/// It is no such file, or a purpose is neither.
pub fn read(text: &str, form: Form) -> Result<Vec<Words>, BadFile> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rows = match form {
        Form::Toml => toml::from_str::<File>(text).map_err(|why| BadFile::Toml(Box::new(why)))?.reply,
        Form::Csv => rows(text)?,
    };
    let words = |(number, row): (usize, Row)| {
        let purpose = match row.purpose.trim() {
            "" => Purpose::Service,
            word => Purpose::parse(word).ok_or(BadFile::Purpose { number })?,
        };
        Ok(Words { folder: row.folder, name: row.name, language: row.language, purpose, body: row.text })
    };
    (1..).zip(rows).map(words).collect()
}

fn rows(text: &str) -> Result<Vec<Row>, BadFile> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(|why| BadFile::Csv {
            line: why.position().map_or(1, csv::Position::line),
            why: why.to_string(),
        })?;
        let plain = |cell: String| guard::taken_off(&cell).to_owned();
        rows.push(Row {
            folder: plain(row.folder),
            name: plain(row.name),
            language: row.language,
            purpose: row.purpose,
            text: plain(row.text),
        });
    }
    Ok(rows)
}

/// Writes replies so that [`read`] finds them again; in CSV no cell is a formula.
///
/// # Errors
/// The disk refuses.
pub fn write(out: &mut dyn Write, form: Form, all: &[Words]) -> std::io::Result<()> {
    let row = |words: &Words| Row {
        folder: words.folder.clone(),
        name: words.name.clone(),
        language: words.language.clone(),
        purpose: words.purpose.as_str().to_owned(),
        text: words.body.clone(),
    };
    match form {
        Form::Toml => {
            let file = File { reply: all.iter().map(row).collect() };
            let text = toml::to_string(&file).map_err(std::io::Error::other)?;
            out.write_all(text.as_bytes())
        }
        Form::Csv => {
            let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
            if all.is_empty() {
                writer.write_record(["folder", "name", "language", "purpose", "text"])?;
            }
            for words in all {
                let row = row(words);
                let (folder, name, text) =
                    (guard::put_on(&row.folder), guard::put_on(&row.name), guard::put_on(&row.text));
                writer.serialize(Row { folder, name, text, ..row })?;
            }
            writer.flush()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(folder: &str, name: &str, body: &str) -> Words {
        let purpose = Purpose::Service;
        Words { folder: folder.into(), name: name.into(), language: "en".into(), purpose, body: body.into() }
    }

    #[test]
    fn a_file_by_hand_may_leave_out_what_is_usual() {
        let toml = "[[reply]]\nname = \"Hi\"\ntext = \"Hello {first_name|there}\"\n";
        let csv = "\u{feff}name, text\nHi,Hello {first_name|there}\n";
        let hi = Words { language: String::new(), ..words("", "Hi", "Hello {first_name|there}") };
        assert_eq!(read(toml, Form::Toml).unwrap(), std::slice::from_ref(&hi));
        assert_eq!(read(csv, Form::Csv).unwrap(), [hi]);
        assert_eq!(read("", Form::Toml).unwrap(), []);
        for (text, form, why) in [
            ("[[reply]]\nnmae = \"x\"\n", Form::Toml, "unknown field"),
            ("name,txet\na,b\n", Form::Csv, "unknown field"),
            ("name,text\na,b,c\n", Form::Csv, "line 2"),
            ("name,purpose\na,fun\n", Form::Csv, "reply 1: purpose: service or marketing"),
            ("= x", Form::Toml, "this is not right"),
        ] {
            let said = read(text, form).unwrap_err().to_string();
            assert!(said.contains(why), "{said}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            all in proptest::collection::vec(("[a-z=+@']{0,6}", "\\PC{1,12}", "[\\PC\n]{1,40}"), 0..5)
        ) {
            let all: Vec<Words> = all.iter().map(|(folder, name, body)| words(folder, name, body)).collect();
            for form in [Form::Toml, Form::Csv] {
                let mut out = Vec::new();
                write(&mut out, form, &all).unwrap();
                prop_assert_eq!(&read(std::str::from_utf8(&out).unwrap(), form).unwrap(), &all);
            }
        }
    }
}
