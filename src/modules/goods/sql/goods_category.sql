-- The tree of categories: small, read whole.

-- name: list_categories
select id, parent_id, name, slug, description, image_asset_id, position, is_active, product_count, active_count, created_at, updated_at,
    version
from category order by parent_id, position, id

-- name: find_category
-- params: id uuid, slug text
select id, parent_id, name, slug, description, image_asset_id, position, is_active, product_count, active_count, created_at, updated_at,
    version
from category
-- order: id
where id = :id
-- end
-- order: slug
where slug = :slug
-- end

-- name: lock_tree
update category_tree set generation = generation + 1 where number = 1

-- name: insert_category
-- params: id uuid, parent_id uuid?, name text, slug text, description text, image_asset_id uuid?, position int, is_active boolean
-- params: now time
insert into category (id, parent_id, name, slug, description, image_asset_id, position, is_active, product_count, active_count,
    created_at, updated_at, version)
values (:id, :parent_id, :name, :slug, :description, :image_asset_id, :position, :is_active, 0, 0, :now, :now, 1)

-- name: update_category
-- params: id uuid, parent_id uuid?, name text, slug text, description text, image_asset_id uuid?, position int, is_active boolean
-- params: now time
update category set parent_id = :parent_id, name = :name, slug = :slug, description = :description, image_asset_id = :image_asset_id,
    position = :position, is_active = :is_active, updated_at = :now, version = version + 1
where id = :id

-- name: add_to_category
-- params: id uuid, products bigint, active bigint
update category set product_count = product_count + :products, active_count = active_count + :active where id = :id

-- name: delete_category
-- params: id uuid
delete from category where id = :id

-- name: find_category_by_image
-- params: asset_id uuid
select id from category where image_asset_id = :asset_id

-- name: list_wrong_counts
-- heavy
-- slow: asks every category, for lathe check
select c.id, c.product_count, c.active_count,
    (select count(*) from product p where p.category_id = c.id and p.deleted_at is null) as products,
    (select count(*) from product p where p.category_id = c.id and p.deleted_at is null and p.status = 1) as active
from category c
where c.product_count <> (select count(*) from product p where p.category_id = c.id and p.deleted_at is null)
    or c.active_count <> (select count(*) from product p where p.category_id = c.id and p.deleted_at is null and p.status = 1)
order by c.id
limit 100
