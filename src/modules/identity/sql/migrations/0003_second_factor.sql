-- A person's authenticator app: begun with a secret, on once a code of it was given.
create table second_factor (
    account_id uuid primary key references account (id),
    -- AES-256-GCM by a key of the instance's root secret.
    secret bytea not null,
    is_on boolean not null,
    -- Of 30 seconds, counted from 1970: no code of this one or an earlier one counts any more.
    last_step bigint not null,
    -- SHA-256 of what stands for a right password while the second factor is awaited.
    challenge_digest bytea,
    challenge_expires_at bigint,
    created_at bigint not null,
    confirmed_at bigint
);

-- What is left of the ten codes for when the app is gone, by bcrypt; a used one is deleted.
create table recovery_code (
    account_id uuid not null references account (id),
    place int not null,
    hash text not null,
    primary key (account_id, place)
);

-- Whether the session was opened by, or has itself turned on, the second factor.
alter table session add column has_second_factor boolean not null default false;
