-- One that is on stays as it is: nothing is written then.
-- name: begin_factor
-- params: account_id uuid, secret bytes, now time
insert into second_factor (account_id, secret, is_on, last_step, created_at) values (:account_id, :secret, false, 0, :now)
on conflict (account_id) do update set secret = excluded.secret, last_step = 0, created_at = excluded.created_at
where second_factor.is_on = false

-- name: find_factor
-- params: account_id uuid
select secret, is_on, last_step, challenge_digest, challenge_expires_at, confirmed_at from second_factor where account_id = :account_id

-- name: lock_factor
-- params: account_id uuid
select secret, is_on, last_step, challenge_digest, challenge_expires_at, confirmed_at from second_factor where account_id = :account_id
for update

-- name: turn_on_factor
-- params: account_id uuid, now time
update second_factor set is_on = true, confirmed_at = :now where account_id = :account_id

-- name: use_factor_step
-- params: account_id uuid, last_step bigint
update second_factor set last_step = :last_step where account_id = :account_id

-- name: set_challenge
-- params: account_id uuid, challenge_digest bytes?, challenge_expires_at time?
update second_factor set challenge_digest = :challenge_digest, challenge_expires_at = :challenge_expires_at
where account_id = :account_id

-- name: delete_factor
-- params: account_id uuid
delete from second_factor where account_id = :account_id

-- name: insert_recovery_code
-- params: account_id uuid, place int, hash text
insert into recovery_code (account_id, place, hash) values (:account_id, :place, :hash)

-- name: find_recovery_code
-- params: account_id uuid, place int
select hash from recovery_code where account_id = :account_id and place = :place

-- name: use_recovery_code
-- params: account_id uuid, place int, hash text
delete from recovery_code where account_id = :account_id and place = :place and hash = :hash

-- name: count_recovery_codes
-- params: account_id uuid
select count(*) as count from recovery_code where account_id = :account_id

-- name: delete_recovery_codes
-- params: account_id uuid
delete from recovery_code where account_id = :account_id

-- name: strengthen_session
-- params: id uuid, has_second_factor boolean
update session set has_second_factor = :has_second_factor where id = :id
