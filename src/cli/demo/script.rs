//! The tour as data: what is said, which lines are run, and how each must end.

use crate::cli::exit::Exit;

/// What has to arrive in the course of it, and no more.
pub const TEXTS: usize = 2;
pub const UPDATES: usize = 3;

/// One step of the tour.
pub enum Step {
    Say(&'static str),
    Run {
        line: &'static [&'static str],
        stdin: &'static str,
        exit: Exit,
    },
    /// Nothing outside can be reached.
    Offline,
    Online,
    /// A customer texts us.
    Inbound {
        from: &'static str,
        body: &'static str,
    },
    /// So many seconds, for the networks of the telephone companies.
    Wait(u64),
}

const fn run(line: &'static [&'static str]) -> Step {
    ends(Exit::Ok, line)
}

const fn ends(exit: Exit, line: &'static [&'static str]) -> Step {
    Step::Run { line, stdin: "", exit }
}

const fn secret(name: &'static [&'static str], value: &'static str) -> Step {
    Step::Run { line: name, stdin: value, exit: Exit::Ok }
}

pub const STEPS: &[Step] = &[
    Step::Say("An admin sets up a desk."),
    run(&["init", "--admin", "S. Lee", "--admin-number", "1"]),
    run(&["--as", "S. Lee", "users", "add", "David Brown", "--number", "24"]),
    run(&["--as", "S. Lee", "users", "add", "Ana Silva", "--number", "7", "--role", "supervisor"]),
    secret(&["--as", "S. Lee", "secret", "set", "TWILIO_ACCOUNT_SID"], "AC00000000000000000000000000000000"),
    secret(&["--as", "S. Lee", "secret", "set", "TWILIO_AUTH_TOKEN"], "sandbox-token"),
    secret(&["--as", "S. Lee", "secret", "set", "CORDBOARD_UPSTREAM_TOKEN"], "sandbox-token"),
    Step::Say("The master's customers come in. One row is wrong: it is named, the others go in (exit 3)."),
    ends(Exit::Partly, &["--as", "S. Lee", "customers", "import", "customers.csv"]),
    Step::Say("A customer calls and says \"...2333\". An agent finds him."),
    run(&["--as", "David Brown", "lookup", "2333"]),
    run(&["--as", "David Brown", "customers", "show", "LIB/C7013"]),
    Step::Say("His e-mail bounced. A slip is refused with the reason; the right one is saved with his."),
    ends(
        Exit::Usage,
        &["--as", "David Brown", "update", "LIB/C7013", "--email", "kevin@curepipe", "--mobile", "5737 23"],
    ),
    run(&[
        "--as",
        "David Brown",
        "update",
        "LIB/C7013",
        "--email",
        "kevin@curepipe.example",
        "--reason",
        "4",
        "--notes",
        "changed with his new job",
    ]),
    Step::Say("Nobody is texted who was not asked (exit 5). David asks."),
    ends(
        Exit::NotAllowed,
        &["--as", "David Brown", "sms", "send", "LIB/C7013", "Your QR code is on its way."],
    ),
    run(&[
        "--as",
        "David Brown",
        "consent",
        "grant",
        "LIB/C7013",
        "--wording",
        "May we text this number about your policy?",
    ]),
    run(&["--as", "David Brown", "sms", "send", "LIB/C7013", "Your QR code is on its way."]),
    run(&["--as", "David Brown", "outbox", "list"]),
    Step::Say("Sync carries both out."),
    run(&["sync"]),
    run(&["--as", "David Brown", "outbox", "list"]),
    Step::Say("The network goes down. Work goes on: everything is on disk first (sync says exit 6)."),
    Step::Offline,
    run(&["--as", "David Brown", "update", "LIB/C9001", "--mobile", "5791 4400", "--reason", "missing"]),
    run(&["--as", "David Brown", "update", "LIB/C9001", "--mobile", "5791 4401", "--reason", "incorrect"]),
    run(&["--as", "David Brown", "sms", "send", "LIB/C7013", "Please pay before Friday, 17:00."]),
    ends(Exit::Network, &["sync"]),
    run(&["--as", "David Brown", "outbox", "list"]),
    Step::Say("The network is back: all of it arrives, in order, once."),
    Step::Online,
    run(&["sync"]),
    Step::Wait(3),
    run(&["sync"]),
    run(&["--as", "David Brown", "sms", "list", "LIB/C7013"]),
    Step::Say("He texts STOP. That closes his number at once, for everybody (exit 5)."),
    Step::Inbound { from: "+23057372333", body: "STOP" },
    run(&["sync"]),
    ends(Exit::NotAllowed, &["--as", "Ana Silva", "sms", "send", "LIB/C7013", "Are you sure?"]),
    run(&["--as", "Ana Silva", "consent", "show", "LIB/C7013"]),
    Step::Say("The admin enters the updates into the master and marks them. Twice does no harm."),
    run(&["--as", "S. Lee", "updates", "list"]),
    run(&["--as", "S. Lee", "updates", "export"]),
    run(&["--as", "S. Lee", "updates", "mark-synced", "1", "2", "3"]),
    run(&["--as", "S. Lee", "updates", "mark-synced", "1"]),
    run(&["sync"]),
    Step::Say("Agents cannot (exit 5), and the file is sound."),
    ends(Exit::NotAllowed, &["--as", "David Brown", "updates", "mark-synced", "1"]),
    run(&["doctor"]),
];
