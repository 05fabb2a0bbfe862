# SPDX-License-Identifier: AGPL-3.0-or-later
"""bench/scale: its shop is one that the program accepts, each of its calls is answered, and growth and plans are judged."""

import importlib.machinery
import importlib.util
import math
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))
from harness import lathe  # noqa: E402
from scale import plans, report, store, verdict  # noqa: E402
from scale.calls import Call, read_calls  # noqa: E402



def load_run():
    loader = importlib.machinery.SourceFileLoader("scale_run", str(ROOT / "bench" / "scale" / "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("scale_run", loader))
    loader.exec_module(module)
    return module


def numbers_of(place: store.Place, items: list[bytes]) -> list[int]:
    """They rise when a listing is written anew."""
    link = sqlite3.connect(place.data / "lathe.db")
    try:
        return [link.execute("select number from item_search where item_id = ?", (item,)).fetchone()[0] for item in items]
    finally:
        link.close()


def listings_of(place: store.Place, items: list[bytes]) -> list[tuple]:
    link = sqlite3.connect(place.data / "lathe.db")
    try:
        return [(link.execute("select words from item_search where item_id = ?", (item,)).fetchone(),
                 sorted(link.execute("select facet, listed_at, currency, price_min, bpm_milli, plays from item_facet where item_id = ?", (item,))))
                for item in items]
    finally:
        link.close()


class ShopTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        lathe.PROGRAM = ROOT / "build" / "debug" / "bin" / "lathe"
        cls.folder = tempfile.TemporaryDirectory(prefix="lathe-scale-test-")
        cls.scale = load_run()
        cls.places = [store.build("sqlite", Path(cls.folder.name), items) for items in (1000, 4000)]

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    def test_1_the_program_finds_nothing_wrong(self) -> None:
        for place in self.places:
            self.assertIn(" 0 broken", lathe.run(["check"], place.data))

    def test_2_the_rows_are_those_that_the_program_writes(self) -> None:
        place = self.places[1]
        world = place.world()
        numbers = [number for number in range(1, 400) if world.is_public(number) and not world.is_product(number) and world.owner(number) == 0]
        items = [world.item_id(number) for number in numbers[:10]]
        before, numbered = listings_of(place, items), numbers_of(place, items)
        with lathe.start("Lathe", place.data, settings=self.scale.SETTINGS) as server:
            token = lathe.log_in(server, "seller0", lathe.password_of("first"))
            for number in numbers[:10]:
                status, reply = lathe.call(server, "PATCH", f"/api/v1/specs/{world.slug(number)}", {"type": ""}, token)
                self.assertEqual(status, 200, reply)
        self.assertTrue(all(now > old for now, old in zip(numbers_of(place, items), numbered)), "nothing was written")
        self.assertEqual(listings_of(place, items), before)

    def test_3_every_call_is_answered_and_judged(self) -> None:
        calls = read_calls()
        times = self.scale.measure(self.places, calls, rounds=2)
        self.assertEqual({call.name for call in calls}, set(times.by_call))
        self.assertEqual(times.sizes(), [1000, 4000])
        for call in calls:
            self.assertEqual([len(times.by_call[call.name][items]) for items in times.sizes()], [4, 4], call.name)
        self.assertEqual(len(report.table(times, calls).splitlines()), len(calls) + 2)
        self.assertIn("asked ≤ 3", report.mix_line(times, calls))
        ElementTree.fromstring(report.growth_chart(times, calls))

    def test_4_plans_are_recorded_and_do_not_change(self) -> None:
        by_size = {place.items: self.scale.record(place, read_calls()) for place in self.places}
        self.assertGreater(len(by_size[1000]), 500)
        self.assertIn("item_facet_price", by_size[1000]["catalog.list_specs by price_asc"])
        self.assertEqual(plans.findings("sqlite", by_size), [])
        self.assertEqual(plans.changed(by_size), [])

    def test_5_a_lost_index_is_a_finding(self) -> None:
        place = self.places[1]
        link = sqlite3.connect(place.data / "lathe.db")
        link.execute("drop index order_line_sales")
        link.close()
        by_size = {each.items: self.scale.record(each, []) for each in self.places}
        self.assertTrue(any("orders." in line and "order_line" in line for line in plans.findings("sqlite", by_size)))


class VerdictTest(unittest.TestCase):
    @staticmethod
    def times(large: float) -> verdict.Times:
        times = verdict.Times("sqlite")
        for name, milliseconds in (("steady", {10_000: 1.0, 1_000_000: 1.5}), ("grown", {10_000: 1.0, 1_000_000: large})):
            for items, value in milliseconds.items():
                for _ in range(100):
                    times.add(name, items, value)
        return times

    def test_the_logarithm_is_allowed_and_more_is_a_finding(self) -> None:
        calls = [Call("steady", "/"), Call("grown", "/")]
        self.assertEqual(verdict.findings(self.times(2.0), calls), [])
        found = verdict.findings(self.times(10.0), calls)
        self.assertEqual(len(found), 1)
        self.assertIn("grown: median 1.00 ms at 10000, 10.00 ms at 1000000", found[0])
        self.assertTrue(math.isclose(verdict.allowed(1.0, 10_000, 1_000_000), 2.55))

    def test_what_must_grow_says_why_but_the_mix_has_no_excuse(self) -> None:
        excused = [Call("steady", "/", mix=True), Call("grown", "/", mix=True, grows="it counts")]
        found = verdict.findings(self.times(10.0), excused)
        self.assertEqual(len(found), 1)
        self.assertIn("p99 at 1000000 items is 10.0 ×", found[0])

    def test_the_chart_names_what_grows(self) -> None:
        text = report.growth_chart(self.times(10.0), [Call("steady", "/"), Call("grown", "/")])
        ElementTree.fromstring(text)
        self.assertEqual(text.count(">grown</text>"), 1)
        self.assertNotIn(">steady</text>", text)

    def test_a_plan_that_begins_to_scan_is_a_finding_on_either_engine(self) -> None:
        before = {1: {"a": "SEARCH item USING INDEX x (id=?)"}, 2: {"a": "SCAN item"}}
        self.assertEqual(len(plans.findings("sqlite", before)), 1)
        runs = {1: {"a": ["select … → Index Scan x"]}, 2: {"a": ["select … → Seq Scan item"]}}
        self.assertEqual(len(plans.findings("postgresql", runs)), 1)
        self.assertEqual(plans.findings("postgresql", {1: runs[2], 2: runs[2]}), [])


    def test_plans_are_kept_once(self) -> None:
        kept = report.told_once({1: {"a": "x", "b": "y"}, 2: {"a": "x", "b": "z"}, 3: {"a": "x", "b": "y"}})
        self.assertEqual(kept, {1: {"a": "x", "b": "y"}, 2: {"b": "z"}, 3: {}})


class CommandTest(unittest.TestCase):
    def test_it_refuses_what_it_does_not_know(self) -> None:
        for words in (["--engines", "oracle"], ["--items", "10"]):
            result = subprocess.run([sys.executable, str(ROOT / "bench" / "scale" / "run"), *words], capture_output=True, text=True, check=False)
            self.assertEqual(result.returncode, 2, result.stdout)


if __name__ == "__main__":
    unittest.main()
