//! Merge and split again, whatever has happened before: every table is as it was, row by row.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::shown::DraftOf;
use crate::store::drafts;

/// What a merge is meant to leave behind, and what is checked by `doctor`.
const APART: [&str; 5] = ["audit", "customer_merge", "search", "sqlite_sequence", "update_search"];

/// Columns that say when a row was written.
const STAMPS: [&str; 3] = ["updated_at", "updated_by", "seq"];

/// Of an update that a merge has made, all stays as facts do: withdrawn.
const OWN: &str = "select id from contact_update where notes like 'merged with %'";

fn tables(desk: &Desk) -> BTreeMap<String, Vec<String>> {
    let conn = desk.db.conn();
    let list = |sql: &str| -> Vec<String> {
        let mut statement = conn.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    let names = list("select name from sqlite_schema where type = 'table'");
    let names = names.into_iter().filter(|name| !APART.iter().any(|apart| name.starts_with(apart)));
    names
        .map(|name| {
            let columns = list(&format!("select name from pragma_table_info('{name}')"));
            let columns = columns.iter().filter(|column| !STAMPS.contains(&column.as_str()));
            let all =
                columns.map(|column| format!("quote({column})")).collect::<Vec<_>>().join(" || ',' || ");
            let without = match name.as_str() {
                "contact_update" => format!("id not in ({OWN})"),
                "contact_update_field" | "contact_update_state" => format!("update_id not in ({OWN})"),
                "interaction" => format!("coalesce(subject_id, x'') not in ({OWN})"),
                "job" => format!("subject_id not in ({OWN})"),
                // Which hours the facts fall into.
                "contact_update_hour" => "0".to_owned(),
                "evidence" => format!("job_id not in (select id from job where subject_id in ({OWN}))"),
                _ => "1".to_owned(),
            };
            let rows = list(&format!("select {all} as line from \"{name}\" where {without} order by line"));
            (name, rows)
        })
        .collect()
}

/// Something that happens to one of three customers.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Update(usize, u8),
    Note(usize),
    Pin(usize),
    Inbound(usize),
    Text(usize),
    Stop(usize),
    Draft(usize),
    Imported(usize),
    Merged(usize, usize, u16),
}

fn happens() -> impl Strategy<Value = Happens> {
    let who = || 0_usize..3;
    prop_oneof![
        (who(), any::<u8>()).prop_map(|(who, what)| Happens::Update(who, what)),
        who().prop_map(Happens::Note),
        who().prop_map(Happens::Pin),
        who().prop_map(Happens::Inbound),
        who().prop_map(Happens::Text),
        who().prop_map(Happens::Stop),
        who().prop_map(Happens::Draft),
        who().prop_map(Happens::Imported),
        (who(), who(), any::<u16>()).prop_map(|(kept, gone, takes)| Happens::Merged(kept, gone, takes)),
    ]
}

const NUMBERS: [&str; 3] = [KEVINS, OTHER, "+23058440077"];

struct Three {
    desk: Desk,
    ids: [CustomerId; 3],
    records: [NewCustomer; 3],
    n: u64,
}

impl Three {
    fn new() -> Self {
        let (mut desk, twin) = Desk::with_twin();
        let admin = desk.admin.clone();
        // Of the first one's number, too: a family.
        let third = NewCustomer {
            phones: vec![phone("mobile", NUMBERS[2]), phone("home", KEVINS)],
            stage: crate::domain::customer::Stage::Client,
            tags: vec!["motor".into(), "life".into()],
            custom: own_fields(&[("plate", "77"), ("colour", "red")]),
            ..twin_of("9013")
        };
        let id = add(&mut desk, &admin, third.clone());
        let ids = [desk.kevin, twin, id];
        Self { desk, ids, records: [kevin(), super::twin(), third], n: 10 }
    }

    fn merge(&mut self, kept: usize, gone: usize, takes: u16) -> Option<MergeId> {
        let (admin, both) = (self.desk.admin.clone(), (self.ids[kept], self.ids[gone]));
        let takes: Takes = Part::ALL
            .into_iter()
            .enumerate()
            .filter(|(at, _)| takes >> (15 - at) & 1 == 1)
            .map(|(at, part)| (part, if takes >> (at % 3) & 1 == 1 { Side::Gone } else { Side::Kept }))
            .collect();
        merge::merge(&mut self.desk.db, &admin, at(self.n), both, &takes, UPSTREAM).ok()
    }

