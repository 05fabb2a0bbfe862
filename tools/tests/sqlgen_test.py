# SPDX-License-Identifier: AGPL-3.0-or-later
"""What tools/sqlgen makes of statements and migrations, and what it refuses."""

import importlib.machinery
import importlib.util
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOADER = importlib.machinery.SourceFileLoader("sqlgen", str(ROOT / "tools" / "sqlgen"))
SPEC = importlib.util.spec_from_loader("sqlgen", LOADER)
sqlgen = importlib.util.module_from_spec(SPEC)
sys.modules["sqlgen"] = sqlgen
sys.dont_write_bytecode = True
LOADER.exec_module(sqlgen)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "migrations").mkdir()

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def statements(self, text: str) -> list:
        return sqlgen.StatementReader(self.write("m.sql", text)).read()

    def texts(self, text: str, engine: str) -> list:
        (statement,) = self.statements(text)
        return [sqlgen.placed(statement, fragment, engine) for fragment in statement.texts(engine)]

    def migration(self, text: str) -> dict:
        return sqlgen.read_migration(self.write("migrations/0001_create.sql", text)).texts

    def refused(self, text: str, message: str):
        with self.assertRaisesRegex(sqlgen.SqlError, message):
            self.statements(text)

    def migration_refused(self, text: str, message: str):
        with self.assertRaisesRegex(sqlgen.SqlError, message):
            self.migration(text)


