-- People, rooms, members, blocks.

-- name: insert_person
-- params: account_id uuid, username text, name text
insert into chat_person (account_id, username, name) values (:account_id, :username, :name)
on conflict (account_id) do nothing

-- name: find_person
-- params: account_id uuid
select account_id, username, name from chat_person where account_id = :account_id

-- name: update_person
-- params: account_id uuid, name text
update chat_person set name = :name where account_id = :account_id

-- name: delete_person
-- params: account_id uuid
delete from chat_person where account_id = :account_id

-- name: insert_room
-- params: id uuid, kind int, title text, topic text, owner_id uuid?, auction_id uuid?, pair_low uuid?, pair_high uuid?
-- params: slow_us bigint, now time
insert into chat_room (id, kind, title, topic, owner_id, auction_id, pair_low, pair_high, slow_us, last_sequence, message_count,
    member_count, active_at, created_at, version)
values (:id, :kind, :title, :topic, :owner_id, :auction_id, :pair_low, :pair_high, :slow_us, 0, 0, 0, :now, :now, 1)
on conflict do nothing

-- name: find_room
-- params: room_id uuid
select id, kind, title, topic, owner_id, auction_id, pair_low, pair_high, slow_us, last_sequence, message_count, member_count,
    active_at, created_at, closed_at, version
from chat_room where id = :room_id

-- name: lock_room
-- params: room_id uuid
select id, kind, title, topic, owner_id, auction_id, pair_low, pair_high, slow_us, last_sequence, message_count, member_count,
    active_at, created_at, closed_at, version
from chat_room where id = :room_id
for update

-- name: find_room_of_auction
-- params: auction_id uuid
select id from chat_room where auction_id = :auction_id

-- name: find_room_of_pair
-- params: pair_low uuid, pair_high uuid
select id from chat_room where pair_low = :pair_low and pair_high = :pair_high

-- name: list_public_rooms
-- params: key time, key_id uuid, limit bigint
select id, kind, title, topic, owner_id, auction_id, pair_low, pair_high, slow_us, last_sequence, message_count, member_count,
    active_at, created_at, closed_at, version
from chat_room where kind = 0 and closed_at is null
-- if: after
    and (created_at, id) < (:key, :key_id)
-- end
order by created_at desc, id desc
limit :limit

-- Invitations and what was joined, the most active first.
-- name: list_rooms_of_account
-- slow: reads the rooms of one account, of which there are some hundred at most
-- heavy
-- params: account_id uuid, key time, key_id uuid, limit bigint
select r.id, r.kind, r.title, r.topic, r.owner_id, r.auction_id, r.pair_low, r.pair_high, r.slow_us, r.last_sequence, r.message_count,
    r.member_count, r.active_at, r.created_at, r.closed_at, r.version, m.state, m.role, m.muted_until, m.read_sequence, m.read_count
from chat_member m join chat_room r on r.id = m.room_id
where m.account_id = :account_id and m.state in (0, 1)
-- if: direct
    and r.kind = 2
-- end
-- if: group
    and r.kind <> 2
-- end
-- if: after
    and (r.active_at, r.id) < (:key, :key_id)
-- end
order by r.active_at desc, r.id desc
limit :limit

-- name: list_persons
-- params: account_ids uuid[]
select account_id, username, name from chat_person where account_id in (:account_ids)

-- name: advance_room
-- params: room_id uuid, sequence bigint, messages bigint, now time
update chat_room set last_sequence = :sequence, message_count = message_count + :messages, active_at = greatest(active_at, :now)
where id = :room_id

-- name: update_room
-- params: room_id uuid, title text, topic text, slow_us bigint
update chat_room set title = :title, topic = :topic, slow_us = :slow_us, version = version + 1 where id = :room_id

-- name: update_room_owner
-- params: room_id uuid, owner_id uuid?
update chat_room set owner_id = :owner_id, version = version + 1 where id = :room_id

-- name: count_member_in_room
-- params: room_id uuid, by bigint
update chat_room set member_count = member_count + :by where id = :room_id

-- name: close_room
-- params: room_id uuid, now time
update chat_room set closed_at = :now, version = version + 1 where id = :room_id

-- name: find_member
-- params: room_id uuid, account_id uuid
select room_id, account_id, state, role, invited_by, muted_until, banned_until, read_sequence, read_count, posted_at, created_at
from chat_member where room_id = :room_id and account_id = :account_id

-- name: count_rooms_of_account
-- slow: counts the rooms of one account, of which there are some hundred at most
-- params: account_id uuid
select count(*) as count from chat_member m join chat_room r on r.id = m.room_id
where m.account_id = :account_id and m.state = 1 and r.kind in (0, 1) and r.closed_at is null

