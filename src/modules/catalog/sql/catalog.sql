-- Items and recordings: one row each, read together.

-- name: next_slug_number
-- params: base text
insert into slug_series (base, last) values (:base, 1)
on conflict (base) do update set last = slug_series.last + 1
returning last

-- No row is inserted when the slug or the short code is taken.
-- name: insert_item
-- params: id uuid, kind int, owner_id uuid, owner_username text, owner_name text, title text, slug text, short_code text, now time
insert into item (id, kind, owner_id, owner_username, owner_name, title, slug, short_code, status, status_before, created_at,
    updated_at, version)
values (:id, :kind, :owner_id, :owner_username, :owner_name, :title, :slug, :short_code, 0, 0, :now, :now, 1)
on conflict do nothing

-- name: insert_recording
-- params: id uuid, category int, type text, description text, bpm_milli bigint, is_bpm_given boolean, musical_key int
-- params: is_key_given boolean, genres text, tags text, moods int, instruments int, free_mp3_enabled boolean, currency text
insert into recording (id, category, type, description, bpm_milli, is_bpm_given, musical_key, is_key_given, genres, tags, moods,
    instruments, free_mp3_enabled, currency, is_lossless, duration_ms, loudness_lufs, true_peak_dbtp, waveform, plays, favorites,
    purchases, counted)
values (:id, :category, :type, :description, :bpm_milli, :is_bpm_given, :musical_key, :is_key_given, :genres, :tags, :moods,
    :instruments, :free_mp3_enabled, :currency, false, 0, 0, 0, '', 0, 0, 0, 0)

-- name: find_spec
-- params: id uuid
-- gather: id
select i.id, i.owner_id, i.owner_username, i.owner_name, i.title, i.slug, i.short_code, i.status, i.status_before,
    i.takedown_reason, i.created_at, i.updated_at, i.published_at, i.deleted_at, i.version, r.category, r.type, r.description,
    r.bpm_milli, r.is_bpm_given, r.musical_key, r.is_key_given, r.genres, r.tags, r.moods, r.instruments, r.free_mp3_enabled,
    r.currency, coalesce(r.price_min, -1) as price_min, coalesce(r.price_max, -1) as price_max, r.master_asset_id,
    r.stems_asset_id, r.cover_asset_id, r.master_sha256, r.is_lossless,
    r.duration_ms, r.loudness_lufs, r.true_peak_dbtp, r.waveform, r.plays, r.favorites, r.purchases, r.counted, r.sold_at
from item i join recording r on r.id = i.id
where i.id = :id

-- name: find_spec_by_name
-- params: short_code text, slug text
select i.id, i.owner_id, i.owner_username, i.owner_name, i.title, i.slug, i.short_code, i.status, i.status_before,
    i.takedown_reason, i.created_at, i.updated_at, i.published_at, i.deleted_at, i.version, r.category, r.type, r.description,
    r.bpm_milli, r.is_bpm_given, r.musical_key, r.is_key_given, r.genres, r.tags, r.moods, r.instruments, r.free_mp3_enabled,
    r.currency, coalesce(r.price_min, -1) as price_min, coalesce(r.price_max, -1) as price_max, r.master_asset_id,
    r.stems_asset_id, r.cover_asset_id, r.master_sha256, r.is_lossless,
    r.duration_ms, r.loudness_lufs, r.true_peak_dbtp, r.waveform, r.plays, r.favorites, r.purchases, r.counted, r.sold_at
from item i join recording r on r.id = i.id
-- order: short_code
where i.short_code = :short_code
-- end
-- order: slug
where i.slug = :slug
-- end

-- name: lock_spec
-- params: id uuid
select i.id, i.owner_id, i.owner_username, i.owner_name, i.title, i.slug, i.short_code, i.status, i.status_before,
    i.takedown_reason, i.created_at, i.updated_at, i.published_at, i.deleted_at, i.version, r.category, r.type, r.description,
    r.bpm_milli, r.is_bpm_given, r.musical_key, r.is_key_given, r.genres, r.tags, r.moods, r.instruments, r.free_mp3_enabled,
    r.currency, coalesce(r.price_min, -1) as price_min, coalesce(r.price_max, -1) as price_max, r.master_asset_id,
    r.stems_asset_id, r.cover_asset_id, r.master_sha256, r.is_lossless,
    r.duration_ms, r.loudness_lufs, r.true_peak_dbtp, r.waveform, r.plays, r.favorites, r.purchases, r.counted, r.sold_at
from item i join recording r on r.id = i.id
where i.id = :id
-- order: alone
for no key update of i
-- end
-- order: shared
for share of i
-- end

