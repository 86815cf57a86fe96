//! The inbox and the threads, worked by hand (issue 6, Show 1).

use serde_json::json;

use crate::support::hand::keys;
use crate::support::pty::{Pty, only_our_sequences};
use crate::support::stage::{KEVIN, PROGRAM, Stage};

const SIZE: (u16, u16) = (80, 24);
const STRANGER: &str = "+23058009911";

fn with_inbox() -> Stage {
    let mut stage = Stage::start("agent", &[], SIZE);
    stage.press("Esc", &["DESK"]);
    stage.press("g i", &["Waiting for them", "Hello, is this"]);
    stage
}

fn with_kevin() -> Stage {
    let mut stage = Stage::start("agent", &[], SIZE);
    stage.press("'2333'", &["4 of 54"]);
    stage.press("Enter", &["DESK"]);
    stage.press("t", &["TYPING TEXT to 5737 2333"]);
    stage
}

/// A second desk on the same demo.
fn joined(stage: &Stage, role: &str) -> Pty {
    let home = stage.home();
    let temp = home.parent().unwrap().to_str().unwrap();
    let command = [PROGRAM, "--as", role, "demo", "--join"];
    let pty = Pty::start(&command, &[("TMPDIR", temp)], SIZE);
    pty.wait_for("TYPING SEARCH");
    pty
}

fn press(pty: &mut Pty, written: &str, see: &str) {
    for key in keys(written) {
        pty.press(&key);
    }
    pty.wait_for(see);
}

/// G8: an unknown number is shown, and one key makes a customer of it; what it wrote is theirs then.
#[test]
fn g8_an_unknown_number_is_made_a_customer() {
    let mut stage = with_inbox();
    stage.press("Home", &["unknown number", "makes a customer of this number"]);
    stage.press("Ctrl+N", &["TYPING NEW CUSTOMER", "[+23058009911"]);
    stage.press("'Kim Novak' Ctrl+S", &["Kim Novak"]);
    let texts = stage.ok("David Brown", &["--json", "sms", "list", "5800 9911"]);
    assert!(texts.contains("Kim Novak"), "{texts}");
    only_our_sequences(&stage.pty.raw_bytes()).unwrap();
}

/// G8: or it is said whose number it is.
#[test]
fn g8_an_unknown_number_is_linked_to_a_customer() {
    let mut stage = with_inbox();
    stage.press("Home", &["unknown number"]);
    stage.press("w 'NOBODY' Enter", &["not found: NOBODY"]);
    stage.press("w 'LIB/C7013' Enter", &["What this number wrote is Kevin Anderson Curepipe's now."]);
    stage.press("Enter", &["Hello, is this"]);
}

/// What comes in is seen live; it is taken, handed over, closed, and a new text opens it again.
#[test]
fn a_conversation_is_taken_closed_and_comes_back_by_itself() {
    let mut stage = with_inbox();
    stage.customer_texts(STRANGER, "Anybody there?");
    stage.press("Home", &["Anybody there?", "needs reply"]);
    stage.press("a Enter", &["It is yours."]);
    stage.press("Right Right", &["[Mine]", "1-1 of 1", "Anybody there?"]);
    stage.press("Del Enter", &["Closed.", "No open conversation is yours."]);
    stage.customer_texts(STRANGER, "Hello again");
    stage.press("", &["1-1 of 1", "Hello again"]);
    stage.press("- f 'anyb' Enter", &["texts with: anyb", "Anybody there?", "1-1 of 1"]);
    stage.press("Esc", &["[Mine]", "*"]);
}

/// Two answer at once: each sees the other by name, both texts are kept, and both are told.
#[test]
fn two_agents_who_answer_at_once_are_told_of_each_other() {
    let mut stage = with_kevin();
    let mut other = joined(&stage, "supervisor");
    press(&mut other, "'2333'", "4 of 54");
    press(&mut other, "Enter", "DESK");
    press(&mut other, "t", "TYPING TEXT to 5737 2333");
    other.wait_for("David Brown is answering them right now.");
    stage.press("", &["Ana Silva is answering them right now."]);
    press(&mut other, "'From Ana.' Enter", "sends in");
    stage.press("", &["Ana Silva has answered them too: both texts are kept."]);
    stage.press("'From David.' Enter", &["sends in"]);
    other.wait_for("David Brown has answered them too: both texts are kept.");
    let to = |text: &str| (KEVIN.to_owned(), text.to_owned());
    stage.wait(&vec![to("From Ana."), to("From David.")], Stage::texted);
}

