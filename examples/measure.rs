//! Throwaway: what index designs cost within an encrypted file.
#![allow(
    clippy::all,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::uninlined_format_args
)]
use rusqlite::{Connection, params};
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

fn cpu() -> Duration {
    let t = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(t.tv_sec as u64, t.tv_nsec as u32)
}
fn mix(n: u64) -> u64 {
    let z = (n.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 31)
}
const SYL: [&str; 40] = [
    "ra", "ma", "lo", "vi", "ne", "ka", "jo", "be", "ti", "su", "an", "el", "or", "da", "fi", "gu", "ha",
    "mi", "po", "ry", "sa", "le", "to", "ch", "we", "nar", "son", "ber", "man", "ton", "gool", "dam", "cure",
    "pip", "lee", "kev", "pri", "ya", "ol", "shi",
];
fn word(kind: u64, rank: u64) -> String {
    let h = mix(kind * 1_000_003 + rank);
    let n = 2 + h % 3;
    let mut s = String::new();
    for k in 0..n {
        s.push_str(SYL[(mix(h + k) % 40) as usize]);
    }
    s
}
/// zipf-like rank in 0..n
fn zipf(h: u64, n: u64) -> u64 {
    let u = (h >> 11) as f64 / (1u64 << 53) as f64;
    ((n as f64).powf(u) - 1.0) as u64 % n
}
struct C {
    name: String,
    policy: String,
    phones: Vec<String>,
    email: String,
    company: Option<String>,
}
fn given(h: u64) -> String {
    word(1, zipf(h, 2000))
}
fn family(h: u64) -> String {
    word(2, zipf(h, 12000))
}
fn number(h: u64) -> String {
    match h % 10 {
        0..=5 => format!("2305{:07}", mix(h) % 10_000_000),
        6 | 7 => format!("614{:08}", mix(h) % 100_000_000),
        8 => format!("4670{:07}", mix(h) % 10_000_000),
        _ => format!("1202{:07}", mix(h) % 10_000_000),
    }
}
fn customer(n: u64) -> C {
    let h = mix(n * 7 + 3);
    let (g, f) = (given(mix(h)), family(mix(h + 1)));
    let mut phones = vec![number(mix(h + 2))];
    if h % 4 == 0 {
        phones.push(number(mix(h + 3)));
    }
    let email = match h % 5 {
        0 => format!("{g}.{f}{}", mix(h) % 100),
        1 => format!("{}{f}", &g[..1]),
        2 => format!("{f}{}", mix(h) % 10000),
        _ => format!("{g}.{f}.{n}"),
    } + ["@example.com", "@mail.example", "@example.org"][(h % 3) as usize];
    C {
        name: format!("{g} {f}"),
        policy: format!("LIB/C{n}"),
        phones,
        email,
        company: (h % 10 == 0).then(|| format!("{} traders", word(3, zipf(mix(h + 5), 5000)))),
    }
}
const P7: &[usize] = &[1, 2, 3, 4, 5, 6, 8];
const P8: &[usize] = &[1, 2, 3, 4, 5, 6, 7, 8];
const P5: &[usize] = &[1, 2, 3, 4, 6];
fn words(c: &C) -> BTreeSet<String> {
    let mut t = BTreeSet::new();
    for w in c.name.split(' ') {
        t.insert(w.to_owned());
    }
    if let Some(x) = &c.company {
        for w in x.split(' ') {
            t.insert(w.to_owned());
        }
    }
    t.insert("lib".into());
    t.insert("c".into());
    let (local, domain) = c.email.split_once('@').unwrap();
    let parts: Vec<&str> = local.split('.').collect();
    if parts.len() > 1 {
        for p in &parts {
            t.insert((*p).into());
        }
    }
    t.insert(format!("{}@", parts.concat()));
    for d in domain.split('.') {
        t.insert(format!("@{d}"));
    }
    t
}
fn explicit(ws: &BTreeSet<String>, lens: &[usize], out: &mut BTreeSet<String>) {
    for w in ws {
        for l in lens {
            if w.len() >= *l {
                out.insert(format!("~{}", &w[..*l]));
            }
        }
        out.insert(w.clone());
    }
}
fn code_len(d: &str) -> usize {
    if d.starts_with('1') {
        1
    } else if d.starts_with("230") {
        3
    } else {
        2
    }
}
fn grams(text: &str, sizes: &[usize], out: &mut BTreeSet<String>) {
    let b = text.as_bytes();
    for s in sizes {
        for w in b.windows(*s) {
            out.insert(format!("#{}", std::str::from_utf8(w).unwrap()));
        }
    }
    for l in 1..=3 {
        if b.len() >= l {
            out.insert(format!("#{}$", &text[text.len() - l..]));
        }
    }
}
fn all_grams(c: &C, sizes: &[usize], out: &mut BTreeSet<String>) {
    for p in &c.phones {
        grams(&format!("00{p}"), sizes, out);
        let nat = format!("0{}", &p[code_len(p)..]);
        for s in sizes {
            out.insert(format!("#{}", &nat[..*s]));
        }
    }
    grams(&c.policy.replace('/', "").to_lowercase(), sizes, out);
}
fn suffixes(c: &C, out: &mut BTreeSet<String>) {
    for p in &c.phones {
        for i in 0..=p.len() - 3 {
            out.insert(p[i..].to_owned());
        }
    }
    let d: String = c.policy.chars().filter(|c| c.is_ascii_digit()).collect();
    for i in 0..d.len().saturating_sub(2) {
        out.insert(d[i..].to_owned());
    }
}
fn joined(c: &C, out: &mut BTreeSet<String>) {
    let (a, b) = c.name.split_once(' ').unwrap();
    out.insert(format!("{a}{b}"));
    out.insert(format!("{b}{a}"));
}
fn text(t: &BTreeSet<String>) -> String {
    let mut s = String::new();
    for w in t {
        s.push_str(w);
        s.push(' ');
    }
    s
}

