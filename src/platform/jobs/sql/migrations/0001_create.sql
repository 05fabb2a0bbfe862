-- Background work. status: 0 queued, 1 running, 2 done, 3 failed.
create table job (
    id uuid primary key,
    type text not null,
    key text,
    payload text not null,
    status int not null,
    attempt int not null,
    due_at bigint not null,
    lease_until bigint not null,
    worker_id uuid,
    problem text,
    created_at bigint not null,
    finished_at bigint
);

-- A key is unique among unfinished jobs of its type.
create unique index job_unfinished_key on job (type, key) where status < 2 and key is not null;
create index job_due on job (status, type, due_at, id);
create index job_lease on job (lease_until) where status = 1;
create index job_worker on job (worker_id) where status = 1;
create index job_finished on job (finished_at) where finished_at is not null;
