-- Licence options.

-- name: list_options
-- params: spec_id uuid
-- gather: spec_id
select spec_id, id, type, name, price, currency, features, file_types, terms
from license_option where spec_id = :spec_id and removed_at is null
order by position, id

-- name: find_option
-- params: id uuid
select o.id, o.spec_id, i.owner_id as seller_id, o.type, o.name, o.price, o.currency, o.features, o.file_types, o.terms,
    i.title as spec_title, i.status, o.removed_at, h.holder_id
from license_option o join item i on i.id = o.spec_id left join option_hold h on h.option_id = o.id
where o.id = :id

-- name: insert_option_hold
-- params: option_id uuid, holder_id uuid, now time
insert into option_hold (option_id, holder_id, created_at) values (:option_id, :holder_id, :now) on conflict do nothing

-- name: delete_option_hold
-- params: option_id uuid, holder_id uuid
delete from option_hold where option_id = :option_id and holder_id = :holder_id

-- name: insert_option
-- params: id uuid, spec_id uuid, type int, name text, price bigint, currency text, features text, file_types text, terms text
-- params: position int, now time
insert into license_option (id, spec_id, type, name, price, currency, features, file_types, terms, position, created_at)
values (:id, :spec_id, :type, :name, :price, :currency, :features, :file_types, :terms, :position, :now)

-- name: update_option
-- params: id uuid, name text, price bigint, currency text, features text, file_types text, terms text, position int
update license_option set name = :name, price = :price, currency = :currency, features = :features, file_types = :file_types,
    terms = :terms, position = :position
where id = :id

-- name: remove_option
-- params: id uuid, now time
update license_option set removed_at = :now where id = :id

-- name: remove_options
-- params: spec_id uuid, now time
update license_option set removed_at = :now where spec_id = :spec_id and removed_at is null

-- name: restore_options
-- params: spec_id uuid
update license_option set removed_at = null
where spec_id = :spec_id and removed_at = (select r.sold_at from recording r where r.id = :spec_id)
