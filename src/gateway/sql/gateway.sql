-- name: insert_claim
-- params: id uuid, account_id uuid, route text, key text, digest bytes, lease_until time, now time
insert into idempotency_claim (id, account_id, route, key, digest, lease_until, status, created_at)
values (:id, :account_id, :route, :key, :digest, :lease_until, 0, :now)
on conflict do nothing

-- name: find_claim
-- params: account_id uuid, route text, key text
select id, digest, lease_until, result_id, status, reply, location
from idempotency_claim where account_id = :account_id and route = :route and key = :key for update

-- A claim whose worker died before it recorded a result.
-- name: take_over_claim
-- params: id uuid, lease_until time
update idempotency_claim set lease_until = :lease_until where id = :id

-- name: record_result
-- params: id uuid, result_id uuid
update idempotency_claim set result_id = :result_id where id = :id

-- name: store_reply
-- params: id uuid, status int, reply text?, location text?
update idempotency_claim set status = :status, reply = :reply, location = :location where id = :id

-- name: delete_claim
-- params: id uuid
delete from idempotency_claim where id = :id and result_id is null and status = 0

-- name: sweep_claims
-- params: before time
delete from idempotency_claim where id in (
    select id from idempotency_claim where created_at < :before order by created_at limit 1000)
