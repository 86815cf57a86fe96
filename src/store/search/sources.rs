//! Where a term may be found. Each source walks one narrow index and goes to the wide row only for
//! what matches.

use super::like_inside;
use super::terms::Term;

/// A statement that answers with customers, and its values.
pub(super) type Source = (&'static str, Vec<String>);

pub(super) fn sources(term: &Term) -> Vec<Source> {
    let text = term.text().to_owned();
    match term {
        Term::Digits(_) => {
            let mut sources = match term.national() {
                None => vec![(NUMBERS, vec![text.clone()]), (CAPTURED_NUMBERS, vec![text.clone()])],
                Some(rest) => {
                    let values = vec![text.clone(), rest.to_owned()];
                    vec![(NATIONAL_NUMBERS, values.clone()), (CAPTURED_NATIONAL_NUMBERS, values)]
                }
            };
            sources.push((POLICY_DIGITS, vec![text]));
            sources
        }
        Term::Ends(_) => vec![(NUMBER_ENDS, vec![text.clone()]), (CAPTURED_NUMBER_ENDS, vec![text])],
        Term::Word(_) => {
            let one = || vec![wide(&text)];
            vec![
                in_name([&text, "", ""]),
                (POLICIES, one()),
                (COMPANIES, one()),
                (ADDRESSES, one()),
                (CAPTURED_ADDRESSES, one()),
            ]
        }
        Term::Payment(_) => vec![(PAYMENTS, vec![text.clone(), text + "\u{10ffff}"])],
    }
}

/// Customers with all these words in their name.
pub(super) fn in_name(words: [&str; 3]) -> Source {
    (NAMES, words.map(wide).to_vec())
}

/// Those spoken to last, by anybody.
pub(super) const SPOKEN_TO: &str = "select id from customer where last_contact_at is not null
    order by last_contact_at desc limit 100";

const NAMES: &str = "select c.id from customer i indexed by customer_name
    cross join customer c on c.seq = i.seq
    where i.name like ?1 escape '\\' and i.name like ?2 escape '\\' and i.name like ?3 escape '\\'";

const POLICIES: &str = "select c.id from customer i indexed by customer_policy
    cross join customer c on c.seq = i.seq where i.policy_number like ?1 escape '\\'";

const POLICY_DIGITS: &str = "select c.id from customer i indexed by customer_policy
    cross join customer c on c.seq = i.seq where instr(i.policy_number, ?1) > 0";

const COMPANIES: &str = "select c.id from customer i indexed by customer_company
    cross join customer c on c.seq = i.seq where i.company is not null and i.company like ?1 escape '\\'";

const PAYMENTS: &str = "select c.id from customer i indexed by customer_payment
    cross join customer c on c.seq = i.seq
    where i.payment is not null and i.payment >= ?1 collate nocase and i.payment < ?2 collate nocase";

// A number is a `+` and digits: in the order of an index all stand together, between `+0` and `+:`.
const NUMBERS: &str = "select p.customer_id from contact_point i indexed by contact_point_value
    cross join contact_point p on p.seq = i.seq
    where i.value >= '+0' and i.value < '+:' and instr(i.value, ?1) > 0";

const NATIONAL_NUMBERS: &str = "select p.customer_id from contact_point i indexed by contact_point_value
    cross join contact_point p on p.seq = i.seq
    where i.value >= '+0' and i.value < '+:'
      and (instr(i.value, ?1) > 0 or instr(i.value, ?2) between 2 and 5)";

const NUMBER_ENDS: &str = "select p.customer_id from contact_point i indexed by contact_point_value
    cross join contact_point p on p.seq = i.seq
    where i.value >= '+0' and i.value < '+:' and substr(i.value, -length(?1)) = ?1";

const ADDRESSES: &str = "select p.customer_id from contact_point i indexed by contact_point_value
    cross join contact_point p on p.seq = i.seq where i.value >= '+:' and i.value like ?1 escape '\\'
    union all
    select p.customer_id from contact_point i indexed by contact_point_value
    cross join contact_point p on p.seq = i.seq where i.value < '+0' and i.value like ?1 escape '\\'";

const CAPTURED_NUMBERS: &str = "select u.customer_id
    from contact_update_field f indexed by contact_update_field_new
    cross join contact_update u on u.id = f.update_id
    where f.new >= '+0' and f.new < '+:' and instr(f.new, ?1) > 0";

const CAPTURED_NATIONAL_NUMBERS: &str = "select u.customer_id
    from contact_update_field f indexed by contact_update_field_new
    cross join contact_update u on u.id = f.update_id
    where f.new >= '+0' and f.new < '+:' and (instr(f.new, ?1) > 0 or instr(f.new, ?2) between 2 and 5)";

const CAPTURED_NUMBER_ENDS: &str = "select u.customer_id
    from contact_update_field f indexed by contact_update_field_new
    cross join contact_update u on u.id = f.update_id
    where f.new >= '+0' and f.new < '+:' and substr(f.new, -length(?1)) = ?1";

const CAPTURED_ADDRESSES: &str = "select u.customer_id
    from contact_update_field f indexed by contact_update_field_new
    cross join contact_update u on u.id = f.update_id where f.new like ?1 escape '\\'";

/// A pattern that finds `text` anywhere. What `like` cannot compare without regard to case it lets
/// pass: what is found is checked.
fn wide(text: &str) -> String {
    like_inside(text).chars().map(|c| if c.is_ascii() { c } else { '_' }).collect()
}
