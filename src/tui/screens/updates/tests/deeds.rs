//! Batches, marks, holds, noes: asked back first, and what came of them.

use super::*;

#[test]
fn nic_95_an_export_asks_back_names_its_file_and_what_was_left_out() {
    let all: Vec<Row> = (1..=45).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    keys(&mut model, &all, "v j j v");
    assert_eq!(keys(&mut model, &all, "x"), vec![]);
    assert!(picture(&model, 80, 24).contains("Make a batch of 3 updates?"));
    assert_eq!(keys(&mut model, &all, "Enter"), vec![]);
    let effects = keys(&mut model, &all, "Enter");
    assert_eq!(written(&effects), [&Write::Export { seqs: vec![1, 2, 3], to: "/exports".into() }]);
    assert_eq!(chosen(&model), [1, 2, 3], "nothing is said before it is on disk");
    keys(&mut model, &all, "x");
    assert_eq!(said(&model), "One moment: what you did before is still being saved.");

    refused(&mut model, saving(&effects), "it exists already: choose another name");
    assert_eq!((chosen(&model), said(&model)), (vec![1, 2, 3], "it exists already: choose another name"));
    keys(&mut model, &all, "x Enter");
    let effects = keys(&mut model, &all, "Ctrl+U \"b.csv\" Enter");
    assert_eq!(written(&effects), [&Write::Export { seqs: vec![1, 2, 3], to: "/exports/b.csv".into() }]);

    let left_out = vec![LeftOut {
        seq: 3,
        name: SafeText::new("Paul Appadoo"),
        why: "the master has another mobile by now: look at the clash and decide".to_owned(),
    }];
    let updates = vec![1, 2];
    let batch = Batch {
        number: 17,
        lines: 2,
        updates,
        left_out,
        created_at: NOW,
        marked_at: None,
        dissolved_at: None,
    };
    reply(&mut model, &all, saving(&effects), Answer::Exported(batch, "/exports/b.csv".into()));
    assert_eq!((chosen(&model), said(&model)), (vec![], "Batch 17: 2 lines in /exports/b.csv"));
    insta::assert_snapshot!("updates-left-out-80x24", picture(&model, 80, 24));
    keys(&mut model, &all, "Enter");
    assert!(matches!(model.top(), Screen::Updates(_)));
}

#[test]
fn an_export_without_a_file_is_not_made() {
    let all: Vec<Row> = (1..=3).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    for (typed, why) in [("", "a file is needed"), ("\"~/b.csv\"", "write the folder in full, not ~")] {
        keys(&mut model, &all, "g u");
        keys(&mut model, &all, "Space x Enter Ctrl+U");
        let effects = keys(&mut model, &all, &format!("{typed} Enter"));
        assert_eq!(
            (effects, said(&model)),
            (vec![], format!("No batch made: {why}. x asks again.").as_str())
        );
    }
}

#[test]
fn nic_93_94_g11_marking_names_the_count_and_each_that_is_left_out() {
    let mut all: Vec<Row> = (1..=45).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    keys(&mut model, &all, "v j j v s");
    assert!(picture(&model, 80, 24).contains("Mark 3 as synced?"));
    let effects = keys(&mut model, &all, "Enter");
    assert_eq!(written(&effects), [&Write::Mark(vec![1, 2, 3])]);
    for row in &mut all[..2] {
        row.status = "synced".to_owned();
    }
    let left = LeftOut { seq: 3, name: SafeText::new("Anna"), why: "it is synced".to_owned() };
    let marked = Marked { done: vec![1, 2], left_out: vec![left] };
    reply(&mut model, &all, saving(&effects), Answer::Marked(marked));
    assert_eq!((chosen(&model), said(&model)), (vec![], "2 marked as synced, 1 left out."));
    assert!(picture(&model, 80, 24).contains("Left out: number 3, Anna: it is synced."));
    assert_eq!(screen(&model).rows.matching(), 43, "the list is fresh");

    // Nothing chosen: it is about the open batch.
    keys(&mut model, &all, "Enter s");
    assert!(picture(&model, 80, 24).contains("Mark batch 17 (12 lines)?"));
    let effects = keys(&mut model, &all, "Enter");
    assert_eq!(written(&effects), [&Write::MarkBatch(17)]);
    reply(&mut model, &all, saving(&effects), Answer::Marked(Marked { done: vec![4], left_out: vec![] }));
    assert_eq!((said(&model), matches!(model.top(), Screen::Updates(_))), ("1 marked as synced.", true));
}

#[test]
fn a_batch_made_by_mistake_is_dissolved_once_its_size_was_asked_back() {
    let all: Vec<Row> = (1..=9).map(row).collect();
    let mut model = opened(Role::Admin, &all);
    assert_eq!(written(&keys(&mut model, &all, "w")), Vec::<&Write>::new());
    insta::assert_snapshot!("updates-dissolve-80x24", picture(&model, 80, 24));
    assert_eq!(written(&keys(&mut model, &all, "Esc")), Vec::<&Write>::new());
    keys(&mut model, &all, "w");
    let effects = keys(&mut model, &all, "Enter");
    assert_eq!(written(&effects), [&Write::DissolveBatch(17)]);
    reply(&mut model, &all, saving(&effects), Answer::Saved);
    assert_eq!(said(&model), "Batch 17 (12 lines) is dissolved: its updates are pending again.");

    let mut agents = opened(Role::Agent, &all);
    assert_eq!(written(&keys(&mut agents, &all, "w")), Vec::<&Write>::new());
    assert_eq!(said(&agents), "Only an admin may do this.");
}

#[test]
fn holding_releasing_rejecting_need_a_reason_and_keep_to_their_row() {
    let mut all: Vec<Row> = (1..=9).map(row).collect();
    all[1].status = "held".to_owned();
    let mut model = opened(Role::Admin, &all);
    keys(&mut model, &all, "f \"all\" Enter h");
    // The rows move while the reason is typed: it stays about the first.
    let mut fewer = all.split_off(1);
    let effects = update(&mut model, Msg::Changed);
    serve(&mut model, effects, &fewer);
    let effects = keys(&mut model, &fewer, "\"ask her again\" Enter");
    assert_eq!(written(&effects), [&Write::Hold { seq: 1, reason: "ask her again".to_owned() }]);
    reply(&mut model, &fewer, saving(&effects), Answer::Saved);
    assert_eq!(said(&model), "Held: LIB/C7001 Anna Curepipe. The filter held lists it; h releases it.");

    keys(&mut model, &fewer, "h");
    assert!(picture(&model, 80, 24).contains("Release LIB/C7002 Anna Curepipe?"));
    let effects = keys(&mut model, &fewer, "Enter");
    assert_eq!(written(&effects), [&Write::Release { seq: 2 }]);
    refused(&mut model, saving(&effects), "number 2 is pending: only what is held can be released");
    assert_eq!(said(&model), "number 2 is pending: only what is held can be released");

    assert_eq!(keys(&mut model, &fewer, "Del Enter"), vec![]);
    assert_eq!(said(&model), "Not rejected: a reason is needed.");
    let effects = keys(&mut model, &fewer, "Del \"wrong customer\" Enter");
    assert_eq!(written(&effects), [&Write::Reject { seq: 2, reason: "wrong customer".to_owned() }]);
    fewer.remove(0);
    reply(&mut model, &fewer, saving(&effects), Answer::Saved);
    assert_eq!(said(&model), "Rejected: LIB/C7002 Anna Curepipe. The value before it counts again.");
    assert_eq!(screen(&model).here().unwrap().seq, 3);
}
