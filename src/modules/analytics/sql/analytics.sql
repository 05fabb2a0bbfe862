-- name: insert_play
-- params: spec_id uuid, hour bigint, listener bytes
insert into play (spec_id, hour, listener) values (:spec_id, :hour, :listener) on conflict do nothing

-- name: sweep_plays
-- params: before bigint
-- slow: removes a batch of what is old
delete from play where (spec_id, hour, listener) in (
    select spec_id, hour, listener from play where hour < :before order by hour limit 5000)

-- name: add_to_counter
-- params: spec_id uuid, owner_id uuid, plays bigint, downloads bigint, favorites bigint, purchases bigint
insert into spec_counter (spec_id, owner_id, plays, downloads, favorites, purchases)
values (:spec_id, :owner_id, :plays, :downloads, :favorites, :purchases)
on conflict (spec_id) do update set plays = spec_counter.plays + excluded.plays,
    downloads = spec_counter.downloads + excluded.downloads, favorites = spec_counter.favorites + excluded.favorites,
    purchases = spec_counter.purchases + excluded.purchases
returning plays, downloads, favorites, purchases

-- name: add_to_day
-- params: subject_id uuid, day bigint, owner_id uuid?, plays bigint, downloads bigint, favorites bigint, purchases bigint
insert into daily (subject_id, day, owner_id, plays, downloads, favorites, purchases)
values (:subject_id, :day, :owner_id, :plays, :downloads, :favorites, :purchases)
on conflict (subject_id, day) do update set plays = daily.plays + excluded.plays,
    downloads = daily.downloads + excluded.downloads, favorites = daily.favorites + excluded.favorites,
    purchases = daily.purchases + excluded.purchases

-- name: add_revenue
-- params: subject_id uuid, currency text, day bigint, owner_id uuid?, minor bigint
insert into daily_revenue (subject_id, currency, day, owner_id, minor) values (:subject_id, :currency, :day, :owner_id, :minor)
on conflict (subject_id, currency, day) do update set minor = daily_revenue.minor + excluded.minor

-- name: find_counter
-- params: spec_id uuid
select plays, downloads, favorites, purchases from spec_counter where spec_id = :spec_id

-- name: list_days
-- params: subject_id uuid, from_day bigint
select day, plays, downloads, favorites, purchases from daily where subject_id = :subject_id and day >= :from_day order by day

-- name: list_revenue
-- params: subject_id uuid, from_day bigint
-- slow: sums the days of one subject
select currency, cast(sum(minor) as bigint) as minor from daily_revenue
where subject_id = :subject_id and day >= :from_day
group by currency order by currency

-- name: list_top
-- heavy
-- params: owner_id uuid, from_day bigint, limit bigint
-- slow: sums the days of all specs of one account
select subject_id as spec_id, cast(sum(plays) as bigint) as plays, cast(sum(downloads) as bigint) as downloads,
    cast(sum(favorites) as bigint) as favorites, cast(sum(purchases) as bigint) as purchases
from daily where owner_id = :owner_id and day >= :from_day
group by subject_id
-- order: plays
order by sum(plays) desc, subject_id
-- end
-- order: downloads
order by sum(downloads) desc, subject_id
-- end
-- order: favorites
order by sum(favorites) desc, subject_id
-- end
-- order: purchases
order by sum(purchases) desc, subject_id
-- end
limit :limit

-- name: list_top_earners
-- heavy
-- params: owner_id uuid, currency text, from_day bigint, limit bigint
-- slow: sums the days of all specs of one account
select subject_id as spec_id, cast(sum(minor) as bigint) as minor
from daily_revenue where owner_id = :owner_id and currency = :currency and day >= :from_day
group by subject_id order by sum(minor) desc, subject_id limit :limit

-- name: delete_spec_counter
-- params: spec_id uuid
delete from spec_counter where spec_id = :spec_id

-- name: delete_days
-- params: subject_id uuid
delete from daily where subject_id = :subject_id

-- name: delete_revenue
-- params: subject_id uuid
delete from daily_revenue where subject_id = :subject_id

-- name: reset_counters
-- slow: empties the table before it is built again
delete from spec_counter

-- name: reset_days
-- slow: empties the table before it is built again
delete from daily

-- name: reset_revenue
-- slow: empties the table before it is built again
delete from daily_revenue
