//! The admin's queue: NIC-89..92, 96, 100, G21, and the signs of design 5.

use super::super::customers::import;
use super::super::queue::{clashes, facts, matching, page};
use super::*;
use crate::domain::shown::{Change, Counts, Fact, Facts, Line, Page, QueueFilter, Row, Sign};
use crate::domain::text::SafeText;
use crate::domain::update::{Reason, Status, Upload};

const DAY: u64 = 24 * 3600;

fn safe(text: &str) -> SafeText {
    SafeText::new(text)
}

fn pending() -> QueueFilter {
    QueueFilter { status: Some(Status::Pending), ..QueueFilter::default() }
}

impl Desk {
    fn page(&self, filter: &QueueFilter) -> Page {
        page(&self.db, &self.admin, filter, None, 50).unwrap()
    }

    fn clashes(&self) -> i64 {
        clashes(&self.db, &self.admin).unwrap()
    }

    fn signs(&self) -> Vec<Sign> {
        self.page(&QueueFilter::default()).rows.iter().map(|row| row.sign).collect()
    }

    /// The master says something about Kevin.
    pub(super) fn master_says(&mut self, now: Micros, mobile: &str, address: &str) {
        let row = NewCustomer {
            phones: vec![phone("mobile", mobile)],
            emails: vec![email("email", address)],
            ..kevin()
        };
        import(&mut self.db, &self.admin, now, &[row]).unwrap();
    }
}

#[test]
fn nic_89_a_page_has_all_that_the_table_shows() {
    let mut desk = Desk::new();
    let id = desk.capture(at(1), "5844 0010", "new@example.com", UPSTREAM).unwrap();
    desk.capture(at(2), "", "newer@example.com", UPSTREAM).unwrap();
    let page = page(&desk.db, &desk.supervisor, &pending(), None, 1).unwrap();
    let change = |field: &str, old, new| Change { field: field.into(), old: Some(safe(old)), new: safe(new) };
    let row = Row {
        seq: 1,
        id,
        customer: desk.kevin,
        policy: safe("LIB/C7013"),
        name: safe("Kevin Anderson Curepipe"),
        fields: vec![
            change("mobile", KEVINS, OTHER),
            change("email", "kevin@example.com", "new@example.com"),
        ],
        reason: "provided".into(),
        agent: 24,
        agent_name: safe("David Brown"),
        at: at(1),
        status: "pending".into(),
        upload: "not uploaded".into(),
        sign: Sign::Several(2),
        batch: None,
    };
    let counts = Counts { matching: 2, pending: 2, not_uploaded: 2 };
    let expected = Page { rows: vec![row], counts, open_batch: None };
    assert_eq!(page, expected);
}

#[test]
fn the_sign_is_the_most_urgent_one() {
    let one = |prepare: fn(&mut Desk)| {
        let mut desk = Desk::new();
        prepare(&mut desk);
        (desk.signs(), desk.clashes())
    };
    let waits = one(|desk| {
        desk.capture(at(1), "5844 0010", "", UPSTREAM).unwrap();
    });
    assert_eq!(waits, (vec![Sign::NotUploaded], 0));
    let stays_here = one(|desk| {
        desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
    });
    assert_eq!(stays_here, (vec![Sign::Fine], 0), "without an upstream nothing is late");
    let refused = one(|desk| {
        desk.capture(at(1), "5844 0010", "", UPSTREAM).unwrap();
        desk.capture(at(2), "5844 0011", "", UPSTREAM).unwrap();
        desk.run("update contact_update_state set upload = 'refused'");
    });
    assert_eq!(refused, (vec![Sign::Refused; 2], 0));
    let clash = one(|desk| {
        desk.capture(at(1), "5844 0010", "", UPSTREAM).unwrap();
        desk.capture(at(2), "5844 0011", "", UPSTREAM).unwrap();
        desk.capture(at(3), "", "new@example.com", UPSTREAM).unwrap();
        desk.master_says(at(4), "+23058449999", "kevin@example.com");
        desk.run("update contact_update_state set upload = 'refused'");
    });
    assert_eq!(clash, (vec![Sign::Clash, Sign::Clash, Sign::Refused], 2));
    let clash_of_mail = one(|desk| {
        desk.capture(at(1), "5844 0010", "new@example.com", UPSTREAM).unwrap();
        desk.master_says(at(4), KEVINS, "master@example.com");
    });
    assert_eq!(clash_of_mail, (vec![Sign::Clash], 1));
    let over = one(|desk| {
        desk.capture(at(1), "5844 0010", "", UPSTREAM).unwrap();
        desk.capture(at(2), "5844 0011", "", UPSTREAM).unwrap();
        desk.run("update contact_update_state set status = 'rejected'");
        desk.master_says(at(4), "+23058449999", "kevin@example.com");
    });
    assert_eq!(over, (vec![Sign::Fine; 2], 0));
    let converged = one(|desk| {
        desk.capture(at(1), "5844 0010", "", NO_UPSTREAM).unwrap();
        desk.capture(at(2), "5844 0011", "", NO_UPSTREAM).unwrap();
        desk.master_says(at(4), "+23058440010", "kevin@example.com");
    });
    assert_eq!(converged, (vec![Sign::Fine; 2], 0), "the first is in the master: one is left");
}

