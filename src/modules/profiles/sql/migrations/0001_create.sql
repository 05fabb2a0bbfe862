create table profile (
    account_id uuid primary key,
    bio text not null,
    first_name text not null,
    last_name text not null,
    phone text not null,
    website text not null,
    instagram text not null,
    twitter text not null,
    youtube text not null,
    spotify text not null,
    soundcloud text not null,
    store_currency text not null,
    avatar_asset_id uuid,
    updated_at bigint not null,
    version bigint not null
);
