-- Messages, their changes, reactions and words.

-- name: insert_message
-- params: id uuid, room_id uuid, sequence bigint, number bigint, author_id uuid, author_role int, text text, reply_to uuid?
-- params: thread_id uuid?, client_id uuid?, now time
insert into chat_message (id, room_id, sequence, number, author_id, author_role, text, reply_to, thread_id, reply_count, client_id,
    created_at)
values (:id, :room_id, :sequence, :number, :author_id, :author_role, :text, :reply_to, :thread_id, 0, :client_id, :now)

-- name: find_message
-- params: message_id uuid
select m.id, m.room_id, m.sequence, m.number, m.author_id, m.author_role, m.text, m.reply_to, m.thread_id, m.reply_count, m.created_at,
    m.edited_at, m.deleted_at, m.pinned_at, coalesce(p.username, '') as username, coalesce(p.name, '') as name
from chat_message m left join chat_person p on p.account_id = m.author_id
where m.id = :message_id

-- name: find_message_by_client
-- params: author_id uuid, client_id uuid
select id, room_id from chat_message where author_id = :author_id and client_id = :client_id

-- before and after exclude each other.
-- name: list_messages
-- params: room_id uuid, key bigint, limit bigint
select m.id, m.room_id, m.sequence, m.number, m.author_id, m.author_role, m.text, m.reply_to, m.thread_id, m.reply_count, m.created_at,
    m.edited_at, m.deleted_at, m.pinned_at, coalesce(p.username, '') as username, coalesce(p.name, '') as name
from chat_message m left join chat_person p on p.account_id = m.author_id
where m.room_id = :room_id
-- if: before
    and m.sequence < :key
-- end
-- if: after
    and m.sequence > :key
-- end
-- order: newest
order by m.sequence desc
-- end
-- order: oldest
order by m.sequence
-- end
limit :limit

-- name: list_messages_by_id
-- params: message_ids uuid[]
select m.id, m.room_id, m.sequence, m.number, m.author_id, m.author_role, m.text, m.reply_to, m.thread_id, m.reply_count, m.created_at,
    m.edited_at, m.deleted_at, m.pinned_at, coalesce(p.username, '') as username, coalesce(p.name, '') as name
from chat_message m left join chat_person p on p.account_id = m.author_id
where m.id in (:message_ids)

-- name: list_thread
-- params: thread_id uuid, key bigint, limit bigint
select m.id, m.room_id, m.sequence, m.number, m.author_id, m.author_role, m.text, m.reply_to, m.thread_id, m.reply_count, m.created_at,
    m.edited_at, m.deleted_at, m.pinned_at, coalesce(p.username, '') as username, coalesce(p.name, '') as name
from chat_message m left join chat_person p on p.account_id = m.author_id
where m.thread_id = :thread_id and m.sequence > :key
order by m.sequence
limit :limit

-- name: list_pins
-- params: room_id uuid, limit bigint
select m.id, m.room_id, m.sequence, m.number, m.author_id, m.author_role, m.text, m.reply_to, m.thread_id, m.reply_count, m.created_at,
    m.edited_at, m.deleted_at, m.pinned_at, coalesce(p.username, '') as username, coalesce(p.name, '') as name
from chat_message m left join chat_person p on p.account_id = m.author_id
where m.room_id = :room_id and m.pinned_at is not null
order by m.pinned_at desc
limit :limit

-- name: count_pins
-- slow: a room has some tens of pins
-- params: room_id uuid
select count(*) as count from chat_message where room_id = :room_id and pinned_at is not null

-- name: update_message_text
-- params: message_id uuid, text text, now time
update chat_message set text = :text, edited_at = :now where id = :message_id

-- name: update_message_deleted
-- params: message_id uuid, deleted_by uuid, now time
update chat_message set text = '', edited_at = null, pinned_at = null, deleted_at = :now, deleted_by = :deleted_by where id = :message_id

-- name: update_message_pinned
-- params: message_id uuid, pinned_at time?
update chat_message set pinned_at = :pinned_at where id = :message_id

-- name: count_reply
-- params: message_id uuid
update chat_message set reply_count = reply_count + 1 where id = :message_id

-- name: insert_change
-- params: room_id uuid, sequence bigint, kind int, message_id uuid?, account_id uuid?, detail text, now time
insert into chat_change (room_id, sequence, kind, message_id, account_id, detail, at)
values (:room_id, :sequence, :kind, :message_id, :account_id, :detail, :now)

-- name: list_changes
-- params: room_id uuid, key bigint, limit bigint
select sequence, kind, message_id, account_id, detail from chat_change
where room_id = :room_id and sequence > :key
order by sequence
limit :limit

-- name: delete_changes_before
-- slow: what is old goes, once an hour
-- params: before time
delete from chat_change where at < :before

-- name: insert_edit
-- params: message_id uuid, edited_at time, text text
insert into chat_edit (message_id, edited_at, text) values (:message_id, :edited_at, :text) on conflict do nothing

-- name: list_edits
-- params: message_id uuid, limit bigint
select edited_at, text from chat_edit where message_id = :message_id order by edited_at desc limit :limit

-- name: delete_edits
-- params: message_id uuid
delete from chat_edit where message_id = :message_id

-- name: insert_reaction
-- params: message_id uuid, emoji text, account_id uuid, now time
insert into chat_reaction (message_id, emoji, account_id, created_at) values (:message_id, :emoji, :account_id, :now)
on conflict do nothing

