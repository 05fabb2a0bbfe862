-- name: insert_payment
-- params: id uuid, order_id uuid, provider int, amount_minor bigint, currency text, provider_ref text, client_data text, now time
insert into payment (id, order_id, provider, status, amount_minor, currency, provider_ref, client_data, decision, refunded_minor,
    failure, created_at, version)
values (:id, :order_id, :provider, 0, :amount_minor, :currency, :provider_ref, :client_data, 0, 0, '', :now, 1)
on conflict do nothing

-- name: find_payment
-- params: order_id uuid
select id, order_id, provider, status, amount_minor, currency, provider_ref, client_data, decision, refunded_minor, held_minor, failure
from payment where order_id = :order_id

-- name: find_payment_by_ref
-- params: provider int, provider_ref text
select id, order_id, provider, status, amount_minor, currency, provider_ref, client_data, decision, refunded_minor, held_minor, failure
from payment where provider = :provider and provider_ref = :provider_ref

-- name: lock_payment
-- params: order_id uuid
select id, order_id, provider, status, amount_minor, currency, provider_ref, client_data, decision, refunded_minor, held_minor, failure
from payment where order_id = :order_id for update

-- name: decide_payment
-- params: id uuid, status int, decision int, now time
update payment set status = :status, decision = :decision, decided_at = :now, version = version + 1
where id = :id and decision = 0

-- name: settle_payment
-- params: id uuid, status int, failure text, now time
update payment set status = :status, failure = :failure, settled_at = :now, version = version + 1
where id = :id and settled_at is null

-- name: add_refunded
-- params: id uuid, status int, amount_minor bigint
update payment set status = :status, refunded_minor = refunded_minor + :amount_minor, version = version + 1 where id = :id

-- name: add_held
-- params: id uuid, amount_minor bigint
update payment set held_minor = held_minor + :amount_minor, version = version + 1 where id = :id

-- name: list_unfinished
-- params: before time
select id, order_id, provider, status, amount_minor, currency, provider_ref, client_data, decision, refunded_minor, held_minor, failure
from payment where decision <> 0 and settled_at is null and decided_at < :before order by decided_at limit 200

-- name: insert_event
-- params: id uuid, provider int, event_id text, type text, provider_ref text, body text, now time
insert into payment_event (id, provider, event_id, type, provider_ref, body, received_at, outcome)
values (:id, :provider, :event_id, :type, :provider_ref, :body, :now, '')
on conflict do nothing

-- name: find_event
-- params: id uuid
select id, provider, event_id, type, provider_ref, handled_at from payment_event where id = :id

-- name: handle_event
-- params: id uuid, outcome text, now time
update payment_event set outcome = :outcome, handled_at = :now where id = :id

-- name: insert_refund
-- params: id uuid, payment_id uuid, order_id uuid, amount_minor bigint, currency text, now time
insert into refund (id, payment_id, order_id, amount_minor, currency, status, provider_ref, created_at)
values (:id, :payment_id, :order_id, :amount_minor, :currency, 0, '', :now)
on conflict do nothing

-- name: lock_refund
-- params: id uuid
select id, payment_id, amount_minor, status from refund where id = :id for update

-- name: finish_refund
-- params: id uuid, status int, now time
update refund set status = :status, done_at = :now where id = :id

-- name: sum_open_refunds
-- params: payment_id uuid
select cast(coalesce(sum(amount_minor), 0) as bigint) as value from refund where payment_id = :payment_id and status = 0

-- name: insert_return
-- params: id uuid, payment_id uuid, order_id uuid, provider int, provider_ref text, kind int, status int, amount_minor bigint
-- params: currency text, now time
insert into payment_return (id, payment_id, order_id, provider, provider_ref, kind, status, amount_minor, currency, created_at, changed_at)
values (:id, :payment_id, :order_id, :provider, :provider_ref, :kind, :status, :amount_minor, :currency, :now, :now)

-- name: lock_return
-- params: provider int, provider_ref text
select id, payment_id, status, amount_minor from payment_return where provider = :provider and provider_ref = :provider_ref for update

-- name: move_return
-- params: id uuid, status int, now time
update payment_return set status = :status, changed_at = :now where id = :id
