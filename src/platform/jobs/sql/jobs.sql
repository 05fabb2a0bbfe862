-- name: enqueue
-- params: id uuid, type text, key text?, payload text, due_at time, now time
insert into job (id, type, key, payload, status, attempt, due_at, lease_until, created_at)
values (:id, :type, :key, :payload, 0, 0, :due_at, 0, :now)
on conflict do nothing

-- name: enqueue_all
-- params: ids uuid[], type text, keys text[], payloads text[], due_at time, now time
-- only: postgresql
insert into job (id, type, key, payload, status, attempt, due_at, lease_until, created_at)
select e.id, :type, e.key, e.payload, 0, 0, :due_at, 0, :now
from unnest(:ids, :keys, :payloads) as e (id, key, payload)
on conflict do nothing

-- Types with something to do now, so that an idle worker only reads.
-- name: list_due_types
-- params: now time
select distinct type from job where status = 0 and due_at <= :now

-- name: next_due
select min(due_at) as due_at from job where status = 0

-- name: count_expired
-- params: now time
select count(*) as count from job where status = 1 and lease_until < :now

-- Whoever ran it is gone, killed in most cases, which says nothing about the job: the run does not count as an attempt.
-- name: requeue_expired
-- params: now time
update job set status = 0, attempt = attempt - 1, worker_id = null where status = 1 and lease_until < :now

-- name: take
-- params: type text, now time, lease_until time, worker_id uuid
update job set status = 1, attempt = attempt + 1, lease_until = :lease_until, worker_id = :worker_id
where id = (
    select id from job where status = 0 and type = :type and due_at <= :now
    order by due_at, id limit 1 for update skip locked)
returning id, type, payload, attempt, created_at as queued_at

-- name: renew
-- params: ids uuid[], worker_id uuid, lease_until time
update job set lease_until = :lease_until where id in (:ids) and worker_id = :worker_id and status = 1

-- The worker check keeps a worker that lost its lease from finishing somebody else's run.
-- name: finish
-- params: id uuid, worker_id uuid, now time
update job set status = 2, finished_at = :now, lease_until = 0
where id = :id and worker_id = :worker_id and status = 1

-- name: retry
-- params: id uuid, worker_id uuid, due_at time, problem text?
update job set status = 0, due_at = :due_at, problem = :problem, worker_id = null
where id = :id and worker_id = :worker_id and status = 1

-- Runs that were stopped by a shutdown do not count as attempts.
-- name: hand_back
-- params: worker_id uuid
update job set status = 0, attempt = attempt - 1, worker_id = null
where worker_id = :worker_id and status = 1

-- name: fail
-- params: id uuid, worker_id uuid, now time, problem text
update job set status = 3, finished_at = :now, problem = :problem, lease_until = 0
where id = :id and worker_id = :worker_id and status = 1

-- name: count_unfinished
-- params: now time
select count(*) as count from job where (status = 0 and due_at <= :now) or status = 1

-- name: sweep
-- params: before time
delete from job where id in (
    select id from job where finished_at is not null and finished_at < :before and status = 2 limit 1000)
