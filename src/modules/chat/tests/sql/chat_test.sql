-- name: count_events
-- params: type text
select count(*) as count from event where type = :type

-- Damage, for what `lathe check` asks.

-- name: lose_words
-- params: message_id uuid
delete from chat_search where message_id = :message_id

-- name: miscount_reaction
-- params: message_id uuid
update chat_reaction_count set count = count + 1 where message_id = :message_id
