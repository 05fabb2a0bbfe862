-- name: insert_auction
-- params: id uuid, seller_id uuid, seller_name text, lot_kind int, item_id uuid, option_id uuid?, title text, title_folded text
-- params: slug text, cover_asset_id uuid?, currency text, now time
insert into auction (id, seller_id, seller_name, lot_kind, item_id, option_id, is_lot_held, title, title_folded, slug, cover_asset_id,
    currency, starting_price, reserve_price, buy_now_price, bid_step, starts_at, planned_ends_at, soft_close_ms, extend_ms, status,
    outcome, price, leader, maximum, bid_count, bidder_count, is_reserve_met, ends_at, sequence, chain, last_at, is_reminded,
    viewers_peak, void_reason, sale, buyer, sale_price, created_at, updated_at, version)
values (:id, :seller_id, :seller_name, :lot_kind, :item_id, :option_id, true, :title, :title_folded, :slug, :cover_asset_id,
    :currency, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false, 0, 0, '', 0, false, 0, '', 0, 0, 0, :now, :now, 1)

-- name: find_auction
-- params: id uuid
select id, seller_id, seller_name, lot_kind, item_id, option_id, is_lot_held, title, title_folded, slug, cover_asset_id, currency,
    starting_price, reserve_price, buy_now_price, bid_step, starts_at, planned_ends_at, soft_close_ms, extend_ms, status, outcome,
    price, leader, maximum, bid_count, bidder_count, is_reserve_met, ends_at, sequence, chain, last_at, due_at, is_reminded,
    viewers_peak, void_reason, sale, buyer, sale_price, order_id, relisted_id, created_at, version
from auction where id = :id

-- name: lock_auction
-- params: id uuid
select id, seller_id, seller_name, lot_kind, item_id, option_id, is_lot_held, title, title_folded, slug, cover_asset_id, currency,
    starting_price, reserve_price, buy_now_price, bid_step, starts_at, planned_ends_at, soft_close_ms, extend_ms, status, outcome,
    price, leader, maximum, bid_count, bidder_count, is_reserve_met, ends_at, sequence, chain, last_at, due_at, is_reminded,
    viewers_peak, void_reason, sale, buyer, sale_price, order_id, relisted_id, created_at, version
from auction where id = :id for update

-- In the order of their ids, so that two instances do not wait for each other.
-- name: lock_auctions
-- params: ids uuid[]
-- only: postgresql
select id, seller_id, seller_name, lot_kind, item_id, option_id, is_lot_held, title, title_folded, slug, cover_asset_id, currency,
    starting_price, reserve_price, buy_now_price, bid_step, starts_at, planned_ends_at, soft_close_ms, extend_ms, status, outcome,
    price, leader, maximum, bid_count, bidder_count, is_reserve_met, ends_at, sequence, chain, last_at, due_at, is_reminded,
    viewers_peak, void_reason, sale, buyer, sale_price, order_id, relisted_id, created_at, version
from auction where id in (:ids) order by id for update

-- name: update_terms
-- params: id uuid, starting_price bigint, reserve_price bigint, buy_now_price bigint, bid_step bigint, starts_at time
-- params: planned_ends_at time, soft_close_ms bigint, extend_ms bigint
update auction set starting_price = :starting_price, reserve_price = :reserve_price, buy_now_price = :buy_now_price,
    bid_step = :bid_step, starts_at = :starts_at, planned_ends_at = :planned_ends_at, soft_close_ms = :soft_close_ms,
    extend_ms = :extend_ms
where id = :id

-- name: update_state
-- params: id uuid, known_version bigint, status int, outcome int, price bigint, leader bigint, maximum bigint, bid_count bigint
-- params: bidder_count bigint, is_reserve_met boolean, ends_at time, sequence bigint, chain text, last_at time, due_at time?
-- params: is_reminded boolean, viewers_peak bigint, now time
update auction set status = :status, outcome = :outcome, price = :price, leader = :leader, maximum = :maximum,
    bid_count = :bid_count, bidder_count = :bidder_count, is_reserve_met = :is_reserve_met, ends_at = :ends_at,
    sequence = :sequence, chain = :chain, last_at = :last_at, due_at = :due_at, is_reminded = :is_reminded,
    viewers_peak = :viewers_peak, updated_at = :now, version = version + 1
where id = :id and version = :known_version

