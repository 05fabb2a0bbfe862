-- An auction: its terms, the state (a projection of its events and maxima), and what became of it afterwards.
create table auction (
    id uuid primary key,
    seller_id uuid not null,
    seller_name text not null,
    lot_kind int not null,
    item_id uuid not null,
    -- The licence option that is auctioned; none: a product.
    option_id uuid,
    -- Whether the lot is kept from direct sale for this auction.
    is_lot_held boolean not null,
    title text not null,
    title_folded text not null,
    slug text not null,
    cover_asset_id uuid,

    currency text not null,
    starting_price bigint not null,
    reserve_price bigint not null,
    buy_now_price bigint not null,
    bid_step bigint not null,
    starts_at bigint not null,
    planned_ends_at bigint not null,
    soft_close_ms bigint not null,
    extend_ms bigint not null,

    status int not null,
    outcome int not null,
    price bigint not null,
    leader bigint not null,
    maximum bigint not null,
    bid_count bigint not null,
    bidder_count bigint not null,
    is_reserve_met boolean not null,
    ends_at bigint not null,
    -- Of the last event.
    sequence bigint not null,
    chain text not null,
    last_at bigint not null,

    -- When the clock has to look at it next; none: never again.
    due_at bigint,
    is_reminded boolean not null,
    viewers_peak bigint not null,
    void_reason text not null,

    sale int not null,
    -- The bidder to whom the lot was offered last, and the order.
    buyer bigint not null,
    sale_price bigint not null,
    order_id uuid,
    relisted_id uuid,

    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null,
    constraint auction_price check (price >= 0 and price <= maximum),
    constraint auction_sequence check (sequence >= 0 and bidder_count >= 0)
);
create index auction_due on auction (due_at) where due_at is not null;
create index auction_seller on auction (seller_id, id);
create index auction_ending on auction (status, ends_at, id);
create index auction_newest on auction (status, id);
create index auction_item on auction (item_id);
create unique index auction_option on auction (option_id) where is_lot_held and option_id is not null;

-- Append-only: the truth about an auction. body and chain are the text of docs/auction-rules.md.
create table auction_event (
    auction_id uuid not null references auction (id),
    sequence bigint not null,
    kind int not null,
    at bigint not null,
    body text not null,
    chain text not null,
    primary key (auction_id, sequence)
) without rowid;

-- Who is behind a number; none: the account was erased.
create table auction_bidder (
    auction_id uuid not null references auction (id),
    number bigint not null,
    account_id uuid,
    primary key (auction_id, number)
) without rowid;
create unique index auction_bidder_account on auction_bidder (auction_id, account_id);
create index auction_bidder_own on auction_bidder (account_id);

-- What commitments hide until the end: maxima of pre-bids and bids, and the reserve price (bidder 0) of created and changed.
create table auction_maximum (
    auction_id uuid not null references auction (id),
    sequence bigint not null,
    bidder bigint not null,
    maximum bigint not null,
    salt text not null,
    -- The client's own key of the bid; none: it gave none.
    client_key text,
    primary key (auction_id, sequence)
) without rowid;
create unique index auction_maximum_key on auction_maximum (auction_id, client_key, bidder) where client_key is not null;

create table auction_watch (
    account_id uuid not null,
    auction_id uuid not null references auction (id),
    created_at bigint not null,
    primary key (account_id, auction_id)
) without rowid;
create index auction_watch_auction on auction_watch (auction_id, account_id);

-- Every key that receipts were signed with, so that old ones can be checked.
create table auction_receipt_key (
    public_key text primary key,
    created_at bigint not null
);
