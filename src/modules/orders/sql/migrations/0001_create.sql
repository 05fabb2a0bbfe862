create table shop_order (
    id uuid primary key,
    buyer_id uuid not null,
    buyer_name text not null,
    status int not null,
    currency text not null,
    total_minor bigint not null,
    provider int not null,
    terms_accepted_at bigint not null,
    -- Why it failed or was cancelled: a reason's name, and a sentence. Empty otherwise.
    failure_code text not null,
    failure_detail text not null,
    expires_at bigint not null,
    paid_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null,
    constraint shop_order_total check (total_minor >= 0)
);
create index shop_order_buyer on shop_order (buyer_id, id);
-- 0: pending
create index shop_order_expiry on shop_order (expires_at) where status = 0;

-- What was agreed, in its own words.
create table order_line (
    id uuid primary key,
    order_id uuid not null references shop_order (id),
    position int not null,
    kind int not null,
    status int not null,
    seller_id uuid not null,
    seller_name text not null,
    spec_id uuid not null,
    option_id uuid not null,
    license_type int not null,
    title text not null,
    option_name text not null,
    features text not null,
    file_types text not null,
    terms text not null,
    price_minor bigint not null,
    fee_minor bigint not null,
    license_id uuid,
    -- Of the refund that is under way, or was done.
    refund_id uuid,
    paid_at bigint,
    refunded_at bigint,
    version bigint not null,
    constraint order_line_price check (price_minor >= 0 and fee_minor >= 0 and fee_minor <= price_minor)
);
create unique index order_line_position on order_line (order_id, position);
create index order_line_sales on order_line (seller_id, id) where paid_at is not null;
create index order_line_refund on order_line (refund_id) where refund_id is not null;