/// A customer whom only we know has no master to clash with.
#[test]
fn a_change_of_what_was_missing_is_no_clash() {
    let mut desk = Desk::new();
    let anna = NewCustomer { name: "Anna".into(), ..NewCustomer::default() };
    desk.kevin = super::super::customers::add(&mut desk.db, &desk.agent, NOW, &anna).unwrap();
    desk.capture(at(1), "5844 0010", "anna@example.com", NO_UPSTREAM).unwrap();
    assert_eq!((desk.signs(), desk.clashes()), (vec![Sign::Fine], 0));
    let lines = facts(&desk.db, &desk.admin, 1).unwrap().lines;
    let compared: Vec<_> = lines.iter().map(|line| (line.master.clone(), line.master_seen)).collect();
    assert_eq!(compared, [(None, None), (None, None)], "not compared: no master feed");
}

/// Five updates of two people, a day apart; the second is synced.
fn five_days() -> Desk {
    let mut desk = Desk::new();
    let ana = desk.supervisor.clone();
    for day in 0..4 {
        desk.capture(at(day * DAY), &format!("5844 001{day}"), "", UPSTREAM).unwrap();
    }
    desk.capture_as(&ana, at(4 * DAY), "", "new@example.com", UPSTREAM).unwrap();
    desk.mark(at(5 * DAY), &[2], UPSTREAM);
    desk
}

/// Both ways to the rows: a walk where most match, the index of the state where few do.
#[test]
fn nic_90_91_92_filters_choose_and_are_counted() {
    let desk = five_days();
    let all = QueueFilter::default;
    let status = |status| QueueFilter { status: Some(status), ..all() };
    let find = |text: &str| QueueFilter { find: Some(text.into()), ..all() };
    let cases: [(&str, QueueFilter, &[i64]); 14] = [
        ("all", all(), &[1, 2, 3, 4, 5]),
        ("NIC-90 state", status(Status::Pending), &[1, 3, 4, 5]),
        ("NIC-90 state", status(Status::Synced), &[2]),
        ("NIC-90 state", status(Status::Rejected), &[]),
        ("NIC-90 from is included", QueueFilter { from: Some(at(3 * DAY)), ..all() }, &[4, 5]),
        ("NIC-90 before is not", QueueFilter { before: Some(at(3 * DAY)), ..all() }, &[1, 2, 3]),
        ("NIC-90 agent", QueueFilter { agent: Some(7), ..all() }, &[5]),
        ("NIC-90 agent", QueueFilter { agent: Some(99), ..all() }, &[]),
        (
            "together",
            QueueFilter { from: Some(at(DAY)), before: Some(at(3 * DAY)), ..status(Status::Pending) },
            &[3],
        ),
        ("NIC-91", find("c7013"), &[1, 2, 3, 4, 5]),
        ("NIC-92", find(" curepipe "), &[1, 2, 3, 4, 5]),
        ("a wildcard is a letter", find("%"), &[]),
        ("nothing to find", find("  "), &[1, 2, 3, 4, 5]),
        (
            "found and pending",
            QueueFilter { find: Some("kevin".into()), ..status(Status::Pending) },
            &[1, 3, 4, 5],
        ),
    ];
    for (name, filter, expected) in cases {
        let page = desk.page(&filter);
        let seqs: Vec<i64> = page.rows.iter().map(|row| row.seq).collect();
        assert_eq!(
            (seqs.as_slice(), page.counts.matching),
            (expected, expected.len().try_into().unwrap()),
            "{name}"
        );
        assert_eq!(matching(&desk.db, &desk.admin, &filter).unwrap(), expected, "{name}");
        let newest = desk.page(&QueueFilter { newest_first: true, ..filter });
        let reversed: Vec<i64> = newest.rows.iter().rev().map(|row| row.seq).collect();
        assert_eq!(reversed, expected, "{name}, newest first");
    }
}

