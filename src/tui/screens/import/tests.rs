//! A file on its way in: what each key does, and how it looks.

use super::*;
use crate::domain::role::Role;
use crate::domain::shown::{Ended, SheetColumn};
use crate::tui::model::Model;
use crate::tui::msg::Msg;
use crate::tui::screens::Screen;
use crate::tui::testing::{desk, picture, press};
use crate::tui::update::update;

const FIELDS: [&str; 8] = ["name", "policy-number", "mobile", "phone", "email", "city", "custom", "ignore"];

fn column(header: &str, samples: &[&str], field: &str, guessed: bool) -> SheetColumn {
    let samples = samples.iter().map(|sample| SafeText::new(sample)).collect();
    SheetColumn { header: SafeText::new(header), samples, field: field.to_owned(), guessed }
}

fn sheet() -> Sheet {
    Sheet {
        read_as: "semicolon-separated, Windows-1252".to_owned(),
        columns: vec![
            column("Assuré", &["Doe, Jane", "王小明", "Zoë Müller with quite a long name"], "name", false),
            column("Police", &["LIB/C7013", "LIB/C9000"], "policy-number", false),
            column("Kontakt", &["5737 2333", "5844 0010"], "mobile", true),
            column("Courriel", &["jane@example.com"], "email", true),
            column("Remarque \u{1b}[31m", &[], "custom", false),
        ],
        fields: FIELDS.map(str::to_owned).to_vec(),
    }
}

/// The file is looked into.
fn opened() -> Model {
    let mut model = desk(Role::Supervisor);
    let effects = press(&mut model, "Esc : \"import /files/customers.csv\" Enter");
    let seq = Seq(model.seq);
    assert_eq!(effects.last(), Some(&Effect::Sheet(seq, "/files/customers.csv".into())));
    update(&mut model, Msg::Answer(seq, Answer::Sheet(Box::new(sheet()))));
    model
}

fn screen(model: &Model) -> &ImportScreen {
    let Screen::Import(screen) = model.top() else { panic!("{model:?}") };
    screen
}

fn asked(effects: &[Effect]) -> (Seq, Import) {
    let Some(Effect::Intake(seq, import)) = effects.last() else { panic!("{effects:?}") };
    (*seq, import.clone())
}

fn counts(new: u64, refused: u64) -> Counts {
    Counts { new, changed: 3, unchanged: 20, refused }
}

fn answer(model: &mut Model, seq: Seq, counts: Counts, ended: Option<(State, Option<&str>)>) {
    let bad = (2..7).map(|line| {
        SafeText::new(&format!(
            "line {line}, Kontakt: too short: 8 digits expected, 4 given; write it like 5737 2333"
        ))
    });
    let ended = ended.map(|(state, why)| Ended { state, number: Some(7), why: why.map(SafeText::new) });
    let intake = Intake { counts, bad: bad.collect(), ended };
    update(model, Msg::Answer(seq, Answer::Intake(Box::new(intake))));
}

/// It was tried, too.
fn tried() -> Model {
    let mut model = opened();
    let (seq, _) = asked(&press(&mut model, "Enter"));
    answer(&mut model, seq, counts(1200, 12), Some((State::Done, None)));
    model
}

#[test]
fn the_import_in_pictures() {
    let mut running = tried();
    let (seq, _) = asked(&press(&mut running, "Enter"));
    answer(&mut running, seq, counts(400, 2), None);
    let mut changed = opened();
    press(&mut changed, "Down Down Down Right o");
    for (name, model) in [
        ("import", opened()),
        ("import-tried", tried()),
        ("import-running", running),
        ("import-changed", changed),
    ] {
        for (width, height) in [(80, 24), (120, 40), (60, 20)] {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture(&model, width, height));
        }
    }
}

#[test]
fn left_and_right_turn_to_fields_that_are_free() {
    let table = [
        ("Right", 0, ["phone", "policy-number", "mobile", "email", "custom"]),
        ("Left", 0, ["ignore", "policy-number", "mobile", "email", "custom"]),
        ("Down Down Right Right", 2, ["name", "policy-number", "city", "email", "custom"]),
        ("End Right Right Right", 4, ["name", "policy-number", "mobile", "email", "city"]),
        ("End Left Right Up", 3, ["name", "policy-number", "mobile", "email", "custom"]),
    ];
    for (keys, chosen, fields) in table {
        let mut model = opened();
        assert_eq!(press(&mut model, keys), [], "{keys}");
        assert_eq!(
            (screen(&model).chosen, &screen(&model).fields),
            (chosen, &fields.map(str::to_owned).to_vec()),
            "{keys}"
        );
    }
}

