-- The admin's loop on a million updates: what its filters ask stands beside the state, in the order of
-- capture, so that each filter is an index that hands out pages.

alter table contact_update_state add column seq integer;
alter table contact_update_state add column agent_number integer;
alter table contact_update_state add column reason text;
alter table contact_update_state add column captured_at integer;

-- Who approved or rejected, and when; why is `status_reason`.
alter table contact_update_state add column decided_at integer;
alter table contact_update_state add column decided_name text;

update contact_update_state set (seq, agent_number, reason, captured_at) =
    (select u.seq, u.agent_number, u.reason, u.captured_at from contact_update u where u.id = update_id);

drop index contact_update_status;
drop index contact_update_upload;
create unique index contact_update_by_seq on contact_update_state (seq);
create index contact_update_by_status on contact_update_state (status, seq);
create index contact_update_by_upload on contact_update_state (upload, seq);
create index contact_update_by_agent on contact_update_state (agent_number, seq);
create index contact_update_by_reason on contact_update_state (reason, seq);

-- From which update to which an hour reaches: clocks differ and jump, so the two orders do too.
create table contact_update_hour (
    hour integer primary key,
    first_seq integer not null,
    last_seq integer not null
) strict;

insert into contact_update_hour (hour, first_seq, last_seq)
select captured_at / 3600000000, min(seq), max(seq) from contact_update group by captured_at / 3600000000;

create trigger contact_update_in_its_hour after insert on contact_update
begin
    insert into contact_update_hour (hour, first_seq, last_seq)
    values (new.captured_at / 3600000000, new.seq, new.seq)
    on conflict (hour) do update set last_seq = excluded.last_seq;
end;

-- The name and policy number of each update as they were at capture (NIC-91, NIC-92), under its `seq`.
-- `update_tokens` is the program's own: `domain::search`.
create virtual table update_search using fts5 (
    tokens, content = '', contentless_delete = 1, detail = none, prefix = '1 2 3 4', tokenize = 'ascii'
);
insert into update_search (update_search, rank) values ('pgsz', 3900);
insert into update_search (rowid, tokens)
select seq, update_tokens(customer_name, policy_number) from contact_update order by seq;
insert into update_search (update_search, rank) values ('automerge', 0), ('usermerge', 8), ('crisismerge', 200);

-- A batch of many lines is marked piece by piece, up to this one: nobody who saves waits for all of it.
alter table batch add column marked_to integer not null default 0;
