//! Who may do what. One function, default deny, asked inside the store before every write.

use super::ids::UserId;

/// What a person is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Agent,
    Supervisor,
    Admin,
    /// The sync engine acting on what the outside world said. No person can hold it.
    Machine,
}

impl Role {
    /// The roles a person can hold.
    pub const PEOPLE: [Self; 3] = [Self::Agent, Self::Supervisor, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Machine => "machine",
        }
    }

    /// Reads a role a person can hold.
    pub fn parse(text: &str) -> Option<Self> {
        Self::PEOPLE.into_iter().find(|role| role.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// Where an act came from; part of the audit entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Command,
    /// The keyboard of the terminal desk.
    Desk,
    Sync,
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Desk => "desk",
            Self::Sync => "sync",
        }
    }
}

/// Whoever acts. Every write in the store takes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// `None` for the machine.
    pub user: Option<UserId>,
    /// NIC's `agent_id`; 0 for the machine.
    pub number: i64,
    pub name: String,
    pub role: Role,
    pub origin: Origin,
    /// Has said "yes, really" to what [`can`] answers with [`Decision::AskAgain`].
    pub confirmed: bool,
}

impl Actor {
    /// The sync engine.
    pub fn machine() -> Self {
        Self {
            user: None,
            number: 0,
            name: "cordboard".to_owned(),
            role: Role::Machine,
            origin: Origin::Sync,
            confirmed: false,
        }
    }
}

/// Everything that can be allowed or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    ReadCustomers,
    AddCustomer,
    /// Makes two customers one, or splits them again.
    MergeCustomers,
    EditCustomer,
    DeleteCustomer,
    ImportCustomers,
    /// Customers, texts and consents as a file.
    ExportCustomers,
    CaptureUpdate,
    ReadUpdates,
    ExportUpdates,
    /// Frees the updates of a batch that was made by mistake.
    DissolveBatch,
    MarkSynced,
    /// Says yes or no to an update that awaits it (NIC-131).
    ApproveUpdates,
    SendText,
    /// Saved replies: one's own, or everybody's.
    WriteReply,
    /// Requests for payment and acknowledgements of debt, by mail.
    SendMail,
    /// Sending again what may already have arrived.
    ResendText,
    RecordConsent,
    /// Puts numbers on the do-not-contact list, or takes them off.
    ManageDoNotContact,
    AddNote,
    ReadOutbox,
    RetryJob,
    DiscardJob,
    ReadUsers,
    ManageUsers,
    ManageSecrets,
    /// What only the sync engine does: move jobs, apply what the outside world said.
    RunSync,
}

impl Action {
    pub const ALL: [Self; 27] = [
        Self::ReadCustomers,
        Self::AddCustomer,
        Self::MergeCustomers,
        Self::EditCustomer,
        Self::DeleteCustomer,
        Self::ImportCustomers,
        Self::ExportCustomers,
        Self::CaptureUpdate,
        Self::ReadUpdates,
        Self::ExportUpdates,
        Self::DissolveBatch,
        Self::MarkSynced,
        Self::ApproveUpdates,
        Self::SendText,
        Self::WriteReply,
        Self::SendMail,
        Self::ResendText,
        Self::RecordConsent,
        Self::ManageDoNotContact,
        Self::AddNote,
        Self::ReadOutbox,
        Self::RetryJob,
        Self::DiscardJob,
        Self::ReadUsers,
        Self::ManageUsers,
        Self::ManageSecrets,
        Self::RunSync,
    ];
}

/// What the action is done to, as far as it matters for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// Anything, or everything.
    Any,
    /// Something this person made.
    OwnedBy(Option<UserId>),
}

/// The answer of [`can`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allow,
    /// Allowed once the person has confirmed.
    AskAgain,
    /// The reason is a sentence for the person.
    Deny(&'static str),
}

/// May `actor` do `action` to `object`? (NIC-97..101, G5, G21, design 7.)
pub fn can(actor: &Actor, action: Action, object: Object) -> Decision {
    match actor.role {
        // TWS-91: everybody has replies of their own; those of all are an admin's.
        Role::Agent | Role::Supervisor if action == Action::WriteReply => {
            if is_own(actor, object) {
                Decision::Allow
            } else {
                Decision::Deny(SHARED_REPLIES)
            }
        }
        Role::Agent => agent(actor, action, object),
        Role::Supervisor => supervisor(action),
        Role::Admin => admin(action),
        Role::Machine => machine(action),
    }
}