-- Of several at once. No due time is 0.
-- name: update_states
-- params: ids uuid[], known_versions bigint[], statuses bigint[], outcomes bigint[], prices bigint[], leaders bigint[]
-- params: maxima bigint[], bid_counts bigint[], bidder_counts bigint[], reserves_met bigint[], ends_ats bigint[]
-- params: sequences bigint[], chains text[], last_ats bigint[], due_ats bigint[], reminded bigint[], viewers_peaks bigint[]
-- params: nows bigint[]
-- only: postgresql
update auction set status = cast(s.status as int), outcome = cast(s.outcome as int), price = s.price, leader = s.leader,
    maximum = s.maximum, bid_count = s.bid_count, bidder_count = s.bidder_count, is_reserve_met = s.is_reserve_met <> 0,
    ends_at = s.ends_at, sequence = s.sequence, chain = s.chain, last_at = s.last_at, due_at = nullif(s.due_at, 0),
    is_reminded = s.is_reminded <> 0, viewers_peak = s.viewers_peak, updated_at = s.now, version = s.known_version + 1
from unnest(:ids, :known_versions, :statuses, :outcomes, :prices, :leaders, :maxima, :bid_counts, :bidder_counts, :reserves_met,
    :ends_ats, :sequences, :chains, :last_ats, :due_ats, :reminded, :viewers_peaks, :nows)
    as s (id, known_version, status, outcome, price, leader, maximum, bid_count, bidder_count, is_reserve_met, ends_at, sequence,
    chain, last_at, due_at, is_reminded, viewers_peak, now)
where auction.id = s.id and auction.version = s.known_version

-- What became of it after its end.
-- name: update_sale
-- params: id uuid, sale int, buyer bigint, sale_price bigint, order_id uuid?, relisted_id uuid?, is_lot_held boolean
-- params: void_reason text, now time
update auction set sale = :sale, buyer = :buyer, sale_price = :sale_price, order_id = :order_id, relisted_id = :relisted_id,
    is_lot_held = :is_lot_held, void_reason = :void_reason, updated_at = :now
where id = :id

-- name: list_due
-- params: until time, limit bigint
select id, due_at from auction where due_at <= :until order by due_at limit :limit

-- What is auctioned, or was and is not yet decided, of an item.
-- name: list_of_item
-- params: item_id uuid
-- slow: the auctions of one item are few
select id from auction where item_id = :item_id and is_lot_held order by id limit 200

-- name: list_ids
-- params: after uuid, limit bigint
select id from auction where id > :after order by id limit :limit

-- The database's clock: asked once, when the process starts.
-- name: read_clock
-- only: postgresql
select cast(extract(epoch from transaction_timestamp()) * 1000000 as bigint) as now

-- --- events ---

-- With what it hides: bidder, maximum, and a salt, which is none where it hides nothing.
-- name: insert_event
-- params: auction_id uuid, sequence bigint, kind int, at time, body text, chain text, bidder bigint, maximum bigint, salt text?
-- params: client_key text?
insert into auction_event (auction_id, sequence, kind, at, body, chain, bidder, maximum, salt, client_key)
values (:auction_id, :sequence, :kind, :at, :body, :chain, :bidder, :maximum, :salt, :client_key)

-- An empty salt and an empty key stand for none.
-- name: insert_events
-- params: auction_ids uuid[], sequences bigint[], kinds bigint[], ats bigint[], bodies text[], chains text[]
-- params: bidders bigint[], maxima bigint[], salts text[], client_keys text[]
-- only: postgresql
insert into auction_event (auction_id, sequence, kind, at, body, chain, bidder, maximum, salt, client_key)
select e.auction_id, e.sequence, cast(e.kind as int), e.at, e.body, e.chain, e.bidder, e.maximum, nullif(e.salt, ''),
    nullif(e.client_key, '')
from unnest(:auction_ids, :sequences, :kinds, :ats, :bodies, :chains, :bidders, :maxima, :salts, :client_keys)
    as e (auction_id, sequence, kind, at, body, chain, bidder, maximum, salt, client_key)

-- name: list_events
-- params: auction_id uuid, after bigint, limit bigint
select sequence, kind, at, body, chain from auction_event
where auction_id = :auction_id and sequence > :after order by sequence limit :limit

-- Pre-bids, bids and the sale at once, newest first.
-- name: list_bids
-- params: auction_id uuid, before bigint, limit bigint
-- slow: there are few other events among the bids
select sequence, kind, at, body, chain from auction_event
where auction_id = :auction_id and sequence < :before and kind in (2, 4, 5)
order by sequence desc limit :limit

-- name: find_event
-- params: auction_id uuid, sequence bigint
select sequence, kind, at, body, chain from auction_event where auction_id = :auction_id and sequence = :sequence

-- --- maxima: of pre-bids and bids, and the reserve price (bidder 0) of created and changed ---

