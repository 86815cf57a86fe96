-- Conversations, messages, saved replies, and who may be texted.

-- One of our numbers with one number of theirs: a row and a lane.
create table conversation (
    seq integer primary key,
    id blob not null unique check (length(id) = 16),
    ours text not null,
    theirs text not null,
    customer_id blob references customer (id),
    status text not null default 'open' check (status in ('open', 'closed')),
    assigned_to blob references user (id),
    unread integer not null default 0,
    last_message_at integer,
    unique (ours, theirs)
) strict;

create index conversation_theirs on conversation (theirs);
create index conversation_customer on conversation (customer_id);

-- One text. `status` is Twilio's word, or one of ours before Twilio has it; unknown words are kept.
create table message (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    conversation_id blob not null references conversation (id),
    customer_id blob references customer (id),
    direction text not null check (direction in ('inbound', 'outbound')),
    sender text not null,
    recipient text not null,
    body text not null,
    media text not null default '[]' check (json_type(media) = 'array'),
    purpose text check (purpose in ('service', 'marketing')),
    status text not null,
    error_code integer,
    error_message text,
    sid text unique,
    segments integer,
    price text,
    price_unit text,
    sent_by blob references user (id),
    retry_of blob references message (id),
    template_id blob,
    interaction_id blob,
    tags text not null default '[]' check (json_type(tags) = 'array'),
    created_at integer not null,
    twilio_created_at integer,
    sent_at integer,
    delivered_at integer,
    next_poll_at integer,
    polls integer not null default 0
) strict;

create index message_conversation on message (conversation_id, seq);
create index message_customer on message (customer_id, seq);
create index message_status on message (status, direction);
create index message_sender on message (sender, seq);
create index message_recipient on message (recipient, seq);
create index message_poll on message (next_poll_at) where next_poll_at is not null;

create table template (
    id blob primary key check (length(id) = 16),
    owner blob references user (id),
    folder text not null default '',
    name text not null,
    language text not null default '',
    purpose text not null default 'service' check (purpose in ('service', 'marketing')),
    body text not null,
    used integer not null default 0,
    updated_at integer not null,
    deleted_at integer
) strict, without rowid;

-- Append-only: who may be reached at this number, by which channel, for which purpose (G23, G24).
-- `lift` takes back a STOP and nothing else; `hold` and `release` are for replies that may mean one.
create table consent (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    address text not null,
    channel text not null check (channel in ('sms', 'email', 'call')),
    purpose text not null check (purpose in ('service', 'marketing')),
    act text not null check (act in ('grant', 'revoke', 'lift', 'hold', 'release')),
    method text not null check (method in ('voice', 'web', 'paper', 'keyword', 'import', 'provider')),
    wording text not null default '',
    wording_version text not null default '',
    customer_id blob references customer (id),
    user_id blob references user (id),
    message_id blob references message (id),
    interaction_id blob,
    ip text,
    note text not null default '',
    corrects blob references consent (id),
    at integer not null
) strict;

create index consent_address on consent (address, channel, seq);
create index consent_customer on consent (customer_id, channel, seq);

create trigger consent_no_update before update on consent
begin select raise(abort, 'a consent entry is never edited') where not exists (select 1 from erase_permit); end;
create trigger consent_no_delete before delete on consent
begin select raise(abort, 'a consent entry is never deleted') where not exists (select 1 from erase_permit); end;
create trigger consent_no_replace before insert on consent
when exists (select 1 from consent where id = new.id or seq = new.seq)
begin select raise(abort, 'a consent entry is never replaced'); end;
