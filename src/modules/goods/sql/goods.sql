-- Products and their pictures.

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

-- name: list_products
-- params: ids uuid[]
select id, owner_id, category_id, status, condition, description, specifications, shipping, currency, video_url, stock, held, sold,
    low_stock_at, is_featured, views, cover_asset_id
from product where id in (:ids) and deleted_at is null

-- name: list_own_products
-- params: owner_id uuid, after uuid, status int, limit bigint
-- slow: a status is looked for among one person's own products
select id, owner_id, category_id, status, condition, description, specifications, shipping, currency, video_url, stock, held, sold,
    low_stock_at, is_featured, views, cover_asset_id
from product where owner_id = :owner_id and deleted_at is null
-- if: after
    and id < :after
-- end
-- if: status
    and status = :status
-- end
order by id desc
limit :limit

-- name: list_low_products
-- params: owner_id uuid, after uuid, limit bigint
select id, owner_id, category_id, status, condition, description, specifications, shipping, currency, video_url, stock, held, sold,
    low_stock_at, is_featured, views, cover_asset_id
from product where owner_id = :owner_id and deleted_at is null and stock <= low_stock_at and low_stock_at > 0
-- if: after
    and id < :after
-- end
order by id desc
limit :limit

-- name: list_products_in
-- params: category_id uuid, after uuid, limit bigint
select id from product where category_id = :category_id and deleted_at is null and id > :after order by id limit :limit

-- name: list_ids_of_owner
-- params: owner_id uuid
select id from product where owner_id = :owner_id and deleted_at is null

-- name: insert_product
-- params: id uuid, owner_id uuid, category_id uuid?, condition int, description text, specifications text, shipping text
-- params: currency text, video_url text, low_stock_at bigint
insert into product (id, owner_id, category_id, status, condition, description, specifications, shipping, currency, video_url, stock,
    held, sold, low_stock_at, is_featured, views)
values (:id, :owner_id, :category_id, 0, :condition, :description, :specifications, :shipping, :currency, :video_url, 0, 0, 0,
    :low_stock_at, false, 0)

-- name: update_product
-- params: id uuid, category_id uuid?, status int, condition int, description text, specifications text, shipping text
-- params: currency text, video_url text, low_stock_at bigint, is_featured boolean, cover_asset_id uuid?
update product set category_id = :category_id, status = :status, condition = :condition, description = :description,
    specifications = :specifications, shipping = :shipping, currency = :currency, video_url = :video_url,
    low_stock_at = :low_stock_at, is_featured = :is_featured, cover_asset_id = :cover_asset_id
where id = :id

-- name: delete_product_softly
-- params: id uuid, now time
update product set deleted_at = :now where id = :id

-- name: delete_product
-- params: id uuid
delete from product where id = :id

-- name: list_images
-- params: product_id uuid
select asset_id, alt, problem from product_image where product_id = :product_id order by position

-- name: insert_image
-- params: product_id uuid, asset_id uuid, position int, alt text, problem text
insert into product_image (product_id, asset_id, position, alt, problem) values (:product_id, :asset_id, :position, :alt, :problem)

-- name: delete_images
-- params: product_id uuid
delete from product_image where product_id = :product_id

-- name: find_image_product
-- params: asset_id uuid
select product_id as id from product_image where asset_id = :asset_id

-- name: update_image_problem
-- params: product_id uuid, asset_id uuid, problem text
update product_image set problem = :problem where product_id = :product_id and asset_id = :asset_id

-- name: insert_view
-- params: product_id uuid, hour bigint, viewer bytes
insert into product_view (product_id, hour, viewer) values (:product_id, :hour, :viewer) on conflict do nothing

-- name: add_view
-- params: id uuid
update product set views = views + 1 where id = :id returning views

-- name: sweep_views
-- params: before bigint
-- slow: removes a batch of what is old
delete from product_view where (product_id, hour, viewer) in (
    select product_id, hour, viewer from product_view where hour < :before order by hour limit 5000)

-- name: delete_views
-- params: product_id uuid
delete from product_view where product_id = :product_id

-- Counts of lathe check.
-- name: list_wrong_stocks
-- heavy
-- slow: asks every product, for lathe check
select p.id, p.stock, p.held,
    cast(coalesce((select sum(m.free_delta) from stock_movement m where m.product_id = p.id), 0) as bigint) as moved_free,
    cast(coalesce((select sum(m.held_delta) from stock_movement m where m.product_id = p.id), 0) as bigint) as moved_held,
    (select count(*) from stock_hold h where h.product_id = p.id and h.state = 0) as holders
from product p
where p.stock <> coalesce((select sum(m.free_delta) from stock_movement m where m.product_id = p.id), 0)
    or p.held <> coalesce((select sum(m.held_delta) from stock_movement m where m.product_id = p.id), 0)
    or p.held <> (select count(*) from stock_hold h where h.product_id = p.id and h.state = 0)
    or p.sold <> (select count(*) from stock_hold h where h.product_id = p.id and h.state = 2)
order by p.id
limit 100
