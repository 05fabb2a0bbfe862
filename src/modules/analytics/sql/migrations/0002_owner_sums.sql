-- The month of all specs of one owner is summed in the index on SQLite. On PostgreSQL this would cost more than it gives: counting a play
-- leaves all indexes alone there as long as none holds a count.
-- sqlite:
drop index daily_owner;
create index daily_owner on daily (owner_id, day, subject_id, plays, downloads, favorites, purchases) where owner_id is not null;
drop index daily_revenue_owner;
create index daily_revenue_owner on daily_revenue (owner_id, currency, day, subject_id, minor) where owner_id is not null;
-- postgresql:
comment on index daily_owner is 'without the counts: each play would change it';
-- end
