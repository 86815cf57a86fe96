-- The outbox (design 4): what must leave, every attempt, and all that was learned of each.

create table job (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    kind text not null check (kind in ('text', 'update', 'mark', 'mail')),
    destination text not null check (destination in ('twilio', 'upstream', 'mail')),
    lane blob not null,
    subject_id blob not null,
    payload text not null check (json_type(payload) = 'object'),
    payload_version integer not null,
    state text not null check (state in
        ('waiting', 'claimed', 'in flight', 'accepted', 'rejected', 'ambiguous', 'unconfirmed',
         'parked', 'canceled', 'discarded', 'expired')),
    epoch integer not null default 0,
    attempts integer not null default 0,
    crashes integer not null default 0,
    not_before integer not null,
    deadline integer,
    reason text,
    retry_of blob references job (id),
    created_at integer not null,
    created_by blob,
    settled_at integer
) strict;

-- Only what is not settled is ever searched for work.
create index job_open on job (destination, seq)
    where state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked');
create index job_waiting on job (destination, not_before) where state = 'waiting';
create index job_doubt on job (destination, not_before) where state = 'ambiguous';
create index job_lane on job (lane, seq)
    where state in ('waiting', 'claimed', 'in flight', 'ambiguous', 'parked');
create index job_unconfirmed on job (seq) where state = 'unconfirmed';
create index job_subject on job (subject_id, kind);
create unique index job_retry on job (retry_of) where retry_of is not null;

-- Written and synced to disk before the first byte leaves.
create table attempt (
    seq integer primary key autoincrement,
    id blob not null unique check (length(id) = 16),
    epoch integer not null,
    destination text not null check (destination in ('twilio', 'upstream', 'mail')),
    request text not null,
    at integer not null
) strict;

create table attempt_job (
    attempt_id blob not null references attempt (id),
    job_id blob not null references job (id),
    primary key (attempt_id, job_id)
) strict, without rowid;

create index attempt_job_job on attempt_job (job_id);

-- What was learned: the answer to an attempt, a look-up, a late sighting, a person's decision.
create table evidence (
    seq integer primary key autoincrement,
    job_id blob not null references job (id),
    attempt_id blob references attempt (id),
    kind text not null,
    detail text not null check (json_type(detail) = 'object'),
    at integer not null
) strict;

create index evidence_job on evidence (job_id, seq);

-- Who may move jobs. `boot_us` counts since the boot `boot_id`, suspended time included,
-- so a holder that slept too long has lost it.
create table lease (
    id integer primary key check (id = 1),
    epoch integer not null,
    holder text not null,
    boot_id text not null,
    boot_us integer not null,
    at integer not null,
    -- Has the holder the lock file, too? Not if it took the lease from one that sleeps on the lock.
    locked integer not null default 1 check (locked in (0, 1))
) strict;

insert into lease (id, epoch, holder, boot_id, boot_us, at) values (1, 0, '', '', 0, 0);

-- What the sync task last knew of each destination: the ONLINE or OFFLINE of the screen.
create table destination (
    name text primary key check (name in ('twilio', 'upstream', 'mail')),
    state text not null check (state in ('unknown', 'online', 'offline', 'refused')),
    reason text not null default '',
    since integer not null default 0,
    last_ok integer not null default 0,
    polled_to integer not null default 0
) strict, without rowid;

insert into destination (name, state) values ('twilio', 'unknown'), ('upstream', 'unknown');

create trigger attempt_no_update before update on attempt
begin select raise(abort, 'an attempt is never edited') where not exists (select 1 from erase_permit); end;
create trigger attempt_no_delete before delete on attempt
begin select raise(abort, 'an attempt is never deleted') where not exists (select 1 from erase_permit); end;
create trigger attempt_no_replace before insert on attempt
when exists (select 1 from attempt where id = new.id or seq = new.seq)
begin select raise(abort, 'an attempt is never replaced'); end;

create trigger attempt_job_no_update before update on attempt_job
begin select raise(abort, 'an attempt is never edited') where not exists (select 1 from erase_permit); end;
create trigger attempt_job_no_delete before delete on attempt_job
begin select raise(abort, 'an attempt is never deleted') where not exists (select 1 from erase_permit); end;
create trigger attempt_job_no_replace before insert on attempt_job
when exists (select 1 from attempt_job where attempt_id = new.attempt_id and job_id = new.job_id)
begin select raise(abort, 'an attempt is never replaced'); end;

create trigger evidence_no_update before update on evidence
begin select raise(abort, 'evidence is never edited') where not exists (select 1 from erase_permit); end;
create trigger evidence_no_delete before delete on evidence
begin select raise(abort, 'evidence is never deleted') where not exists (select 1 from erase_permit); end;
create trigger evidence_no_replace before insert on evidence
when exists (select 1 from evidence where seq = new.seq)
begin select raise(abort, 'evidence is never replaced'); end;
