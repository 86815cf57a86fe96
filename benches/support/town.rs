//! Customers of a town that is as large as one likes, the same at every run.

use std::time::Duration;

use cordboard::domain::customer::{NewCustomer, NewEmail, NewPhone};
use cordboard::domain::email::Email;
use cordboard::domain::phone::E164;
use cordboard::domain::role::Actor;
use cordboard::domain::time::Micros;
use cordboard::store::{Db, customers, search};

pub const START: Micros = Micros::from_secs(1_767_225_600);
pub const GIVEN: [&str; 20] = [
    "Kevin", "Anna", "Jean", "Marie", "David", "Priya", "Ana", "Sam", "Li", "Paul", "Emily", "Sarah", "Marc",
    "Eva", "Omar", "Nadia", "Yusuf", "Chen", "Rosa", "Ivan",
];
const FAMILY: [&str; 12] = [
    "Curepipe",
    "Ramgoolam",
    "Appadoo",
    "Brown",
    "Silva",
    "Lee",
    "Johnson",
    "Davis",
    "Okafor",
    "Singh",
    "Muller",
    "Novak",
];

const ENDINGS: [&str; 10] = ["an", "bel", "dor", "ens", "fort", "gar", "lin", "mo", "sen", "ty"];

/// Adds so many, in pieces as an import does: each at its own time, so that ids go up with it.
pub fn settle(db: &mut Db, admin: &Actor, count: u64) {
    db.keep(32_000).unwrap();
    let rows: Vec<u64> = (0..count).collect();
    for (piece, chunk) in (1..).zip(rows.chunks(1000)) {
        let chunk: Vec<NewCustomer> = chunk.iter().map(|n| customer(*n)).collect();
        customers::import(db, admin, START + Duration::from_millis(piece), &chunk).unwrap();
    }
    search::tidy(db, count).unwrap();
}

/// How many a bench is asked to work with.
pub fn count() -> u64 {
    std::env::var("CORDBOARD_CUSTOMERS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000)
}

pub fn customer(n: u64) -> NewCustomer {
    let mobile = format!("+2305{:07}", digits(n));
    let name = format!("{} {}", given(n), family(n));
    let email = format!("{}.{n}@example.com", name.replace(' ', ".").to_lowercase());
    NewCustomer {
        name,
        policy_number: Some(policy(n)),
        master_id: Some(n.to_string()),
        phones: vec![NewPhone { label: "mobile".into(), value: E164::parse(&mobile).unwrap(), raw: mobile }],
        emails: vec![NewEmail { label: "email".into(), value: Email::parse(&email).unwrap(), raw: email }],
        payment: Some(if n.is_multiple_of(3) { "pending" } else { "paid" }.into()),
        ..NewCustomer::default()
    }
}

pub fn policy(n: u64) -> String {
    format!("LIB/C{n}")
}

pub fn digits(n: u64) -> u64 {
    mix(n + 1) % 10_000_000
}

pub fn given(n: u64) -> &'static str {
    pick::<&str>(&GIVEN, mix(n))
}

/// About one in 1,200 customers has the same.
pub fn family(n: u64) -> String {
    let (ending, end) = (mix(n + 9) % 10, mix(n + 11) % 10);
    format!("{}{}{}", pick(&FAMILY, mix(n + 7)), pick(&ENDINGS, ending), pick(&ENDINGS, end))
}

pub fn pick<T>(list: &[T], n: u64) -> &T {
    &list[usize::try_from(n).unwrap() % list.len()]
}

pub fn mix(n: u64) -> u64 {
    let z = (n.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 31)
}
