-- name: insert_owner
-- params: id uuid, name text, code int
insert into owner (id, name, code) values (:id, :name, :code)

-- name: insert_owner_without_name
-- params: id uuid
insert into owner (id, name) values (:id, cast(null as text))

-- name: delete_owner
-- params: id uuid
delete from owner where id = :id

-- name: find_owner_by_name
-- params: name text
select id, name from owner where name = :name

-- name: find_owner_heavy
-- params: name text
-- heavy
select id, name from owner where name = :name

-- name: show_plan_mode
-- params: one bigint
-- only: postgresql
select cast(case current_setting('plan_cache_mode') when 'force_generic_plan' then :one else 2 * :one end as bigint) as value
-- if: each
/* plan: each */
-- end

-- name: insert_shop
-- params: id uuid, city text, title text
insert into shop (id, city, title) values (:id, :city, :title)

-- name: delete_shop
-- params: id uuid
delete from shop where id = :id

-- name: insert_book
-- params: id uuid, title text, pages bigint, level int, is_read boolean, cover bytes?, price double
-- params: note text?, owner_id uuid?, shop_id uuid?, bought_at time?
insert into book (id, title, pages, level, is_read, cover, price, note, owner_id, shop_id, bought_at)
values (:id, :title, :pages, :level, :is_read, :cover, :price, :note, :owner_id, :shop_id, :bought_at)

-- name: find_book
-- params: id uuid
-- gather: id
select id, title, pages, level, is_read, cover, price, note, owner_id, bought_at from book where id = :id

-- name: set_pages
-- params: id uuid, pages bigint
update book set pages = :pages where id = :id

-- name: move_book
-- params: id uuid, shop_id uuid
update book set shop_id = :shop_id where id = :id

-- name: mark_read
-- params: level int
-- slow: a test
update book set is_read = true where level = :level

-- name: list_books
-- params: owner_id uuid, level int, title_prefix text, limit bigint
-- slow: a test
select b.id, b.title from book b
-- if: tagged
  join book_tag t on t.book_id = b.id and t.tag = 'good'
-- end
where true
-- if: owner
  and b.owner_id = :owner_id
-- end
-- if: level
  and b.level = :level
-- end
-- if: prefix
  and b.title like :title_prefix
-- end
-- order: title
order by b.title, b.id
-- end
-- order: longest
order by b.pages desc, b.id
-- end
limit :limit

-- name: list_books_by_ids
-- params: ids uuid[]
select id, title from book where id in (:ids) order by title

-- name: insert_tag
-- params: book_id uuid, tag text
insert into book_tag (book_id, tag) values (:book_id, :tag)

-- name: insert_tags
-- params: book_id uuid, tags text[]
insert into book_tag (book_id, tag) select :book_id, value from unnest(:tags) as value
where true
on conflict do nothing

-- name: list_book_tags
-- params: book_id uuid
-- gather: book_id
select book_id, tag from book_tag where book_id = :book_id order by tag

-- How often this connection ran the statement above.
-- name: count_tag_reads
-- only: postgresql
select cast(coalesce(sum(generic_plans + custom_plans), 0) as bigint) as value from pg_prepared_statements
where statement like 'select book_id, tag from book_tag%'

-- name: count_tags
-- params: book_id uuid
select count(*) as count from book_tag where book_id = :book_id

-- name: sum_numbers
-- params: numbers bigint[]
select cast(coalesce(sum(value), 0) as bigint) as value from unnest(:numbers) as value

-- name: insert_visit
-- params: owner_id uuid, shop_id uuid
insert into visit (owner_id, shop_id) values (:owner_id, :shop_id) returning position as value

-- name: set_counter
-- params: name text, value bigint
insert into counter (name, value) values (:name, :value)
on conflict (name) do update set value = excluded.value

-- name: bump_counter
-- params: name text
insert into counter (name, value) values (:name, 1)
on conflict (name) do update set value = counter.value + 1
returning value

-- name: read_counter
-- params: name text
select value from counter where name = :name

-- name: lock_counter
-- params: name text
select value from counter where name = :name for update

-- name: greatest_counter
-- params: floor bigint
-- slow: a test
select greatest(:floor, max(value)) as value from counter

-- name: count_counters
-- slow: a test
select count(*) as value from counter

-- name: wrong_type
select 'text' as value

-- name: endless
-- heavy
-- slow: a test
-- sqlite:
with recursive n (i) as (select 1 union all select i + 1 from n) select max(i) as value from n
-- postgresql:
select cast(1 as bigint) as value from pg_sleep(60)

-- name: not_so_heavy
-- slow: a test
-- only: sqlite
with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000000) select max(i) as value from n

-- Many sets of filters, more than a connection keeps.
-- name: varied
-- slow: a test
select count(*) as value from counter where true
-- if: f0
  and value <> 100
-- end
-- if: f1
  and value <> 101
-- end
-- if: f2
  and value <> 102
-- end
-- if: f3
  and value <> 103
-- end
-- if: f4
  and value <> 104
-- end
-- if: f5
  and value <> 105
-- end
-- if: f6
  and value <> 106
-- end
-- if: f7
  and value <> 107
-- end
-- if: f8
  and value <> 108
-- end

-- Parts of migrations.

-- name: add_shelf_mark
alter table owner add column mark int

-- name: add_nowhere_mark
alter table nowhere add column mark int

-- name: delete_all_owners
-- slow: a test
delete from owner

-- Owners that are no books.
-- name: tag_all_owners
-- slow: a test
insert into book_tag (book_id, tag) select id, 'lost' from owner

-- name: ping
select 1 as value

-- name: terminate_others
-- only: postgresql
-- slow: a test
select count(pg_terminate_backend(pid)) as value from pg_stat_activity
where pid <> pg_backend_pid() and datname = current_database()

-- name: count_prepared
-- only: postgresql
-- slow: a test
select count(*) as value from pg_prepared_statements
