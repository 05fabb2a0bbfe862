-- name: insert_order
-- params: id uuid, buyer_id uuid, buyer_name text, currency text, total_minor bigint, provider int, expires_at time, now time
insert into shop_order (id, buyer_id, buyer_name, status, currency, total_minor, provider, terms_accepted_at, failure_code,
    failure_detail, expires_at, created_at, updated_at, version)
values (:id, :buyer_id, :buyer_name, 0, :currency, :total_minor, :provider, :now, '', '', :expires_at, :now, :now, 1)

-- name: insert_line
-- params: id uuid, order_id uuid, position int, kind int, seller_id uuid, seller_name text, spec_id uuid, option_id uuid
-- params: license_type int, title text, option_name text, features text, file_types text, terms text, price_minor bigint
insert into order_line (id, order_id, position, kind, status, seller_id, seller_name, spec_id, option_id, license_type, title,
    option_name, features, file_types, terms, price_minor, fee_minor, version)
values (:id, :order_id, :position, :kind, 0, :seller_id, :seller_name, :spec_id, :option_id, :license_type, :title, :option_name,
    :features, :file_types, :terms, :price_minor, 0, 1)

-- name: find_order
-- params: id uuid
select id, buyer_id, buyer_name, status, currency, total_minor, provider, terms_accepted_at, failure_code, failure_detail, expires_at,
    paid_at, created_at, version
from shop_order where id = :id

-- name: lock_order
-- params: id uuid
select id, buyer_id, buyer_name, status, currency, total_minor, provider, terms_accepted_at, failure_code, failure_detail, expires_at,
    paid_at, created_at, version
from shop_order where id = :id for update

-- name: list_orders
-- params: buyer_id uuid, status int, after uuid, limit bigint, offset bigint
-- slow: a status is looked for among one person's own orders
select id, buyer_id, buyer_name, status, currency, total_minor, provider, terms_accepted_at, failure_code, failure_detail, expires_at,
    paid_at, created_at, version
from shop_order
where buyer_id = :buyer_id
-- if: status
    and status = :status
-- end
-- if: after
    and id < :after
-- end
order by id desc
limit :limit offset :offset

-- name: count_orders
-- params: buyer_id uuid, status int
-- slow: counts one person's own orders
select count(*) as count from shop_order
where buyer_id = :buyer_id
-- if: status
    and status = :status
-- end

-- name: list_lines
-- params: order_ids uuid[]
select id, order_id, position, kind, status, seller_id, seller_name, spec_id, option_id, license_type, title, option_name, features,
    file_types, terms, price_minor, fee_minor, refunded_minor, fee_refunded_minor, license_id, refund_id, paid_at, refunded_at, version
from order_line where order_id in (:order_ids)
order by order_id desc, position

-- name: list_sales
-- params: seller_id uuid, after uuid, limit bigint, offset bigint
select l.id, l.order_id, l.kind, l.status, l.spec_id, l.license_type, l.title, l.option_name, l.price_minor, l.fee_minor,
    l.refunded_minor, l.fee_refunded_minor, l.license_id, l.paid_at, l.refunded_at, o.buyer_id, o.buyer_name, o.currency
from order_line l join shop_order o on o.id = l.order_id
where l.seller_id = :seller_id and l.paid_at is not null
-- if: after
    and l.id < :after
-- end
order by l.id desc
limit :limit offset :offset

-- name: count_sales
-- params: seller_id uuid
-- slow: counts one person's own sales
select count(*) as count from order_line where seller_id = :seller_id and paid_at is not null

-- name: update_order
-- params: id uuid, status int, failure_code text, failure_detail text, paid_at time?, now time
update shop_order set status = :status, failure_code = :failure_code, failure_detail = :failure_detail, paid_at = :paid_at,
    updated_at = :now, version = version + 1
where id = :id

-- name: update_line
-- params: id uuid, status int, fee_minor bigint, refunded_minor bigint, fee_refunded_minor bigint, license_id uuid?, refund_id uuid?
-- params: paid_at time?, refunded_at time?
update order_line set status = :status, fee_minor = :fee_minor, refunded_minor = :refunded_minor,
    fee_refunded_minor = :fee_refunded_minor, license_id = :license_id, refund_id = :refund_id, paid_at = :paid_at,
    refunded_at = :refunded_at, version = version + 1
where id = :id

-- name: list_expired
-- params: now time
select id from shop_order where status = 0 and expires_at <= :now order by expires_at limit 200

-- Every paid line but goods (kind 1) has its licence, and its order says that it was sold.
-- name: list_incomplete_lines
-- heavy
-- slow: asks every line, for lathe check
select l.id, l.order_id, l.status, o.status as order_status, l.license_id
from order_line l join shop_order o on o.id = l.order_id
where (l.status between 2 and 5 and ((l.license_id is null and l.kind <> 1) or o.status not between 2 and 5))
    or (o.status between 2 and 5 and l.status not between 2 and 5 and l.status <> 8)
    or (o.status = 8 and l.status <> 8)
    or (o.status in (0, 6, 7) and l.status <> o.status)
    or (l.status = 8 and l.refunded_minor <> l.price_minor)
    or (l.status between 2 and 5 and l.price_minor > 0 and l.refunded_minor >= l.price_minor)
order by l.id
limit 100

-- name: list_paid_lines
-- params: after uuid
-- heavy
select id, order_id, status, status as order_status, license_id
from order_line where id > :after and paid_at is not null and kind <> 1 order by id limit 200

-- name: list_wrong_totals
-- heavy
-- slow: asks every order, for lathe check
select o.id, o.total_minor, cast(coalesce(sum(l.price_minor), 0) as bigint) as sum_minor
from shop_order o left join order_line l on l.order_id = o.id
group by o.id, o.total_minor
having coalesce(sum(l.price_minor), 0) <> o.total_minor
order by o.id
limit 100
