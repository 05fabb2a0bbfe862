-- name: insert_asset
-- params: id uuid, owner_id uuid, purpose int, file_name text, size_bytes bigint, original bytes, now time
insert into asset (id, owner_id, purpose, status, stage, progress, file_name, size_bytes, stored_bytes, original, version, created_at,
    updated_at)
values (:id, :owner_id, :purpose, 0, 0, 0, :file_name, :size_bytes, :size_bytes, :original, 1, :now, :now)

-- name: find_asset
-- params: id uuid
select a.id, a.owner_id, a.purpose, a.status, a.stage, a.progress, a.problem_code, a.problem_detail, a.file_name, a.size_bytes,
    a.original, a.version, u.duration_ms, u.codec, u.sample_rate, u.channels, u.bit_depth, coalesce(u.is_lossless, false) as is_lossless,
    u.bpm, u.musical_key, u.loudness_lufs, u.true_peak_dbtp, u.loudness_range_lu, u.waveform, u.fingerprint
from asset a left join asset_audio u on u.asset_id = a.id
where a.id = :id and a.released_at is null

-- name: find_fingerprint
-- params: id uuid
select fingerprint_raw from asset_audio where asset_id = :id

-- name: lock_asset
-- params: id uuid
select id, owner_id, purpose, status, file_name, size_bytes, original, version from asset
where id = :id and released_at is null for update

-- name: update_asset_progress
-- params: id uuid, stage int, progress double, now time
update asset set status = 1, stage = :stage, progress = :progress, updated_at = :now
where id = :id and status < 2 and released_at is null

-- name: finish_asset
-- params: id uuid, made_bytes bigint, now time
update asset set status = 2, stage = 4, progress = 1, stored_bytes = size_bytes + :made_bytes, version = version + 1, updated_at = :now
where id = :id and status < 2 and released_at is null

-- name: fail_asset
-- params: id uuid, problem_code text, problem_detail text, stored_bytes bigint, now time
update asset set status = 3, problem_code = :problem_code, problem_detail = :problem_detail, stored_bytes = :stored_bytes,
    version = version + 1, updated_at = :now
where id = :id and status < 2 and released_at is null

-- name: release_asset
-- params: id uuid, now time
update asset set released_at = :now, updated_at = :now, version = version + 1 where id = :id and released_at is null

-- name: insert_audio
-- params: asset_id uuid, container text, codec text, is_lossless boolean, duration_ms bigint, sample_rate bigint, channels bigint
-- params: bit_depth bigint, bit_rate bigint, loudness_lufs double, loudness_range_lu double, true_peak_dbtp double, bpm double
-- params: musical_key text?, waveform text, waveform_fine text, fingerprint text, fingerprint_raw text, tags text
insert into asset_audio (asset_id, container, codec, is_lossless, duration_ms, sample_rate, channels, bit_depth, bit_rate,
    loudness_lufs, loudness_range_lu, true_peak_dbtp, bpm, musical_key, waveform, waveform_fine, fingerprint, fingerprint_raw, tags)
values (:asset_id, :container, :codec, :is_lossless, :duration_ms, :sample_rate, :channels, :bit_depth, :bit_rate,
    :loudness_lufs, :loudness_range_lu, :true_peak_dbtp, :bpm, :musical_key, :waveform, :waveform_fine, :fingerprint,
    :fingerprint_raw, :tags)

-- name: insert_rendition
-- params: id uuid, asset_id uuid, name text, position int, codecs text, sample_rate bigint, channels bigint, bandwidth bigint
-- params: average_bandwidth bigint, sha256 bytes, size_bytes bigint, segments text
insert into rendition (id, asset_id, name, position, codecs, sample_rate, channels, bandwidth, average_bandwidth, sha256, size_bytes,
    segments)
values (:id, :asset_id, :name, :position, :codecs, :sample_rate, :channels, :bandwidth, :average_bandwidth, :sha256, :size_bytes,
    :segments)

-- name: list_renditions
-- params: asset_id uuid
select id, asset_id, name, codecs, sample_rate, channels, bandwidth, average_bandwidth, sha256, size_bytes, segments from rendition
where asset_id = :asset_id order by position

-- name: find_rendition
-- params: id uuid
select r.id, r.asset_id, r.name, r.codecs, r.sample_rate, r.channels, r.bandwidth, r.average_bandwidth, r.sha256, r.size_bytes, r.segments
from rendition r join asset a on a.id = r.asset_id where r.id = :id and a.released_at is null

-- name: insert_file
-- params: asset_id uuid, kind int, sha256 bytes, size_bytes bigint, content_type text, extension text
insert into asset_file (asset_id, kind, sha256, size_bytes, content_type, extension)
values (:asset_id, :kind, :sha256, :size_bytes, :content_type, :extension)

-- name: list_files
-- params: asset_id uuid
select f.kind, f.sha256, f.size_bytes, f.content_type, f.extension from asset_file f join asset a on a.id = f.asset_id
where f.asset_id = :asset_id and a.released_at is null order by f.kind

-- name: find_file
-- params: asset_id uuid, kind int
select f.kind, f.sha256, f.size_bytes, f.content_type, f.extension from asset_file f join asset a on a.id = f.asset_id
where f.asset_id = :asset_id and f.kind = :kind and a.released_at is null

-- name: insert_variant
-- params: asset_id uuid, name text, sha256 bytes, size_bytes bigint, width int, height int
insert into image_variant (asset_id, name, sha256, size_bytes, width, height)
values (:asset_id, :name, :sha256, :size_bytes, :width, :height)

-- name: find_variant
-- params: asset_id uuid, name text
select v.name, v.sha256, v.size_bytes from image_variant v join asset a on a.id = v.asset_id
where v.asset_id = :asset_id and v.name = :name and a.released_at is null

-- name: find_ref
-- params: sha256 bytes, holder_id uuid, purpose int
select sha256, cast(0 as bigint) as size_bytes from blob_ref where sha256 = :sha256 and holder_id = :holder_id and purpose = :purpose

-- Things made of an asset whose blob nothing holds: for `lathe check`.
-- name: list_unheld
-- params: after bytes, limit bigint
-- heavy
-- slow: `lathe check` looks at everything
select m.sha256, m.size_bytes from (
    select r.sha256, r.size_bytes from rendition r join asset a on a.id = r.asset_id where a.released_at is null
    union select f.sha256, f.size_bytes from asset_file f join asset a on a.id = f.asset_id where a.released_at is null
    union select v.sha256, v.size_bytes from image_variant v join asset a on a.id = v.asset_id where a.released_at is null) m
where m.sha256 > :after and not exists (select 1 from blob_ref b where b.sha256 = m.sha256)
order by m.sha256 limit :limit
