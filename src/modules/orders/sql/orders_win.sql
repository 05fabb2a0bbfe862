-- Orders for wins at auctions, and goods on their way.

-- name: insert_win
-- params: order_id uuid, auction_id uuid
insert into order_win (order_id, auction_id) values (:order_id, :auction_id)

-- name: find_win
-- params: order_id uuid
select order_id, auction_id from order_win where order_id = :order_id

-- name: list_wins
-- params: order_ids uuid[]
select order_id, auction_id from order_win where order_id in (:order_ids)

-- name: update_provider
-- params: id uuid, provider int, now time
update shop_order set provider = :provider, terms_accepted_at = :now where id = :id

-- name: put_address
-- params: order_id uuid, name text, line1 text, line2 text, city text, region text, postal_code text, country text, phone text
-- params: now time
insert into order_address (order_id, name, line1, line2, city, region, postal_code, country, phone, updated_at)
values (:order_id, :name, :line1, :line2, :city, :region, :postal_code, :country, :phone, :now)
on conflict (order_id) do update set name = excluded.name, line1 = excluded.line1, line2 = excluded.line2, city = excluded.city,
    region = excluded.region, postal_code = excluded.postal_code, country = excluded.country, phone = excluded.phone,
    updated_at = excluded.updated_at

-- name: find_address
-- params: order_id uuid
select name, line1, line2, city, region, postal_code, country, phone from order_address where order_id = :order_id

-- Paid (2) and shipped (3) goods are still on their way.
-- name: delete_addresses
-- params: buyer_id uuid
-- slow: looks at one person's own orders
delete from order_address where order_id in (select id from shop_order where buyer_id = :buyer_id and status not in (2, 3))

-- name: insert_shipment
-- params: line_id uuid, carrier text, tracking_number text, tracking_url text, now time
insert into order_shipment (line_id, carrier, tracking_number, tracking_url, shipped_at)
values (:line_id, :carrier, :tracking_number, :tracking_url, :now)

-- name: update_shipment
-- params: line_id uuid, delivered_at time?, completed_at time?
update order_shipment set delivered_at = :delivered_at, completed_at = :completed_at where line_id = :line_id

-- name: list_shipments
-- params: line_ids uuid[]
select line_id, carrier, tracking_number, tracking_url, shipped_at, delivered_at, completed_at
from order_shipment where line_id in (:line_ids)
