//! NIC's own checklist for capturing, worked by hand: NIC-107 to 117 and NIC-125 to 130, what an agent is
//! told meanwhile, and how many keys it takes (Show 2).

use serde_json::Value;

use crate::support::hand::keys;
use crate::support::pty::{Pty, lines, only_our_sequences};
use crate::support::stage::{PROGRAM, Stage};

const SIZE: (u16, u16) = (80, 24);

/// The card of the one customer that `find` finds.
fn open(stage: &mut Stage, find: &str) {
    stage.press(&format!("/ Ctrl+U '{find}'"), &["1 of 54"]);
    stage.press("Enter", &["DESK", "!of 54"]);
}

fn with(find: &str) -> Stage {
    let mut stage = Stage::start("agent", &[], SIZE);
    stage.press("Esc", &["DESK"]);
    open(&mut stage, find);
    stage
}

/// New mobile, new e-mail, reason and notes of the customer's updates, oldest first.
fn captured(stage: &Stage, policy: &str) -> Vec<[String; 4]> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let updates = stage.updates().into_iter().filter(|update| update["policy_number"] == policy);
    let words = ["new_mobile", "new_email", "update_reason", "notes"];
    updates.map(|update| words.map(|key| word(&update[key]))).collect()
}

fn row(mobile: &str, email: &str, reason: &str) -> [String; 4] {
    [mobile, email, reason, ""].map(str::to_owned)
}

const GAVE: &str = "Customer provided new contact";
const MISSING: &str = "Current contact is missing";
const BOUNCED: &str = "Email bounced / SMS failed";

#[test]
fn nic_107_to_117_the_agents_checklist() {
    let mut stage = with("C7013");
    let before = captured(&stage, "LIB/C7013").len();
    // NIC-107, 108.
    stage.press("", &["m mobile", "e e-mail"]);
    stage.press("m", &["Update contact", "TYPING FORM"]);
    // NIC-112.
    stage.press("Ctrl+S", &["give a new mobile, a new e-mail or both", "Not saved"]);
    stage.press("Esc", &["DESK", "!TYPING"]);
    stage.press("m", &["TYPING FORM", "!Not saved"]);
    // NIC-109.
    stage.press("'5700119'", &["one digit short: 7 of 8"]);
    stage.press("'98'", &["one digit too many: 9 of 8"]);
    stage.press("Ctrl+U '57001199'", &["ok  5700 1199"]);
    // NIC-110.
    stage.press("Tab 'kevin@'", &["not a domain such as example.com"]);
    stage.press("Ctrl+U", &["like name@example.com"]);
    // NIC-111: two fields for one reason, and none suggests itself for the mobile.
    stage.press("Ctrl+S", &["a reason is required: 1 to 6 chooses", "Not saved"]);
    // NIC-113, 116, 117: the mobile alone, without notes.
    stage.press("1 Enter", &["Saved. u takes it back within 5 s.", "5700 1199       Updated today"]);
    // NIC-117: the e-mail alone; the bounce is the reason.
    stage.press("e 'kevin@curepipe.example'", &["ok", "---> 4 (filled in from the bounce"]);
    stage.press("Enter Enter", &["DESK", "kevin@curepipe.exam"]);
    // NIC-115, 117: again, and both.
    stage.press("m '57001198' Tab 'k.curepipe@mail.example' Enter 1", &["---> 1"]);
    stage.press("Enter", &["DESK", "5700 1198       Updated today"]);
    let now = captured(&stage, "LIB/C7013");
    assert_eq!(
        now[before..],
        [
            row("+23057001199", "", GAVE),
            row("", "kevin@curepipe.example", BOUNCED),
            row("+23057001198", "k.curepipe@mail.example", GAVE),
        ]
    );
    only_our_sequences(&stage.pty.raw_bytes()).unwrap();
}

