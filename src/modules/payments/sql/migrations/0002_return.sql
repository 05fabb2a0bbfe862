-- Money that went back at the provider by other hands than ours: refunds made in its own pages, and disputes. What we refund
-- ourselves is in `refund`.
create table payment_return (
    id uuid primary key,
    payment_id uuid not null references payment (id),
    order_id uuid not null,
    provider int not null,
    -- The provider's id of the refund or of the dispute.
    provider_ref text not null,
    -- 0 refund, 1 dispute
    kind int not null,
    -- 1 held by the provider, 2 with the buyer, 3 back with us
    status int not null,
    amount_minor bigint not null,
    currency text not null,
    created_at bigint not null,
    changed_at bigint not null,
    constraint payment_return_amount check (amount_minor > 0)
);
create unique index payment_return_ref on payment_return (provider, provider_ref);

-- Of the amount: what the provider holds back because of disputes.
alter table payment add column held_minor bigint not null default 0;