class StatementTest(Folder):
    def test_parameters_are_numbered_by_their_place_in_the_list(self):
        text = "-- name: x\n-- params: a uuid, b text?\nselect id from t where b = :b and a = :a and c = ':a';\n"
        self.assertEqual(self.texts(text, "sqlite"), ["select id from t where b = ?2 and a = ?1 and c = ':a'"])
        self.assertEqual(self.texts(text, "postgresql"), ["select id from t where b = $2 and a = $1 and c = ':a'"])

    def test_filters_and_orders_are_fragments(self):
        (statement,) = self.statements("""
-- name: list
-- params: genre text, limit bigint
select id from t where true
-- if: genre
  and genre = :genre
-- end
-- order: newest
order by created_at desc
-- end
-- order: title
order by title
-- end
limit :limit
""")
        self.assertEqual([(f.filter, f.order) for f in statement.fragments],
                         [(None, None), ("genre", None), (None, "newest"), (None, "title"), (None, None)])
        self.assertEqual((statement.filters, statement.orders), (["genre"], ["newest", "title"]))

    def test_engine_blocks_stand_for_one_engine(self):
        text = """-- name: x
-- params: q text
select id from t
-- sqlite:
where m match :q
-- postgresql:
where m @@ to_tsquery('simple', :q)::tsquery
-- end
order by id
"""
        self.assertEqual(self.texts(text, "sqlite"), ["select id from t", "where m match ?1", "order by id"])
        self.assertEqual(self.texts(text, "postgresql")[1], "where m @@ to_tsquery('simple', $1)::tsquery")

    def test_engine_blocks_nest_in_filters(self):
        (statement,) = self.statements("""-- name: x
-- params: q text
select id from t where true
-- if: q
-- sqlite:
 and a match :q
-- postgresql:
 and a @@ :q
-- end
-- end
limit 1
""")
        self.assertEqual([(f.engine, f.filter) for f in statement.fragments],
                         [(None, None), ("sqlite", "q"), ("postgresql", "q"), (None, None)])

    def test_filters_nest_in_engine_blocks(self):
        (statement,) = self.statements("""-- name: x
-- params: q text
-- sqlite:
select id from t where true
-- if: q
 and a match :q
-- end
limit 1
-- postgresql:
select id from t
""")
        self.assertEqual([(f.engine, f.filter) for f in statement.fragments],
                         [("sqlite", None), ("sqlite", "q"), ("sqlite", None), ("postgresql", None)])

    def test_lists_are_arrays_in_postgresql_and_rows_in_sqlite(self):
        text = "-- name: x\n-- params: ids uuid[]\nselect id from t where id in (:ids)\n"
        self.assertEqual(self.texts(text, "sqlite"), ["select id from t where id in (select value from db_array(?1))"])
        self.assertEqual(self.texts(text, "postgresql"), ["select id from t where id = any($1)"])
        text = "-- name: x\n-- params: ids uuid[]\ninsert into t (id) select value from unnest(:ids) as value\n"
        self.assertEqual(self.texts(text, "sqlite"), ["insert into t (id) select value from db_array(?1) as value"])

    def test_a_gathered_statement_takes_several_keys_in_postgresql(self):
        text = "-- name: x\n-- params: id uuid\n-- gather: id\nselect id, a from t where id = :id order by a\n"
        self.assertEqual(self.texts(text, "sqlite"), ["select id, a from t where id = ?1 order by a"])
        self.assertEqual(self.texts(text, "postgresql"), ["select id, a from t where id = any($1) order by a"])
        head = "-- name: x\n-- params: id uuid\n-- gather: id\n"
        cases = [
            (head + "select id from t where id <> :id\n", "wants 'column = :key'"),
            (head + "select id from t where id = :id or id > :id\n", "once"),
            (head + "select id from t where id = :id limit 1\n", "no limit"),
            (head + "select count(*) as id from t where id = :id\n", "nothing over several"),
            (head + "delete from t where id = :id\n", "reads by key"),
            (head + "-- heavy\nselect id from t where id = :id\n", "reads by key"),
            (head + "select id from t where id = :id\n-- order: a\norder by a\n-- end\n", "without filters"),
            ("-- name: x\n-- params: id uuid?\n-- gather: id\nselect id from t where id = :id\n", "one uuid"),
            ("-- name: x\n-- params: id uuid, a text\n-- gather: id\nselect id from t where id = :id and a = :a\n", "one uuid"),
        ]
        for text, message in cases:
            with self.subTest(text):
                self.refused(text, message)

    def test_row_locks_are_left_out_for_sqlite_and_make_no_read(self):
        text = "-- name: x\nselect id from job order by id limit 1 for update of job skip locked\n"
        self.assertEqual(self.texts(text, "sqlite"), ["select id from job order by id limit 1"])
        self.assertFalse(self.statements(text)[0].is_read())

    def test_reads_are_told_from_writes(self):
        cases = [("select a from t", True), ("select 'delete from t' as a from t", True),
                 ("with d as (delete from t returning id) select id from d", False),
                 ("insert into t (a) values (1)", False), ("update t set a = 1", False),
                 ("select updated_at from t", True)]
        for text, is_read in cases:
            self.assertEqual(self.statements(f"-- name: x\n{text}\n")[0].is_read(), is_read, text)

    def test_a_statement_may_be_one_engines_own(self):
        (statement,) = self.statements("-- name: x\n-- only: sqlite\nselect rowid from pragma_index_list('t')\n")
        self.assertEqual((statement.texts("postgresql"), len(statement.texts("sqlite"))), ([], 1))
        self.refused("-- name: x\n-- only: oracle\nselect 1\n", "names one of")

    def test_comments_are_left_out(self):
        text = "-- name: x\n-- a remark, if any\nselect id -- the key\nfrom t where a = '--'\n"
        self.assertEqual(self.texts(text, "sqlite"), ["select id\nfrom t where a = '--'"])

    def test_what_is_refused(self):
        cases = [
            ("-- name: x\n-- params: a text\nselect id from t where (:a is null or a = :a)\n", "absent parameter"),
            ("-- name: x\n-- params: a text\nselect id from t where cast(:a as text) is null", "is not used|absent"),
            ("-- name: x\nselect id from t where a < now()\n", "come in as parameters"),
            ("-- name: x\nselect id from t where a = :b\n", "not in '-- params:'"),
            ("-- name: x\n-- params: a text\nselect id from t\n", "not used"),
            ("-- name: x\n-- params: a varchar\nselect :a from t\n", "NAME TYPE"),
            ("-- name: x\n-- params: a bigint?\nselect :a from t\n", "stands for NULL"),
            ("-- name: x\n-- params: a text, a text\nselect :a from t\n", "twice"),
            ("-- name: x\n-- params: order text\nselect :order from t\n", "cannot be"),
            ("-- name: x\n-- parms: a text\nselect id from t\n", "unknown directive"),
            ("-- name: x\nselect id from t where true\n-- if: a\nand b = 1\n", "no '-- end'"),
            ("-- name: x\nselect id from t\n-- end\n", "closes nothing"),
            ("-- name: x\nselect id from t; select id from u\n", "one statement"),
            ("-- name: x\n-- sqlite:\nselect id from t\n", "no text for postgresql"),
            ("-- name: x\nselect * from t\n", "name the columns"),
            ("-- name: x\nselect a::text from t\n", "cast"),
            ("select id from t\n", "before the first"),
        ]
        for text, message in cases:
            with self.subTest(text):
                self.refused(text, message)

    def test_a_refusal_names_file_and_line(self):
        self.refused("-- name: x\nselect id\nfrom t\nwhere a < now()\n", r"m\.sql:4:")


