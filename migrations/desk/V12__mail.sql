-- Mail: what is sent, to whom and about what; requests for payment; acknowledgements of debt.

insert into destination (name, state) values ('mail', 'unknown');

-- One mail. `recipient` is the address that counted when it was asked for.
create table mail (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    customer_id blob not null references customer (id),
    about text not null check (about in ('payment request', 'acknowledgement of debt')),
    recipient text not null,
    subject text not null,
    body text not null,
    -- Goes along as a QR code.
    link text,
    sent_by blob references user (id),
    created_at integer not null
) strict;

create index mail_customer on mail (customer_id, seq);

-- Where a mail really went: the address that counted when it left.
create table mail_sent (
    mail_id blob primary key references mail (id),
    recipient text not null,
    at integer not null
) strict, without rowid;

-- A request for payment: the text or mail that carries it, and what the upstream called the latest
-- contact before it left (NIC-88). `latest` is null until it was asked, or until that came to nothing.
create table payment_request (
    subject_id blob primary key check (length(subject_id) = 16),
    customer_id blob not null references customer (id),
    channel text not null check (channel in ('text', 'mail')),
    amount integer not null check (amount > 0),
    currency text not null check (length(currency) = 3),
    reference text not null,
    link text not null,
    latest text check (latest in ('not asked', 'none', 'same', 'newer')),
    latest_value text,
    at integer not null
) strict, without rowid;

create index payment_request_unasked on payment_request (at) where latest is null;

-- What a customer has acknowledged to owe. The words are in the note.
create table debt (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    customer_id blob not null references customer (id),
    amount integer not null check (amount > 0),
    currency text not null check (length(currency) = 3),
    instalments integer not null check (instalments > 0),
    first_date text not null,
    note_id blob not null references note (id),
    mail_id blob references mail (id),
    user_id blob references user (id),
    at integer not null
) strict;

create index debt_customer on debt (customer_id, seq);

create trigger mail_no_update before update on mail
begin select raise(abort, 'a mail is never edited') where not exists (select 1 from erase_permit); end;
create trigger mail_no_delete before delete on mail
begin select raise(abort, 'a mail is never deleted') where not exists (select 1 from erase_permit); end;
create trigger mail_no_replace before insert on mail
when exists (select 1 from mail where id = new.id or seq = new.seq)
begin select raise(abort, 'a mail is never replaced'); end;

create trigger debt_no_update before update on debt
begin select raise(abort, 'an acknowledgement is never edited') where not exists (select 1 from erase_permit); end;
create trigger debt_no_delete before delete on debt
begin select raise(abort, 'an acknowledgement is never deleted') where not exists (select 1 from erase_permit); end;
create trigger debt_no_replace before insert on debt
when exists (select 1 from debt where id = new.id or seq = new.seq)
begin select raise(abort, 'an acknowledgement is never replaced'); end;
