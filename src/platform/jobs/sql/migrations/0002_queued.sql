-- What is due next is the first of the queued, and not found by reading all of them.
create index job_queued on job (due_at, type) where status = 0;
