-- The customer record: every act of a person on it, with what was before, so that it can be taken back.

create table customer_change (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    customer_id blob not null references customer (id),
    -- 'created', 'edited', 'tagged', 'staged', 'deleted', 'restored', 'taken back'
    kind text not null,
    -- {"city": ["Vacoas", "Curepipe"]}: before and after
    fields text not null check (json_type(fields) = 'object'),
    undoes integer references customer_change (seq),
    user_id blob references user (id),
    -- The audit entry of the same act.
    audit_seq integer not null,
    at integer not null
) strict;

create index customer_change_customer on customer_change (customer_id, seq);
create index customer_change_user on customer_change (user_id, at);
create unique index customer_change_undoes on customer_change (undoes) where undoes is not null;

create trigger customer_change_no_update before update on customer_change
begin select raise(abort, 'a change is never edited') where not exists (select 1 from erase_permit); end;
create trigger customer_change_no_delete before delete on customer_change
begin select raise(abort, 'a change is never deleted') where not exists (select 1 from erase_permit); end;
create trigger customer_change_no_replace before insert on customer_change
when exists (select 1 from customer_change where id = new.id or seq = new.seq)
begin select raise(abort, 'a change is never replaced'); end;

-- The search knows tags and stages from here on: everybody goes in again.
update search_building set done = 0, last = (select coalesce(max(seq), 0) from customer);
