-- Why each text was let through or stopped, and the numbers that are not contacted at all.

-- Append-only: what the gate said about a text, with the yes it rests on or the reason against it.
create table send_decision (
    seq integer primary key autoincrement,
    address text not null,
    purpose text not null check (purpose in ('service', 'marketing')),
    -- None where a text was refused before there was one.
    message_id blob references message (id),
    stage text not null check (stage in ('queuing', 'leaving')),
    allowed integer not null check (allowed in (0, 1)),
    consent_id blob references consent (id),
    why text not null default '',
    customer_id blob references customer (id),
    user_id blob references user (id),
    at integer not null
) strict;

create index send_decision_address on send_decision (address, seq);

-- Append-only: the newest line of a number says whether it is on the list.
create table do_not_contact (
    seq integer primary key autoincrement,
    address text not null,
    listed integer not null check (listed in (0, 1)),
    source text not null,
    user_id blob references user (id),
    at integer not null
) strict;

create index do_not_contact_address on do_not_contact (address, seq);

create trigger send_decision_no_update before update on send_decision
begin select raise(abort, 'a decision is never edited') where not exists (select 1 from erase_permit); end;
create trigger send_decision_no_delete before delete on send_decision
begin select raise(abort, 'a decision is never deleted') where not exists (select 1 from erase_permit); end;
create trigger send_decision_no_replace before insert on send_decision
when exists (select 1 from send_decision where seq = new.seq)
begin select raise(abort, 'a decision is never replaced'); end;

create trigger do_not_contact_no_update before update on do_not_contact
begin select raise(abort, 'the do-not-contact list is never edited') where not exists (select 1 from erase_permit); end;
create trigger do_not_contact_no_delete before delete on do_not_contact
begin select raise(abort, 'the do-not-contact list is never deleted') where not exists (select 1 from erase_permit); end;
create trigger do_not_contact_no_replace before insert on do_not_contact
when exists (select 1 from do_not_contact where seq = new.seq)
begin select raise(abort, 'the do-not-contact list is never replaced'); end;
