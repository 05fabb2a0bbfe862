-- Everybody's count of notifications: the row's lock orders them, so that sequences have no gap.
create table notification_inbox (
    account_id uuid not null primary key,
    sequence bigint not null
) without rowid;

create table notification (
    id uuid not null primary key,
    account_id uuid not null,
    sequence bigint not null,
    kind int not null,
    source_id uuid not null,
    subject_id uuid not null,
    title text not null,
    actor text not null,
    amount_minor bigint not null,
    currency text not null,
    created_at bigint not null,
    read_at bigint
);
create unique index notification_newest on notification (account_id, sequence);
create unique index notification_source on notification (source_id, account_id, kind);
create index notification_unread on notification (account_id, sequence) where read_at is null;
create index notification_unread_subject on notification (account_id, subject_id, kind) where read_at is null;
create index notification_old on notification (created_at);

create table notification_preference (
    account_id uuid not null,
    kind int not null,
    delivery int not null,
    primary key (account_id, kind)
) without rowid;
