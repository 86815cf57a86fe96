//! The table is sound, and what a config changes in it.

use super::*;

fn changed(pairs: &[(&str, &[&str])]) -> (Keymap, Vec<String>) {
    let owned = |(word, keys): &(&str, &[&str])| {
        ((*word).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect())
    };
    Keymap::new(&pairs.iter().map(owned).collect())
}

#[test]
fn the_table_is_sound() {
    let (keymap, wrong) = changed(&[]);
    assert_eq!(wrong, Vec::<String>::new());
    for binding in table() {
        for name in binding.keys {
            assert!(name.parse::<Key>().is_ok(), "{name}");
        }
    }
    let reached = |action: &Action| {
        keymap.bound.iter().any(|(_, bound, ..)| bound == action) || PLACES.iter().any(|(_, to)| to == action)
    };
    let unbound: Vec<_> = Action::ALL.iter().filter(|action| !reached(action)).collect();
    assert_eq!(unbound, Vec::<&Action>::new());
}

#[test]
fn no_capital_letter_has_a_meaning() {
    let capital = |name: &&&str| name.len() == 1 && name.chars().all(|c| c.is_ascii_uppercase());
    assert_eq!(table().flat_map(|binding| binding.keys).find(capital), None);
}

#[test]
fn a_changed_key_acts_and_is_shown() {
    let (keymap, wrong) = changed(&[("mark-synced", &["F9", "z"])]);
    assert_eq!(wrong, Vec::<String>::new());
    let here = [Context::Updates, Context::Desk, Context::Everywhere];
    assert_eq!(keymap.action(&here, Key::char('z')), Some(Action::Mark));
    assert_eq!(keymap.action(&here, Key::char('s')), None);
    assert!(keymap.rows(&here).contains(&("F9".parse().unwrap(), "synced")));
}

#[test]
fn what_is_wrong_is_named_and_left_out() {
    let (keymap, wrong) = changed(&[("mark-sinced", &["w"]), ("export", &["Hyper+x"]), ("hold", &["v"])]);
    assert_eq!(
        wrong,
        [
            "keys.mark-sinced: no such action; did you mean \"mark-synced\"?",
            "keys.export: \"Hyper+x\" is no key: write it like s, F2, Ctrl+S, Alt+Enter, Space or PgDn",
            "keys: v is both \"range\" and \"hold\" (contact updates): the first counts",
        ]
    );
    assert_eq!(keymap.action(&[Context::Updates], Key::char('x')), Some(Action::Export));
}