#[test]
fn nic_96_pages_follow_each_other_in_both_orders() {
    let desk = five_days();
    for (newest_first, expected) in [(false, [1, 3, 4, 5]), (true, [5, 4, 3, 1])] {
        let filter = QueueFilter { newest_first, ..pending() };
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = page(&desk.db, &desk.admin, &filter, after, 3).unwrap();
            assert_eq!(page.counts.matching, 4);
            seen.extend(page.rows.iter().map(|row| row.seq));
            after = seen.last().copied();
            if page.rows.len() < 3 {
                break;
            }
        }
        assert_eq!(seen, expected);
    }
}

#[test]
fn nic_100_agents_see_and_count_their_own_and_g21_supervisors_all() {
    let mut desk = five_days();
    desk.master_says(at(6 * DAY), "+23058449999", "other@example.com");
    let seen = |actor: &Actor| {
        let page = page(&desk.db, actor, &pending(), None, 50).unwrap();
        let seqs: Vec<i64> = page.rows.iter().map(|row| row.seq).collect();
        assert_eq!(matching(&desk.db, actor, &pending()).unwrap(), seqs);
        (
            seqs,
            page.counts.matching,
            page.counts.pending,
            clashes(&desk.db, actor).unwrap(),
            page.counts.not_uploaded,
        )
    };
    assert_eq!(seen(&desk.agent), (vec![1, 3, 4], 3, 3, 3, 3));
    assert_eq!(seen(&desk.supervisor), (vec![1, 3, 4, 5], 4, 4, 4, 4));
    assert!(matches!(facts(&desk.db, &desk.agent, 5), Err(Error::NotFound { .. })));
    assert!(matches!(page(&desk.db, &Actor::machine(), &pending(), None, 1), Err(Error::Denied(_))));
}

#[test]
fn g12_facts_of_two_agents_stand_side_by_side() {
    let mut desk = Desk::new();
    desk.capture(at(1), "5844 0010", "new@example.com", UPSTREAM).unwrap();
    let ana = desk.supervisor.clone();
    desk.capture_as(&ana, at(2), "5844 0011", "", UPSTREAM).unwrap();
    let fact = |seq: i64, agent: &str, old: &str, new: &str| Fact {
        seq,
        at: at(seq.try_into().unwrap()),
        agent_name: safe(agent),
        old: Some(safe(old)),
        new: safe(new),
        notes: safe("asked on the phone"),
    };
    let mobile = |clash, master: &str, seen| Line {
        field: "mobile".into(),
        facts: vec![fact(1, "David Brown", KEVINS, OTHER), fact(2, "Ana Silva", OTHER, "+23058440011")],
        master: Some(safe(master)),
        master_seen: seen,
        clash,
    };
    // What was read before the captures says nothing about them.
    let expected = Facts { lines: vec![mobile(false, KEVINS, None)], word: None };
    assert_eq!(facts(&desk.db, &desk.admin, 2).unwrap(), expected, "only the fields of that update");

    desk.master_says(at(9), "+23058449999", "new@example.com");
    let mail = Line {
        field: "email".into(),
        facts: vec![fact(1, "David Brown", "kevin@example.com", "new@example.com")],
        master: Some(safe("new@example.com")),
        master_seen: Some(at(9)),
        clash: false,
    };
    let expected = Facts { lines: vec![mobile(true, "+23058449999", Some(at(9))), mail], word: None };
    assert_eq!(facts(&desk.db, &desk.admin, 1).unwrap(), expected);
}

