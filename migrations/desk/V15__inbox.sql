-- The inbox at a million texts: each view is an index that hands out pages, bodies are found by their words.

-- The newest text of a conversation, and whether the last word is theirs: a text of ours that came to
-- nothing is no answer.
alter table conversation add column last_seq integer;
alter table conversation add column last_inbound integer not null default 0 check (last_inbound in (0, 1));

create index message_last on message (conversation_id, seq, direction, status);

update conversation set
    last_seq = (select max(m.seq) from message m where m.conversation_id = conversation.id),
    last_inbound = coalesce((select m.direction = 'inbound' from message m
        where m.conversation_id = conversation.id and (m.direction = 'inbound' or m.status not in
            ('canceled', 'discarded', 'expired', 'failed', 'undelivered'))
        order by m.seq desc limit 1), 0);

create index conversation_last on conversation (last_seq);
create index conversation_unread_last on conversation (last_seq) where unread > 0;
create index conversation_assigned_last on conversation (assigned_to, last_seq) where status = 'open';
create index conversation_for_us on conversation (last_seq) where status = 'open' and last_inbound = 1;
create index conversation_for_them on conversation (last_seq) where status = 'open' and last_inbound = 0;

create trigger message_is_the_last after insert on message
begin
    update conversation set last_seq = new.seq, last_inbound = new.direction = 'inbound'
    where id = new.conversation_id;
end;

create trigger message_came_to_nothing after update of status on message
when new.direction = 'outbound' and new.status <> old.status
    and new.status in ('canceled', 'discarded', 'expired', 'failed', 'undelivered')
begin
    update conversation set last_inbound = coalesce((select m.direction = 'inbound' from message m
        where m.conversation_id = new.conversation_id and (m.direction = 'inbound' or m.status not in
            ('canceled', 'discarded', 'expired', 'failed', 'undelivered'))
        order by m.seq desc limit 1), 0)
    where id = new.conversation_id;
end;

-- The words of each body, under the message's `seq`. `text_words` is the program's own: `domain::search`.
create virtual table message_search using fts5 (
    words, content = '', contentless_delete = 1, detail = none, prefix = '1 2 3', tokenize = 'ascii'
);
insert into message_search (message_search, rank) values ('pgsz', 3900);
insert into message_search (rowid, words) select seq, text_words(body) from message order by seq;
insert into message_search (message_search, rank)
values ('automerge', 0), ('usermerge', 8), ('crisismerge', 200), ('hashsize', 16000000);

-- A little is merged each time: merged at once, one text in many would wait for all the others.
create trigger message_is_searched after insert on message
begin
    insert into message_search (rowid, words) values (new.seq, text_words(new.body));
    insert into message_search (message_search, rank) values ('merge', 16);
end;

create trigger message_is_searched_anew after update of body on message when new.body <> old.body
begin
    insert or replace into message_search (rowid, words) values (new.seq, text_words(new.body));
end;

create trigger message_is_not_searched after delete on message
begin
    delete from message_search where rowid = old.seq;
end;

-- When Twilio is asked what the pictures of a text are: their list says the type, never the picture itself.
alter table message add column media_due integer;
create index message_media_due on message (media_due) where media_due is not null;

-- Who answers a number that nobody on file has.
alter table presence add column number text;

-- Costs by day.
create index message_priced on message (created_at) where price is not null;