/// TWS-87: a text is sent and seen to become delivered. TWS-75: one that was not says why, in order, and
/// is sent again as a new text.
#[test]
fn tws_75_tws_87_a_text_that_did_not_arrive_says_why_and_is_sent_again() {
    let mut stage = with_kevin();
    let fails = json!({ "outcomes": [{ "number": KEVIN, "status": "undelivered", "error_code": 30008 }] });
    stage.ask("POST", "config", &fails.to_string());
    stage.press("'Your card is ready.' Enter", &["sends in"]);
    stage.press("", &["x undelivered", "30008", "The carrier gave no reason"]);
    stage.press("F9", &["Why was this not sent?", "X  carrier", "30008"]);
    stage.press("Esc", &["TYPING TEXT"]);
    let works = json!({ "outcomes": [{ "number": KEVIN, "status": "delivered" }] });
    stage.ask("POST", "config", &works.to_string());
    stage.press("Ctrl+R", &["Send this text again?"]);
    stage.press("Enter", &["It is sent again, as a new text."]);
    stage.press("", &["ok delivered,"]);
    let to = || (KEVIN.to_owned(), "Your card is ready.".to_owned());
    stage.wait(&vec![to(), to()], Stage::texted);
}

/// TWS-75: the network is away, and the walk says that this is what stands in the way.
#[test]
fn tws_75_without_a_network_the_walk_says_so() {
    let mut stage = with_kevin();
    stage.press("Esc", &["DESK", "!TYPING"]);
    stage.press(": 'offline' Enter", &["OFFLINE"]);
    stage.press("t", &["TYPING TEXT to 5737 2333"]);
    stage.press("'Are you there?' Enter", &["waits for  "]);
    stage.press("F9", &["In the way: network", "X  network"]);
    stage.press("Esc", &["TYPING TEXT"]);
    stage.press("Esc", &["DESK", "!TYPING"]);
    stage.press("g o", &["waits for network"]);
    stage.press("End w", &["In the way: network"]);
}

/// TWS-76: stuck on "sending" is told from what Twilio says.
#[test]
fn tws_76_a_text_that_twilio_keeps_says_so() {
    let mut stage = with_kevin();
    let steps = json!({ "sending_ms": 0, "sent_ms": 600_000, "final_ms": 600_000, "price_ms": 600_000 });
    stage.ask("POST", "config", &json!({ "steps": steps }).to_string());
    stage.press("'Your card is ready.' Enter", &["sends in"]);
    stage.press("", &["sending    "]);
    stage.press("F9", &["Twilio has it and says \"sending\""]);
}

/// TWS-88: part of a number finds whose it is. TWS-86, TWS-74: who was never asked says so, and with the
/// yes the text leaves.
#[test]
fn tws_74_86_88_found_by_part_of_a_number_asked_and_texted() {
    let mut stage = Stage::start("agent", &[], SIZE);
    stage.press("Esc", &["DESK"]);
    stage.press("Ctrl+N", &["TYPING NEW CUSTOMER"]);
    stage.press("'Rosa Novak' Tab '5 798 7601' Ctrl+S", &["Rosa Novak"]);
    stage.press("Esc", &["DESK", "!TYPING"]);
    stage.press("/ Ctrl+U '7601'", &["Rosa Novak", "1 of 55"]);
    stage.press("Enter", &["never asked"]);
    stage.press("t", &["Nobody has asked for this number yet"]);
    stage.press("Enter", &["TYPING TEXT to 5798 7601"]);
    stage.press("'Welcome.' Enter", &["sends in"]);
    stage.press("", &["ok delivered"]);
}

/// TWS-94: a picture that comes in is named with its type, and fetched only when somebody asks: with our
/// sign-in from Twilio, without it from where Twilio points to. TWS-46: what texts have cost is summed.
#[test]
fn tws_94_a_picture_is_named_and_fetched_on_demand() {
    let mut stage = with_kevin();
    let picture = json!({ "from": KEVIN, "body": "my new card", "media": ["image/jpeg", "text/html"] });
    stage.ask("POST", "inbound", &picture.to_string());
    stage.press("", &["my new card", "[image/jpeg]", "[text/html]"]);
    let fetches = |stage: &Stage| {
        stage
            .ledger()
            .iter()
            .filter(|entry| entry["path"].as_str().is_some_and(|path| path.contains("/media/")))
            .count()
    };
    assert_eq!(fetches(&stage), 0, "nothing is fetched by itself");
    let texts = stage.ok("David Brown", &["--json", "sms", "list", "5737 2333"]);
    let text = texts.lines().find(|line| line.contains("my new card")).unwrap();
    let text: serde_json::Value = serde_json::from_str(text).unwrap();
    let id = text["id"].as_str().unwrap();
    let folder = stage.home().join("pictures");
    let folder = folder.to_str().unwrap();
    let said = stage.ok("David Brown", &["sms", "media", id, "--to", folder]);
    assert!(said.contains("image/jpeg") && said.contains(".jpg") && said.contains(".bin"), "{said}");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|file| file.path()).collect();
    assert_eq!(files.len(), 2);
    assert!(std::fs::read_to_string(&files[0]).unwrap().starts_with("the file ME"));
    stage.press("", &["-1.jpg:", "image/jpeg, "]);
    stage.press("'Thank you.' Enter", &["sends in"]);
    stage.press("", &["ok delivered"]);
    stage.wait(&true, |stage| stage.ok("David Brown", &["sms", "cost"]).contains(" USD"));
}
