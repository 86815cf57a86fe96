-- What the screens ask at every key and every change, answered by index.

-- Looking up: counts, the filter `payment:`, companies, and numbers that were captured once.
create index customer_deleted on customer (seq) where deleted_at is not null;
create index customer_payment on customer (payment collate nocase) where payment is not null;
create index customer_company on customer (company collate nocase) where company is not null;
create index contact_update_field_new on contact_update_field (new);

-- Whom this person spoke to, or looked at, last.
create index interaction_user on interaction (user_id, seq) where user_id is not null;
create index audit_opened on audit (user_number, seq) where action = 'card opened';

-- The state rows.
create index conversation_unread on conversation (seq) where unread > 0;
create index job_failed on job (settled_at) where state = 'rejected';
create index job_uploaded on job (settled_at) where kind = 'update' and state = 'accepted';

-- Marks that can still be taken back.
create index contact_update_synced on contact_update_state (synced_at) where synced_at is not null;