class MigrationTest(Folder):
    def test_types_are_mapped(self):
        texts = self.migration("""create table t (
  id uuid primary key,
  title text not null default 'a text; bigint',
  size bigint not null, level int, is_on boolean not null default false, body bytea, gain double precision
);
create unique index t_title on t (title);
""")
        self.assertEqual(texts["sqlite"], """create table t (
  id blob primary key,
  title text not null default 'a text; bigint',
  size integer not null, level integer, is_on integer not null default false, body blob, gain real
) strict;
create unique index t_title on t (title);
""")
        self.assertIn("""title text collate "C" not null default 'a text; bigint'""", texts["postgresql"])
        self.assertIn("id uuid primary key", texts["postgresql"])

    def test_identity_columns_and_rowid(self):
        texts = self.migration("create table t (position bigint generated by default as identity primary key);\n"
                               "create table u (id uuid primary key) without rowid;\n")
        self.assertIn("position integer primary key autoincrement", texts["sqlite"])
        self.assertIn("(id blob primary key) strict, without rowid;", texts["sqlite"])
        self.assertNotIn("without rowid", texts["postgresql"])

    def test_added_columns_are_bytewise_too(self):
        self.assertIn('add column a text collate "C" not null',
                      self.migration("alter table t add column a text not null default '';\n")["postgresql"])

    def test_engine_blocks_are_verbatim(self):
        texts = self.migration("""-- sqlite:
create virtual table s using fts5 (body);
create trigger x after insert on t begin insert into s (body) values (new.body); end;
-- postgresql:
create index s on t using gin (to_tsvector('simple', body));
-- end
create table u (id uuid primary key);
""")
        self.assertIn("begin insert into s (body) values (new.body); end;", texts["sqlite"])
        self.assertIn("using gin", texts["postgresql"])
        self.assertNotIn("using gin", texts["sqlite"])

    def test_what_is_refused(self):
        cases = [
            ("create table t (a timestamp);\n", "common dialect"),
            ("create table t (a int check (a > 0));\n", "name the check"),
            ("create table t (a uuid, constraint t_a foreign key (a) references u (id));\n", "leave the name out"),
            ("create table t (a uuid references u);\n", "say which column"),
            ("create table t (a uuid references u (id) on delete restrict);\n", "leave it out"),
            ("create table t (a uuid references u (id) deferrable initially deferred);\n", "parents before"),
            ("-- nothing\n", "empty"),
        ]
        for text, message in cases:
            with self.subTest(text):
                self.migration_refused(text, message)


class ProgramTest(Folder):
    def run_sqlgen(self, *paths: Path):
        return subprocess.run([sys.executable, ROOT / "tools/sqlgen", "--output", self.folder, "--module", "m", *paths],
                              capture_output=True, text=True, check=False)

    def test_what_it_writes_compiles(self):
        statements = self.write("m.sql", """-- name: list
-- params: owner uuid, genre text?, after time, limit bigint, ids uuid[]
-- heavy
-- slow: a test
select id, '"\\?' as quoted from t where owner = :owner and created_at < :after and id in (:ids)
-- if: genre
  and genre = :genre
-- end
-- order: newest
order by created_at
-- end
limit :limit
-- name: count
select count(*) as count from t
""")
        migration = self.write("migrations/0001_create.sql", "create table t (id uuid primary key);\n")
        result = self.run_sqlgen(statements, migration)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        user = self.write("user.c", '#include "m_sql.h"\nint main(void)\n{\n'
                          "    const struct db_call *call = M_LIST(.limit = 3, .with = M_LIST_WITH_GENRE, .order = M_LIST_ORDER_NEWEST);\n"
                          "    return call->statement == M_COUNT()->statement;\n}\n")
        for source in (user, self.folder / "m_sql.c"):
            flags = ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion",
                     "-Werror", "-fsyntax-only", "-I", str(ROOT / "src"), "-I", str(self.folder)]
            compiled = subprocess.run(["cc", *flags, str(source)], capture_output=True, text=True, check=False)
            self.assertEqual(compiled.stderr, "")

    def test_a_forgotten_file_and_a_gap_stop_it(self):
        first = self.write("migrations/0001_create.sql", "create table t (id uuid primary key);\n")
        third = self.write("migrations/0003_more.sql", "create table u (id uuid primary key);\n")
        self.assertIn("0003_more.sql:1: is not listed", self.run_sqlgen(first).stderr)
        self.assertIn("0002 is missing", self.run_sqlgen(first, third).stderr)


if __name__ == "__main__":
    unittest.main()
