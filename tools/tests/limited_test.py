# SPDX-License-Identifier: AGPL-3.0-or-later
"""tools/lib/limited.py: commands that do not end by themselves."""

import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
from limited import run_limited  # noqa: E402


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class LimitedTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = Path(folder.name) / "log"

    def test_a_command_that_ends_gives_its_code_and_its_output(self) -> None:
        self.assertEqual(run_limited(["sh", "-c", "echo out; echo err >&2; exit 3"], 60, self.log).code, 3)
        self.assertEqual(self.log.read_text(), "out\nerr\n")

    def test_a_command_that_hangs_is_ended_with_its_children(self) -> None:
        self.assertIsNone(run_limited(["sh", "-c", "sleep 600 & echo $!; wait"], 0.5, self.log).code)
        child = int(self.log.read_text())
        for _ in range(100):
            if not is_running(child):
                return
            time.sleep(0.05)
        self.fail("the child is still there")

    def test_a_child_that_is_left_behind_holds_nothing_up(self) -> None:
        self.assertEqual(run_limited(["sh", "-c", "sleep 5 & exit 0"], 60, self.log).code, 0)


if __name__ == "__main__":
    unittest.main()