#[test]
fn nic_125_to_128_customers_with_less_and_values_with_more() {
    // NIC-125: neither, and no e-mail. The reason is filled in.
    let mut stage = with("C9001");
    stage.press("", &["ASK: no mobile on file"]);
    stage.press("m '57001101' Tab 'paul@mail.example' Enter", &["---> 3 (filled in: none on file"]);
    stage.press("Enter", &["DESK", "5700 1101       Updated today"]);
    assert_eq!(captured(&stage, "LIB/C9001"), [row("+23057001101", "paul@mail.example", MISSING)]);
    open(&mut stage, "C8101");
    // NIC-127.
    stage.press("e 'a!#$%&*+-/=?^_{|}~b@sub-domain.example' Enter Enter", &["DESK", "a!#$%&*+-/=?^_"]);
    assert_eq!(captured(&stage, "LIB/C8101"), [row("", "a!#$%&*+-/=?^_{|}~b@sub-domain.example", MISSING)]);
    // NIC-126: the longest name there is moves nothing, and is saved whole.
    open(&mut stage, "C9900");
    stage.press("m", &["Venkatanarasimharajuvaripeta", "Update contact"]);
    // NIC-128.
    stage.press("'+12025550143' Ctrl+S", &["this desk takes only Mauritius mobiles (+230)", "Not saved"]);
    stage.press("Ctrl+U '57001102' Enter 1 Enter", &["DESK", "5700 1102       Updated today"]);
    let name = "Venkatanarasimharajuvaripeta Ramasubramaniam-Dookhitram Deerpalsingh-Bhoyroo";
    let updates = stage.updates();
    assert!(updates.iter().any(|update| update["customer_name"] == name), "{updates:?}");
}

/// Two desks, one customer, one day: each sees the other, nothing is lost, and the newest counts.
#[test]
fn nic_129_and_130_the_same_customer_twice() {
    let mut stage = with("C7020");
    let before = captured(&stage, "LIB/C7020").len();
    let home = stage.home();
    let command = [PROGRAM, "--home", home.to_str().unwrap(), "--as", "Ana Silva"];
    let mut ana = Pty::start(&command, &[], SIZE);
    let mut press = |written: &str, see: &str| {
        for key in keys(written) {
            ana.press(&key);
        }
        ana.wait_for(see)
    };
    press("", "TYPING SEARCH");
    press("'C7020' Enter", "Anna Curepipe   LIB/C7020");
    press("m", "TYPING FORM");
    stage.press("", &["Ana Silva is updating this customer too"]);
    stage.press("m '57001103'", &["Ana Silva has this form open too", "ok  5700 1103"]);
    press("'57001104' Enter 1 Enter", "Saved.");
    // Shown before anything is saved, and the first save asks to look at it.
    stage.press("", &["changed just now by Ana Silva; it was 5798 0001"]);
    stage.press("Enter 2 Enter", &["Again saves yours", "TYPING FORM"]);
    stage.press("Enter", &["DESK", "5700 1103       Updated today"]);
    press("", "> Mobile 5700 1103");
    // NIC-129: the same value on the same day is a second witness.
    press("m '57001103' Enter", "the same as now: counts as a second witness");
    press("1 Enter", "Saved.");
    let updates = captured(&stage, "LIB/C7020");
    let wrong = "Current contact is incorrect";
    assert_eq!(
        updates[before..],
        [row("+23057001104", "", GAVE), row("+23057001103", "", wrong), row("+23057001103", "", GAVE)]
    );
    stage.ok("S. Lee", &["doctor"]);
}

/// Read back, identified, doubted: `b` tells all of it, and `[` what was there before.
#[test]
fn what_is_known_about_an_update_is_told() {
    let mut stage = with("C7013");
    stage.press("e 'kevin@mailinator.com'", &["ok; mailboxes of this domain last for minutes"]);
    stage.press("F8", &["Read back:  Kilo Echo Victor India November at", "dot com"]);
    stage.press("Enter Tab Tab 2", &["2 date of birth"]);
    stage.press("Enter", &["Saved.", "DESK"]);
    stage.press("Down b", &["caller identified by date of birth", "read back to the caller"]);
    stage.press("", &["CHECK kevin@mailinator.com: mailboxes of this domain"]);
    stage.press("[", &["v.khanna@example.com", "Contact before"]);
    stage.press("]", &["!Contact before"]);
}

