-- Contact updates: facts captured by agents, their state, and the contact that counts now.

-- One captured change (NIC-53..65). Name and policy are copied at capture time.
create table contact_update (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    customer_id blob not null references customer (id),
    master_id text,
    policy_number text not null,
    customer_name text not null,
    reason text not null check (reason in
        ('provided', 'incorrect', 'missing', 'bounced', 'requested', 'other')),
    notes text not null default '' check (length(notes) <= 500),
    agent_id blob,
    agent_number integer not null,
    agent_name text not null,
    interaction_id blob,
    verified_by text,
    compensates blob references contact_update (id),
    origin text not null check (origin in ('here', 'upstream')),
    captured_at integer not null
) strict;

create index contact_update_customer on contact_update (customer_id, seq);
create index contact_update_policy on contact_update (policy_number);
create index contact_update_captured on contact_update (captured_at);
create index contact_update_agent on contact_update (agent_number, seq);

-- `base` is the value shown when the change was typed, `raw` what was typed,
-- `seen_update` the newest update of this field that the screen had shown.
create table contact_update_field (
    update_id blob not null references contact_update (id),
    field text not null check (field in ('mobile', 'email')),
    base text,
    new text not null,
    raw text not null,
    seen_update blob references contact_update (id),
    primary key (update_id, field)
) strict, without rowid;

-- A capture retires once the master was seen equal to it, or its clash was resolved.
create table contact_update_retirement (
    update_id blob not null references contact_update (id),
    field text not null check (field in ('mobile', 'email')),
    why text not null check (why in ('converged', 'resolved')),
    -- What the master said then, and who resolved it, if somebody did.
    master_value text,
    user_id blob references user (id),
    at integer not null,
    primary key (update_id, field)
) strict, without rowid;

-- What changes about an update. Changed by compare-and-set on `rev`.
create table contact_update_state (
    update_id blob primary key references contact_update (id),
    status text not null check (status in
        ('pending', 'awaiting approval', 'held', 'synced', 'rejected', 'withdrawn')),
    upload text not null check (upload in
        ('not uploaded', 'uploading', 'uploaded', 'refused', 'not confirmed')),
    synced_at integer,
    synced_by integer,
    synced_name text,
    mark_seen text not null default 'no' check (mark_seen in ('no', 'waiting', 'yes')),
    status_reason text,
    rev integer not null default 0
) strict, without rowid;

create index contact_update_status on contact_update_state (status);
create index contact_update_upload on contact_update_state (upload);
-- What the upstream may still change, and marks that no upstream was told of.
create index contact_update_open on contact_update_state (update_id)
    where status = 'pending' or mark_seen = 'waiting';
create index contact_update_untold on contact_update_state (update_id)
    where status = 'synced' and mark_seen = 'no';

-- The upstream's ids of an update, many to one: a repeated upload may have made two rows there.
create table contact_update_ref (
    upstream_id integer primary key,
    update_id blob not null references contact_update (id),
    synced integer not null default 0 check (synced in (0, 1)),
    seen_at integer not null
) strict;

create index contact_update_ref_update on contact_update_ref (update_id);

-- The fold (design 5), written with every change it depends on; `doctor` recomputes it.
create table effective_contact (
    customer_id blob not null references customer (id),
    field text not null check (field in ('mobile', 'email')),
    value text not null,
    update_id blob references contact_update (id),
    primary key (customer_id, field)
) strict, without rowid;

create index effective_contact_value on effective_contact (value);

-- A numbered export that an admin enters into the master and then marks as a whole.
create table batch (
    id blob primary key check (length(id) = 16),
    number integer not null unique,
    created_at integer not null,
    created_by blob not null references user (id),
    marked_at integer,
    marked_by blob references user (id)
) strict, without rowid;

-- Frozen values: one line per customer and field.
create table batch_line (
    batch_id blob not null references batch (id),
    line integer not null,
    customer_id blob not null references customer (id),
    field text not null check (field in ('mobile', 'email')),
    base text,
    value text not null,
    primary key (batch_id, line)
) strict, without rowid;

-- The facts a line stands for.
create table batch_update (
    batch_id blob not null references batch (id),
    line integer not null,
    update_id blob not null references contact_update (id),
    primary key (batch_id, line, update_id)
) strict, without rowid;

create index batch_update_update on batch_update (update_id);

create trigger batch_line_no_update before update on batch_line
begin select raise(abort, 'a batch is never edited') where not exists (select 1 from erase_permit); end;
create trigger batch_line_no_delete before delete on batch_line
begin select raise(abort, 'a batch is never deleted') where not exists (select 1 from erase_permit); end;
create trigger batch_line_no_replace before insert on batch_line
when exists (select 1 from batch_line where batch_id = new.batch_id and line = new.line)
begin select raise(abort, 'a batch is never replaced'); end;

create trigger batch_update_no_update before update on batch_update
begin select raise(abort, 'a batch is never edited') where not exists (select 1 from erase_permit); end;
create trigger batch_update_no_delete before delete on batch_update
begin select raise(abort, 'a batch is never deleted') where not exists (select 1 from erase_permit); end;
create trigger batch_update_no_replace before insert on batch_update
when exists (select 1 from batch_update where batch_id = new.batch_id and line = new.line
    and update_id = new.update_id)
begin select raise(abort, 'a batch is never replaced'); end;

create trigger contact_update_no_update before update on contact_update
begin select raise(abort, 'a contact update is never edited') where not exists (select 1 from erase_permit); end;
create trigger contact_update_no_delete before delete on contact_update
begin select raise(abort, 'a contact update is never deleted') where not exists (select 1 from erase_permit); end;
create trigger contact_update_no_replace before insert on contact_update
when exists (select 1 from contact_update where id = new.id or seq = new.seq)
begin select raise(abort, 'a contact update is never replaced'); end;

create trigger contact_update_field_no_update before update on contact_update_field
begin select raise(abort, 'a contact update is never edited') where not exists (select 1 from erase_permit); end;
create trigger contact_update_field_no_delete before delete on contact_update_field
begin select raise(abort, 'a contact update is never deleted') where not exists (select 1 from erase_permit); end;
-- The state is written last: from then on a fact gains no further field.
create trigger contact_update_field_no_late before insert on contact_update_field
when exists (select 1 from contact_update_state where update_id = new.update_id)
begin select raise(abort, 'a contact update is never extended'); end;
create trigger contact_update_field_no_replace before insert on contact_update_field
when exists (select 1 from contact_update_field where update_id = new.update_id and field = new.field)
begin select raise(abort, 'a contact update is never replaced'); end;

create trigger contact_update_retirement_no_update before update on contact_update_retirement
begin select raise(abort, 'a retirement is never edited') where not exists (select 1 from erase_permit); end;
create trigger contact_update_retirement_no_delete before delete on contact_update_retirement
begin select raise(abort, 'a retirement is never deleted') where not exists (select 1 from erase_permit); end;
create trigger contact_update_retirement_no_replace before insert on contact_update_retirement
when exists (select 1 from contact_update_retirement where update_id = new.update_id and field = new.field)
begin select raise(abort, 'a retirement is never replaced'); end;
