-- Reports, the log of what moderators did, refused words.

-- name: insert_report
-- params: id uuid, message_id uuid, room_id uuid, author_id uuid?, reporter_id uuid, reason int, note text, text text, now time
insert into chat_report (id, message_id, room_id, author_id, reporter_id, reason, note, text, created_at)
values (:id, :message_id, :room_id, :author_id, :reporter_id, :reason, :note, :text, :now)
on conflict do nothing

-- name: find_report
-- params: report_id uuid
select id, message_id, room_id, author_id, reporter_id, reason, note, text, created_at, decided_at, decided_by, decision
from chat_report where id = :report_id
for update

-- name: list_open_reports
-- params: key time, key_id uuid, limit bigint
select id, message_id, room_id, author_id, reporter_id, reason, note, text, created_at, decided_at, decided_by, decision
from chat_report where decided_at is null
-- if: after
    and (created_at, id) > (:key, :key_id)
-- end
order by created_at, id
limit :limit

-- name: list_decided_reports
-- params: key time, key_id uuid, limit bigint
select id, message_id, room_id, author_id, reporter_id, reason, note, text, created_at, decided_at, decided_by, decision
from chat_report where decided_at is not null
-- if: after
    and (decided_at, id) < (:key, :key_id)
-- end
order by decided_at desc, id desc
limit :limit

-- name: decide_reports
-- params: message_id uuid, decided_by uuid, decision int, now time
update chat_report set decided_at = :now, decided_by = :decided_by, decision = :decision
where message_id = :message_id and decided_at is null

-- name: insert_action
-- params: id uuid, room_id uuid, actor_id uuid, target_id uuid?, message_id uuid?, kind int, until time?, reason text, now time
insert into chat_action (id, room_id, actor_id, target_id, message_id, kind, until, reason, created_at)
values (:id, :room_id, :actor_id, :target_id, :message_id, :kind, :until, :reason, :now)

-- name: list_actions_of_room
-- params: room_id uuid, key time, key_id uuid, limit bigint
select id, room_id, actor_id, target_id, message_id, kind, until, reason, created_at
from chat_action where room_id = :room_id
-- if: after
    and (created_at, id) < (:key, :key_id)
-- end
order by created_at desc, id desc
limit :limit

-- name: list_actions
-- params: key time, key_id uuid, limit bigint
select id, room_id, actor_id, target_id, message_id, kind, until, reason, created_at
from chat_action where true
-- if: after
    and (created_at, id) < (:key, :key_id)
-- end
order by created_at desc, id desc
limit :limit

-- name: insert_word
-- params: word text, created_by uuid, now time
insert into chat_word (word, created_by, created_at) values (:word, :created_by, :now) on conflict do nothing

-- name: delete_word
-- params: word text
delete from chat_word where word = :word

-- name: count_words
-- slow: some hundreds at most
select count(*) as count from chat_word

-- name: list_words
-- slow: some hundreds at most
select word, created_at from chat_word order by word

-- name: forget_reporter
-- params: account_id uuid
update chat_report set reporter_id = null where reporter_id = :account_id

-- name: forget_reported
-- params: account_id uuid
update chat_report set author_id = null where author_id = :account_id

-- name: forget_actor
-- params: account_id uuid
update chat_action set actor_id = null where actor_id = :account_id

-- name: forget_target
-- params: account_id uuid
update chat_action set target_id = null where target_id = :account_id

-- name: forget_word_creator
-- params: account_id uuid
update chat_word set created_by = null where created_by = :account_id
