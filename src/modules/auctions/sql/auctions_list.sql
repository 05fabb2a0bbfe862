-- Lists of auctions. Each order has its own cursor: the time of the end (or nothing), then the id.
-- name: list_auctions
-- params: status int, seller_id uuid, item_id uuid, query text, word text, above text, watcher_id uuid
-- params: bidder_id uuid, now time, key time, key_id uuid, limit bigint
-- heavy
-- slow: filters may leave out most of what is read
select a.id, a.seller_id, a.seller_name, a.lot_kind, a.item_id, a.option_id, a.is_lot_held, a.title, a.title_folded, a.slug,
    a.cover_asset_id, a.currency, a.starting_price, a.reserve_price, a.buy_now_price, a.bid_step, a.starts_at,
    a.planned_ends_at, a.soft_close_ms, a.extend_ms, a.status, a.outcome, a.price, a.leader, a.maximum, a.bid_count,
    a.bidder_count, a.is_reserve_met, a.ends_at, a.sequence, a.chain, a.last_at, a.due_at, a.is_reminded, a.viewers_peak,
    a.void_reason, a.sale, a.buyer, a.sale_price, a.order_id, a.relisted_id, a.created_at, a.version
from auction a
where true
-- if: status
    and a.status = :status
-- end
-- if: seller
    and a.seller_id = :seller_id
-- end
-- if: item
    and a.item_id = :item_id
-- end
-- if: query
    and a.title_folded like :query
-- end
-- if: word
    and /* plan: each */ a.id in (select w.auction_id from auction_word w where w.ending >= :word and w.ending < :above)
-- end
-- if: watched
    and a.id in (select w.auction_id from auction_watch w where w.account_id = :watcher_id)
-- end
-- if: bidding
    and a.id in (select b.auction_id from auction_bidder b where b.account_id = :bidder_id)
-- end
-- if: open
    and a.ends_at > :now
-- end
-- if: after_newest
    and a.id < :key_id
-- end
-- if: after_ending
    and (a.ends_at, a.id) > (:key, :key_id)
-- end
-- order: newest
order by a.id desc
-- end
-- order: ending
order by a.ends_at, a.id
-- end
limit :limit

-- How many titles hold each of these in a word, up to the limit. top: behind all that may follow.
-- name: count_words
-- heavy
-- slow: counts up to the limit
-- params: words text[], top text, limit bigint
select value as word,
    (select count(*) from (select 1 as one from auction_word w where w.ending >= value and w.ending < value || :top limit :limit) counted) as count
from unnest(:words) as value

-- name: insert_words
-- params: auction_id uuid, endings text[]
insert into auction_word (ending, auction_id) select value, :auction_id from unnest(:endings) as value where true
on conflict do nothing