-- name: list_maxima
-- params: auction_id uuid, after bigint, limit bigint
-- slow: there are few events that hide nothing
select sequence, bidder, maximum, salt from auction_event
where auction_id = :auction_id and sequence > :after and salt is not null order by sequence limit :limit

-- name: list_keyed
-- params: auction_id uuid, client_keys text[]
select sequence, bidder, maximum, client_key from auction_event
where auction_id = :auction_id and client_key in (:client_keys)

-- name: find_maximum_of_bidder
-- params: auction_id uuid, bidder bigint
-- slow: reads one lot's bids
select coalesce(max(maximum), 0) as maximum from auction_event where auction_id = :auction_id and bidder = :bidder

-- Best maxima of those below a bidder, of equal ones the earlier.
-- name: list_best_maxima
-- params: auction_id uuid, limit bigint
-- heavy
-- slow: reads one lot's bids
select bidder, max(maximum) as maximum from auction_event where auction_id = :auction_id and bidder > 0
group by bidder order by maximum desc, min(sequence) limit :limit

-- --- bidders ---

-- name: insert_bidder
-- params: auction_id uuid, number bigint, account_id uuid
insert into auction_bidder (auction_id, number, account_id) values (:auction_id, :number, :account_id)

-- name: insert_bidders
-- params: auction_ids uuid[], numbers bigint[], account_ids uuid[]
-- only: postgresql
insert into auction_bidder (auction_id, number, account_id)
select b.auction_id, b.number, b.account_id
from unnest(:auction_ids, :numbers, :account_ids) as b (auction_id, number, account_id)

-- Those of pairs of a lot and an account, and those who lead.
-- name: list_bidders_of
-- params: auction_ids uuid[], account_ids uuid[], lot_ids uuid[]
-- only: postgresql
select b.auction_id, b.number, b.account_id
from unnest(:auction_ids, :account_ids) as p (auction_id, account_id)
join auction_bidder b on b.auction_id = p.auction_id and b.account_id = p.account_id
union all
select b.auction_id, b.number, b.account_id
from unnest(:lot_ids) as l (auction_id)
join auction a on a.id = l.auction_id
join auction_bidder b on b.auction_id = a.id and b.number = a.leader

-- name: list_bidders
-- params: auction_id uuid, account_ids uuid[]
select number, account_id from auction_bidder where auction_id = :auction_id and account_id in (:account_ids)

-- name: find_bidder
-- params: auction_id uuid, number bigint
select number, account_id from auction_bidder where auction_id = :auction_id and number = :number

-- name: list_bidder_accounts
-- params: auction_id uuid, after uuid, limit bigint
select account_id from auction_bidder where auction_id = :auction_id and account_id > :after order by account_id limit :limit

-- name: list_own_bidders
-- params: account_id uuid
select auction_id, number from auction_bidder where account_id = :account_id order by auction_id

-- name: forget_bidder
-- params: account_id uuid
update auction_bidder set account_id = null where account_id = :account_id

-- --- watching ---

-- name: insert_watch
-- params: account_id uuid, auction_id uuid, now time
insert into auction_watch (account_id, auction_id, created_at) values (:account_id, :auction_id, :now) on conflict do nothing

-- name: insert_watches
-- params: account_ids uuid[], auction_ids uuid[], now time
-- only: postgresql
insert into auction_watch (account_id, auction_id, created_at)
select w.account_id, w.auction_id, :now from unnest(:account_ids, :auction_ids) as w (account_id, auction_id)
on conflict do nothing

-- name: delete_watch
-- params: account_id uuid, auction_id uuid
delete from auction_watch where account_id = :account_id and auction_id = :auction_id

-- name: find_watch
-- params: account_id uuid, auction_id uuid
select created_at from auction_watch where account_id = :account_id and auction_id = :auction_id

-- name: list_watchers
-- params: auction_id uuid, after uuid, limit bigint
select account_id from auction_watch where auction_id = :auction_id and account_id > :after order by account_id limit :limit

-- name: count_watchers
-- params: auction_id uuid
-- slow: counts one lot's watchers
select count(*) as count from auction_watch where auction_id = :auction_id

-- name: list_watched
-- params: account_id uuid
select auction_id from auction_watch where account_id = :account_id order by auction_id

-- name: delete_watches
-- params: account_id uuid
delete from auction_watch where account_id = :account_id

-- --- keys ---

-- name: insert_receipt_key
-- params: public_key text, now time
insert into auction_receipt_key (public_key, created_at) values (:public_key, :now) on conflict do nothing

-- name: list_receipt_keys
-- slow: there is one, and one more after each change of the instance's secret
select public_key, created_at from auction_receipt_key order by created_at desc limit 100
