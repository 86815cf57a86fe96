//! NIC-135 at the desk: the clash of the demo is looked at and decided.

use crate::support::stage::Stage;

#[test]
fn nic_135_a_clash_is_looked_at_and_decided() {
    let mut stage = Stage::start("admin", &[], (80, 24));
    stage.press("Esc", &["DESK"]);
    stage.press("g u", &["1 clash"]);
    stage.press("c", &["In clash with the master   1", "Nadia Joomun", "was ", "ours ", "theirs "]);
    stage.press("Enter", &["Nadia Joomun: which mobile counts?", "theirs, "]);
    stage.press("Down Enter", &["because"]);
    stage.press("'the branch says so' Enter", &["Nothing is to be entered.", "No contact is in clash"]);
    stage.press("Esc", &["of 44", "!1 clash"]);
    stage.ok("S. Lee", &["doctor"]);
}
