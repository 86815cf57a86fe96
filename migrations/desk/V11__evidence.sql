-- What is known about contact points and updates beside their values.

-- Whether a value works, whoever has it: it bounced, or it was read back to the caller. What texts have
-- shown is read from the texts.
create table contact_proof (
    seq integer primary key autoincrement,
    value text not null,
    works integer not null check (works in (0, 1)),
    why text not null,
    -- The update it was read back for.
    update_id blob references contact_update (id),
    user_id blob references user (id),
    at integer not null
) strict;

create index contact_proof_value on contact_proof (value, seq);
create index contact_proof_update on contact_proof (update_id) where update_id is not null;

insert into contact_proof (value, works, why, at)
    select value, max(trust = 'good'), coalesce(trust_reason, ''), trust_at from contact_point
    where trust <> 'unknown' and trust_at is not null
    group by value, trust_reason, trust_at order by trust_at, min(seq);

alter table contact_point drop column trust;
alter table contact_point drop column trust_reason;
alter table contact_point drop column trust_at;

-- What made an update worth a second look when it was captured (NIC-138).
create table contact_update_doubt (
    update_id blob not null references contact_update (id),
    field text not null check (field in ('mobile', 'email')),
    why text not null,
    primary key (update_id, field)
) strict, without rowid;

-- The text that tells the old mobile of an update.
create table contact_update_notice (
    update_id blob primary key references contact_update (id),
    message_id blob not null references message (id)
) strict, without rowid;

create trigger contact_proof_no_update before update on contact_proof
begin select raise(abort, 'a proof is never edited') where not exists (select 1 from erase_permit); end;
create trigger contact_proof_no_delete before delete on contact_proof
begin select raise(abort, 'a proof is never deleted') where not exists (select 1 from erase_permit); end;
create trigger contact_proof_no_replace before insert on contact_proof
when exists (select 1 from contact_proof where seq = new.seq)
begin select raise(abort, 'a proof is never replaced'); end;

create trigger contact_update_doubt_no_update before update on contact_update_doubt
begin select raise(abort, 'a doubt is never edited') where not exists (select 1 from erase_permit); end;
create trigger contact_update_doubt_no_delete before delete on contact_update_doubt
begin select raise(abort, 'a doubt is never deleted') where not exists (select 1 from erase_permit); end;
create trigger contact_update_doubt_no_replace before insert on contact_update_doubt
when exists (select 1 from contact_update_doubt where update_id = new.update_id and field = new.field)
begin select raise(abort, 'a doubt is never replaced'); end;
