-- Looking customers up at every key (figures 1).

-- The tokens of each customer (`domain::search`), under the customer's `seq`; written in every
-- transaction that changes what they are made of. Only the index is kept, not the tokens.
create virtual table search using fts5 (
    tokens, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '~#%$@=&'"
);

-- A leaf fits into a page of the encrypted file, beside what SQLCipher adds. Whoever writes merges a
-- little: SQLite's own merging would make one save in a hundred wait for all the others.
insert into search (search, rank)
values ('pgsz', 3900), ('automerge', 0), ('usermerge', 8), ('crisismerge', 200), ('hashsize', 16000000);

-- Words that a mistyped, joined or unfinished one may stand for: of names and companies, `=paid`
-- and `@example`. One that nobody has any more stays and does no harm.
create table search_word (
    word text primary key,
    backwards text not null
) strict, without rowid;

create index search_word_backwards on search_word (backwards);

-- Customers of an older file come in piece by piece: up to `done` they are in.
create table search_building (
    id integer primary key check (id = 1),
    done integer not null,
    last integer not null
) strict;

insert into search_building (id, done, last) select 1, 0, coalesce(max(seq), 0) from customer;

-- What a list is ordered by, without reading whole rows.
create index customer_order on customer (seq, last_contact_at, name) where deleted_at is null;

-- The search before this one walked them.
drop index customer_name;
drop index customer_company;
drop index customer_payment;
drop index contact_update_field_new;