-- name: upsert_member
-- params: room_id uuid, account_id uuid, state int, role int, invited_by uuid?, read_sequence bigint, read_count bigint, now time
insert into chat_member (room_id, account_id, state, role, invited_by, read_sequence, read_count, created_at)
values (:room_id, :account_id, :state, :role, :invited_by, :read_sequence, :read_count, :now)
on conflict (room_id, account_id) do update set state = excluded.state, role = excluded.role, invited_by = excluded.invited_by

-- name: update_member_state
-- params: room_id uuid, account_id uuid, state int, role int
update chat_member set state = :state, role = :role where room_id = :room_id and account_id = :account_id

-- name: update_member_limits
-- params: room_id uuid, account_id uuid, muted_until time?, banned_until time?
update chat_member set muted_until = :muted_until, banned_until = :banned_until
where room_id = :room_id and account_id = :account_id

-- name: update_member_posted
-- params: room_id uuid, account_id uuid, sequence bigint, number bigint, now time
update chat_member set posted_at = :now, read_sequence = :sequence, read_count = :number
where room_id = :room_id and account_id = :account_id

-- name: update_member_read
-- params: room_id uuid, account_id uuid, sequence bigint, number bigint
update chat_member set read_sequence = :sequence, read_count = :number
where room_id = :room_id and account_id = :account_id and read_sequence < :sequence

-- name: list_members
-- params: room_id uuid, after_id uuid, limit bigint
select m.room_id, m.account_id, m.state, m.role, m.invited_by, m.muted_until, m.banned_until, m.read_sequence, m.read_count, m.posted_at,
    m.created_at, coalesce(p.username, '') as username, coalesce(p.name, '') as name
from chat_member m left join chat_person p on p.account_id = m.account_id
where m.room_id = :room_id and m.account_id > :after_id
order by m.account_id
limit :limit

-- name: upsert_block
-- params: account_id uuid, blocked_id uuid, now time
insert into chat_block (account_id, blocked_id, created_at) values (:account_id, :blocked_id, :now)
on conflict (account_id, blocked_id) do nothing

-- name: delete_block
-- params: account_id uuid, blocked_id uuid
delete from chat_block where account_id = :account_id and blocked_id = :blocked_id

-- name: list_blocks
-- params: account_id uuid, after_id uuid, limit bigint
select b.blocked_id as account_id, b.created_at, coalesce(p.username, '') as username, coalesce(p.name, '') as name
from chat_block b left join chat_person p on p.account_id = b.blocked_id
where b.account_id = :account_id and b.blocked_id > :after_id
order by b.blocked_id
limit :limit

-- Whether one has blocked the other, either way.
-- name: count_blocks_between
-- params: one uuid, other uuid
select count(*) as count from chat_block
where (account_id = :one and blocked_id = :other) or (account_id = :other and blocked_id = :one)

-- name: delete_blocks_of_account
-- params: account_id uuid
delete from chat_block where account_id = :account_id or blocked_id = :account_id

-- What an account leaves behind.

-- name: list_member_rooms
-- params: account_id uuid
select room_id, state from chat_member where account_id = :account_id and state in (0, 1)

-- name: delete_members_of_account
-- params: account_id uuid
delete from chat_member where account_id = :account_id

-- name: forget_room_owner
-- params: account_id uuid, now time
update chat_room set owner_id = null, closed_at = coalesce(closed_at, :now), version = version + 1 where owner_id = :account_id

-- The conversation is over; who is left may read it.
-- name: forget_pairs
-- slow: reads the direct rooms of one account
-- params: account_id uuid, now time
update chat_room set pair_low = null, pair_high = null, closed_at = coalesce(closed_at, :now), version = version + 1
where kind = 2 and id in (select room_id from chat_member where account_id = :account_id)

-- name: list_wrong_counts
-- slow: lathe check reads all rooms
-- heavy
-- params: limit bigint
select r.id, r.member_count, r.last_sequence, r.message_count,
    (select count(*) from chat_member m where m.room_id = r.id and m.state = 1) as members,
    (select coalesce(max(m.sequence), 0) from chat_message m where m.room_id = r.id) as top_sequence,
    (select count(*) from chat_message m where m.room_id = r.id) as messages
from chat_room r
where r.member_count <> (select count(*) from chat_member m where m.room_id = r.id and m.state = 1)
    or r.message_count <> (select count(*) from chat_message m where m.room_id = r.id)
    or r.last_sequence < (select coalesce(max(m.sequence), 0) from chat_message m where m.room_id = r.id)
order by r.id
limit :limit

-- name: list_wrong_owners
-- slow: lathe check reads all rooms
-- heavy
-- params: limit bigint
select r.id, r.member_count, r.last_sequence, r.message_count,
    (select count(*) from chat_member m where m.room_id = r.id and m.role = 3 and m.state = 1) as members,
    cast(0 as bigint) as top_sequence, cast(0 as bigint) as messages
from chat_room r
where r.closed_at is null and r.kind <> 2
    and 1 <> (select count(*) from chat_member m where m.room_id = r.id and m.role = 3 and m.state = 1 and m.account_id = r.owner_id)
order by r.id
limit :limit
