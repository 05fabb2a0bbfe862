-- Reports to the moderators.

-- A second report of the same person on the same item or auction, while the first is open, is the first.
-- name: insert_report
-- params: id uuid, item_id uuid, reporter_id uuid, auction_id uuid?, reason int, message text, now time
insert into item_report (id, item_id, reporter_id, auction_id, reason, message, created_at)
values (:id, :item_id, :reporter_id, :auction_id, :reason, :message, :now)
on conflict do nothing

-- name: list_reports
-- params: key time, key_id uuid, limit bigint
select p.id, p.item_id, p.reporter_id, p.auction_id, p.reason, p.message, p.created_at, i.kind, i.title, i.slug, i.short_code, i.status, i.owner_id,
    i.owner_name
from item_report p join item i on i.id = p.item_id
where p.decided_at is null
-- if: after
    and (p.created_at, p.id) > (:key, :key_id)
-- end
order by p.created_at, p.id
limit :limit

-- name: decide_reports
-- params: item_id uuid, decision int, account_id uuid, now time
update item_report set decided_at = :now, decided_by = :account_id, decision = :decision
where item_id = :item_id and decided_at is null

-- The automatic decision of a lot that is gone has no account.
-- name: decide_auction_reports
-- params: auction_id uuid, decision int, account_id uuid?, now time
update item_report set decided_at = :now, decided_by = :account_id, decision = :decision
where auction_id = :auction_id and decided_at is null