-- name: list_by_asset
-- params: asset_id uuid
select r.id
from recording r
where r.master_asset_id = :asset_id or r.stems_asset_id = :asset_id or r.cover_asset_id = :asset_id

-- name: update_item
-- params: id uuid, title text, now time
update item set title = :title, updated_at = :now, version = version + 1 where id = :id

-- name: touch_item
-- params: id uuid, now time
update item set updated_at = :now, version = version + 1 where id = :id

-- name: update_recording
-- params: id uuid, category int, type text, description text, bpm_milli bigint, is_bpm_given boolean, musical_key int
-- params: is_key_given boolean, genres text, tags text, moods int, instruments int, free_mp3_enabled boolean, currency text
update recording set category = :category, type = :type, description = :description, bpm_milli = :bpm_milli,
    is_bpm_given = :is_bpm_given, musical_key = :musical_key, is_key_given = :is_key_given, genres = :genres, tags = :tags,
    moods = :moods, instruments = :instruments, free_mp3_enabled = :free_mp3_enabled, currency = :currency
where id = :id

-- name: update_prices
-- params: id uuid, currency text, price_min bigint, price_max bigint
update recording set currency = :currency, price_min = nullif(:price_min, -1), price_max = nullif(:price_max, -1) where id = :id

-- name: update_assets
-- params: id uuid, master_asset_id uuid?, stems_asset_id uuid?, cover_asset_id uuid?
update recording set master_asset_id = :master_asset_id, stems_asset_id = :stems_asset_id, cover_asset_id = :cover_asset_id
where id = :id

-- name: update_analysis
-- params: id uuid, bpm_milli bigint, musical_key int, master_sha256 bytes?, is_lossless boolean, duration_ms bigint
-- params: loudness_lufs double, true_peak_dbtp double, waveform text
update recording set bpm_milli = :bpm_milli, musical_key = :musical_key, master_sha256 = :master_sha256,
    is_lossless = :is_lossless, duration_ms = :duration_ms, loudness_lufs = :loudness_lufs, true_peak_dbtp = :true_peak_dbtp,
    waveform = :waveform
where id = :id

-- name: update_status
-- params: id uuid, status int, status_before int, takedown_reason text?, published_at time?, deleted_at time?, now time
update item set status = :status, status_before = :status_before, takedown_reason = :takedown_reason,
    published_at = :published_at, deleted_at = :deleted_at, updated_at = :now, version = version + 1
where id = :id

-- name: update_sold
-- params: id uuid, order_id uuid, now time
update recording set sold_at = :now, sold_order_id = :order_id where id = :id

-- name: clear_sold
-- params: id uuid
update recording set sold_at = null, sold_order_id = null,
    price_min = (select min(o.price) from license_option o where o.spec_id = :id and o.removed_at is null),
    price_max = (select max(o.price) from license_option o where o.spec_id = :id and o.removed_at is null)
where id = :id

-- name: update_counters
-- params: id uuid, plays bigint, favorites bigint, purchases bigint
update recording set plays = :plays, favorites = :favorites, purchases = :purchases, counted = counted + 1 where id = :id

-- name: update_facet_plays
-- params: id uuid, plays bigint
update item_facet set plays = :plays where item_id = :id

-- name: rename_owner
-- params: owner_id uuid, owner_name text
update item set owner_name = :owner_name, version = version + 1 where owner_id = :owner_id

-- name: list_keys_of_owner
-- params: owner_id uuid
select id, slug, short_code from item where owner_id = :owner_id

-- name: list_same_master
-- params: master_sha256 bytes, id uuid
select r.id from recording r join item i on i.id = r.id
where r.master_sha256 = :master_sha256 and r.id <> :id and i.status <= 1
order by r.id

-- name: list_same_sold
-- params: master_sha256 bytes, id uuid, order_id uuid
select r.id from recording r
where r.master_sha256 = :master_sha256 and r.id <> :id and r.sold_order_id = :order_id
order by r.id

-- name: delete_options
-- params: spec_id uuid
delete from license_option where spec_id = :spec_id

-- name: delete_reports
-- params: item_id uuid
delete from item_report where item_id = :item_id

-- name: delete_recording
-- params: id uuid
delete from recording where id = :id

-- name: delete_item
-- params: id uuid
delete from item where id = :id

-- name: list_briefs
-- params: ids uuid[]
select i.id, i.title, i.slug, i.short_code, i.owner_id, i.owner_name, r.cover_asset_id, i.status
from item i join recording r on r.id = i.id
where i.id in (:ids)

-- name: list_genres
select id, slug, name from genre order by position
