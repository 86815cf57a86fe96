//! The engine's side of the outbox: order, gates, deadlines, crashes (design 4).

use super::super::claims::{claim, doubts, leave, looked_up, next_due, recover, settle_all};
use super::super::inbound::{Found, accepted, look_up};
use super::super::outbox::Due;
use super::super::pulled::uploaded;
use super::super::retry::retry;
use super::*;
use crate::domain::job::MAX_CRASHES;
use crate::domain::update::Upload;

impl Desk {
    fn bodies(&mut self, epoch: i64, now: Micros) -> Vec<String> {
        let claimed = self.claim(epoch, now, Destination::Twilio);
        claimed.iter().map(|claimed| text_of(claimed).body.0.clone()).collect()
    }

    fn due(&self, to: Destination) -> Option<Micros> {
        next_due(&self.db, to).unwrap()
    }

    fn job(&self, seq: i64) -> JobId {
        self.db.conn().query_row("select id from job where seq = ?1", [seq], |row| row.get(0)).unwrap()
    }
}

#[test]
fn nothing_leaves_inside_the_undo_window() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    let epoch = desk.epoch();
    assert_eq!(desk.due(Destination::Twilio), Some(at(5)));
    assert_eq!(desk.bodies(epoch, at(5) - Duration::from_micros(1)), [""; 0]);
    assert_eq!(desk.bodies(epoch, at(5)), ["one"]);
    assert_eq!(desk.bodies(epoch, at(5)), [""; 0], "claimed once");
    assert_eq!(desk.due(Destination::Twilio), None);
}

#[test]
fn a_lane_is_strictly_first_in_first_out_and_blocks_no_other() {
    let mut desk = Desk::new();
    desk.consent(OTHER, Act::Grant);
    desk.allowed_text(at(1), "kevin 1");
    desk.allowed_text(at(2), "kevin 2");
    desk.text(at(3), OTHER, "other 1").unwrap();
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(60), Destination::Twilio);
    assert_eq!(claimed.iter().map(|c| text_of(c).body.as_str()).collect::<Vec<_>>(), ["kevin 1", "other 1"]);

    // Put back with a later time, the head still holds its lane, and the lane's time is the head's.
    let later = Verdict { not_before: Some(at(600)), ..verdict(claimed[0].jobs[0], Step::PutBack) };
    settle_all(&mut desk.db, epoch, at(61), &[later]).unwrap();
    assert_eq!(desk.bodies(epoch, at(599)), [""; 0]);
    assert_eq!(desk.due(Destination::Twilio), Some(at(600)));
    let head = desk.claim(epoch, at(600), Destination::Twilio);
    assert_eq!(text_of(&head[0]).body.as_str(), "kevin 1");

    // In doubt it holds its lane, too; settled, it lets the next go.
    desk.settle(epoch, at(601), head[0].jobs[0], Step::Doubt).unwrap();
    assert_eq!(desk.bodies(epoch, at(9999)), [""; 0]);
    desk.settle(epoch, at(602), head[0].jobs[0], Step::GiveUp).unwrap();
    assert_eq!(desk.bodies(epoch, at(9999)), ["kevin 2"]);
}

#[test]
fn a_claim_takes_no_more_than_it_may() {
    let mut desk = Desk::new();
    desk.consent(OTHER, Act::Grant);
    desk.text(at(1), OTHER, "a").unwrap();
    desk.allowed_text(at(1), "b");
    let epoch = desk.epoch();
    let first = claim(&mut desk.db, epoch, at(60), Destination::Twilio, 1).unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(desk.bodies(epoch, at(60)), ["b"]);
}

#[test]
fn the_attempt_is_on_disk_before_the_first_byte() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(10), Destination::Twilio);
    let other = super::super::open::open(&desk.location).unwrap();
    let row: (i64, i64, String, i64) = other
        .conn()
        .query_row(
            "select a.epoch, a.at, j.state, j.attempts from attempt a join attempt_job aj on aj.attempt_id = a.id
             join job j on j.id = aj.job_id where a.id = ?1",
            [claimed[0].attempt],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    assert_eq!(row, (epoch, at(10).0, "in flight".into(), 1));
}

