-- What the master says of what was captured here (design 5), and the feed it comes by.

-- What the master was last seen to say of a field of which something was captured. `after_update` is the
-- number of the newest update at that moment: what has a greater one came later, whatever clocks say.
create table master_seen (
    customer_id blob not null references customer (id),
    field text not null check (field in ('mobile', 'email')),
    value text,
    -- When the master says that it changed; files do not tell.
    changed_at integer,
    seen_at integer not null,
    after_update integer not null,
    primary key (customer_id, field)
) strict, without rowid;

insert into master_seen (customer_id, field, value, seen_at, after_update)
select customer_id, field, value, seen_at,
    (select coalesce(max(u.seq), 0) from contact_update u where u.captured_at <= seen_at)
from (
    select u.customer_id, f.field, p.value, max(p.seen_at) as seen_at
    from contact_update u
    join contact_update_field f on f.update_id = u.id
    join contact_point p on p.customer_id = u.customer_id and p.origin = 'master' and p.retired_at is null
        and p.kind = case f.field when 'mobile' then 'phone' else 'email' end
        and (f.field = 'email' or p.label = 'mobile')
    group by u.customer_id, f.field
);

-- Contacts of which base, new and the master's value all differ: a projection like `effective_contact`,
-- written in the same transactions; `doctor` recomputes it.
create table contact_clash (
    customer_id blob not null references customer (id),
    field text not null check (field in ('mobile', 'email')),
    since integer not null,
    primary key (customer_id, field)
) strict, without rowid;

-- Queued by the machine or along with something else: it waits while the contact is in clash.
alter table message add column automatic integer not null default 0 check (automatic in (0, 1));

-- The feed of the master's customers: a walk under way goes on at `cursor`, the next one begins at `since`.
create table master_feed (
    id integer primary key check (id = 1),
    since integer,
    cursor text,
    -- The greatest change seen in the walk under way.
    newest integer,
    began_at integer,
    ended_at integer,
    failed_at integer,
    reason text not null default ''
) strict;

insert into master_feed (id) values (1);

-- Which change of a customer the feed told last: an older one that comes later says nothing new.
create table master_version (
    customer_id blob primary key references customer (id),
    changed_at integer not null
) strict, without rowid;
