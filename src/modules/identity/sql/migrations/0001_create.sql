create table account (
    id uuid primary key,
    email text not null,
    email_folded text not null,
    username text not null,
    username_folded text not null,
    display_name text not null,
    password_hash text not null,
    status int not null,
    is_verified boolean not null,
    -- Rises when every outstanding token is to be refused.
    token_version bigint not null,
    last_login_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    deleted_at bigint,
    version bigint not null
);
create unique index account_email on account (email_folded);
create unique index account_username on account (username_folded);
create index account_deleted on account (deleted_at) where deleted_at is not null;

create table account_role (
    account_id uuid not null references account (id),
    role int not null,
    primary key (account_id, role)
);

create table session (
    id uuid primary key,
    account_id uuid not null references account (id),
    -- SHA-256 of the refresh token in force. An older token of the session ends it.
    refresh_digest bytea not null,
    user_agent text not null,
    address text not null,
    created_at bigint not null,
    refreshed_at bigint not null,
    expires_at bigint not null,
    ended_at bigint
);
create index session_account on session (account_id, created_at);
create index session_expires on session (expires_at);

-- Six digits sent by mail, one live code per purpose: 0 verify the address, 1 reset the password.
create table email_code (
    account_id uuid not null references account (id),
    purpose int not null,
    digest bytea not null,
    attempts int not null,
    expires_at bigint not null,
    primary key (account_id, purpose)
);

-- Failed log-ins by what was typed as the login, whether such an account exists or not.
create table login_attempt (
    login_digest bytea primary key,
    failures int not null,
    window_ends_at bigint not null,
    locked_until bigint not null
);
create index login_attempt_window on login_attempt (window_ends_at);
