-- What a person's sealed lines sum to, so that asking for a balance does not take longer with the years. Kept by the sealing, compared
-- with the lines by `lathe check`; what is not sealed yet is added where a balance is asked for.
create table ledger_balance (
    owner_id uuid not null,
    currency text not null,
    what text not null,
    minor bigint not null,
    primary key (owner_id, currency, what)
) without rowid;
insert into ledger_balance (owner_id, currency, what, minor)
select e.owner_id, a.currency, e.what, cast(sum(e.minor) as bigint)
from ledger_entry e join ledger_account a on a.id = e.account_id
where e.owner_id is not null and not exists (select 1 from ledger_unsealed u where u.transaction_id = e.transaction_id)
group by e.owner_id, a.currency, e.what;
