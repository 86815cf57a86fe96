//! The stage as a whole: quick to set, joined from another terminal, gone afterwards.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use super::*;
use crate::remote::client::Guard;

fn text_to_kevin(stage: &Stage) {
    let mut world = stage._sandbox.as_ref().unwrap().world();
    let config = world.config.clone();
    let account = crate::remote::twilio::Account {
        base_url: "http://127.0.0.1:1".to_owned(),
        account_sid: config.account_sid.clone(),
        user: config.account_sid.clone(),
        secret: config.auth_token.clone(),
    };
    let endpoints = crate::remote::Endpoints { twilio: Some(account), ..Default::default() };
    let text = crate::remote::Request::CreateMessage {
        from: crate::domain::phone::E164::parse(&config.our_numbers[0]).unwrap(),
        to: crate::domain::phone::E164::parse(KEVINS).unwrap(),
        body: crate::domain::text::Body("Your QR code is on its way.".to_owned()),
    };
    world.handle(&crate::remote::encode(&text, &endpoints).unwrap());
}

#[test]
fn a_second_desk_joins_and_everything_is_gone_afterwards() {
    let temp = tempfile::tempdir().unwrap();
    let alone = Stage::join_in(temp.path(), None).err().unwrap();
    assert_eq!(Exit::of(&alone), Exit::NotFound);
    assert!(alone.to_string().contains("no demo is running"), "{alone}");

    let first = Stage::start_in(temp.path(), None, None).unwrap();
    assert_eq!(first.user().name, "David Brown");
    assert_eq!(fs::metadata(first.home()).unwrap().permissions().mode() & 0o777, 0o700);
    let second = Stage::join_in(temp.path(), Some("admin")).unwrap();
    assert_eq!((second.user().name.as_str(), second.home()), ("S. Lee", first.home()));
    let stranger = Stage::join_in(temp.path(), Some("Nobody")).err().unwrap();
    assert!(stranger.to_string().contains("supervisor (Ana Silva)"), "{stranger}");

    second.offline().unwrap();
    assert!(first._sandbox.as_ref().unwrap().world().is_offline());
    second.online().unwrap();
    assert!(!first._sandbox.as_ref().unwrap().world().is_offline());
    drop(second);
    assert!(first.home().exists(), "whoever joined leaves it alone");
    drop(first);
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn what_a_command_sees_is_the_demo_and_nothing_else() {
    let temp = tempfile::tempdir().unwrap();
    let stage = Stage::start_in(temp.path(), None, Some("7")).unwrap();
    let mut context = stage.context();
    assert_eq!(context.reach(), Guard::LoopbackOnly);
    let config = context.config().unwrap();
    assert_eq!(config.desk.undo_seconds, 5);
    for url in [Some(&config.twilio.base_url), config.upstream.base_url.as_ref()] {
        assert!(url.unwrap().to_string().starts_with("http://127.0.0.1:"));
    }
    let desk = context.desk().unwrap();
    assert_eq!((desk.actor.name.as_str(), desk.numbers.len()), ("Ana Silva", 1));
}

#[test]
fn people_are_found_by_role_name_and_number() {
    let temp = tempfile::tempdir().unwrap();
    let stage = Stage::start_in(temp.path(), None, None).unwrap();
    let db = open::open(&stage.context().location().unwrap()).unwrap();
    for (named, name) in [
        (None, "David Brown"),
        (Some(" "), "David Brown"),
        (Some("agent"), "David Brown"),
        (Some("ADMIN"), "S. Lee"),
        (Some("supervisor"), "Ana Silva"),
        (Some("ana silva"), "Ana Silva"),
        (Some("#1"), "S. Lee"),
    ] {
        assert_eq!(person(&db, named).unwrap().name, name, "{named:?}");
    }
}

#[test]
fn kevin_answers_and_his_stop_is_known_at_twilio() {
    let temp = tempfile::tempdir().unwrap();
    let stage = Stage::start_in(temp.path(), None, None).unwrap();
    let before = stage._sandbox.as_ref().unwrap().world().messages().len();
    text_to_kevin(&stage);
    text_to_kevin(&stage);
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        // His texts take seconds of the sandbox's clock; it is moved on.
        let mut world = stage._sandbox.as_ref().unwrap().world();
        world.advance(Duration::from_secs(1));
        let heard: Vec<_> = world.messages()[before..]
            .iter()
            .filter(|text| text.direction.as_deref() == Some("inbound"))
            .filter_map(|text| text.body.clone())
            .collect();
        drop(world);
        if heard == ["Merci, bien recu", "STOP"] {
            break;
        }
        assert!(Instant::now() < deadline, "{heard:?}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let ledger = stage._sandbox.as_ref().unwrap().world().ledger().messages_stored().len();
    assert_eq!(ledger, 2, "the ledger counts from the curtain on");
}
