//! The master's answer to a batch: a table with our numbers and a result for each, CSV or a workbook.
//! What is cut short, unknown or said twice is named by its line and marks nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::Path;

use super::dialect::{Charset, Delimiter};
use super::records::{Record, Records};
use super::{FileError, xlsx};

/// What the master says of each number, and what cannot be believed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Numbers that are in the master now.
    pub done: Vec<i64>,
    /// Lines that mark nothing, as sentences.
    pub passed_over: Vec<String>,
}

/// How the columns may be called.
const ID: [&str; 4] = ["id", "update_id", "update", "number"];
const RESULT: [&str; 5] = ["result", "outcome", "answer", "synced", "status"];

const DONE: [&str; 9] = ["ok", "done", "yes", "y", "true", "1", "synced", "entered", "success"];
const NOT: [&str; 9] = ["no", "n", "false", "0", "failed", "error", "rejected", "refused", "not entered"];

/// Reads an answer file.
///
/// # Errors
/// It is no table, or lacks the column of numbers or of results.
pub fn read(path: &Path) -> Result<Answers, FileError> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    file.by_ref().take(1 << 16).read_to_end(&mut head)?;
    file.rewind()?;
    let mut table = Table::default();
    if head.starts_with(b"PK") {
        for item in xlsx::open(Box::new(file), None)?.items {
            table.take(item?.map_err(|(line, broken)| (line, broken.to_string())))?;
        }
    } else {
        let mut records = Records::new(Charset::guess(&head).decoding(file));
        if let Some(first) = records.peek_line()? {
            let delimiter = Delimiter::guess(&first.bytes);
            records.set_delimiter(delimiter.byte());
        }
        while let Some(record) = records.next()? {
            table.take(record.map_err(|(line, broken)| (line, broken.to_string())))?;
        }
    }
    table.answers()
}

#[derive(Default)]
struct Table {
    /// Places of the number and of the result, and how many columns there are.
    columns: Option<(usize, usize, usize)>,
    /// Per number: the line that names it first, and whether it is done; `None`: said in two ways.
    said: BTreeMap<i64, (u64, Option<bool>)>,
    passed_over: Vec<String>,
}

impl Table {
    fn take(&mut self, record: Result<Record, (u64, String)>) -> Result<(), FileError> {
        let record = match record {
            Ok(record) => record,
            Err((line, why)) => {
                self.passed_over.push(format!("line {line}: {why}"));
                return Ok(());
            }
        };
        let cells: Vec<String> = record
            .fields
            .iter()
            .map(|cell| String::from_utf8_lossy(cell).trim_start_matches('\u{feff}').trim().to_owned())
            .collect();
        let Some((id, result, count)) = self.columns else {
            self.columns = Some(columns(&cells, record.line)?);
            return Ok(());
        };
        if let Err(why) = self.row(record.line, &cells, id, result, count) {
            self.passed_over.push(format!("line {}: {why}", record.line));
        }
        Ok(())
    }

    fn row(
        &mut self,
        line: u64,
        cells: &[String],
        id: usize,
        result: usize,
        count: usize,
    ) -> Result<(), String> {
        let (Some(id), Some(result)) = (cells.get(id), cells.get(result)) else {
            return Err(format!("the row is cut short: it has {} of {count} columns", cells.len()));
        };
        let number: i64 = id
            .trim_start_matches('#')
            .trim_end_matches(".0")
            .parse()
            .map_err(|_| format!("\"{id}\" is not the number of an update, such as 17"))?;
        let word = result.to_lowercase();
        let done = if DONE.contains(&word.as_str()) {
            true
        } else if NOT.contains(&word.as_str()) {
            false
        } else if word.is_empty() || word == "pending" {
            return Err(format!("number {number} has no answer yet"));
        } else {
            return Err(format!(
                "number {number}: \"{result}\" is neither a yes, such as done, nor a no, such as failed"
            ));
        };
        match self.said.get_mut(&number) {
            None => {
                self.said.insert(number, (line, Some(done)));
                Ok(())
            }
            Some((first, before)) if *before == Some(done) => {
                Err(format!("number {number} again, first in line {first}"))
            }
            Some((first, before)) => {
                let first = *first;
                *before = None;
                Err(format!(
                    "number {number} is answered in two ways, first in line {first}: it is not marked"
                ))
            }
        }
    }

    fn answers(mut self) -> Result<Answers, FileError> {
        if self.columns.is_none() {
            return Err(FileError::Empty);
        }
        let mut done = Vec::new();
        for (number, (line, said)) in &self.said {
            match said {
                Some(true) => done.push(*number),
                Some(false) => {
                    self.passed_over
                        .push(format!("line {line}: number {number} was not entered, says the master"));
                }
                None => {}
            }
        }
        Ok(Answers { done, passed_over: self.passed_over })
    }
}

fn columns(names: &[String], line: u64) -> Result<(usize, usize, usize), FileError> {
    let find = |known: &[&str], what: &str| {
        let place = known.iter().find_map(|name| names.iter().position(|cell| cell.to_lowercase() == *name));
        place.ok_or_else(|| FileError::Header {
            line,
            why: format!("no column holds {what}; it is called {}", known.join(", ")),
        })
    };
    Ok((find(&ID, "our numbers")?, find(&RESULT, "the result")?, names.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(text: &str) -> Result<Answers, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("answer.csv");
        std::fs::write(&file, text).unwrap();
        read(&file).map_err(|why| why.to_string())
    }

    #[test]
    fn yes_no_and_what_cannot_be_believed() {
        let told = answers(
            "id;policy_number;Result\n1;A;done\n2;B;failed\n3;C;OK\n3;C;ok\n4;D;ok\n4;D;no\nfive;E;ok\n6;F;\n7;G;perhaps\n8",
        );
        let passed_over = [
            "line 5: number 3 again, first in line 4",
            "line 7: number 4 is answered in two ways, first in line 6: it is not marked",
            "line 8: \"five\" is not the number of an update, such as 17",
            "line 9: number 6 has no answer yet",
            "line 10: number 7: \"perhaps\" is neither a yes, such as done, nor a no, such as failed",
            "line 11: the row is cut short: it has 1 of 3 columns",
            "line 3: number 2 was not entered, says the master",
        ];
        let passed_over = passed_over.map(str::to_owned).to_vec();
        assert_eq!(told, Ok(Answers { done: vec![1, 3], passed_over }));
    }

    #[test]
    fn a_file_without_numbers_or_results_is_refused() {
        let why = answers("policy,result\nA,ok\n").unwrap_err();
        assert_eq!(
            why,
            "line 1, the column names: no column holds our numbers; it is called id, update_id, update, number"
        );
        assert!(answers("id,policy\n1,A\n").unwrap_err().contains("no column holds the result"));
        assert!(answers("").unwrap_err().starts_with("the file is empty"));
    }
}
