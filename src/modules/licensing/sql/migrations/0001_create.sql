-- What was sold, in its own words: nothing here follows later changes of accounts, specs or options.
create table license (
    id uuid primary key,
    license_key text not null,
    order_id uuid not null,
    order_line_id uuid not null,
    buyer_id uuid not null,
    seller_id uuid not null,
    buyer_name text not null,
    seller_name text not null,
    spec_id uuid not null,
    spec_title text not null,
    option_id uuid not null,
    type int not null,
    option_name text not null,
    features text not null,
    file_types text not null,
    terms text not null,
    price_minor bigint not null,
    currency text not null,
    -- Title and seller as they are looked for.
    search text not null,
    issued_at bigint not null,
    withdrawn_at bigint,
    withdrawn_reason text not null,
    version bigint not null
);
create unique index license_key on license (license_key);
create unique index license_line on license (order_line_id);
create index license_buyer on license (buyer_id, id);
create index license_spec on license (spec_id);

-- The files of a licence; media holds their blobs for it. kind: 0 mp3, 1 wav, 2 stems.
create table license_file (
    license_id uuid not null references license (id),
    kind int not null,
    sha256 bytea not null,
    size_bytes bigint not null,
    file_name text not null,
    content_type text not null,
    downloads bigint not null,
    last_download_at bigint,
    primary key (license_id, kind)
);

-- The right to play and download.
create table entitlement (
    id uuid primary key,
    license_id uuid not null references license (id),
    account_id uuid not null,
    spec_id uuid not null,
    granted_at bigint not null,
    withdrawn_at bigint
);
create unique index entitlement_license on entitlement (license_id);
create index entitlement_account on entitlement (account_id, spec_id);

-- A link that was used: later uses of the same link (a download that goes on after a break) count as the same download.
create table download_grant (
    id uuid primary key,
    license_id uuid not null references license (id),
    kind int not null,
    first_used_at bigint not null
);
create index download_grant_used on download_grant (first_used_at);

-- The contract as it was made the first time.
create table license_contract (
    license_id uuid primary key references license (id),
    sha256 bytea not null,
    pdf bytea not null,
    made_at bigint not null
);