/// NIC-90..92, NIC-96: whichever index leads, the same updates are found, on any page of either order.
#[test]
fn nic_90_every_index_hands_out_the_same() {
    let mut desk = Desk::new();
    let ana = desk.supervisor.clone();
    for n in 0..60 {
        let actor = if n % 3 == 0 { ana.clone() } else { desk.agent.clone() };
        // Clocks jump: the order of capture is not that of the times.
        desk.capture_as(&actor, at(n * 7 % 60 * 3600), &format!("5844 {n:04}"), "", NO_UPSTREAM).unwrap();
    }
    desk.run(
        "update contact_update_state set status = case seq % 5 when 0 then 'held' when 1 then 'synced' else 'pending' end,
            upload = case seq % 4 when 0 then 'refused' when 1 then 'uploaded' else 'not uploaded' end,
            reason = case seq % 2 when 0 then 'bounced' else 'provided' end",
    );
    let hours = [None, Some(at(10 * 3600)), Some(at(30 * 3600 + 1))];
    let mut asked = 0;
    for status in [None, Some(Status::Held), Some(Status::Pending)] {
        for upload in [None, Some(Upload::Refused)] {
            for reason in [None, Some(Reason::Bounced)] {
                for agent in [None, Some(7)] {
                    for (from, before) in [(hours[0], hours[0]), (hours[1], hours[2]), (hours[0], hours[1])] {
                        for find in [None, Some("kevin cur".to_owned())] {
                            let filter = QueueFilter {
                                status,
                                upload,
                                reason,
                                agent,
                                from,
                                before,
                                find,
                                newest_first: asked % 2 == 1,
                            };
                            asked += 1;
                            same_as_a_walk(&desk, &filter);
                        }
                    }
                }
            }
        }
    }
}

fn same_as_a_walk(desk: &Desk, filter: &QueueFilter) {
    let mut statement = desk
        .db
        .conn()
        .prepare(
            "select s.seq, s.status, s.upload, s.reason, u.agent_number, u.captured_at
                  from contact_update u join contact_update_state s on s.update_id = u.id order by u.seq",
        )
        .unwrap();
    let rows = statement
        .query_map([], |row| {
            let fits = filter.status.is_none_or(|status| row.get::<_, Status>(1) == Ok(status))
                && filter.upload.is_none_or(|upload| row.get::<_, Upload>(2) == Ok(upload))
                && filter.reason.is_none_or(|reason| row.get::<_, Reason>(3) == Ok(reason))
                && filter.agent.is_none_or(|agent| row.get::<_, i64>(4) == Ok(agent))
                && filter.from.is_none_or(|from| row.get::<_, Micros>(5).unwrap() >= from)
                && filter.before.is_none_or(|before| row.get::<_, Micros>(5).unwrap() < before);
            Ok((row.get::<_, i64>(0)?, fits))
        })
        .unwrap();
    let expected: Vec<i64> =
        rows.map(|row| row.unwrap()).filter(|(_, fits)| *fits).map(|(seq, _)| seq).collect();
    assert_eq!(matching(&desk.db, &desk.admin, filter).unwrap(), expected, "{filter:?}");
    let (mut after, mut paged) = (None, Vec::new());
    loop {
        let page = page(&desk.db, &desk.admin, filter, after, 7).unwrap();
        assert_eq!(page.counts.matching, i64::try_from(expected.len()).unwrap(), "{filter:?}");
        paged.extend(page.rows.iter().map(|row| row.seq));
        after = paged.last().copied();
        if page.rows.len() < 7 {
            break;
        }
    }
    if filter.newest_first {
        paged.reverse();
    }
    assert_eq!(paged, expected, "{filter:?}");
}