fn is_own(actor: &Actor, object: Object) -> bool {
    matches!(object, Object::OwnedBy(owner) if owner.is_some() && owner == actor.user)
}

fn agent(actor: &Actor, action: Action, object: Object) -> Decision {
    let own = is_own(actor, object);
    match action {
        Action::ReadCustomers
        | Action::AddCustomer
        | Action::EditCustomer
        | Action::CaptureUpdate
        | Action::SendText
        | Action::SendMail
        | Action::RecordConsent
        | Action::AddNote
        | Action::ReadOutbox
        | Action::ReadUsers => Decision::Allow,
        Action::ReadUpdates | Action::RetryJob if own => Decision::Allow,
        // TWS-4.
        Action::DeleteCustomer => Decision::AskAgain,
        Action::DiscardJob if own => Decision::AskAgain,
        Action::ReadUpdates => {
            Decision::Deny("agents see their own contact updates; an admin or supervisor sees all")
        }
        Action::RetryJob | Action::DiscardJob => {
            Decision::Deny("this belongs to somebody else; ask them, a supervisor or an admin")
        }
        Action::ResendText => Decision::Deny(
            "it may already have arrived; a supervisor or an admin can send it again, with a reason",
        ),
        Action::MergeCustomers => {
            Decision::Deny("a supervisor or an admin merges customers: tell them which two are one")
        }
        Action::ExportCustomers => {
            Decision::Deny("only a supervisor or an admin takes customers, texts or consents out as a file")
        }
        Action::ImportCustomers | Action::ApproveUpdates | Action::ManageDoNotContact => {
            Decision::Deny("only a supervisor or an admin may do this")
        }
        Action::ExportUpdates
        | Action::DissolveBatch
        | Action::MarkSynced
        | Action::WriteReply
        | Action::ManageUsers
        | Action::ManageSecrets => Decision::Deny(ADMINS_ONLY),
        Action::RunSync => Decision::Deny(MACHINE_ONLY),
    }
}

fn supervisor(action: Action) -> Decision {
    match action {
        Action::ReadCustomers
        | Action::AddCustomer
        | Action::EditCustomer
        | Action::ExportCustomers
        | Action::MergeCustomers
        | Action::CaptureUpdate
        | Action::ReadUpdates
        | Action::ApproveUpdates
        | Action::SendText
        | Action::SendMail
        | Action::ResendText
        | Action::RecordConsent
        | Action::ManageDoNotContact
        | Action::AddNote
        | Action::ReadOutbox
        | Action::RetryJob
        | Action::ReadUsers
        | Action::ImportCustomers => Decision::Allow,
        Action::DeleteCustomer | Action::DiscardJob => Decision::AskAgain,
        Action::ExportUpdates
        | Action::DissolveBatch
        | Action::MarkSynced
        | Action::WriteReply
        | Action::ManageUsers
        | Action::ManageSecrets => Decision::Deny(ADMINS_ONLY),
        Action::RunSync => Decision::Deny(MACHINE_ONLY),
    }
}

fn admin(action: Action) -> Decision {
    match action {
        Action::DeleteCustomer | Action::DiscardJob | Action::DissolveBatch => Decision::AskAgain,
        Action::RunSync => Decision::Deny(MACHINE_ONLY),
        _ => Decision::Allow,
    }
}

fn machine(action: Action) -> Decision {
    match action {
        Action::RunSync | Action::RecordConsent => Decision::Allow,
        _ => Decision::Deny("the sync engine does not act for people"),
    }
}

