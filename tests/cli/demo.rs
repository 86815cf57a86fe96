//! The tour of the commands, whatever the environment holds.

use crate::home::{Home, Ran};

/// Real credentials and addresses in the environment reach nothing: the tour is the same.
#[test]
fn the_demo_is_green_with_anything_in_the_environment() {
    let home = Home::empty();
    let temporary = home.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = home.command(&["demo"]);
    command
        .env("TMPDIR", &temporary)
        .env("TWILIO_ACCOUNT_SID", "AC11111111111111111111111111111111")
        .env("TWILIO_AUTH_TOKEN", "real")
        .env("TWILIO_PHONE_NUMBER", "+12025550143")
        .env("CORDBOARD_UPSTREAM_TOKEN", "real")
        .env("CORDBOARD_UPSTREAM_URL", "https://upstream.example")
        .env("CORDBOARD_TWILIO_BASE_URL", "https://api.twilio.com")
        .env("CORDBOARD_USER", "somebody")
        .env("HTTPS_PROXY", "http://127.0.0.1:9");
    let ran = Ran::of(&mut command);
    assert_eq!(ran.code, 0, "{ran:?}");
    for word in ["waits for network", "delivered", "the customer texted STOP", "synced already, by S. Lee"] {
        assert!(ran.out.contains(word) || ran.err.contains(word), "{word}: {ran:?}");
    }
    assert!(ran.out.contains("What the servers saw: 2 texts and 3 updates, each once."), "{}", ran.out);
    assert!(std::fs::read_dir(&temporary).unwrap().next().is_none(), "nothing is left behind");
    assert!(!home.path("data").exists(), "the demo has a desk of its own");
}