/// Design 4.7: consent given when composing may be gone when the text would leave. A no recorded
/// elsewhere reaches the text even where nothing canceled it.
#[test]
fn the_gate_is_asked_again_inside_the_claim() {
    let mut desk = Desk::new();
    let id = desk.allowed_text(at(0), "one");
    desk.run(
        "insert into consent (id, address, channel, purpose, act, method, at)
         values (randomblob(16), '+23057372333', 'sms', 'service', 'revoke', 'import', 1)",
    );
    let epoch = desk.epoch();
    assert_eq!(desk.bodies(epoch, at(60)), [""; 0]);
    assert_eq!((desk.status_of(id).as_str(), desk.states()), ("canceled", vec!["canceled".to_owned()]));
    assert!(desk.one::<String>("select reason from job").contains("consent grant"));
}

#[test]
fn a_text_that_waited_too_long_expires() {
    let mut desk = Desk::new();
    let id = desk.allowed_text(at(0), "one");
    let deadline = at(5 + 4 * 3600);
    let epoch = desk.epoch();
    assert_eq!(desk.bodies(epoch, deadline), [""; 0]);
    assert_eq!((desk.status_of(id).as_str(), desk.states()), ("expired", vec!["expired".to_owned()]));
    desk.allowed_text(at(0), "two");
    assert_eq!(desk.bodies(epoch, deadline - Duration::from_micros(1)), ["two"]);
}

/// Design 4.1. What was claimed waits again; what was under way is in doubt.
#[test]
fn a_dead_engines_jobs_are_put_right() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "claimed");
    desk.run("update job set state = 'claimed', epoch = 1");
    desk.consent(OTHER, Act::Grant);
    desk.text(at(0), OTHER, "in flight").unwrap();
    desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
    let dead = desk.lease("dead", 0).unwrap();
    assert_eq!(desk.bodies(dead.epoch, at(10)), ["in flight"]);
    desk.claim(dead.epoch, at(10), Destination::Upstream);
    assert_eq!(desk.updates(&Filter::default())[0].upload, Upload::Uploading);
    drop(dead);

    let epoch = desk.epoch();
    assert_eq!(recover(&mut desk.db, epoch, at(20)).unwrap(), 3);
    assert_eq!(desk.states(), ["waiting", "ambiguous", "ambiguous"]);
    assert_eq!(recover(&mut desk.db, epoch, at(20)).unwrap(), 0, "its own are not stranded");
    assert_eq!(desk.updates(&Filter::default())[0].upload, Upload::NotConfirmed);
    assert_eq!(desk.bodies(epoch, at(20)), ["claimed"]);
    desk.assert_sound();
}

#[test]
fn what_stops_the_engine_three_times_is_set_aside() {
    let mut desk = Desk::new();
    desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
    for crash in 1..=MAX_CRASHES {
        let epoch = desk.epoch();
        assert_eq!(desk.claim(epoch, at(10), Destination::Upstream).len(), 1, "{crash}");
        let epoch = desk.epoch();
        recover(&mut desk.db, epoch, at(10)).unwrap();
        let job = desk.job(1);
        desk.settle(epoch, at(10), job, Step::PutBack).unwrap();
    }
    let epoch = desk.epoch();
    assert_eq!(desk.claim(epoch, at(10), Destination::Upstream), []);
    assert_eq!(desk.states(), ["parked"]);
}

/// The engine's own time passes between claim and answer: an epoch that is gone settles nothing,
/// and a new epoch does not settle what an old one has under way without recovering it.
#[test]
fn a_new_epoch_recovers_before_it_settles() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(10), Destination::Twilio);
    let epoch = desk.epoch();
    let job = claimed[0].jobs[0];
    assert!(matches!(desk.settle(epoch, at(11), job, Step::Accept), Err(Error::Fenced)));
    recover(&mut desk.db, epoch, at(11)).unwrap();
    desk.settle(epoch, at(11), job, Step::Accept).unwrap();
}

