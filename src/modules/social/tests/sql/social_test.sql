-- name: count_events
-- params: type text
select count(*) as count from event where type = :type