-- name: delete_reaction
-- params: message_id uuid, emoji text, account_id uuid
delete from chat_reaction where message_id = :message_id and emoji = :emoji and account_id = :account_id

-- name: upsert_reaction_count
-- params: message_id uuid, emoji text, by bigint, now time
insert into chat_reaction_count (message_id, emoji, count, first_at) values (:message_id, :emoji, :by, :now)
on conflict (message_id, emoji) do update set count = chat_reaction_count.count + excluded.count

-- name: delete_empty_reaction_counts
-- params: message_id uuid
delete from chat_reaction_count where message_id = :message_id and count <= 0

-- name: delete_reaction_counts
-- params: message_id uuid
delete from chat_reaction_count where message_id = :message_id

-- name: delete_reactions
-- slow: all reactions to one message
-- params: message_id uuid
delete from chat_reaction where message_id = :message_id

-- name: list_reaction_counts
-- params: message_ids uuid[]
select message_id, emoji, count from chat_reaction_count where message_id in (:message_ids) and count > 0
order by message_id, first_at, emoji

-- name: list_own_reactions
-- params: account_id uuid, message_ids uuid[]
select message_id, emoji, cast(1 as bigint) as count from chat_reaction
where account_id = :account_id and message_id in (:message_ids)
order by message_id, emoji

-- name: insert_search
-- params: message_id uuid, words text
insert into chat_search (message_id, words) values (:message_id, :words)

-- The number stays: it is the message's place among those of the room.
-- name: update_search
-- params: message_id uuid, words text
update chat_search set words = :words where message_id = :message_id

-- name: delete_search
-- params: message_id uuid
delete from chat_search where message_id = :message_id

-- name: insert_match
-- params: message_id uuid
-- only: sqlite
insert into chat_match (rowid, words) select number, words from chat_search where message_id = :message_id

-- name: delete_match
-- params: message_id uuid
-- only: sqlite
insert into chat_match (chat_match, rowid, words) select 'delete', number, words from chat_search where message_id = :message_id

-- matching is in the language of the engine (match_sqlite, match_postgresql); its words carry the room's mark. SQLite's index gives the
-- newest first, so that the first page of them is all that is read.
-- name: search_messages
-- slow: on PostgreSQL all that matches in the room is read and sorted; on SQLite only in the index, for the beginning of a word
-- heavy
-- params: room_id uuid, matching text, key bigint, limit bigint
select m.id, m.room_id, m.sequence, m.number, m.author_id, m.author_role, m.text, m.reply_to, m.thread_id, m.reply_count, m.created_at,
    m.edited_at, m.deleted_at, m.pinned_at, coalesce(p.username, '') as username, coalesce(p.name, '') as name
-- sqlite:
from chat_match cross join chat_search s on s.number = chat_match.rowid
    cross join chat_message m on m.id = s.message_id and m.room_id = :room_id
    left join chat_person p on p.account_id = m.author_id
where chat_match match :matching
-- postgresql:
from chat_message m left join chat_person p on p.account_id = m.author_id
where m.room_id = :room_id and m.deleted_at is null
    and /* plan: each */ m.id in (select s.message_id from chat_search s where s.terms @@ cast(:matching as tsquery))
-- end
-- if: before
-- sqlite:
    and chat_match.rowid < coalesce((select b.number from chat_message o join chat_search b on b.message_id = o.id
        where o.room_id = :room_id and o.sequence >= :key order by o.sequence limit 1), 9223372036854775807)
-- postgresql:
    and m.sequence < :key
-- end
-- end
-- sqlite:
order by chat_match.rowid desc
-- postgresql:
order by m.sequence desc
-- end
limit :limit

-- What an account leaves behind.

-- name: list_messages_of_account
-- params: author_id uuid, after_id uuid, limit bigint
select id, room_id, text, created_at from chat_message
where author_id = :author_id and id > :after_id and deleted_at is null
order by id
limit :limit

-- name: forget_author
-- slow: all messages of one account
-- params: author_id uuid
update chat_message set author_id = null, client_id = null where author_id = :author_id

-- name: forget_change_account
-- slow: all changes by one account
-- params: account_id uuid
update chat_change set account_id = null where account_id = :account_id

-- name: delete_edits_of_account
-- slow: all edits of one account
-- params: author_id uuid
delete from chat_edit where message_id in (select id from chat_message where author_id = :author_id)

-- name: uncount_reactions_of_account
-- slow: all reactions of one account
-- params: account_id uuid
update chat_reaction_count set count = count - 1
where (message_id, emoji) in (select r.message_id, r.emoji from chat_reaction r where r.account_id = :account_id)

-- name: delete_reactions_of_account
-- slow: all reactions of one account
-- params: account_id uuid
delete from chat_reaction where account_id = :account_id

-- name: list_wrong_reaction_counts
-- slow: lathe check reads all reactions
-- heavy
-- params: limit bigint
select c.message_id, c.emoji, c.count from chat_reaction_count c
where c.count <> (select count(*) from chat_reaction r where r.message_id = c.message_id and r.emoji = c.emoji)
order by c.message_id, c.emoji
limit :limit

-- name: list_unsearchable
-- slow: lathe check reads all messages
-- heavy
-- params: limit bigint
select m.id as message_id, cast('' as text) as emoji, cast(0 as bigint) as count from chat_message m
where (m.deleted_at is null) <> (exists (select 1 from chat_search s where s.message_id = m.id))
order by m.id
limit :limit
