-- With what an owner's own are counted by, so that counting looks into no rows.
drop index item_owner;
create index item_owner on item (owner_id, created_at, id, kind, status);