    /// What is refused, such as a pin without a note or a number that is on file, changes nothing.
    fn play(&mut self, happens: Happens) {
        self.n += 1;
        let (n, agent) = (self.n, self.desk.agent.clone());
        match happens {
            Happens::Update(who, what) => {
                let mobile = format!("5844 0{what:03}");
                let _ = self.desk.try_capture(n, self.ids[who], &mobile, "");
            }
            Happens::Note(who) => drop(self.desk.note_on(n, self.ids[who], "a note")),
            Happens::Pin(who) => {
                let newest = notes::list(&self.desk.db, &agent, self.ids[who]).unwrap();
                if let Some(note) = newest.first() {
                    notes::pin(&mut self.desk.db, &agent, at(n), self.ids[who], Some(note.id)).unwrap();
                }
            }
            Happens::Inbound(who) => self.desk.poll(n, NUMBERS[who], &format!("SM{n}"), "merci"),
            Happens::Text(who) => {
                let text = NewText {
                    from: number(OURS),
                    to: number(NUMBERS[who]),
                    customer: Some(self.ids[who]),
                    body: Body("hello".into()),
                    purpose: Purpose::Service,
                };
                let of = entry(&text.to, text.customer, Purpose::Service, Act::Grant);
                super::super::super::consent::record(&mut self.desk.db, &agent, at(n), &of.as_ref()).unwrap();
                let _ = super::super::super::messages::send(&mut self.desk.db, &agent, at(n), &text, WINDOW);
            }
            Happens::Stop(who) => self.desk.poll(n, NUMBERS[who], &format!("SM{n}"), "STOP"),
            Happens::Draft(who) => {
                drafts::put(&mut self.desk.db, &agent, at(n), Some(self.ids[who]), DraftOf::Note, "begun")
                    .unwrap();
            }
            Happens::Imported(who) => {
                let admin = self.desk.admin.clone();
                let row = NewCustomer { payment: Some(format!("state {n}")), ..self.records[who].clone() };
                customers::import(&mut self.desk.db, &admin, at(n), &[row]).unwrap();
            }
            Happens::Merged(kept, gone, takes) => drop(self.merge(kept, gone, takes)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn what_is_split_again_is_as_it_was(
        before in prop::collection::vec(happens(), 0..14),
        merges in prop::collection::vec((0_usize..3, 0_usize..3, any::<u16>()), 1..4),
    ) {
        let mut three = Three::new();
        for happens in before {
            three.play(happens);
        }
        three.desk.assert_sound();
        let mut done = vec![];
        for (kept, gone, takes) in merges {
            three.n += 1;
            let was = tables(&three.desk);
            if let Some(id) = three.merge(kept, gone, takes) {
                three.desk.assert_sound();
                done.push((id, was));
            }
        }
        for (id, was) in done.into_iter().rev() {
            three.n += 1;
            let admin = three.desk.admin.clone();
            let split = merge::split(&mut three.desk.db, &admin, at(three.n), id).unwrap();
            prop_assert_eq!((split.stay, split.changed_since, split.update_stays), (0, vec![], false));
            three.desk.assert_sound();
            for (table, rows) in tables(&three.desk) {
                prop_assert_eq!(&rows, &was[&table], "{}", table);
            }
        }
    }
}

#[test]
fn the_comparison_sees_what_it_should() {
    let mut three = Three::new();
    three.play(Happens::Note(0));
    let was = tables(&three.desk);
    assert!(was["interaction"].len() == 1 && was["customer"].len() == 3 && was.contains_key("draft"));
    three.merge(0, 1, 0).unwrap();
    let now = tables(&three.desk);
    let changed: Vec<_> =
        now.iter().filter(|(table, rows)| was[*table] != **rows).map(|(name, _)| name).collect();
    assert_eq!(changed, ["contact_point", "customer", "customer_ref"]);
}
