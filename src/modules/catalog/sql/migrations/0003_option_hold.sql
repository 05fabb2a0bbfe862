-- Options that are kept from direct sale for somebody: an auction.
create table option_hold (
    option_id uuid primary key,
    holder_id uuid not null,
    created_at bigint not null
);