#[test]
fn enter_tries_and_enter_again_imports() {
    let mut model = opened();
    press(&mut model, "End Right o");
    let (trying, import) = asked(&press(&mut model, "Enter"));
    let fields = ["name", "policy-number", "mobile", "email", "ignore"].map(str::to_owned).to_vec();
    let expected = Import { file: "/files/customers.csv".into(), fields, on: OnMatch::Skip, is_dry: true };
    assert_eq!(import, expected);
    // Nothing is changed under way, and nothing begun twice.
    assert_eq!(press(&mut model, "Enter Right o Left"), []);
    answer(&mut model, trying, counts(1, 0), None);
    assert_eq!(screen(&model).step, Step::Trying(counts(1, 0)));
    answer(&mut model, trying, counts(5, 1), Some((State::Done, None)));
    let (seq, import) = asked(&press(&mut model, "Enter"));
    assert_eq!(import, Import { is_dry: false, ..expected });
    answer(&mut model, seq, counts(2, 0), None);
    assert_eq!(screen(&model).step, Step::Importing(counts(2, 0)));
    // A change afterwards is tried again.
    let mut changed = tried();
    press(&mut changed, "o");
    assert!(asked(&press(&mut changed, "Enter")).1.is_dry);
}

#[test]
fn it_goes_on_when_left_and_says_how_it_ended() {
    for (ended, tone, said) in [
        (
            (State::Done, None),
            Tone::Good,
            "customers.csv is imported: 9 new, 3 changed, 20 unchanged, 1 refused. `cordboard customers import \
             --undo 7` takes it back.",
        ),
        (
            (State::Stopped, None),
            Tone::Note,
            "customers.csv is stopped: 9 new, 3 changed, 20 unchanged, 1 refused. Import it again to go on. \
             `cordboard customers import --undo 7` takes it back.",
        ),
        (
            (State::Failed, Some("the disk is full")),
            Tone::Bad,
            "customers.csv is not imported to its end: the disk is full. In are 9 new, 3 changed, 20 unchanged, \
             1 refused. `cordboard customers import --undo 7` takes it back.",
        ),
    ] {
        let mut model = tried();
        let (seq, _) = asked(&press(&mut model, "Enter"));
        answer(&mut model, seq, counts(4, 0), None);
        assert!(!press(&mut model, "Esc").contains(&Effect::StopIntake));
        // Another one has to wait.
        press(&mut model, "Esc : \"import other.csv\" Enter");
        let busy = "/files/customers.csv is being imported, 27 rows so far: one at a time.";
        assert_eq!(model.log.last().map(|toast| toast.text.as_str()), Some(busy));
        answer(&mut model, seq, counts(9, 1), Some(ended));
        let last = model.log.last().map(|toast| (toast.tone, toast.text.as_str()));
        assert_eq!(last, Some((tone, said)));
        assert_eq!(model.importing, None);
    }
    // On its screen, too, which then closes.
    let mut model = tried();
    let (seq, _) = asked(&press(&mut model, "Enter"));
    assert_eq!(press(&mut model, "Del"), [Effect::StopIntake]);
    answer(&mut model, seq, counts(9, 1), Some((State::Done, None)));
    assert!(matches!(model.top(), Screen::Lookup(_)), "{model:?}");
}

#[test]
fn what_goes_wrong_is_said_and_can_be_mended() {
    let failure = |why: &str| Failure { why: why.to_owned(), field: None, blocked: false, stale: false };
    // The file cannot be read: there is nothing to show.
    let mut model = desk(Role::Admin);
    press(&mut model, "Esc g f \"no.csv\" Enter");
    let seq = Seq(model.seq);
    update(&mut model, Msg::Failed(seq, failure("no.csv: there is no such file.")));
    assert!(matches!(model.top(), Screen::Lookup(_)));
    // Two columns go to one field, says the try.
    let mut model = opened();
    let (seq, _) = asked(&press(&mut model, "Enter"));
    update(&mut model, Msg::Failed(seq, failure("Both hold mobile.")));
    assert_eq!(screen(&model).step, Step::Mapping);
    // The try runs into something.
    let (seq, _) = asked(&press(&mut model, "Enter"));
    answer(&mut model, seq, counts(0, 0), Some((State::Failed, Some("The database is busy"))));
    assert_eq!(screen(&model).step, Step::Mapping);
    // Nothing is right.
    let (seq, _) = asked(&press(&mut model, "Enter"));
    answer(&mut model, seq, Counts { refused: 5, ..Counts::default() }, Some((State::Done, None)));
    assert_eq!(press(&mut model, "Enter"), []);
    // A try that is left is stopped; a file that is no table has nothing to turn.
    let mut model = opened();
    press(&mut model, "Enter");
    assert!(press(&mut model, "Esc").contains(&Effect::StopIntake));
    let mut model = desk(Role::Agent);
    press(&mut model, "Esc g f");
    let why = "No import here: only a supervisor or an admin may do this.";
    assert_eq!(model.log.last().map(|toast| toast.text.as_str()), Some(why));
}
