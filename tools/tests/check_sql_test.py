# SPDX-License-Identifier: AGPL-3.0-or-later
"""check-sql over a module of its own: what reads too much is found on both engines, what does not is left alone."""

import subprocess
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1]
CONTRACT = '[layers]\nbase = []\nplatform = ["base"]\nmodules = ["platform"]\n[platform]\n[modules]\nshop = []\n'
MIGRATION = """
create table seller (
    id uuid primary key,
    name text not null,
    kind text not null,
    constraint seller_kind check (kind in ('person', 'label'))
);
create table item (
    id uuid primary key,
    seller_id uuid not null references seller (id),
    price bigint not null,
    currency text,
    title text not null,
    constraint item_price check ((price = 0) = (currency is null) and price >= 0)
);
create unique index item_title on item (title);
create index item_seller on item (seller_id, id);
"""
GOOD = """
-- name: find_item
-- params: id uuid
select id, title from item where id = :id

-- name: list_items
-- params: seller_id uuid, ids uuid[], limit bigint
select id, title from item where seller_id = :seller_id
-- if: chosen
  and id in (:ids)
-- end
order by id limit :limit

-- name: insert_seller
-- params: id uuid, name text, kind text
insert into seller (id, name, kind) values (:id, :name, :kind) on conflict do nothing
"""
USER = """
void use(void)
{
    SHOP_FIND_ITEM();
    SHOP_LIST_ITEMS();
    SHOP_INSERT_SELLER();
    SHOP_PLANTED();
}
"""


def run(statements: str, user: str = USER) -> tuple[int, list[str], str]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        sql = root / "src/modules/shop/sql"
        (sql / "migrations").mkdir(parents=True)
        (root / "layers.toml").write_text(CONTRACT)
        (sql / "migrations/0001_create.sql").write_text(MIGRATION)
        (sql / "shop.sql").write_text(statements)
        (root / "src/modules/shop/shop_repo.c").write_text(user)
        result = subprocess.run([TOOLS / "check-sql", "--root", root, "--rows", "4000"], capture_output=True, text=True,
                                check=False)
        lines = result.stdout.splitlines()
        return result.returncode, lines[:-1], lines[-1] if lines else result.stderr


class CheckSql(unittest.TestCase):
    def test_keyed_statements_pass_in_all_their_variants(self):
        code, found, summary = run(GOOD)
        self.assertEqual((code, found), (0, []))
        self.assertIn("8 texts run", summary)

    def test_a_scan_is_found_on_both_engines(self):
        code, found, _ = run(GOOD + "\n-- name: planted\n-- params: currency text\n"
                             "select id from item where currency = :currency and price = 77777\n")
        self.assertEqual(code, 1)
        self.assertEqual(len(found), 2, found)
        self.assertIn("shop.planted on sqlite: examines about", found[0])
        self.assertIn("shop.planted on postgresql: examines about 4000 rows for 0", found[1])

    def test_a_filter_that_scans_is_found_by_its_name(self):
        code, found, _ = run(GOOD + "\n-- name: planted\n-- params: price bigint\nselect id from item where title = 'none'\n"
                             "-- if: cheap\n or price < :price - 1000000\n-- end\n")
        self.assertEqual(code, 1)
        self.assertTrue(all("[cheap]" in line for line in found), found)

    def test_a_scan_that_says_why_passes(self):
        code, found, _ = run(GOOD + "\n-- name: planted\n-- slow: a report for the operator\n"
                             "select count(*) as count from item where price = 77777\n")
        self.assertEqual((code, found), (0, []))

    def test_a_statement_that_does_not_run_is_found(self):
        code, found, _ = run(GOOD + "\n-- name: planted\nselect no_such_column from item\n")
        self.assertEqual(code, 1)
        self.assertEqual(len(found), 2, found)
        self.assertIn("does not run", found[0])

    def test_a_statement_that_nobody_uses_is_found(self):
        code, found, _ = run(GOOD, USER.replace("SHOP_FIND_ITEM();", ""))
        self.assertEqual(code, 1)
        self.assertEqual(len(found), 1, found)
        self.assertIn("shop.find_item is used by no C file", found[0])


if __name__ == "__main__":
    unittest.main()
