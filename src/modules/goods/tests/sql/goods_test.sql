-- name: count_movements
-- params: product_id uuid
select count(*) as count from stock_movement where product_id = :product_id

-- name: sum_movements
-- params: product_id uuid
select cast(coalesce(sum(free_delta), 0) as bigint) as count from stock_movement where product_id = :product_id

-- name: count_holders
-- params: product_id uuid
select count(*) as count from stock_hold where product_id = :product_id and state = 0
