//! kill -9 while customers are taken in: what is told is what is in, and the rest goes in afterwards.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::home::{ADMIN, Home};

const ROWS: u64 = 20_000;
const KILLS: u32 = 10;

/// A random part of `most`.
fn moment(seed: &mut u64, most: Duration) -> Duration {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    most.mul_f64((*seed >> 40) as f64 / (1u64 << 24) as f64)
}

/// Kills an import at a random moment; says whether it ended well before.
fn killed(home: &Home, file: &str, moment: Duration) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(["customers", "import", file])
        .env_clear()
        .env("CORDBOARD_HOME", home.0.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let end = Instant::now() + moment;
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap().success()
}

#[test]
fn an_import_killed_at_any_moment_tells_what_is_in() {
    let home = Home::empty();
    home.ok(&["init", "--admin", ADMIN]);
    let row = |n: u64| format!("{n},P-{n},Customer {n},58{n:06},c{n}@example.com\n");
    let rows: String = (0..ROWS).map(row).collect();
    let file = home.file("many.csv", format!("id,policy,name,mobile,email\n{rows}"));
    let (mut seed, mut window, mut kills) = (11, Duration::from_millis(600), 0);
    while kills < KILLS {
        if killed(&home, &file, moment(&mut seed, window)) {
            // It was quicker: everything is in, and the unchanged rows are gone through again.
            window = window.mul_f64(0.7);
        } else {
            kills += 1;
            window = window.mul_f64(1.2);
        }
        // The counts of one import say what the next one finds.
        let listed = home.json(&["customers", "imports"]);
        let mut known = 0;
        for import in listed.iter().rev() {
            let count = |name: &str| import[name].as_u64().unwrap();
            let [new, unchanged] = [count("new"), count("unchanged")];
            assert!(unchanged == known || (unchanged < known && new == 0), "{import}: {known} were in");
            assert_eq!((count("changed"), count("refused")), (0, 0));
            let full = new + unchanged == ROWS;
            assert!(import["state"] == "cut off" && (new + unchanged) % 200 == 0 || full, "{import}");
            known += new;
        }
    }
    assert_eq!(home.run(&["doctor"]).code, 0, "the file is sound");
    let known: u64 =
        home.json(&["customers", "imports"]).iter().map(|import| import["new"].as_u64().unwrap()).sum();
    let ran = home.run(&["customers", "import", &file]);
    let rest = ROWS - known;
    assert_eq!((ran.code, ran.out), (0, format!("{rest} new, 0 changed, {known} unchanged, 0 refused\n")));
    assert_eq!(home.run(&["doctor"]).code, 0, "the file is sound");
}

/// Ctrl+C, while the pipe it reads has not ended: what is in is told to the row.
#[test]
fn ctrl_c_stops_at_a_chunk_and_says_what_is_in() {
    let home = Home::empty();
    home.ok(&["init", "--admin", ADMIN]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(["customers", "import", "-"])
        .env_clear()
        .env("CORDBOARD_HOME", home.0.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What is looked at before the first row, and some more.
    let rows: String = (0..ROWS).map(|n| format!("{n},Customer {n} {},58{n:06}\n", "x".repeat(40))).collect();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(format!("id,name,mobile\n{rows}").as_bytes()).unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    let newest = || home.json(&["customers", "imports"]).first().cloned();
    while newest().is_none_or(|import| import["new"] == 0) {
        assert!(Instant::now() < end, "nothing goes in");
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let out = child.wait_with_output().unwrap();
    drop(pipe);
    let import = newest().unwrap();
    let (new, state) = (import["new"].as_u64().unwrap(), &import["state"]);
    assert_eq!((out.status.code(), state), (Some(3), &"stopped".into()), "{import}");
    let counts = format!("{new} new, 0 changed, 0 unchanged, 0 refused");
    assert_eq!(String::from_utf8(out.stdout).unwrap(), format!("{counts}\n"));
    let said = format!(
        "stopped: everything up to line {} is in ({counts}); run the same again to go on, or take it out with \
         `cordboard customers import --undo 1`\n",
        new + 1
    );
    assert_eq!(String::from_utf8(out.stderr).unwrap(), said);
    assert!(new % 200 == 0 && new < ROWS, "{new}");
}
