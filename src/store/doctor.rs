//! Is the file sound? Every promise that can be recomputed is.

use super::search::index;
use super::{Db, Result, audit, clash, effective};

/// One check: what was looked at, and what is wrong, if anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub wrong: Option<String>,
}

/// Runs every check.
///
/// # Errors
/// The file cannot be read at all.
pub fn examine(db: &Db) -> Result<Vec<Check>> {
    let text = |sql: &str| -> Result<String> { Ok(db.conn().query_row(sql, [], |row| row.get(0))?) };
    let count = |sql: &str| -> Result<i64> { Ok(db.conn().query_row(sql, [], |row| row.get(0))?) };
    let some = |n: i64, what: &str| (n > 0).then(|| format!("{n} {what}"));

    let pages = text("pragma integrity_check")?;
    let differences = effective::differences(db)?;
    let unshown = clash::differences(db)?;
    let unknown = index::differences(db)?;
    let broken = audit::first_broken(db)?;
    Ok(vec![
        Check { name: "encryption is on", wrong: text("pragma cipher_version").err().map(|e| e.to_string()) },
        Check { name: "pages are sound", wrong: (pages != "ok").then_some(pages) },
        Check {
            name: "references are whole",
            wrong: some(count("select count(*) from pragma_foreign_key_check")?, "rows point nowhere"),
        },
        Check {
            name: "effective contacts equal the fold",
            wrong: differences
                .first()
                .map(|(id, field)| format!("{} differ, the first is the {field} of {id}", differences.len())),
        },
        Check {
            name: "clashes with the master are those that are shown",
            wrong: unshown
                .first()
                .map(|(id, field)| format!("{} differ, the first is the {field} of {id}", unshown.len())),
        },
        Check {
            name: "the search index agrees",
            wrong: unknown
                .first()
                .map(|seq| format!("{} customers differ, the first is number {seq}", unknown.len())),
        },
        Check {
            name: "whoever was merged has one who stands for them",
            wrong: some(
                count(
                    "select count(*) from customer_merged m
                     join customer g on g.id = m.gone join customer k on k.id = m.kept
                     where g.deleted_at is null
                        or (k.deleted_at is not null
                            and not exists (select 1 from customer_merged n where n.gone = m.kept)
                            and not exists (select 1 from audit a
                                where a.object_id = m.kept and a.action = 'customer deleted'))
                        or exists (select 1 from customer_merged n where n.gone = m.gone and n.id <> m.id)
                        or exists (select 1 from customer_ref r where r.customer_id = m.gone)",
                )?,
                "merges lead nowhere",
            ),
        },
        Check {
            name: "every update has its state and a field",
            wrong: some(
                count(
                    "select count(*) from contact_update u
                     where not exists (select 1 from contact_update_state s where s.update_id = u.id)
                        or not exists (select 1 from contact_update_field f where f.update_id = u.id)",
                )?,
                "updates are incomplete",
            ),
        },
        Check {
            name: "every waiting text has its job",
            wrong: some(
                count(
                    "select count(*) from message m where m.status = 'waiting'
                       and not exists (select 1 from job j where j.subject_id = m.id and j.kind = 'text')",
                )?,
                "texts wait without a job",
            ),
        },
        Check { name: "the audit chain holds", wrong: broken.map(|seq| format!("entry {seq} does not fit")) },
    ])
}
