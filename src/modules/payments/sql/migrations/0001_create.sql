create table payment (
    id uuid primary key,
    order_id uuid not null,
    provider int not null,
    status int not null,
    amount_minor bigint not null,
    currency text not null,
    provider_ref text not null,
    client_data text not null,
    -- What the deciding commit said: 0 nothing yet, 1 capture, 2 void. Written once; what is left to do follows from it.
    decision int not null,
    refunded_minor bigint not null,
    -- Why it failed; empty otherwise.
    failure text not null,
    created_at bigint not null,
    decided_at bigint,
    settled_at bigint,
    version bigint not null,
    constraint payment_amount check (amount_minor >= 0),
    constraint payment_refunded check (refunded_minor >= 0 and refunded_minor <= amount_minor)
);
create unique index payment_order on payment (order_id);
create unique index payment_provider_ref on payment (provider, provider_ref);
-- Decided, and not carried out at the provider yet.
create index payment_unfinished on payment (decided_at) where decision <> 0 and settled_at is null;

-- What providers told us, each once.
create table payment_event (
    id uuid primary key,
    provider int not null,
    event_id text not null,
    type text not null,
    provider_ref text not null,
    body text not null,
    received_at bigint not null,
    handled_at bigint,
    outcome text not null
);
create unique index payment_event_event on payment_event (provider, event_id);

-- A refund is asked for (0), done at the provider and in the ledger (1), or refused by the provider (2).
create table refund (
    id uuid primary key,
    payment_id uuid not null references payment (id),
    order_id uuid not null,
    amount_minor bigint not null,
    currency text not null,
    status int not null,
    provider_ref text not null,
    created_at bigint not null,
    done_at bigint,
    constraint refund_amount check (amount_minor >= 0)
);
create index refund_payment on refund (payment_id);

create table ledger_account (
    id uuid primary key,
    name text not null,
    kind int not null,
    owner_id uuid,
    provider int not null,
    currency text not null
);
create unique index ledger_account_name on ledger_account (name);

create table ledger_transaction (
    id uuid primary key,
    reason text not null,
    reference_id uuid not null,
    order_id uuid not null,
    currency text not null,
    created_at bigint not null
);
create unique index ledger_transaction_reference on ledger_transaction (reason, reference_id);

create table ledger_entry (
    id uuid primary key,
    transaction_id uuid not null references ledger_transaction (id),
    position int not null,
    account_id uuid not null references ledger_account (id),
    -- Of the account, so that a person's lines are one index range.
    owner_id uuid,
    what text not null,
    -- > 0 debit, < 0 credit
    minor bigint not null
);
create unique index ledger_entry_position on ledger_entry (transaction_id, position);
create index ledger_entry_owner on ledger_entry (owner_id, id) where owner_id is not null;
create index ledger_entry_account on ledger_entry (account_id);

-- Committed and not in the chain yet; the only mutable thing beside the ledger.
create table ledger_unsealed (
    transaction_id uuid primary key references ledger_transaction (id)
);

-- The chain over committed transactions, in the order of sealing: hash = SHA-256(hash before, contents).
create table ledger_seal (
    sequence bigint primary key,
    transaction_id uuid not null references ledger_transaction (id),
    hash bytea not null
);
create unique index ledger_seal_transaction on ledger_seal (transaction_id);

-- Nobody rewrites history, whatever the program does.
-- sqlite:
create trigger ledger_transaction_kept before update on ledger_transaction begin select raise(abort, 'the ledger is append-only'); end;
create trigger ledger_transaction_kept_too before delete on ledger_transaction begin select raise(abort, 'the ledger is append-only'); end;
create trigger ledger_entry_kept before update on ledger_entry begin select raise(abort, 'the ledger is append-only'); end;
create trigger ledger_entry_kept_too before delete on ledger_entry begin select raise(abort, 'the ledger is append-only'); end;
create trigger ledger_seal_kept before update on ledger_seal begin select raise(abort, 'the ledger is append-only'); end;
create trigger ledger_seal_kept_too before delete on ledger_seal begin select raise(abort, 'the ledger is append-only'); end;
-- end
-- postgresql:
create function ledger_keep() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is append-only';
end
$$;
create trigger ledger_transaction_kept before update or delete on ledger_transaction for each row execute function ledger_keep();
create trigger ledger_transaction_kept_too before truncate on ledger_transaction for each statement execute function ledger_keep();
create trigger ledger_entry_kept before update or delete on ledger_entry for each row execute function ledger_keep();
create trigger ledger_entry_kept_too before truncate on ledger_entry for each statement execute function ledger_keep();
create trigger ledger_seal_kept before update or delete on ledger_seal for each row execute function ledger_keep();
create trigger ledger_seal_kept_too before truncate on ledger_seal for each statement execute function ledger_keep();
-- end
