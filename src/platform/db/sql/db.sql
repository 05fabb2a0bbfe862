-- The database layer's own statements.

-- name: create_migration_table
create table if not exists schema_migration (
  module text not null,
  number int not null,
  name text not null,
  sha256 text not null,
  applied_at bigint not null,
  primary key (module, number)
)

-- name: list_migrations
select module, number, name, sha256 from schema_migration order by module, number

-- name: insert_migration
-- params: module text, number int, name text, sha256 text, applied_at time
insert into schema_migration (module, number, name, sha256, applied_at)
values (:module, :number, :name, :sha256, :applied_at)

-- name: has_table
-- params: table_name text
-- sqlite:
select exists (select 1 from sqlite_schema where type = 'table' and name = :table_name) as is_there
-- postgresql:
select to_regclass(:table_name) is not null as is_there

-- One process at a time migrates. SQLite's transaction for writing is that lock already.
-- name: lock_migrations
-- sqlite:
select true as is_locked
-- postgresql:
select pg_advisory_xact_lock(7810194735) is not null as is_locked

-- name: ping
select 1 as one

-- From one instance to the others; prepared once, for as a literal of NOTIFY each text would be parsed.
-- name: tell
-- only: postgresql
-- params: channel text, texts text
select pg_notify(:channel, :texts)

-- Names of constraints on SQLite, whose messages give the columns only.

-- name: unique_constraint_of
-- only: sqlite
-- params: table_name text, columns text
select case i.origin
         when 'c' then i.name
         when 'pk' then :table_name || '_pkey'
         else :table_name || '_' || (select group_concat(c.name, '_') from pragma_index_info(i.name) c) || '_key'
       end as name
from pragma_index_list(:table_name) i
where i."unique" = 1
  and (select group_concat(:table_name || '.' || c.name, ', ') from pragma_index_info(i.name) c) = :columns
order by i.seq desc
limit 1

-- `probe` is a query that finds a row, given its rowid, whose parent is missing.
-- name: foreign_keys_from
-- only: sqlite
-- params: table_name text
select :table_name || '_' || group_concat(f."from", '_') || '_fkey' as name,
       f.id as number,
       format('select 1 from "%w" c where c.rowid = ?1', :table_name)
         || group_concat(format(' and c."%w" is not null', f."from"), '')
         || format(' and not exists (select 1 from "%w" p where true', f."table")
         || group_concat(format(' and p."%w" = c."%w"', f."to", f."from"), '')
         || ')' as probe
from (select id, "from", "to", "table" from pragma_foreign_key_list(:table_name) order by id, seq) f
group by f.id
order by f.id

-- name: foreign_keys_to
-- only: sqlite
-- params: table_name text
select s.name || '_' || group_concat(f."from", '_') || '_fkey' as name, f.id as number, s.name as child
from sqlite_schema s, pragma_foreign_key_list(s.name) f
where s.type = 'table' and f."table" = :table_name collate nocase
group by s.name, f.id
order by s.name, f.id

-- name: broken_foreign_keys
-- only: sqlite
-- slow: only to name a foreign key that a deletion violated, where several could be it
-- params: table_name text
select distinct c.fkid as number from pragma_foreign_key_check(:table_name) c

-- After a migration, which runs without the judgement of references.
-- name: broken_references
-- only: sqlite
-- slow: after a migration only
select c."table" as child from pragma_foreign_key_check() c limit 1

-- name: broken_references_of
-- only: sqlite
-- slow: after a migration only
-- params: table_name text
select c."table" as child from pragma_foreign_key_check(:table_name) c limit 1

-- name: declare_array
-- only: sqlite
create table x (value, source hidden)
