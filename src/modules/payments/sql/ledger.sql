-- name: find_account
-- params: name text
select id, owner_id from ledger_account where name = :name

-- name: insert_account
-- params: id uuid, name text, kind int, owner_id uuid?, provider int, currency text
insert into ledger_account (id, name, kind, owner_id, provider, currency)
values (:id, :name, :kind, :owner_id, :provider, :currency)
on conflict do nothing

-- name: insert_transaction
-- params: id uuid, reason text, reference_id uuid, order_id uuid, currency text, now time
insert into ledger_transaction (id, reason, reference_id, order_id, currency, created_at)
values (:id, :reason, :reference_id, :order_id, :currency, :now)
on conflict do nothing

-- name: insert_entry
-- params: id uuid, transaction_id uuid, position int, account_id uuid, owner_id uuid?, what text, minor bigint
insert into ledger_entry (id, transaction_id, position, account_id, owner_id, what, minor)
values (:id, :transaction_id, :position, :account_id, :owner_id, :what, :minor)

-- name: list_entries_of_owner
-- params: owner_id uuid, after uuid, limit bigint
select e.id, e.what, e.minor, t.reason, t.reference_id, t.order_id, t.currency, t.created_at
from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
where e.owner_id = :owner_id
-- if: after
    and e.id < :after
-- end
order by e.id desc
limit :limit

-- The sealed lines by their sums, those of the last minute one by one. The order of the join is fixed: few lines are not sealed, while a
-- person may have very many.
-- name: list_sums_of_owner
-- params: owner_id uuid
-- heavy
-- slow: goes through what was posted since the last sealing
select s.currency, s.what, cast(sum(s.minor) as bigint) as minor
from (
    select b.currency, b.what, b.minor from ledger_balance b where b.owner_id = :owner_id
    union all
    select a.currency, e.what, e.minor
-- sqlite:
    from ledger_unsealed u
        cross join ledger_entry e on e.transaction_id = u.transaction_id and +e.owner_id = :owner_id
        cross join ledger_account a on a.id = e.account_id
-- postgresql:
    from ledger_unsealed u
        cross join lateral (select * from ledger_entry n where n.transaction_id = u.transaction_id offset 0) e
        join ledger_account a on a.id = e.account_id
    where e.owner_id = :owner_id
-- end
    ) s
group by s.currency, s.what
order by s.currency, s.what

-- In the transaction that seals these.
-- name: add_to_balances
-- params: transaction_ids uuid[]
insert into ledger_balance (owner_id, currency, what, minor)
select e.owner_id, a.currency, e.what, cast(sum(e.minor) as bigint)
from ledger_entry e join ledger_account a on a.id = e.account_id
where e.transaction_id in (:transaction_ids) and e.owner_id is not null
group by e.owner_id, a.currency, e.what
on conflict (owner_id, currency, what) do update set minor = ledger_balance.minor + excluded.minor

-- name: list_wrong_balances
-- heavy
-- slow: asks every line, for lathe check
select d.owner_id, d.currency, d.what, cast(sum(d.minor) as bigint) as minor
from (
    select b.owner_id, b.currency, b.what, b.minor from ledger_balance b
    union all
    select e.owner_id, a.currency, e.what, -e.minor
    from ledger_entry e join ledger_account a on a.id = e.account_id
    where e.owner_id is not null and not exists (select 1 from ledger_unsealed u where u.transaction_id = e.transaction_id)) d
group by d.owner_id, d.currency, d.what
having sum(d.minor) <> 0
order by d.owner_id, d.currency, d.what
limit 100

-- name: list_unbalanced
-- heavy
-- slow: asks every transaction, for lathe check
select t.id, t.reason, cast(coalesce(sum(e.minor), 0) as bigint) as minor, count(e.id) as entries
from ledger_transaction t left join ledger_entry e on e.transaction_id = t.id
group by t.id, t.reason
having coalesce(sum(e.minor), 0) <> 0 or count(e.id) < 2
order by t.id
limit 100

-- name: list_misplaced
-- heavy
-- slow: asks every line, for lathe check
select t.id, t.reason, e.minor, cast(e.position as bigint) as entries
from ledger_entry e
join ledger_transaction t on t.id = e.transaction_id
join ledger_account a on a.id = e.account_id
where a.currency <> t.currency or coalesce(a.owner_id, a.id) <> coalesce(e.owner_id, a.id)
order by e.id
limit 100

-- What each provider holds by the ledger, beside what the payments say.
-- name: list_provider_differences
-- heavy
-- slow: asks every payment, for lathe check
select p.id, p.order_id, p.amount_minor - p.refunded_minor - p.held_minor as expected, cast(coalesce(sum(e.minor), 0) as bigint) as found
from payment p
left join ledger_transaction t on t.order_id = p.order_id
left join ledger_entry e on e.transaction_id = t.id and e.account_id in (select a.id from ledger_account a where a.kind = 0)
where p.decision = 1 and p.status <> 4
group by p.id, p.order_id, p.amount_minor, p.refunded_minor, p.held_minor
having coalesce(sum(e.minor), 0) <> p.amount_minor - p.refunded_minor - p.held_minor
order by p.id
limit 100

-- name: list_orphan_postings
-- heavy
-- slow: asks every order that the ledger knows, for lathe check
select t.order_id as id, t.order_id, cast(0 as bigint) as expected, cast(sum(e.minor) as bigint) as found
from ledger_transaction t
join ledger_entry e on e.transaction_id = t.id
join ledger_account a on a.id = e.account_id
where a.kind = 0 and not exists (select 1 from payment p where p.order_id = t.order_id and p.decision = 1 and p.status <> 4)
group by t.order_id
having sum(e.minor) <> 0
order by t.order_id
limit 100

-- name: find_last_seal
select sequence, transaction_id, hash from ledger_seal order by sequence desc limit 1

-- name: insert_unsealed
-- params: transaction_id uuid
insert into ledger_unsealed (transaction_id) values (:transaction_id)

-- name: list_unsealed
select t.id, t.reason, t.reference_id, t.order_id, t.currency, t.created_at
from ledger_unsealed u join ledger_transaction t on t.id = u.transaction_id
order by u.transaction_id
limit 200

-- name: delete_unsealed
-- params: transaction_ids uuid[]
delete from ledger_unsealed where transaction_id in (:transaction_ids)

-- name: insert_seal
-- params: sequence bigint, transaction_id uuid, hash bytes
insert into ledger_seal (sequence, transaction_id, hash) values (:sequence, :transaction_id, :hash)

-- name: list_seals
-- params: after bigint
select s.sequence, s.hash, t.id, t.reason, t.reference_id, t.order_id, t.currency, t.created_at
from ledger_seal s join ledger_transaction t on t.id = s.transaction_id
where s.sequence > :after
order by s.sequence
limit 200

-- name: list_entries
-- params: transaction_ids uuid[]
select e.transaction_id, e.position, a.name, e.what, e.minor
from ledger_entry e join ledger_account a on a.id = e.account_id
where e.transaction_id in (:transaction_ids)
order by e.transaction_id, e.position
