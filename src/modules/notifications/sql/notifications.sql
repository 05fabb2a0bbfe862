-- name: next_sequence
-- params: account_id uuid
insert into notification_inbox (account_id, sequence) values (:account_id, 1)
on conflict (account_id) do update set sequence = notification_inbox.sequence + 1
returning sequence

-- Of several accounts, each as many as it needs: its last one.
-- name: next_sequences
-- params: account_ids uuid[], counts bigint[]
-- only: postgresql
insert into notification_inbox (account_id, sequence)
select w.account_id, w.count from unnest(:account_ids, :counts) as w (account_id, count) order by w.account_id
on conflict (account_id) do update set sequence = notification_inbox.sequence + excluded.sequence
returning account_id, sequence

-- name: find_sequence
-- params: account_id uuid
select sequence from notification_inbox where account_id = :account_id

-- name: insert_notification
-- params: id uuid, account_id uuid, sequence bigint, kind int, source_id uuid, subject_id uuid, title text, actor text
-- params: amount_minor bigint, currency text, now time, mailed_at time
insert into notification (id, account_id, sequence, kind, source_id, subject_id, title, actor, amount_minor, currency, created_at,
    mailed_at)
values (:id, :account_id, :sequence, :kind, :source_id, :subject_id, :title, :actor, :amount_minor, :currency, :now, :mailed_at)

-- name: insert_notifications
-- params: ids uuid[], account_ids uuid[], sequences bigint[], kinds bigint[], source_ids uuid[], subject_ids uuid[], titles text[]
-- params: actors text[], amounts bigint[], currencies text[], nows bigint[], mailed bigint[]
-- only: postgresql
insert into notification (id, account_id, sequence, kind, source_id, subject_id, title, actor, amount_minor, currency, created_at,
    mailed_at)
select n.id, n.account_id, n.sequence, cast(n.kind as int), n.source_id, n.subject_id, n.title, n.actor, n.amount, n.currency, n.now,
    n.mailed
from unnest(:ids, :account_ids, :sequences, :kinds, :source_ids, :subject_ids, :titles, :actors, :amounts, :currencies, :nows, :mailed)
    as n (id, account_id, sequence, kind, source_id, subject_id, title, actor, amount, currency, now, mailed)

-- Which of these were told already.
-- name: list_told
-- params: source_ids uuid[], account_ids uuid[], kinds bigint[]
-- only: postgresql
select n.source_id, n.account_id, n.kind
from unnest(:source_ids, :account_ids, :kinds) as w (source_id, account_id, kind)
join notification n on n.source_id = w.source_id and n.account_id = w.account_id and n.kind = cast(w.kind as int)

-- name: find_by_source
-- params: source_id uuid, account_id uuid, kind int
select id, account_id, sequence, kind, source_id, subject_id, title, actor, amount_minor, currency, created_at, read_at
from notification where source_id = :source_id and account_id = :account_id and kind = :kind

-- name: find_notification
-- params: id uuid
select id, account_id, sequence, kind, source_id, subject_id, title, actor, amount_minor, currency, created_at, read_at
from notification where id = :id

-- name: find_unread_of_subject
-- params: account_id uuid, subject_id uuid, kind int
select id, account_id, sequence, kind, source_id, subject_id, title, actor, amount_minor, currency, created_at, read_at
from notification where account_id = :account_id and subject_id = :subject_id and kind = :kind and read_at is null

-- name: delete_unread_of_subject
-- params: account_id uuid, subject_id uuid, kind int
delete from notification where account_id = :account_id and subject_id = :subject_id and kind = :kind and read_at is null
returning account_id, subject_id, kind, mailed_at

-- name: mark_mailed
-- params: account_id uuid, subject_id uuid, kind int, now time
update notification set mailed_at = :now
where account_id = :account_id and subject_id = :subject_id and kind = :kind and read_at is null

-- name: delete_unread_of_subjects
-- params: account_ids uuid[], subject_ids uuid[], kinds bigint[]
-- only: postgresql
delete from notification n using unnest(:account_ids, :subject_ids, :kinds) as w (account_id, subject_id, kind)
where n.account_id = w.account_id and n.subject_id = w.subject_id and n.kind = cast(w.kind as int) and n.read_at is null
returning n.account_id, n.subject_id, n.kind, n.mailed_at

-- name: list_notifications
-- params: account_id uuid, before bigint, limit bigint
select id, account_id, sequence, kind, source_id, subject_id, title, actor, amount_minor, currency, created_at, read_at
from notification where account_id = :account_id and sequence < :before
-- if: unread
    and read_at is null
-- end
order by sequence desc
limit :limit

-- name: list_since
-- params: account_id uuid, after bigint, limit bigint
select id, account_id, sequence, kind, source_id, subject_id, title, actor, amount_minor, currency, created_at, read_at
from notification where account_id = :account_id and sequence > :after
order by sequence
limit :limit

-- name: count_unread
-- params: account_id uuid, limit bigint
-- slow: counts, up to the limit
select count(*) as count from (select 1 as one from notification where account_id = :account_id and read_at is null limit :limit) as unread

-- name: mark_read
-- params: id uuid, account_id uuid, now time
update notification set read_at = :now where id = :id and account_id = :account_id and read_at is null

-- name: mark_all_read
-- params: account_id uuid, now time
update notification set read_at = :now where account_id = :account_id and read_at is null

-- name: delete_older
-- params: before time, limit bigint
delete from notification where id in (select id from notification where created_at < :before order by created_at limit :limit)

-- name: find_preference
-- params: account_id uuid, kind int
select kind, delivery from notification_preference where account_id = :account_id and kind = :kind

-- name: list_preferences_of
-- params: account_ids uuid[], kinds bigint[]
-- only: postgresql
select p.account_id, p.kind, p.delivery
from unnest(:account_ids, :kinds) as w (account_id, kind)
join notification_preference p on p.account_id = w.account_id and p.kind = cast(w.kind as int)

-- name: list_preferences
-- params: account_id uuid
select kind, delivery from notification_preference where account_id = :account_id

-- name: upsert_preference
-- params: account_id uuid, kind int, delivery int
insert into notification_preference (account_id, kind, delivery) values (:account_id, :kind, :delivery)
on conflict (account_id, kind) do update set delivery = excluded.delivery

-- name: delete_notifications_of_account
-- params: account_id uuid
delete from notification where account_id = :account_id

-- name: delete_preferences_of_account
-- params: account_id uuid
delete from notification_preference where account_id = :account_id

-- name: list_ahead
-- slow: a check over all rows
-- heavy
select n.account_id, max(n.sequence) as sequence
from notification n left join notification_inbox i on i.account_id = n.account_id
where n.sequence > coalesce(i.sequence, 0)
group by n.account_id
order by n.account_id
limit 100
