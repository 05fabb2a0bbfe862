-- name: insert_account
-- params: id uuid, email text, email_folded text, username text, username_folded text, display_name text, password_hash text, is_verified boolean, now time
insert into account (id, email, email_folded, username, username_folded, display_name, password_hash, status, is_verified,
    token_version, created_at, updated_at, version)
values (:id, :email, :email_folded, :username, :username_folded, :display_name, :password_hash, 0, :is_verified, 0, :now, :now, 1)

-- name: insert_role
-- params: account_id uuid, role int
insert into account_role (account_id, role) values (:account_id, :role) on conflict do nothing

-- name: list_roles
-- params: account_id uuid
select role from account_role where account_id = :account_id order by role

-- name: find_account
-- params: id uuid
select id, email, username, display_name, password_hash, status, is_verified, token_version, last_login_at, created_at, version
from account where id = :id and status < 2

-- name: list_accounts_there
-- params: ids uuid[]
select id from account where id in (:ids) and status < 2

-- name: lock_account
-- params: id uuid
select id, email, username, display_name, password_hash, status, is_verified, token_version, last_login_at, created_at, version
from account where id = :id and status < 2 for update

-- A login is an address when it holds an @, which user names cannot.
-- name: find_account_by_email
-- params: email_folded text
select id, email, username, display_name, password_hash, status, is_verified, token_version, last_login_at, created_at, version
from account where email_folded = :email_folded and status < 2

-- name: find_account_by_username
-- params: username_folded text
select id, email, username, display_name, password_hash, status, is_verified, token_version, last_login_at, created_at, version
from account where username_folded = :username_folded and status < 2

-- name: update_login
-- params: id uuid, now time
update account set last_login_at = :now where id = :id

-- name: update_password
-- params: id uuid, password_hash text, now time
update account set password_hash = :password_hash, updated_at = :now, version = version + 1 where id = :id

-- name: revoke_tokens
-- params: id uuid
update account set token_version = token_version + 1 where id = :id

-- name: update_verified
-- params: id uuid, now time
update account set is_verified = true, updated_at = :now, version = version + 1 where id = :id

-- name: update_display_name
-- params: id uuid, display_name text, now time
update account set display_name = :display_name, updated_at = :now, version = version + 1 where id = :id

-- What the law lets us forget: everything that names the person. The row stays for orders and the ledger.
-- name: erase_account
-- params: id uuid, placeholder text, now time
update account set email = :placeholder, email_folded = :placeholder, username = :placeholder, username_folded = :placeholder,
    display_name = 'Deleted account', password_hash = '', status = 2, token_version = token_version + 1, deleted_at = :now,
    updated_at = :now, version = version + 1
where id = :id

-- name: delete_roles
-- params: account_id uuid
delete from account_role where account_id = :account_id

-- name: insert_session
-- params: id uuid, account_id uuid, refresh_digest bytes, user_agent text, address text, now time, expires_at time, has_second_factor boolean
insert into session (id, account_id, refresh_digest, user_agent, address, created_at, refreshed_at, expires_at, has_second_factor)
values (:id, :account_id, :refresh_digest, :user_agent, :address, :now, :now, :expires_at, :has_second_factor)

-- name: find_session_state
-- params: id uuid
select s.account_id, s.expires_at, s.ended_at, s.has_second_factor, a.status, a.is_verified, a.token_version
from session s join account a on a.id = s.account_id where s.id = :id

-- name: lock_session
-- params: id uuid
select id, account_id, refresh_digest, user_agent, address, created_at, refreshed_at, expires_at, ended_at, has_second_factor
from session where id = :id for update

-- name: list_sessions
-- params: account_id uuid, now time
select id, account_id, refresh_digest, user_agent, address, created_at, refreshed_at, expires_at, ended_at, has_second_factor
from session where account_id = :account_id and ended_at is null and expires_at > :now
order by created_at desc, id limit 200

-- name: rotate_session
-- params: id uuid, refresh_digest bytes, now time, expires_at time
update session set refresh_digest = :refresh_digest, refreshed_at = :now, expires_at = :expires_at where id = :id

-- name: end_session
-- params: id uuid, account_id uuid, now time
update session set ended_at = :now where id = :id and account_id = :account_id and ended_at is null

-- name: list_live_session_ids
-- params: account_id uuid
select id from session where account_id = :account_id and ended_at is null

-- name: end_sessions
-- params: account_id uuid, except_id uuid?, now time
update session set ended_at = :now where account_id = :account_id and ended_at is null
-- if: others
    and id <> :except_id
-- end

-- name: delete_sessions
-- params: account_id uuid
delete from session where account_id = :account_id

-- name: upsert_code
-- params: account_id uuid, purpose int, hash text, expires_at time
insert into email_code (account_id, purpose, hash, attempts, expires_at)
values (:account_id, :purpose, :hash, 0, :expires_at)
on conflict (account_id, purpose) do update set hash = excluded.hash, attempts = 0, expires_at = excluded.expires_at

-- name: find_code
-- params: account_id uuid, purpose int
select hash, attempts, expires_at from email_code where account_id = :account_id and purpose = :purpose

-- name: lock_code
-- params: account_id uuid, purpose int
select hash, attempts, expires_at from email_code where account_id = :account_id and purpose = :purpose for update

-- name: count_code_attempt
-- params: account_id uuid, purpose int
update email_code set attempts = attempts + 1 where account_id = :account_id and purpose = :purpose

-- name: delete_code
-- params: account_id uuid, purpose int
delete from email_code where account_id = :account_id and purpose = :purpose

-- name: delete_codes
-- params: account_id uuid
delete from email_code where account_id = :account_id

-- name: find_attempts
-- params: login_digest bytes
select failures, window_ends_at, locked_until from login_attempt where login_digest = :login_digest

-- name: count_failure
-- params: login_digest bytes, now time, window_ends_at time
insert into login_attempt (login_digest, failures, window_ends_at, locked_until)
values (:login_digest, 1, :window_ends_at, 0)
on conflict (login_digest) do update set
    failures = case when login_attempt.window_ends_at < :now then 1 else login_attempt.failures + 1 end,
    window_ends_at = case when login_attempt.window_ends_at < :now then excluded.window_ends_at else login_attempt.window_ends_at end

-- name: lock_login
-- params: login_digest bytes, min_failures int, locked_until time
update login_attempt set locked_until = :locked_until, failures = 0
where login_digest = :login_digest and failures >= :min_failures

-- name: delete_attempts
-- params: login_digest bytes
delete from login_attempt where login_digest = :login_digest

-- name: sweep_sessions
-- slow: an hourly sweep, where the planner may prefer to read the table once
-- params: before time
delete from session where id in (select id from session where expires_at < :before order by expires_at limit 500)

-- name: sweep_attempts
-- slow: an hourly sweep, where the planner may prefer to read the table once
-- params: before time
delete from login_attempt where login_digest in (
    select login_digest from login_attempt where window_ends_at < :before and locked_until < :before limit 500)
