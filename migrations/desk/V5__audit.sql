-- What was done, by whom and why, provable later. The chain runs over salted digests, so the
-- readable detail can be erased for one person without breaking the proof for everyone.

create table audit (
    seq integer primary key autoincrement,
    at integer not null,
    user_number integer not null,
    user_name text not null,
    origin text not null,
    action text not null,
    object_kind text not null,
    object_id blob,
    interaction_id blob,
    detail_digest blob not null check (length(detail_digest) = 32),
    digest blob not null check (length(digest) = 32)
) strict;

create index audit_object on audit (object_id, seq);

create table audit_detail (
    audit_seq integer primary key references audit (seq),
    salt blob not null check (length(salt) = 16),
    detail text not null check (json_type(detail) = 'object')
) strict;

-- The end of the chain, so that a cut-off tail is seen at the next start.
create table audit_head (
    id integer primary key check (id = 1),
    seq integer not null,
    digest blob not null check (length(digest) = 32)
) strict;

create trigger audit_no_update before update on audit
begin select raise(abort, 'the audit log is never edited'); end;
create trigger audit_no_delete before delete on audit
begin select raise(abort, 'the audit log is never deleted'); end;
create trigger audit_no_replace before insert on audit
when exists (select 1 from audit where seq = new.seq)
begin select raise(abort, 'the audit log is never replaced'); end;

create trigger audit_detail_no_update before update on audit_detail
begin select raise(abort, 'the audit log is never edited') where not exists (select 1 from erase_permit); end;
create trigger audit_detail_no_delete before delete on audit_detail
begin select raise(abort, 'the audit log is never deleted') where not exists (select 1 from erase_permit); end;
create trigger audit_detail_no_replace before insert on audit_detail
when exists (select 1 from audit_detail where audit_seq = new.audit_seq)
begin select raise(abort, 'the audit log is never replaced'); end;
