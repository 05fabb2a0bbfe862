-- Stock: what is free, held, sold, and every movement between.

-- name: find_hold
-- params: product_id uuid, holder_id uuid
select state from stock_hold where product_id = :product_id and holder_id = :holder_id

-- name: put_hold
-- params: product_id uuid, holder_id uuid, state int, now time
insert into stock_hold (product_id, holder_id, state, changed_at) values (:product_id, :holder_id, :state, :now)
on conflict (product_id, holder_id) do update set state = excluded.state, changed_at = excluded.changed_at

-- name: update_stock
-- params: id uuid, stock bigint, held bigint, sold bigint
update product set stock = :stock, held = :held, sold = :sold where id = :id

-- name: insert_movement
-- params: id uuid, product_id uuid, kind int, free_delta bigint, held_delta bigint, stock_after bigint, holder_id uuid?
-- params: actor_id uuid?, note text, now time
insert into stock_movement (id, product_id, kind, free_delta, held_delta, stock_after, holder_id, actor_id, note, created_at)
values (:id, :product_id, :kind, :free_delta, :held_delta, :stock_after, :holder_id, :actor_id, :note, :now)

-- name: list_movements
-- params: product_id uuid, after uuid, limit bigint
select id, kind, free_delta, held_delta, stock_after, holder_id, actor_id, note, created_at
from stock_movement where product_id = :product_id
-- if: after
    and id < :after
-- end
order by id desc
limit :limit

-- name: count_holds
-- params: product_id uuid
-- slow: counts the holders that one product ever had
select count(*) as count from stock_hold where product_id = :product_id

-- name: delete_movements
-- params: product_id uuid
delete from stock_movement where product_id = :product_id
