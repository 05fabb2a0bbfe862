-- Products.

-- name: find_product
-- params: id uuid
select id, owner_id, category_id, status, condition, description, specifications, shipping, currency, video_url, stock, held, sold,
    low_stock_at, is_featured, views, cover_asset_id
from product where id = :id and deleted_at is null

-- name: lock_product
-- params: id uuid
select id, owner_id, category_id, status, condition, description, specifications, shipping, currency, video_url, stock, held, sold,
    low_stock_at, is_featured, views, cover_asset_id
from product where id = :id and deleted_at is null
for update

-- name: insert_product
-- params: id uuid, owner_id uuid, category_id uuid?, condition int, description text, specifications text, shipping text
-- params: currency text, video_url text, low_stock_at bigint
insert into product (id, owner_id, category_id, status, condition, description, specifications, shipping, currency, video_url, stock,
    held, sold, low_stock_at, is_featured, views)
values (:id, :owner_id, :category_id, 0, :condition, :description, :specifications, :shipping, :currency, :video_url, 0, 0, 0,
    :low_stock_at, false, 0)

-- name: update_status
-- params: id uuid, status int
update product set status = :status where id = :id
