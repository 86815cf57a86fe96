-- Texts for later.

-- When somebody chose that it leaves: it never leaves before, whatever clocks and retries say.
alter table message add column send_at integer;
