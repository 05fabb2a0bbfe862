-- What an Idempotency-Key stands for. status 0: no reply is stored yet.
create table idempotency_claim (
    id uuid primary key,
    account_id uuid not null,
    route text not null,
    key text not null,
    digest bytea not null,
    lease_until bigint not null,
    result_id uuid,
    status int not null,
    reply text,
    location text,
    created_at bigint not null
);
create unique index idempotency_claim_key on idempotency_claim (account_id, route, key);
create index idempotency_claim_created on idempotency_claim (created_at);
