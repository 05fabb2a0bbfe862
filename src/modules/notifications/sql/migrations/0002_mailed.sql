-- When its account was mailed of it, or of one that it replaced before anybody read that; 0: not yet.
alter table notification add column mailed_at bigint not null default 0;
