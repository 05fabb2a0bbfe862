create table favorite (
    account_id uuid not null,
    spec_id uuid not null,
    created_at bigint not null,
    primary key (account_id, spec_id)
) without rowid;
create index favorite_newest on favorite (account_id, created_at, spec_id);
create index favorite_spec on favorite (spec_id);
