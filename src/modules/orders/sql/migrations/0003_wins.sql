-- Which auction an order for a win is of. An auction has more than one when the first winner did not pay.
create table order_win (
    order_id uuid primary key references shop_order (id),
    auction_id uuid not null
);
create index order_win_auction on order_win (auction_id);

-- Where goods go. Seen by the buyer and by the sellers of what is sent, by nobody else.
create table order_address (
    order_id uuid primary key references shop_order (id),
    name text not null,
    line1 text not null,
    line2 text not null,
    city text not null,
    region text not null,
    postal_code text not null,
    country text not null,
    phone text not null,
    updated_at bigint not null
);

create table order_shipment (
    line_id uuid primary key references order_line (id),
    carrier text not null,
    tracking_number text not null,
    tracking_url text not null,
    shipped_at bigint not null,
    delivered_at bigint,
    completed_at bigint
);
