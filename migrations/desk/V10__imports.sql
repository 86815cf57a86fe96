-- Imports: each is one unit that can be taken back as a whole.

create table import (
    number integer primary key autoincrement,
    file text not null,
    source text,
    on_match text not null check (on_match in ('skip', 'fill-empty', 'overwrite')),
    user_number integer not null,
    user_name text not null,
    state text not null check (state in ('running', 'done', 'stopped', 'failed', 'cut off', 'undone')),
    started_at integer not null,
    ended_at integer
) strict;

-- What one transaction of an import did; what is not in here did not happen. The customers it made are
-- those from `first_customer` on, before `next_customer`, and the contact points likewise. The last
-- seen of what others write tells on undoing whom they have changed since.
create table import_chunk (
    import integer not null references import (number),
    chunk integer not null,
    at integer not null,
    new integer not null,
    changed integer not null,
    unchanged integer not null,
    refused integer not null,
    first_customer integer not null,
    next_customer integer not null,
    first_point integer not null,
    next_point integer not null,
    last_interaction integer not null,
    last_update integer not null,
    undone_at integer,
    primary key (import, chunk)
) strict, without rowid;

-- What a customer was before a chunk changed them.
create table import_change (
    import integer not null,
    chunk integer not null,
    customer_id blob not null references customer (id),
    before text not null check (json_type(before) = 'object'),
    primary key (import, chunk, customer_id)
) strict, without rowid;

-- What the columns of a source meant the last time.
create table import_mapping (
    source text not null collate nocase,
    header text not null,
    field text not null,
    primary key (source, header)
) strict, without rowid;
