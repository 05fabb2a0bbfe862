-- name: insert_favorite
-- params: account_id uuid, spec_id uuid, now time
insert into favorite (account_id, spec_id, created_at) values (:account_id, :spec_id, :now) on conflict do nothing

-- name: delete_favorite
-- params: account_id uuid, spec_id uuid
delete from favorite where account_id = :account_id and spec_id = :spec_id

-- name: list_favorites
-- params: account_id uuid, key time, key_id uuid, limit bigint
select spec_id, created_at from favorite where account_id = :account_id
-- if: after
    and (created_at, spec_id) < (:key, :key_id)
-- end
order by created_at desc, spec_id desc
limit :limit

-- name: list_specs_of_account
-- params: account_id uuid
select spec_id from favorite where account_id = :account_id

-- name: delete_favorites_of_account
-- params: account_id uuid
delete from favorite where account_id = :account_id

-- name: delete_favorites_of_spec
-- params: spec_id uuid
delete from favorite where spec_id = :spec_id
