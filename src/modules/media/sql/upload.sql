-- name: insert_upload
-- params: id uuid, owner_id uuid, purpose int, kind int, status int, length bigint, received bigint, hash_state bytes, sha256 bytes?
-- params: file_name text, file_type text, metadata text, now time, expires_at time
insert into upload (id, owner_id, purpose, kind, status, length, received, hash_state, sha256, file_name, file_type, metadata,
    created_at, updated_at, expires_at)
values (:id, :owner_id, :purpose, :kind, :status, :length, :received, :hash_state, :sha256, :file_name, :file_type, :metadata,
    :now, :now, :expires_at)

-- name: find_upload
-- params: id uuid
select id, owner_id, purpose, kind, status, length, received, hash_state, sha256, file_name, file_type, metadata, asset_id, expires_at
from upload where id = :id

-- name: lock_upload
-- params: id uuid
select id, owner_id, purpose, kind, status, length, received, hash_state, sha256, file_name, file_type, metadata, asset_id, expires_at
from upload where id = :id for update

-- What was flushed, by the one who knows where it began.
-- name: update_upload_received
-- params: id uuid, before bigint, received bigint, hash_state bytes, now time, expires_at time
update upload set received = :received, hash_state = :hash_state, updated_at = :now, expires_at = :expires_at
where id = :id and received = :before and status = 0

-- name: complete_upload
-- params: id uuid, sha256 bytes, now time, expires_at time
update upload set status = 1, sha256 = :sha256, updated_at = :now, expires_at = :expires_at where id = :id and status = 0

-- name: adopt_upload
-- params: id uuid, asset_id uuid, now time
update upload set status = 2, asset_id = :asset_id, updated_at = :now where id = :id and status = 1

-- name: delete_upload
-- params: id uuid
delete from upload where id = :id and status < 2

-- name: list_expired_uploads
-- params: now time, limit bigint
select id from upload where status < 2 and expires_at < :now order by expires_at limit :limit

-- name: delete_expired_upload
-- params: id uuid, now time
delete from upload where id = :id and status < 2 and expires_at < :now

-- name: delete_adopted_uploads
-- params: before time
-- slow: swept once in a while; rows are few
delete from upload where status = 2 and updated_at < :before

-- name: list_open_uploads
-- params: ids uuid[]
select id from upload where id in (:ids) and status = 0

-- Bytes that an account has taken up: what it is uploading, what was not adopted yet, and its assets.
-- name: sum_usage
-- params: owner_id uuid
-- slow: adds up one account's files
select cast(coalesce((select sum(length) from upload where owner_id = :owner_id and status < 2), 0)
    + coalesce((select sum(stored_bytes) from asset where owner_id = :owner_id and released_at is null), 0) as bigint) as used_bytes
