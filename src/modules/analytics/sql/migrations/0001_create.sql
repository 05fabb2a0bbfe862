-- Who heard what in which hour, so that a play counts once. listener is a keyed hash, for strangers salted by the day. Swept
-- after two days: what was counted is in the events.
create table play (
    spec_id uuid not null,
    hour bigint not null,
    listener bytea not null,
    primary key (spec_id, hour, listener)
) without rowid;
create index play_hour on play (hour);

create table spec_counter (
    spec_id uuid primary key,
    owner_id uuid not null,
    plays bigint not null,
    downloads bigint not null,
    favorites bigint not null,
    purchases bigint not null
);

-- What happened on a day (since 1970) to a subject: a spec, whose owner is named, or an account's specs together.
create table daily (
    subject_id uuid not null,
    day bigint not null,
    owner_id uuid,
    plays bigint not null,
    downloads bigint not null,
    favorites bigint not null,
    purchases bigint not null,
    primary key (subject_id, day)
);
create index daily_owner on daily (owner_id, day) where owner_id is not null;

create table daily_revenue (
    subject_id uuid not null,
    currency text not null,
    day bigint not null,
    owner_id uuid,
    minor bigint not null,
    primary key (subject_id, currency, day)
);
create index daily_revenue_owner on daily_revenue (owner_id, currency, day) where owner_id is not null;
