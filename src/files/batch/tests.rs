//! Batches on real files: NIC-95, and what a crash or a name that is taken leaves behind.

use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;
use crate::domain::customer::{NewCustomer, NewEmail, NewPhone};
use crate::domain::email::Email;
use crate::domain::phone::{Accept, E164, PhonePolicy, Region};
use crate::domain::role::Origin;
use crate::domain::update::Form;
use crate::store::open::{Location, create};
use crate::store::updates::{Capture, Leaving};
use crate::store::{customers, effective, updates, users};

const NOW: Micros = Micros::from_secs(1_767_225_600);
const LEAVING: Leaving = Leaving { undo: std::time::Duration::from_secs(5), upstream: false };

struct Desk {
    db: Db,
    admin: Actor,
    folder: TempDir,
}

impl Desk {
    /// Kevin has a new e-mail, then a new mobile, then a newer one.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut db = create(&Location { database: path("desk.db"), key_file: path("desk.key") }).unwrap();
        let admin = users::found(&mut db, NOW, 1, "S. Lee").unwrap().actor(Origin::Command);
        let phone = E164::parse("+23057372333").unwrap();
        let email = Email::parse("kevin@example.com").unwrap();
        let kevin = NewCustomer {
            name: "Kevin Anderson Curepipe".into(),
            policy_number: Some("LIB/C7013".into()),
            master_id: Some("7013".into()),
            phones: vec![NewPhone { label: "mobile".into(), value: phone, raw: "57372333".into() }],
            emails: vec![NewEmail { label: "email".into(), value: email, raw: "kevin@example.com".into() }],
            ..NewCustomer::default()
        };
        customers::import(&mut db, &admin, NOW, &[kevin]).unwrap();
        let mut desk = Self { db, admin, folder };
        desk.capture("5844 0010", "new@example.com");
        desk.capture("5844 0011", "");
        desk
    }

    fn capture(&mut self, mobile: &str, email: &str) {
        let policy = PhonePolicy { region: Region::MU, accept: Accept::RegionMobile };
        let new = Form { mobile, email, reason: "gave", notes: "said so" }.check(&policy).unwrap();
        let customer = customers::resolve(&self.db, &self.admin, "LIB/C7013", None).unwrap();
        let about = Capture { shown: effective::shown(&self.db, customer).unwrap(), ..Capture::default() };
        updates::capture(&mut self.db, &self.admin, NOW, customer, &new, &about, LEAVING).unwrap();
    }

    fn make(&mut self, seqs: &[i64], place: &Path) -> Result<(Batch, PathBuf), BatchError> {
        make(&mut self.db, &self.admin, NOW, seqs, (place, None), national)
    }

    fn batches(&self) -> usize {
        batches::list(&self.db, &self.admin).unwrap().len()
    }

    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| !name.starts_with("desk."));
        names.sort();
        names
    }
}

fn national(value: &str) -> String {
    value.trim_start_matches("+230").to_owned()
}

#[test]
fn nic_95_a_row_has_nics_columns_and_every_field_its_line() {
    let mut desk = Desk::new();
    let path = desk.folder.path().join("updates.csv");
    let (batch, written) = desk.make(&[1, 2], &path).unwrap();
    assert_eq!((batch.number, batch.lines, batch.updates, &written), (1, 2, vec![1, 2], &path));
    let text = fs::read_to_string(&path).unwrap();
    let common = "7013,LIB/C7013,Kevin Anderson Curepipe";
    let rest = "Customer provided new contact,said so,1,S. Lee,2026-01-01T00:00:00.000Z,pending,,";
    let rows: Vec<&str> = text.split("\r\n").skip(1).collect();
    assert_eq!(
        rows,
        [
            format!("1,{common},,,kevin@example.com,new@example.com,{rest}"),
            format!("2,{common},57372333,58440011,,,{rest}"),
            String::new(),
        ]
    );
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(desk.files(), ["updates.csv"], "nothing is left beside it");
}

/// NIC-17: a workbook, too, by its name or because it was asked for; the same bytes each time.
#[test]
fn nic_17_a_batch_is_a_workbook_where_its_name_says_so() {
    let mut desk = Desk::new();
    let folder = desk.folder.path().to_owned();
    let path = folder.join("updates.xlsx");
    desk.make(&[1, 2], &path).unwrap();
    let again = export(&mut desk.db, &desk.admin, NOW, 1, (&folder, Some(Format::Xlsx)), national).unwrap();
    assert_eq!(again, folder.join("batch-1.xlsx"));
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"PK"));
    assert_eq!(fs::read(again).unwrap(), bytes);
}

#[test]
fn nic_95_a_batch_can_be_written_again_byte_for_byte() {
    let mut desk = Desk::new();
    let folder = desk.folder.path().to_owned();
    let (_, first) = desk.make(&[2], &folder).unwrap();
    assert_eq!(first, folder.join("batch-1.csv"));
    batches::mark(&mut desk.db, &desk.admin, NOW, 1, LEAVING).unwrap();
    desk.capture("5844 0012", "");
    let again =
        export(&mut desk.db, &desk.admin, NOW, 1, (&folder.join("again.csv"), None), national).unwrap();
    assert_eq!(fs::read(first).unwrap(), fs::read(again).unwrap());
}

#[test]
fn what_is_there_is_never_overwritten_and_no_batch_is_made() {
    let mut desk = Desk::new();
    let path = desk.folder.path().join("updates.csv");
    fs::write(&path, "mine").unwrap();
    assert!(matches!(desk.make(&[1, 2], &path), Err(BatchError::Exists(_))));
    assert!(matches!(desk.make(&[1, 2], Path::new("/nowhere/x.csv")), Err(BatchError::Io { .. })));
    assert!(matches!(desk.make(&[99], &desk.folder.path().join("b.csv")), Err(BatchError::Store(_))));
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), desk.batches()), ("mine", 0));
    assert_eq!(desk.files(), ["updates.csv"]);
    desk.make(&[1, 2], &desk.folder.path().join("b.csv")).unwrap();
    let again = export(&mut desk.db, &desk.admin, NOW, 1, (&path, None), national);
    assert!(matches!(again, Err(BatchError::Exists(_))));
}

/// A crash after the file and before the commit: no batch, and the next one is not in its way.
#[test]
fn a_part_that_a_crash_has_left_is_written_over() {
    let mut desk = Desk::new();
    let folder = desk.folder.path().to_owned();
    fs::write(folder.join(".batch-1.csv.1.part"), "half of something much longer than the batch").unwrap();
    let (_, path) = desk.make(&[1, 2], &folder).unwrap();
    assert!(fs::read_to_string(path).unwrap().starts_with("id,customer_id,"));
    assert_eq!(desk.files(), ["batch-1.csv"]);
}
