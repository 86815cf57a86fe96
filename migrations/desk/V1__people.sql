-- Who works here, whom we know, and how to reach them.
-- Ids are UUIDv7 blobs; `seq` is commit order; times are UTC microseconds; money is integer minor units.

create table setting (
    key text primary key,
    value text not null
) strict, without rowid;

-- Provider credentials. The file is encrypted as a whole; nothing here is ever logged or listed.
create table secret (
    name text primary key,
    value text not null,
    set_at integer not null
) strict, without rowid;

create table user (
    id blob primary key check (length(id) = 16),
    number integer not null unique check (number > 0),
    name text not null unique collate nocase check (length(name) between 1 and 255),
    role text not null check (role in ('agent', 'supervisor', 'admin')),
    active integer not null default 1 check (active in (0, 1)),
    created_at integer not null
) strict, without rowid;

create table customer (
    seq integer primary key,
    id blob not null unique check (length(id) = 16),
    name text not null check (length(name) between 1 and 255),
    given_name text check (length(given_name) <= 100),
    family_name text check (length(family_name) <= 100),
    company text check (length(company) <= 255),
    industry text check (length(industry) <= 50),
    policy_number text,
    payment text,
    amount_due integer,
    currency text check (length(currency) = 3),
    stage text not null default 'new'
        check (stage in ('new', 'contacted', 'qualified', 'nurturing', 'client', 'inactive')),
    street text,
    city text,
    state text,
    zip text,
    country text,
    timezone text,
    preferred_method text check (preferred_method in ('sms', 'email', 'phone')),
    preferred_time text,
    source text not null default 'manual' check (source in ('manual', 'import', 'api', 'form')),
    assigned_agent blob references user (id),
    last_contact_at integer,
    last_contact_method text check (last_contact_method in ('sms', 'email', 'phone', 'in-person')),
    tags text not null default '[]' check (json_type(tags) = 'array'),
    custom text not null default '{}' check (json_type(custom) = 'object'),
    deleted_at integer,
    created_at integer not null,
    created_by blob references user (id),
    updated_at integer not null,
    updated_by blob references user (id)
) strict;

create index customer_policy on customer (policy_number);
create index customer_name on customer (name collate nocase);
create index customer_recent on customer (last_contact_at);

-- The master's ids, many to one: a local customer has none, a merged one several.
create table customer_ref (
    source text not null,
    ref text not null,
    customer_id blob not null references customer (id),
    primary key (source, ref)
) strict, without rowid;

create index customer_ref_customer on customer_ref (customer_id);

-- One phone or e-mail of a customer. `origin = 'master'` is what the master system says;
-- what counts now is `effective_contact`.
create table contact_point (
    seq integer primary key,
    id blob not null unique check (length(id) = 16),
    customer_id blob not null references customer (id),
    kind text not null check (kind in ('phone', 'email')),
    label text not null,
    value text not null,
    raw text not null,
    origin text not null check (origin in ('master', 'local')),
    trust text not null default 'unknown' check (trust in ('unknown', 'good', 'bad')),
    trust_reason text,
    trust_at integer,
    seen_at integer not null,
    created_at integer not null,
    retired_at integer
) strict;

create index contact_point_customer on contact_point (customer_id, kind, label);
create index contact_point_value on contact_point (value);

-- Everything that happened between us and a customer; the timeline reads only these.
create table interaction (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    customer_id blob not null references customer (id),
    kind text not null check (kind in ('call', 'text', 'mail', 'meeting', 'note', 'update')),
    direction text check (direction in ('inbound', 'outbound')),
    subject_id blob,
    user_id blob references user (id),
    at integer not null,
    metadata text not null default '{}' check (json_type(metadata) = 'object')
) strict;

create index interaction_customer on interaction (customer_id, seq);

create table note (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    customer_id blob not null references customer (id),
    user_id blob not null references user (id),
    body text not null,
    interaction_id blob,
    at integer not null
) strict;

create index note_customer on note (customer_id, seq);

create table note_pin (
    customer_id blob primary key references customer (id),
    note_id blob not null references note (id),
    user_id blob not null references user (id),
    at integer not null
) strict, without rowid;

-- Forms, notes and texts being typed: one per person, customer and channel. `customer_id` is
-- sixteen zero bytes where no customer is known yet.
create table draft (
    user_id blob not null references user (id),
    customer_id blob not null,
    channel text not null check (channel in ('update', 'note', 'text', 'customer')),
    body text not null,
    at integer not null,
    primary key (user_id, customer_id, channel)
) strict, without rowid;

-- Who is looking at or answering what, right now; rows age out and are never a lock.
create table presence (
    desk_id blob primary key,
    user_id blob not null references user (id),
    customer_id blob,
    doing text not null check (doing in ('viewing', 'updating', 'texting', 'noting')),
    since integer not null,
    seen_at integer not null
) strict, without rowid;

-- Facts are never edited and never deleted (NIC-77). The one way round is the erase procedure:
-- a row in `erase_permit`, written and removed inside its own transaction.
create table erase_permit (
    id integer primary key check (id = 1),
    reason text not null
) strict;

create trigger note_no_update before update on note
begin select raise(abort, 'a note is never edited') where not exists (select 1 from erase_permit); end;
create trigger note_no_delete before delete on note
begin select raise(abort, 'a note is never deleted') where not exists (select 1 from erase_permit); end;
create trigger note_no_replace before insert on note
when exists (select 1 from note where id = new.id or seq = new.seq)
begin select raise(abort, 'a note is never replaced'); end;
