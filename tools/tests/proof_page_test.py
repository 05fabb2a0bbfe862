# SPDX-License-Identifier: AGPL-3.0-or-later
"""What long runs leave in the page of proof, and what metrics count."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from lib import proof_page, sources  # noqa: E402

PAGE = "before\n| `make a` | old |\n| `make b` | kept |\n<!-- runs above -->\nbehind\n"


class Runs(unittest.TestCase):
    def test_a_command_has_one_row_its_last(self):
        page = proof_page.with_run(PAGE, "make a", "| `make a` | new |\n")
        self.assertEqual(page, "before\n| `make b` | kept |\n| `make a` | new |\n<!-- runs above -->\nbehind\n")

    def test_a_page_without_the_table_is_refused(self):
        with self.assertRaises(SystemExit):
            proof_page.with_run("nothing\n", "make a", "")

    def test_the_last_figures_of_a_kind_stay(self):
        page = "x\n\n| Date | Kind | Figures |\n|---|---|---|\n| d1 | a, b | old |\n| d1 | a | 1 |\n<!-- rows of `make it` above -->\ny\n"
        rows = [{"kind": "a, b", "figures": "new"}, {"kind": "c", "figures": "2"}]
        wanted = "x\n\n| Date | Kind | Figures |\n|---|---|---|\n| d1 | a | 1 |\n| d2 | a, b | new |\n| d2 | c | 2 |\n<!-- rows of `make it` above -->\ny\n"
        self.assertEqual(proof_page.with_figures(page, "it", rows, "d2"), wanted)
        with self.assertRaises(SystemExit):
            proof_page.with_figures(page, "that", rows, "d2")


class Ways(unittest.TestCase):
    CASES = [
        ("none", "    return 1;\n", 1),
        ("a condition of two", "    if (a && b)\n        return 1;\n", 3),
        ("loops and a choice", "    for (;;)\n        while (a)\n            b = c ? d : e;\n", 4),
        ("cases", "    switch (a) {\n    case 1:\n    case 2:\n        break;\n    }\n", 3),
        ("words in texts and comments", '    say("if a && b?"); /* for, while */ // or ||\n', 1),
    ]

    def test_ways_through_a_function(self):
        for name, body, expected in self.CASES:
            with self.subTest(name):
                self.assertEqual(sources.branches(f"int f(void)\n{{\n{body}}}\n"), [expected])


if __name__ == "__main__":
    unittest.main()