const SHARED_REPLIES: &str = "only an admin writes the replies of all; make it one of your own";
const ADMINS_ONLY: &str = "only an admin may do this";
const MACHINE_ONLY: &str = "only the sync engine may do this";

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn actor(role: Role) -> Actor {
        Actor { user: Some(UserId(Uuid::from_u128(1))), role, ..Actor::machine() }
    }

    fn allowed(role: Role, object: Object) -> Vec<Action> {
        Action::ALL.into_iter().filter(|a| can(&actor(role), *a, object) == Decision::Allow).collect()
    }

    #[test]
    fn nic_98_and_100_only_admins_mark_export_and_manage() {
        assert_eq!(can(&actor(Role::Admin), Action::DissolveBatch, Object::Any), Decision::AskAgain);
        for role in [Role::Agent, Role::Supervisor, Role::Machine] {
            let decision = can(&actor(role), Action::DissolveBatch, Object::Any);
            assert!(matches!(decision, Decision::Deny(_)), "{role:?}");
        }
        for action in [Action::MarkSynced, Action::ExportUpdates, Action::ManageUsers, Action::ManageSecrets]
        {
            assert_eq!(can(&actor(Role::Admin), action, Object::Any), Decision::Allow);
            for role in [Role::Agent, Role::Supervisor, Role::Machine] {
                assert!(
                    matches!(can(&actor(role), action, Object::Any), Decision::Deny(_)),
                    "{role:?} {action:?}"
                );
            }
        }
    }

    #[test]
    fn tws_91_admins_write_the_replies_of_all_and_everybody_their_own() {
        let mine = Object::OwnedBy(Some(UserId(Uuid::from_u128(1))));
        let theirs = Object::OwnedBy(Some(UserId(Uuid::from_u128(2))));
        for (role, shared, of_others) in
            [(Role::Agent, false, false), (Role::Supervisor, false, false), (Role::Admin, true, true)]
        {
            let may = |object| allowed(role, object).contains(&Action::WriteReply);
            assert_eq!((may(mine), may(Object::Any), may(theirs)), (true, shared, of_others), "{role:?}");
        }
        assert!(!allowed(Role::Machine, Object::Any).contains(&Action::WriteReply));
    }

    #[test]
    fn ttx_46_supervisors_and_admins_import() {
        let may = |role| allowed(role, Object::Any).contains(&Action::ImportCustomers);
        assert_eq!(
            [Role::Agent, Role::Supervisor, Role::Admin, Role::Machine].map(may),
            [false, true, true, false]
        );
    }

    #[test]
    fn nic_131_supervisors_and_admins_approve() {
        let may = |role| allowed(role, Object::Any).contains(&Action::ApproveUpdates);
        assert_eq!(
            [Role::Agent, Role::Supervisor, Role::Admin, Role::Machine].map(may),
            [false, true, true, false]
        );
    }

    #[test]
    fn supervisors_and_admins_keep_the_do_not_contact_list() {
        let may = |role| allowed(role, Object::Any).contains(&Action::ManageDoNotContact);
        assert_eq!(
            [Role::Agent, Role::Supervisor, Role::Admin, Role::Machine].map(may),
            [false, true, true, false]
        );
    }

    #[test]
    fn supervisors_and_admins_merge_and_nobody_else() {
        for (role, may) in
            [(Role::Agent, false), (Role::Supervisor, true), (Role::Admin, true), (Role::Machine, false)]
        {
            assert_eq!(allowed(role, Object::Any).contains(&Action::MergeCustomers), may, "{role:?}");
        }
    }

    #[test]
    fn g21_supervisors_read_all_updates_and_agents_their_own() {
        let mine = Object::OwnedBy(Some(UserId(Uuid::from_u128(1))));
        let theirs = Object::OwnedBy(Some(UserId(Uuid::from_u128(2))));
        assert!(allowed(Role::Supervisor, Object::Any).contains(&Action::ReadUpdates));
        assert!(allowed(Role::Agent, mine).contains(&Action::ReadUpdates));
        assert!(!allowed(Role::Agent, theirs).contains(&Action::ReadUpdates));
        assert!(!allowed(Role::Agent, Object::Any).contains(&Action::ReadUpdates));
        assert!(!allowed(Role::Agent, Object::OwnedBy(None)).contains(&Action::ReadUpdates));
    }

    #[test]
    fn supervisors_and_admins_take_customers_out() {
        for (role, may) in
            [(Role::Agent, false), (Role::Supervisor, true), (Role::Admin, true), (Role::Machine, false)]
        {
            assert_eq!(allowed(role, Object::Any).contains(&Action::ExportCustomers), may, "{role:?}");
        }
    }

    #[test]
    fn g5_every_person_finds_and_updates_any_customer() {
        for role in Role::PEOPLE {
            let allowed = allowed(role, Object::Any);
            for action in
                [Action::ReadCustomers, Action::CaptureUpdate, Action::SendText, Action::RecordConsent]
            {
                assert!(allowed.contains(&action), "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn no_person_moves_jobs_and_the_machine_does_nothing_else() {
        for role in Role::PEOPLE {
            assert!(matches!(can(&actor(role), Action::RunSync, Object::Any), Decision::Deny(_)));
        }
        assert_eq!(allowed(Role::Machine, Object::Any), [Action::RecordConsent, Action::RunSync]);
    }
}