const FTS: &str = "content='', contentless_delete=1, detail=none, tokenize=\"ascii tokenchars '~#$@'\"";
#[derive(Clone, Copy, PartialEq, Debug)]
enum V {
    None,
    Figures,
    Two,
    Grams234P7,
    Grams24P7,
    Grams234P5,
    Grams234P4N,
    BtreeDigits,
    Best,
}

fn open(path: &std::path::Path) -> Connection {
    let c = Connection::open(path).unwrap();
    let _ = c.execute_batch("pragma cipher_log_level = none; pragma cipher_log = off;");
    let _ = c.execute_batch(
        "pragma key = \"x'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'\"",
    );
    let _ = c.execute_batch("pragma journal_mode=wal; pragma synchronous=full; pragma cache_size=-16000;");
    c.set_prepared_statement_cache_capacity(200);
    c
}
fn main() {
    let n: u64 = std::env::var("N").unwrap().parse().unwrap();
    let which = std::env::var("V").unwrap_or_default();
    for v in [
        V::None,
        V::Figures,
        V::Two,
        V::Grams234P7,
        V::Grams24P7,
        V::Grams234P5,
        V::Grams234P4N,
        V::BtreeDigits,
        V::Best,
    ] {
        if !which.is_empty() && !which.split(',').any(|w| format!("{v:?}") == w) {
            continue;
        }
        run(v, n);
    }
}
fn run(v: V, n: u64) {
    let dir = tempfile::tempdir_in("/tmp").unwrap();
    let mut db = open(&dir.path().join("x.db"));
    db.execute_batch("create table customer (seq integer primary key, id blob not null, name text not null, company text, policy_number text, payment text, stage text, tags text, custom text, last_contact_at integer, created_at integer, updated_at integer, u blob);
        create table contact_point (seq integer primary key, id blob, customer_id blob, kind text, label text, value text, raw text, origin text, seen_at integer, created_at integer);").unwrap();
    let sql = match v {
        V::None => String::new(),
        V::Figures => format!("create virtual table search using fts5(t, {FTS}, prefix='1 2 3 4 5 6 8')"),
        V::Two => format!(
            "create virtual table search using fts5(t, {FTS}, prefix='1 2 3 4 5 6 8'); create virtual table search_digits using fts5(t, {FTS}, prefix='2 3 4 6')"
        ),
        V::Grams234P4N => format!("create virtual table search using fts5(t, {FTS})"),
        V::Best => {
            let pg = std::env::var("PG").unwrap_or("4050".into());
            format!(
                "create virtual table search using fts5(t, {FTS}); insert into search(search, rank) values('pgsz', {pg}); create index customer_order on customer (seq, last_contact_at, name);"
            )
        }
        V::BtreeDigits => format!(
            "create virtual table search using fts5(t, {FTS}, prefix='1 2 3 4 5 6 8'); create table search_suffix (s text, seq integer, primary key (s, seq)) without rowid"
        ),
        _ => format!("create virtual table search using fts5(t, {FTS})"),
    };
    db.execute_batch(&sql).unwrap();
    if let Ok(h) = std::env::var("HASH") {
        if v != V::None {
            db.execute(&format!("insert into search(search, rank) values('hashsize', {h})"), []).unwrap();
        }
    }
    if let Ok(h) = std::env::var("AUTO") {
        if v != V::None {
            db.execute(&format!("insert into search(search, rank) values('automerge', {h})"), []).unwrap();
        }
    }
    for k in ["usermerge", "crisismerge", "deletemerge"] {
        if let Ok(h) = std::env::var(k) {
            if v != V::None {
                db.execute(&format!("insert into search(search, rank) values('{k}', {h})"), []).unwrap();
            }
        }
    }
    let (mut tok, mut ins, mut base) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let wall = Instant::now();
    let mut postings = 0u64;
    for chunk in (0..n)
        .collect::<Vec<_>>()
        .chunks(std::env::var("CHUNK").ok().and_then(|n| n.parse().ok()).unwrap_or(5000))
    {
        let b = cpu();
        let tx = db.transaction().unwrap();
        let cs: Vec<C> = chunk.iter().map(|n| customer(*n)).collect();
        tok += Duration::ZERO;
        let b2 = cpu();
        for (i, c) in chunk.iter().zip(&cs) {
            let id = mix(*i).to_be_bytes().repeat(2);
            tx.prepare_cached("insert into customer values (?1,?2,?3,?4,?5,'pending','new','[]','{}',?6,1767225600000000,1767225600000000,?2)").unwrap()
                .execute(params![*i as i64 + 1, id, c.name, c.company, c.policy, (i % 10 == 3).then(|| (mix(*i) % 1_000_000) as i64 + 1767225600000000)]).unwrap();
            for (k, v) in
                c.phones.iter().map(|p| ("phone", format!("+{p}"))).chain([("email", c.email.clone())])
            {
                tx.prepare_cached("insert into contact_point (id, customer_id, kind, label, value, raw, origin, seen_at, created_at) values (?1,?1,?2,'mobile',?3,?3,'master',1767225600000000,1767225600000000)").unwrap().execute(params![id, k, v]).unwrap();
            }
        }
        base += cpu() - b2;
        let _ = b;
        let t0 = cpu();
        let texts: Vec<(String, String)> = cs
            .iter()
            .map(|c| {
                let mut t = BTreeSet::new();
                let mut d = BTreeSet::new();
                match v {
                    V::None => {}
                    V::Figures => {
                        t.extend(words(c));
                        joined(c, &mut t);
                        suffixes(c, &mut t);
                    }
                    V::Two | V::BtreeDigits => {
                        t.extend(words(c));
                        suffixes(c, &mut d);
                    }
                    V::Grams234P7 => {
                        explicit(&words(c), P7, &mut t);
                        all_grams(c, &[2, 3, 4], &mut t);
                    }
                    V::Grams24P7 => {
                        explicit(&words(c), P7, &mut t);
                        all_grams(c, &[2, 4], &mut t);
                    }
                    V::Grams234P5 => {
                        explicit(&words(c), P5, &mut t);
                        all_grams(c, &[2, 3, 4], &mut t);
                    }
                    V::Best => {
                        let x = real(c);
                        postings += x.split(' ').count() as u64;
                        return (x, String::new());
                    }
                    V::Grams234P4N => {
                        explicit(&words(c), &[1, 2, 3, 4], &mut t);
                        all_grams(c, &[2, 3, 4], &mut t);
                    }
                }
                postings += (t.len() + d.len()) as u64;
                (text(&t), text(&d))
            })
            .collect();
        tok += cpu() - t0;
        let t0 = cpu();
        if v != V::None {
            for (i, (t, d)) in chunk.iter().zip(&texts) {
                tx.prepare_cached("insert or replace into search (rowid, t) values (?1, ?2)")
                    .unwrap()
                    .execute(params![*i as i64 + 1, t])
                    .unwrap();
                if v == V::Two {
                    tx.prepare_cached("insert into search_digits (rowid, t) values (?1, ?2)")
                        .unwrap()
                        .execute(params![*i as i64 + 1, d])
                        .unwrap();
                }
                if v == V::BtreeDigits {
                    for s in d.split_whitespace() {
                        tx.prepare_cached("insert or ignore into search_suffix values (?1, ?2)")
                            .unwrap()
                            .execute(params![s, *i as i64 + 1])
                            .unwrap();
                    }
                }
            }
        }
        if let Ok(m) = std::env::var("MERGE") {
            tx.execute(&format!("insert into search(search, rank) values('merge', {m})"), []).unwrap();
        }
        tx.commit().unwrap();
        ins += cpu() - t0;
    }
    let us = |d: Duration| d.as_secs_f64() * 1e6 / n as f64;
    let size = |like: &str| -> f64 {
        db.query_row("select coalesce(sum(pgsize),0) from dbstat where name like ?1", [like], |r| {
            r.get::<_, f64>(0)
        })
        .unwrap()
    };
    let table = size("customer") + size("contact_point");
    let index = size("search%");
    println!(
        "== {v:?} n={n} wall {:.1}s base {:.1} us/row tokens {:.1} us/row insert+commit {:.1} us/row; postings/row {:.1}; index {:.1} MB = {:.0} B/row; table {:.0} B/row; ratio {:.2}",
        wall.elapsed().as_secs_f64(),
        us(base),
        us(tok),
        us(ins),
        postings as f64 / n as f64,
        index / 1e6,
        index / n as f64,
        table / n as f64,
        index / table
    );
    if v == V::None {
        return;
    }
    db.execute_batch("pragma wal_checkpoint(truncate)").ok();
    queries(v, &db, n);
    if std::env::var("OPT").is_ok() {
        let t0 = Instant::now();
        db.execute("insert into search(search) values('optimize')", []).unwrap();
        println!("  optimize {:.1}s; index now {:.1} MB", t0.elapsed().as_secs_f64(), size("search%") / 1e6);
        queries(v, &db, n);
    }
    // small updates
    let mut times = vec![];
    let upd: u64 = std::env::var("UPD").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let small = std::env::var("SMALL").unwrap_or_default();
    for k in 0..upd {
        let i = mix(k) % n;
        let c = customer(i + 5 * n);
        let mut t = BTreeSet::new();
        match v {
            V::Figures => {
                t.extend(words(&c));
                joined(&c, &mut t);
                suffixes(&c, &mut t);
            }
            V::Two | V::BtreeDigits => t.extend(words(&c)),
            V::Grams24P7 => {
                explicit(&words(&c), P7, &mut t);
                all_grams(&c, &[2, 4], &mut t);
            }
            _ => {
                explicit(&words(&c), P7, &mut t);
                all_grams(&c, &[2, 3, 4], &mut t);
            }
        }
        let x = if v == V::Best { real(&c) } else { text(&t) };
        let b = cpu();
        let tx = db.unchecked_transaction().unwrap();
        db.prepare_cached("insert or replace into search (rowid, t) values (?1, ?2)")
            .unwrap()
            .execute(params![i as i64 + 1, x])
            .unwrap();
        if !small.is_empty() {
            db.prepare_cached(&format!("insert into search(search, rank) values('merge', {small})"))
                .unwrap()
                .execute([])
                .unwrap();
        }
        tx.commit().unwrap();
        times.push(cpu() - b);
    }
    times.sort();
    println!(
        "  one-row replace p50 {:?} p99 {:?} max {:?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times[times.len() - 1]
    );
    println!("  total update time {:?} for {}", times.iter().sum::<Duration>(), times.len());
    queries(v, &db, n);
    if v == V::Best {
        order(&db, n);
    }
}
fn words_expr(v: V, w: &str) -> String {
    let lens: &[usize] = match v {
        V::Grams234P5 => P5,
        V::Grams234P4N => &[1, 2, 3, 4],
        V::Best => P8,
        V::Figures | V::Two | V::BtreeDigits => &[],
        _ => P7,
    };
    if v == V::Best {
        return format!("\"~{}\"", &w[..w.len().min(8)]);
    }
    if lens.contains(&w.len()) { format!("\"~{w}\"") } else { format!("\"{w}\"*") }
}
fn digits_expr(v: V, d: &str) -> String {
    match v {
        V::Figures | V::Two => format!("\"{d}\"*"),
        _ => {
            let l = d.len();
            if v == V::Best {
                if l <= 4 {
                    return format!("\"#{d}\"");
                }
                let a = match l {
                    5 | 6 => 0,
                    _ => (l - 7).max(1),
                };
                return format!("\"#{}\" AND \"#{}\"", &d[l - 4..], &d[a..a + 4]);
            }
            if l == 1 {
                let mut x: Vec<String> = (0..10).map(|k| format!("\"#{d}{k}\"")).collect();
                x.push(format!("\"#{d}$\""));
                return format!("({})", x.join(" OR "));
            }
            if l == 3 && v == V::Grams24P7 {
                let mut x: Vec<String> = (0..10).map(|k| format!("\"#{d}{k}\"")).collect();
                x.push(format!("\"#{d}$\""));
                return format!("({})", x.join(" OR "));
            }
            if l <= 4 {
                return format!("\"#{d}\"");
            }
            (0..=l - 4).map(|i| format!("\"#{}\"", &d[i..i + 4])).collect::<Vec<_>>().join(" AND ")
        }
    }
}
fn queries(v: V, db: &Connection, n: u64) {
    let cust = |k: u64| customer(mix(k) % n);
    let phone = |k: u64| cust(k).phones[0].clone();
    let classes: Vec<(&str, Box<dyn Fn(u64) -> (Option<String>, Option<String>)>)> = vec![
        ("1 letter", Box::new(move |k| (Some(words_expr(v, &cust(k).name[..1])), None))),
        ("2 letters", Box::new(move |k| (Some(words_expr(v, &cust(k).name[..2])), None))),
        ("3 letters", Box::new(move |k| (Some(words_expr(v, &cust(k).name[..3])), None))),
        (
            "given name",
            Box::new(move |k| (Some(words_expr(v, cust(k).name.split(' ').next().unwrap())), None)),
        ),
        ("top given name", Box::new(move |k| (Some(words_expr(v, &word(1, k % 5))), None))),
        (
            "family name",
            Box::new(move |k| (Some(words_expr(v, cust(k).name.split(' ').nth(1).unwrap())), None)),
        ),
        (
            "two words",
            Box::new(move |k| {
                let c = cust(k);
                let (a, b) = c.name.split_once(' ').unwrap();
                (Some(format!("{} AND {}", words_expr(v, a), words_expr(v, b))), None)
            }),
        ),
        (
            "two top words",
            Box::new(move |k| {
                (
                    Some(format!(
                        "{} AND {}",
                        words_expr(v, &word(1, k % 5)),
                        words_expr(v, &word(2, k % 7))
                    )),
                    None,
                )
            }),
        ),
        ("2 digits", Box::new(move |k| (None, Some(digits_expr(v, &phone(k)[5..7]))))),
        ("1 digit", Box::new(move |k| (None, Some(digits_expr(v, &phone(k)[5..6]))))),
        ("3 digits", Box::new(move |k| (None, Some(digits_expr(v, &phone(k)[5..8]))))),
        ("4 digits", Box::new(move |k| (None, Some(digits_expr(v, &phone(k)[6..10]))))),
        (
            "last 4 digits",
            Box::new(move |k| {
                let p = phone(k);
                (None, Some(digits_expr(v, &p[p.len() - 4..])))
            }),
        ),
        ("5 digits head", Box::new(move |k| (None, Some(digits_expr(v, &phone(k)[..5]))))),
        ("5 digits", Box::new(move |k| (None, Some(digits_expr(v, &phone(k)[4..9]))))),
        ("7 digits", Box::new(move |k| (None, Some(digits_expr(v, &phone(k)[3..10]))))),
        ("whole number", Box::new(move |k| (None, Some(digits_expr(v, &phone(k)))))),
        (
            "7 digits nobody",
            Box::new(move |k| (None, Some(digits_expr(v, &format!("{:07}", mix(k + 77) % 10_000_000))))),
        ),
        (
            "4 digits + given",
            Box::new(move |k| {
                let c = cust(k);
                (
                    Some(words_expr(v, c.name.split(' ').next().unwrap())),
                    Some(digits_expr(v, &c.phones[0][6..10])),
                )
            }),
        ),
        (
            "policy tail 4",
            Box::new(move |k| {
                let p = cust(k).policy;
                (None, Some(digits_expr(v, &p[p.len() - 4..])))
            }),
        ),
    ];
    for (name, q) in classes {
        let mut times = vec![];
        let mut count = 0usize;
        let mut found = 0;
        for k in 0..200 {
            let (w, d) = q(k);
            let b = cpu();
            let ids: Vec<i64> = match v {
                V::Two => match (&w, &d) {
                    (Some(w), None) => ids(
                        db,
                        "select rowid from search where search match ?1 order by rowid desc limit 501",
                        w,
                    ),
                    (None, Some(d)) => ids(
                        db,
                        "select rowid from search_digits where search_digits match ?1 order by rowid desc limit 501",
                        d,
                    ),
                    (Some(w), Some(d)) => {
                        let mut s = db.prepare_cached("select rowid from search_digits where search_digits match ?2 and rowid in (select rowid from search where search match ?1) order by rowid desc limit 501").unwrap();
                        s.query_map([w, d], |r| r.get(0)).unwrap().map(|x| x.unwrap()).collect()
                    }
                    _ => vec![],
                },
                V::BtreeDigits => match (&w, &d) {
                    (Some(w), None) => ids(
                        db,
                        "select rowid from search where search match ?1 order by rowid desc limit 501",
                        w,
                    ),
                    (None, Some(d)) => {
                        let d = d.replace(['"', '#'], "");
                        let d = if d.contains("OR") {
                            d[1..2].to_owned()
                        } else if d.contains("AND") {
                            let parts: Vec<&str> = d.split(" AND ").collect();
                            let mut s = parts[0].to_owned();
                            for p in &parts[1..] {
                                s.push_str(&p[3..]);
                            }
                            s
                        } else {
                            d
                        };
                        let mut s = db
                            .prepare_cached(
                                "select seq from search_suffix where s >= ?1 and s < ?1 || ':' limit 501",
                            )
                            .unwrap();
                        s.query_map([d], |r| r.get(0)).unwrap().map(|x| x.unwrap()).collect()
                    }
                    _ => vec![],
                },
                _ => {
                    let e = match (w, d) {
                        (Some(w), Some(d)) => format!("{w} AND {d}"),
                        (w, d) => w.or(d).unwrap(),
                    };
                    ids(
                        db,
                        "select rowid from search where search match ?1 order by rowid desc limit 501",
                        &e,
                    )
                }
            };
            times.push(cpu() - b);
            count += ids.len();
            if !ids.is_empty() {
                found += 1;
            }
        }
        times.sort();
        println!(
            "  {name:<18} p50 {:>7.3} ms p99 {:>7.3} ms  avg hits {:>6.1} found {found}",
            times[100].as_secs_f64() * 1e3,
            times[197].as_secs_f64() * 1e3,
            count as f64 / 200.0
        );
    }
    let segs: i64 = db.query_row("select count(distinct segid) from search_idx", [], |r| r.get(0)).unwrap();
    println!("  segments {segs}");
}
fn ids(db: &Connection, sql: &str, e: &str) -> Vec<i64> {
    let mut s = db.prepare_cached(sql).unwrap();
    s.query_map([e], |r| r.get(0)).unwrap().map(|x| x.unwrap()).collect()
}

/// Reading what is shown, and what is needed to order up to 500.
fn order(db: &Connection, n: u64) {
    for (what, sql) in [
        ("500 wide rows", "select last_contact_at, name from customer where seq = ?1"),
        (
            "500 narrow rows",
            "select last_contact_at, name from customer indexed by customer_order where seq = ?1",
        ),
    ] {
        for rows in [50u64, 500] {
            let mut times = vec![];
            for k in 0..100u64 {
                let b = cpu();
                let mut s = db.prepare_cached(sql).unwrap();
                let mut sum = 0;
                for j in 0..rows {
                    let name: String =
                        s.query_row([(mix(k * 1000 + j) % n) as i64 + 1], |r| r.get(1)).unwrap();
                    sum += name.len();
                }
                assert!(sum > 0);
                times.push(cpu() - b);
            }
            times.sort();
            println!("  {what} {rows}: p50 {:?} p99 {:?}", times[50], times[98]);
        }
    }
}

fn real(c: &C) -> String {
    cordboard::domain::search::tokens(&cordboard::domain::search::Record {
        names: vec![c.name.clone()],
        company: c.company.clone(),
        policy: Some(c.policy.clone()),
        payment: Some("pending".into()),
        numbers: c.phones.iter().map(|p| format!("+{p}")).collect(),
        emails: vec![c.email.clone()],
        agents: vec![],
    })
}
