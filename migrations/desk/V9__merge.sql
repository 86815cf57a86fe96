-- Calls that ring on a desk, and customers who are one person.

-- The newest call that rings for a user (`cordboard pop`), and when a desk of theirs showed it.
create table ring (
    user_id blob primary key references user (id),
    number text not null,
    at integer not null,
    shown_at integer
) strict, without rowid;

-- Append-only: of two customers one was kept, or a merge was split again. `detail` says what was chosen
-- and what stood there before; what of `gone` went over to `kept` is in `customer_merge_row`.
create table customer_merge (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    kept blob not null references customer (id),
    gone blob not null references customer (id) check (gone <> kept),
    splits blob unique references customer_merge (id),
    detail text not null check (json_type(detail) = 'object'),
    user_id blob not null references user (id),
    at integer not null
) strict;

create index customer_merge_kept on customer_merge (kept);
create index customer_merge_gone on customer_merge (gone);
create index customer_merge_user on customer_merge (user_id, seq);

-- `what` is the table, `row` the row in it: an id, or source and ref of a master's id as JSON.
create table customer_merge_row (
    merge_id blob not null references customer_merge (id),
    what text not null check (what in ('customer_ref', 'interaction', 'conversation', 'message', 'contact_point')),
    row any not null,
    primary key (merge_id, what, row)
) strict, without rowid;

create index customer_merge_row_row on customer_merge_row (what, row);

-- Merges that hold: who is gone, and who stands for them.
create view customer_merged as
select m.seq, m.id, m.kept, m.gone, m.user_id, m.at from customer_merge m
where m.splits is null and not exists (select 1 from customer_merge s where s.splits = m.id);

create trigger customer_merge_no_update before update on customer_merge
begin select raise(abort, 'a merge is never edited') where not exists (select 1 from erase_permit); end;
create trigger customer_merge_no_delete before delete on customer_merge
begin select raise(abort, 'a merge is never deleted') where not exists (select 1 from erase_permit); end;
create trigger customer_merge_no_replace before insert on customer_merge
when exists (select 1 from customer_merge where id = new.id or seq = new.seq)
begin select raise(abort, 'a merge is never replaced'); end;

create trigger customer_merge_row_no_update before update on customer_merge_row
begin select raise(abort, 'a merge is never edited') where not exists (select 1 from erase_permit); end;
create trigger customer_merge_row_no_delete before delete on customer_merge_row
begin select raise(abort, 'a merge is never deleted') where not exists (select 1 from erase_permit); end;
create trigger customer_merge_row_no_replace before insert on customer_merge_row
when exists (select 1 from customer_merge_row r
    where r.merge_id = new.merge_id and r.what = new.what and r.row = new.row)
begin select raise(abort, 'a merge is never replaced'); end;