/// An ended job never reopens, and one refused move undoes the whole batch.
#[test]
fn a_settled_job_stays_settled() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    desk.allowed_text(at(0), "two");
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(10), Destination::Twilio);
    let job = claimed[0].jobs[0];
    desk.settle(epoch, at(11), job, Step::Accept).unwrap();
    for step in Step::ALL {
        assert!(desk.settle(epoch, at(12), job, step).is_err(), "{step:?}");
    }
    let second = desk.claim(epoch, at(12), Destination::Twilio)[0].jobs[0];
    let verdicts = [verdict(second, Step::Reject), verdict(job, Step::Reject)];
    assert!(settle_all(&mut desk.db, epoch, at(13), &verdicts).is_err());
    assert_eq!(desk.states(), ["accepted", "in flight"]);
}

/// Design 4.3: bound only when exactly one unbound message at Twilio can be it.
#[test]
fn a_text_in_doubt_is_bound_only_by_unique_evidence() {
    let window = (at(0), at(600));
    let like = |sid: &str, text: &Text| outbound(sid, text, Delivery::Sent, at(12));
    type Change = fn(Seen) -> Seen;
    let others: [(&str, Change); 5] = [
        ("another body", |seen| Seen { body: Body("One".into()), ..seen }),
        ("another number", |seen| Seen { to: number(OTHER).into(), ..seen }),
        ("from elsewhere", |seen| Seen { from: number(OTHER).into(), ..seen }),
        ("inbound", |seen| Seen { inbound: true, ..seen }),
        ("too late", |seen| Seen { created: Some(at(601)), ..seen }),
    ];
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(10), Destination::Twilio);
    let (job, text) = (claimed[0].jobs[0], text_of(&claimed[0]).clone());
    desk.settle(epoch, at(11), job, Step::Doubt).unwrap();
    let look = |listed: &[Seen], desk: &mut Desk| {
        look_up(&mut desk.db, epoch, at(20), job, &text, window, listed).unwrap()
    };
    for (name, change) in others {
        assert_eq!(look(&[change(like("SM1", &text))], &mut desk), Found::Candidates(0), "{name}");
    }
    let twice = [like("SM1", &text), like("SM2", &text)];
    assert_eq!(look(&twice, &mut desk), Found::Candidates(2));
    assert_eq!(desk.states(), ["ambiguous"]);
    // The same one on two pages is one.
    assert_eq!(look(&[like("SM1", &text), like("SM1", &text)], &mut desk), Found::Bound);
    assert_eq!((desk.states(), desk.status_of(text.message).as_str()), (vec!["accepted".to_owned()], "sent"));

    // What is bound is no candidate for the next text with the same words.
    desk.allowed_text(at(30), "one");
    let again = desk.claim(epoch, at(40), Destination::Twilio);
    desk.settle(epoch, at(41), again[0].jobs[0], Step::Doubt).unwrap();
    let text = text_of(&again[0]).clone();
    let found = look_up(&mut desk.db, epoch, at(50), again[0].jobs[0], &text, window, &[like("SM1", &text)]);
    assert_eq!(found.unwrap(), Found::Candidates(0));
}

#[test]
fn looks_at_a_doubt_are_counted_and_timed() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    let epoch = desk.epoch();
    let job = desk.claim(epoch, at(10), Destination::Twilio)[0].jobs[0];
    desk.settle(epoch, at(12), job, Step::Doubt).unwrap();
    let look = |desk: &Desk, now| doubts(&desk.db, Destination::Twilio, now, 9).unwrap();
    let doubt = look(&desk, at(12)).remove(0);
    assert_eq!((doubt.since, doubt.doubted, doubt.looks, doubt.attempts), (at(10), at(12), 0, 1));
    looked_up(&mut desk.db, epoch, at(13), job, Some(0), at(30)).unwrap();
    looked_up(&mut desk.db, epoch, at(14), job, None, at(40)).unwrap();
    assert_eq!(look(&desk, at(39)), []);
    assert_eq!(desk.due(Destination::Twilio), Some(at(40)));
    let doubt = look(&desk, at(40)).remove(0);
    assert_eq!((doubt.doubted, doubt.looks), (at(12), 1), "a look that failed does not count");
}

