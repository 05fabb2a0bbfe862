# SPDX-License-Identifier: AGPL-3.0-or-later
"""bench/harness: what a run says of the one before it, and its charts."""

import sys
import unittest
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "bench"))
from harness import chart, compare  # noqa: E402
from harness.figures import Bar, Figure, Subject  # noqa: E402
from harness.load import Sample  # noqa: E402


def run_of(rate: float, cpu: float, memory: float = 1.0) -> list[Figure]:
    bars = [Bar("requests/s of the peer", rate, 3.0, at_least=True), Bar("its CPU", cpu, 0.25, at_least=False),
            Bar("RSS", memory, 20, at_least=False, unit="MB")]
    return [Figure("spec", "GET <one> spec", bars)]


class CompareTest(unittest.TestCase):
    def test_a_ratio_that_lost_more_than_a_tenth_is_named_whichever_way_is_better(self) -> None:
        self.assertEqual([change.text for change in compare.losses(run_of(4.0, 0.20), run_of(3.5, 0.20))], ["requests/s of the peer"])
        self.assertEqual([change.text for change in compare.losses(run_of(4.0, 0.20), run_of(4.0, 0.23))], ["its CPU"])

    def test_less_than_a_tenth_gains_and_other_units_are_not(self) -> None:
        self.assertEqual(compare.losses(run_of(4.0, 0.20, 1), run_of(3.7, 0.10, 9)), [])

    def test_it_says_what_was_and_what_is(self) -> None:
        self.assertIn("3 ×, was 4 (-25%)", compare.told(run_of(4.0, 0.2), run_of(3.0, 0.2), "a day"))
        self.assertIn("nothing lost", compare.told(run_of(4.0, 0.2), run_of(4.0, 0.2), "a day"))

    def test_a_first_run_is_compared_with_nothing(self) -> None:
        self.assertEqual(compare.told([], run_of(4.0, 0.2), ""), "")


class ChartTest(unittest.TestCase):
    def test_charts_are_well_formed_and_show_what_misses(self) -> None:
        figures = run_of(2.0, 0.2)
        sample = Sample(**{name: 1.0 for name in Sample.__dataclass_fields__})
        figures[0].subjects = [Subject("Lathe", [sample]), Subject("a & b", [sample])]
        for text in (chart.bars_chart(figures), chart.rates_chart(figures)):
            ElementTree.fromstring(text)
        self.assertEqual(chart.bars_chart(figures).count(chart.MISSED), 1)
        self.assertIn("a &amp; b", chart.rates_chart(figures))


if __name__ == "__main__":
    unittest.main()
