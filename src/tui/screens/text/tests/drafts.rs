//! What was typed and left is there again, and where it may not leave it can still be read.

use super::*;

#[test]
fn a_fresh_draft_is_put_in_and_an_old_one_is_offered() {
    let (mut model, effects) = asked(Party::Customer(kevin()));
    answered(&mut model, &effects, thread(Some(yes()), vec![]));
    drafted(&mut model, &effects, Some(draft("half a sen", 3599)));
    assert_eq!(screen(&model).composer.text(), "half a sen");

    let (mut model, effects) = asked(Party::Customer(kevin()));
    answered(&mut model, &effects, thread(Some(yes()), vec![]));
    drafted(&mut model, &effects, Some(draft("half a sen", 3600)));
    assert_eq!(screen(&model).composer.text(), "");
    assert!(picture(&model, 80, 24).contains(" A text you began 13:32 is kept: Up takes it."));
    let other = press(&mut model, "\"no\" Backspace Backspace");
    assert_eq!(drafts(&other), ["n", "no", "n", "half a sen"]);
    assert_eq!(drafts(&press(&mut model, "Up")), ["half a sen"]);
    assert_eq!(screen(&model).composer.text(), "half a sen");
}

#[test]
fn what_is_typed_before_the_draft_is_read_is_kept() {
    let (mut model, effects) = asked(Party::Customer(kevin()));
    assert_eq!(drafts(&press(&mut model, "\"hi\"")), Vec::<&str>::new());
    let found = drafted(&mut model, &effects, Some(draft("older", 60)));
    assert_eq!((drafts(&found), screen(&model).composer.text()), (vec!["hi"], "hi"));
    // And if the screen is left even before.
    let (mut model, _) = asked(Party::Customer(kevin()));
    press(&mut model, "\"hi\"");
    assert_eq!(drafts(&press(&mut model, "Esc")), ["hi"]);
}

#[test]
fn typed_before_it_is_known_whether_they_may_be_texted() {
    let (mut model, effects) = asked(Party::Customer(kevin()));
    press(&mut model, "\"hello u\" Enter");
    drafted(&mut model, &effects, None);
    answered(&mut model, &effects, thread(Some(Consent::NeverAsked), vec![]));
    assert_eq!(press(&mut model, "Enter"), [], "an Enter meant for the text is no yes of the customer");
    assert_eq!(screen(&model).composer.text(), "hello u");
    press(&mut model, "Esc");
    write_of(&press(&mut model, "Enter"));
}

#[test]
fn a_draft_of_a_number_that_may_not_be_texted_is_shown_and_kept() {
    let (mut model, effects) = asked(Party::Customer(kevin()));
    drafted(&mut model, &effects, Some(draft("half a sen", 60)));
    answered(&mut model, &effects, thread(Some(stop()), vec![]));
    assert_eq!(screen(&model).typing(), None);
    assert!(picture(&model, 80, 24).contains(" Kept, not sent:\n # half a sen"));
}