/// Inside the window it is withdrawn; later a new update puts back what was there.
#[test]
fn u_withdraws_and_later_puts_back() {
    let mut stage = with("C7020");
    stage.press("m '57001105' Enter 1 Enter", &["Saved."]);
    stage.press("u", &["Taken back: the update of Anna Curepipe.", "Mobile 5798 0001"]);
    stage.press("m '57001106' Enter 1 Enter", &["Saved.", "Mobile 5700 1106"]);
    let uploaded = |stage: &Stage| stage.updates().last().unwrap()["upload"].as_str().unwrap().to_owned();
    stage.wait(&"uploaded".to_owned(), uploaded);
    stage.press("u", &["It cannot be withdrawn any more", "Put it back"]);
    stage.press("Enter", &["Put back by a new update", "Mobile 5798 0001"]);
    let updates = captured(&stage, "LIB/C7020");
    let notes: Vec<&str> = updates.iter().rev().take(2).map(|update| update[3].as_str()).collect();
    assert!(notes[0].starts_with("takes back update "), "{notes:?}");
}

/// A task of Show 2: what is typed is the value, the reason and the notes; the rest are keys beside it.
struct Task {
    name: &'static str,
    keys: &'static str,
    typed: &'static str,
    see: &'static [&'static str],
}

const TASKS: [Task; 4] = [
    Task {
        name: "new mobile",
        keys: "m '57001107' Enter 1 Enter",
        typed: "57001107",
        see: &["Saved.", "Mobile 5700 1107"],
    },
    Task {
        name: "new e-mail, with the slip corrected",
        keys: "e 'kevin@gmail.con' Right Enter Enter",
        typed: "kevin@gmail.con",
        see: &["Saved.", "kevin@gmail.com"],
    },
    Task {
        name: "both, where neither was on file",
        keys: "m '57001108' Tab 'paul@mail.example' Enter Enter",
        typed: "57001108paul@mail.example",
        see: &["Saved.", "Mobile 5700 1108"],
    },
    Task {
        name: "the one-line form",
        keys: ": 'm 57001109 wrong one digit off' Enter",
        typed: "57001109 wrong one digit off",
        see: &["Saved.", "Mobile 5700 1109"],
    },
];

#[test]
fn show_2_what_is_typed_and_at_most_four_keys() {
    println!("keys  typed  beside  task");
    let mut stage = with("C7013");
    for (nth, task) in TASKS.iter().enumerate() {
        let (all, typed) = (keys(task.keys).len(), task.typed.chars().count());
        println!("{all:4}  {typed:5}  {:6}  {}", all - typed, task.name);
        assert!(all - typed <= 4, "{}", task.name);
        if nth == 2 {
            open(&mut stage, "C9001");
        }
        stage.press(task.keys, task.see);
    }
}

/// The ghost says how a line is understood while it is typed, or what is wrong.
#[test]
fn a_line_says_how_it_is_understood() {
    let mut stage = with("C7013");
    stage.press(": 'm 5700 110'", &["one digit short: 7 of 8"]);
    stage.press("'9'", &["ok; the reason: gave, wrong, missing, bounced, asked or other"]);
    let whole = "mobile 5700 1109  |  Current contact is incorrect  |  note: one digit off";
    let screen = stage.press("' wrong one digit off'", &[whole]);
    assert!(lines(&screen).iter().any(|line| line.starts_with(" :m 5700 1109 wrong one digit off")));
    stage.press("Enter", &["Saved.", "Mobile 5700 1109"]);
    let updates = captured(&stage, "LIB/C7013");
    let expected = ["+23057001109", "", "Current contact is incorrect", "one digit off"];
    assert_eq!(updates.last().unwrap(), &expected.map(str::to_owned));
}
