-- name: find
-- params: account_id uuid
select account_id, bio, first_name, last_name, phone, website, instagram, twitter, youtube, spotify, soundcloud, store_currency,
    avatar_asset_id, updated_at, version
from profile where account_id = :account_id

-- name: lock
-- params: account_id uuid
select account_id, bio, first_name, last_name, phone, website, instagram, twitter, youtube, spotify, soundcloud, store_currency,
    avatar_asset_id, updated_at, version
from profile where account_id = :account_id for update

-- name: upsert
-- params: account_id uuid, bio text, first_name text, last_name text, phone text, website text, instagram text, twitter text, youtube text, spotify text, soundcloud text, store_currency text, avatar_asset_id uuid?, now time
insert into profile (account_id, bio, first_name, last_name, phone, website, instagram, twitter, youtube, spotify, soundcloud,
    store_currency, avatar_asset_id, updated_at, version)
values (:account_id, :bio, :first_name, :last_name, :phone, :website, :instagram, :twitter, :youtube, :spotify, :soundcloud,
    :store_currency, :avatar_asset_id, :now, 1)
on conflict (account_id) do update set bio = excluded.bio, first_name = excluded.first_name, last_name = excluded.last_name,
    phone = excluded.phone, website = excluded.website, instagram = excluded.instagram, twitter = excluded.twitter,
    youtube = excluded.youtube, spotify = excluded.spotify, soundcloud = excluded.soundcloud,
    store_currency = excluded.store_currency, avatar_asset_id = excluded.avatar_asset_id, updated_at = excluded.updated_at,
    version = profile.version + 1

-- name: delete
-- params: account_id uuid
delete from profile where account_id = :account_id
