//! A customer with ten thousand entries.

use std::fs;
use std::time::Instant;

use cordboard::store::notes;

use crate::kept::File;
use crate::support::now;
use crate::support::stage::Stage;
use crate::{SIZE, answers};

const MANY: usize = 10_000;
/// Presses of End: each fetches the next page.
const PAGES: usize = MANY / 100 + 1;

#[test]
fn ten_thousand_entries_are_walked_to_their_end() {
    let mut stage = Stage::start("admin", &[], SIZE);
    let rows = "customer_id,policy_number,name,mobile\n77,LIB/C0077,Many Entries,57009977\n";
    let file = stage.home().join("many.csv");
    fs::write(&file, rows).unwrap();
    stage.ok("S. Lee", &["customers", "import", file.to_str().unwrap()]);
    let mut file = File::of(&stage);
    let many = cordboard::store::customers::resolve(&file.db, &file.admin, "LIB/C0077", None).unwrap();
    let write = |db: &mut cordboard::store::Db| {
        for n in 0..MANY {
            notes::add(db, &file.admin, now(), many, &format!("entry number {n}"))?;
        }
        Ok::<_, cordboard::store::Error>(())
    };
    file.db.unseen(write).unwrap();

    stage.press("'LIB/C0077'", &["1 of 55"]);
    let began = Instant::now();
    stage.press("Enter", &["m mobile", "entry number 9999"]);
    println!("Enter to the card with its newest entry: {:?}", began.elapsed());
    let began = Instant::now();
    stage.press("Tab", &[]);
    for _ in 0..PAGES {
        stage.press("End", &[]);
    }
    stage.press("", &["entry number 0"]);
    println!("to the end: {:?}", began.elapsed());
    answers(&mut stage);
    let began = Instant::now();
    stage.press("f", &["[Texts]", "!entry number"]);
    stage.press("f f", &["[Notes]", "entry number 9999"]);
    stage.press("End", &["entry number 0"]);
    stage.press("PgDn", &["entry number 0"]);
    println!("filters: {:?}", began.elapsed());
    answers(&mut stage);
}
