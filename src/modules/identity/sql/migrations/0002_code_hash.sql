-- Codes by mail are kept by bcrypt. Those under way are worth nothing any more, as all are after ten minutes.
drop table email_code;
create table email_code (
    account_id uuid not null references account (id),
    purpose int not null,
    hash text not null,
    attempts int not null,
    expires_at bigint not null,
    primary key (account_id, purpose)
);
