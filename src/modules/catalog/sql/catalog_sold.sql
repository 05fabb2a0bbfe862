-- What was sold exclusively.

-- name: insert_sold
-- params: spec_id uuid, order_id uuid, master_sha256 bytes?, fingerprint text, now time
insert into sold_recording (spec_id, order_id, master_sha256, fingerprint, sold_at)
values (:spec_id, :order_id, :master_sha256, :fingerprint, :now)
on conflict do nothing

-- name: insert_sold_features
-- params: spec_id uuid, features bigint[]
insert into sold_feature (feature, spec_id)
select value, :spec_id from unnest(:features) as value where true
on conflict do nothing

-- name: find_sold_by_sha256
-- params: master_sha256 bytes, spec_id uuid
select spec_id from sold_recording where master_sha256 = :master_sha256 and spec_id <> :spec_id order by spec_id limit 1

-- name: list_sold_candidates
-- params: features bigint[], spec_id uuid, min_count bigint, limit bigint
-- slow: the features of one recording are asked for one by one
select s.spec_id, s.fingerprint
from (
    select f.spec_id, count(*) as hits from sold_feature f
    where f.feature in (:features) and f.spec_id <> :spec_id
    group by f.spec_id having count(*) >= :min_count
    order by count(*) desc, f.spec_id limit :limit) c
join sold_recording s on s.spec_id = c.spec_id
order by c.hits desc, s.spec_id

-- name: delete_sold_features
-- params: spec_id uuid
-- slow: only when a payment fell through after the sale was decided
delete from sold_feature where spec_id = :spec_id

-- name: delete_sold
-- params: spec_id uuid
-- slow: as above
delete from sold_recording where spec_id = :spec_id
