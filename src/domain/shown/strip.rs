//! The demo's task strip: nine things to try, in order, and how each ticks itself off. What the
//! desk can see goes in, a line goes out.

use crate::domain::role::Role;

/// What a desk has seen happen since the demo began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// A look-up for `2333` brought somebody.
    pub looked_up_2333: bool,
    /// An update of Kevin's e-mail was saved.
    pub kevin_email_saved: bool,
    pub text_taken_back: bool,
    /// A customer's answer was on screen.
    pub reply_seen: bool,
    /// A text was refused because of a STOP.
    pub stop_blocked: bool,
    /// The demo is offline now.
    pub offline: bool,
    /// Notes, updates and texts saved while it was.
    pub saved_while_offline: u32,
    /// It was offline and is back.
    pub online_again: bool,
    /// Whose desk it is now.
    pub role: Option<Role>,
    pub batch_exported: bool,
    pub batch_marked: bool,
}

/// What has to be saved while offline.
pub const OFFLINE_SAVES: u32 = 3;

/// Cells of a hint, with its number before it.
pub const WIDEST: usize = 78;

/// One thing to try.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    pub name: &'static str,
    /// What to do, with its keys.
    pub hint: &'static str,
    done: fn(&Seen) -> bool,
}

impl Task {
    pub fn is_done(&self, seen: &Seen) -> bool {
        (self.done)(seen)
    }
}

pub const TASKS: [Task; 9] = [
    Task {
        name: "find ..2333",
        hint: "A caller says \"...2333\": type 2333, see who has it. Enter opens Kevin.",
        done: |seen| seen.looked_up_2333,
    },
    Task {
        name: "give Kevin a new e-mail",
        hint: "His e-mail is dead: e, kevin@curepipe.example, Ctrl+S saves it.",
        done: |seen| seen.kevin_email_saved,
    },
    Task {
        name: "text him and take one back",
        hint: "t, a few words, Enter: it waits 5 s. Up takes it back; then send one.",
        done: |seen| seen.text_taken_back,
    },
    Task {
        name: "see the reply",
        hint: "Kevin answers a few seconds after he got it. Watch, or look with g i.",
        done: |seen| seen.reply_seen,
    },
    Task {
        name: "see a STOP block the next text",
        hint: "Text him again: he says STOP. Then try once more, and read why not.",
        done: |seen| seen.stop_blocked,
    },
    Task {
        name: "`:offline`, save three, `:online`",
        hint: "Esc, :offline Enter, save three (e m n t), then :online Enter.",
        done: |seen| seen.online_again && seen.saved_while_offline >= OFFLINE_SAVES,
    },
    Task {
        name: "`:as admin`",
        hint: "Type :as admin and Enter: now you are S. Lee, who keeps the master.",
        // Only an admin exports or marks.
        done: |seen| seen.role == Some(Role::Admin) || seen.batch_exported || seen.batch_marked,
    },
    Task {
        name: "export a batch",
        hint: "Esc, g u shows what agents captured: * chooses all, x makes a batch.",
        done: |seen| seen.batch_exported,
    },
    Task {
        name: "mark it",
        hint: "Entered in the master? s marks the batch as synced, Enter confirms.",
        done: |seen| seen.batch_marked,
    },
];

/// The first task that is not done, counted from 1.
pub fn next(seen: &Seen) -> Option<(usize, &'static Task)> {
    (1..).zip(&TASKS).find(|(_, task)| !task.is_done(seen))
}

/// How many are done.
pub fn done(seen: &Seen) -> usize {
    TASKS.iter().filter(|task| task.is_done(seen)).count()
}

/// The strip, at most [`WIDEST`] cells.
pub fn line(seen: &Seen) -> String {
    match next(seen) {
        Some((6, _)) if seen.offline => match OFFLINE_SAVES.saturating_sub(seen.saved_while_offline) {
            0 => "6/9  All three are safe on disk. Type :online and Enter: they leave.".to_owned(),
            left => format!("6/9  Offline, and nothing gets lost. Save {left} more (e m n t)."),
        },
        Some((number, task)) => format!("{number}/{}  {}", TASKS.len(), task.hint),
        None => "All nine done. :q leaves, and the demo's folder goes with it.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::SafeText;

    #[test]
    fn each_task_is_ticked_off_by_what_it_asks_for() {
        let nothing = Seen::default();
        assert_eq!((done(&nothing), next(&nothing).unwrap().0), (0, 1));
        let steps: [fn(&mut Seen); 9] = [
            |seen| seen.looked_up_2333 = true,
            |seen| seen.kevin_email_saved = true,
            |seen| seen.text_taken_back = true,
            |seen| seen.reply_seen = true,
            |seen| seen.stop_blocked = true,
            |seen| (seen.saved_while_offline, seen.online_again) = (3, true),
            |seen| seen.role = Some(Role::Admin),
            |seen| seen.batch_exported = true,
            |seen| seen.batch_marked = true,
        ];
        for (nth, step) in steps.iter().enumerate() {
            let mut alone = Seen::default();
            step(&mut alone);
            assert!(TASKS[nth].is_done(&alone), "{}", TASKS[nth].name);
        }
        let mut seen = Seen::default();
        for (nth, step) in steps.iter().enumerate() {
            assert_eq!(next(&seen).unwrap().0, nth + 1);
            step(&mut seen);
        }
        assert_eq!((done(&seen), next(&seen).is_none()), (9, true));
    }

    #[test]
    fn three_have_to_be_saved_offline_and_the_network_has_to_be_back() {
        let task = &TASKS[5];
        for (saved, back, is_done) in [(0, true, false), (2, true, false), (3, false, false), (3, true, true)]
        {
            let seen = Seen { saved_while_offline: saved, online_again: back, ..Seen::default() };
            assert_eq!(task.is_done(&seen), is_done, "{saved} {back}");
        }
    }

    #[test]
    fn who_has_exported_was_the_admin() {
        let agent_again = Seen { role: Some(Role::Agent), batch_exported: true, ..Seen::default() };
        assert!(TASKS[6].is_done(&agent_again));
        assert!(!TASKS[6].is_done(&Seen { role: Some(Role::Supervisor), ..Seen::default() }));
    }

    #[test]
    fn every_line_fits_and_is_plain() {
        let mut seen = Seen::default();
        let mut lines: Vec<String> =
            (1..).zip(&TASKS).map(|(n, task)| format!("{n}/9  {}", task.hint)).collect();
        lines.push(line(&seen));
        (seen.looked_up_2333, seen.kevin_email_saved, seen.text_taken_back) = (true, true, true);
        (seen.reply_seen, seen.stop_blocked, seen.offline) = (true, true, true);
        for saved in 0..5 {
            seen.saved_while_offline = saved;
            lines.push(line(&seen));
        }
        for line in lines {
            assert!(SafeText::new(&line).width() <= WIDEST && line.is_ascii(), "{line}");
        }
    }
}