/// A mark waits behind the upload of its update, and one admin's marks leave together.
#[test]
fn marks_wait_for_their_uploads_and_go_together() {
    let mut desk = Desk::new();
    desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
    desk.mark(at(1), &[1], UPSTREAM);
    let epoch = desk.epoch();
    let upload = desk.claim(epoch, at(10), Destination::Upstream);
    assert!(matches!(upload.as_slice(), [Claimed { task: Task::Upload(_), .. }]));
    uploaded(&mut desk.db, epoch, at(11), upload[0].jobs[0], Some(upload[0].attempt), 900).unwrap();
    let marks = desk.claim(epoch, at(12), Destination::Upstream);
    let [Claimed { task, .. }] = marks.as_slice() else { panic!("{marks:?}") };
    assert_eq!(*task, Task::Mark { upstream_id: 900, by: 1, at: at(1) });
    desk.assert_sound();
}

#[test]
fn a_mark_whose_update_never_arrived_is_not_sent_and_can_be_put_in_again() {
    let mut desk = Desk::new();
    desk.capture(at(0), "5844 0010", "", UPSTREAM).unwrap();
    desk.mark(at(1), &[1], UPSTREAM);
    let epoch = desk.epoch();
    let upload = desk.claim(epoch, at(10), Destination::Upstream);
    desk.settle(epoch, at(11), upload[0].jobs[0], Step::Reject).unwrap();
    assert_eq!(desk.updates(&Filter::default())[0].upload, Upload::Refused);
    assert_eq!(desk.claim(epoch, at(12), Destination::Upstream), []);
    assert_eq!(desk.states(), ["rejected", "canceled"]);
    // The way out that its own sentence names.
    let (agent, admin) = (desk.agent.clone(), desk.admin.clone());
    let due = Due { not_before: at(20), deadline: at(999) };
    retry(&mut desk.db, &agent, at(15), 1, "", due).unwrap();
    retry(&mut desk.db, &admin, at(15), 2, "", due).unwrap();
    let upload = desk.claim(epoch, at(20), Destination::Upstream);
    uploaded(&mut desk.db, epoch, at(21), upload[0].jobs[0], None, 900).unwrap();
    assert!(matches!(desk.claim(epoch, at(22), Destination::Upstream)[0].task, Task::Mark { .. }));
}

/// One job that cannot be read is set aside, and the others leave in the same claim.
#[test]
fn a_job_that_cannot_be_read_stops_no_other() {
    let mut desk = Desk::new();
    desk.consent(OTHER, Act::Grant);
    desk.text(at(0), OTHER, "broken").unwrap();
    desk.allowed_text(at(1), "fine");
    desk.run("update message set recipient = 'nobody' where seq = 1");
    let epoch = desk.epoch();
    assert_eq!(desk.bodies(epoch, at(10)), ["fine"]);
    assert_eq!(desk.states(), ["parked", "in flight"]);
    assert_eq!(desk.one::<i64>("select count(*) from attempt"), 1);
}

/// An engine that ends in good order leaves its work as a dead one would, without counting a crash.
#[test]
fn leaving_is_no_crash() {
    let mut desk = Desk::new();
    desk.allowed_text(at(0), "one");
    let epoch = desk.epoch();
    desk.claim(epoch, at(10), Destination::Twilio);
    assert_eq!(leave(&mut desk.db, epoch, at(11)).unwrap(), 1);
    assert_eq!(
        (desk.states(), desk.one::<i64>("select crashes from job")),
        (vec!["ambiguous".to_owned()], 0)
    );
}

#[test]
fn an_answer_is_bound_with_its_job() {
    let mut desk = Desk::new();
    let id = desk.allowed_text(at(0), "one");
    let epoch = desk.epoch();
    let claimed = desk.claim(epoch, at(10), Destination::Twilio);
    let seen = outbound("SM1", text_of(&claimed[0]), Delivery::Queued, at(10));
    accepted(&mut desk.db, epoch, at(11), claimed[0].jobs[0], Some(claimed[0].attempt), &seen).unwrap();
    assert_eq!((desk.states(), desk.status_of(id).as_str()), (vec!["accepted".to_owned()], "queued"));
    let again = accepted(&mut desk.db, epoch, at(12), claimed[0].jobs[0], None, &seen);
    assert!(again.is_err(), "a settled job takes no second answer");
    assert_eq!(desk.one::<String>("select sid from message"), "SM1");
}
