# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a second try is given to."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
from again import failed_files, worth_again  # noqa: E402

TAP = """TAP version 13
# Subtest: outer
    # Subtest: inner
    not ok 1 - inner
      ---
      duration_ms: 1.6
      location: '/usr/src/lathe/build/tests-js/system/sales/a.test.js:3:27'
      error: |-
        1 !== 2
      ...
    # Subtest: fine
    ok 2 - fine
      ---
      location: '/usr/src/lathe/build/tests-js/system/sales/fine.test.js:9:1'
      ...
    1..2
not ok 1 - outer
  ---
  type: 'suite'
  location: '/usr/src/lathe/build/tests-js/system/sales/a.test.js:3:1'
  ...
# Subtest: good
ok 2 - good
  ---
  duration_ms: 1.04551
  ...
not ok 3 - /usr/src/lathe/tests/faults/c.test.ts
  ---
  location: '/usr/src/lathe/tests/faults/c.test.ts:1:1'
  exitCode: 7
  ...
1..3
"""


class Again(unittest.TestCase):
    def test_files_of_failed_cases_by_their_places(self) -> None:
        self.assertEqual(failed_files(TAP), ["tests/faults/c.test.ts", "tests/system/sales/a.test.ts"])

    def test_no_file_without_a_failed_case(self) -> None:
        self.assertEqual(failed_files("TAP version 13\nok 1 - good\n  ---\n  location: '/x/tests/a.test.ts:1:1'\n  ...\n1..1\n"), [])

    def test_few_files_get_a_second_try(self) -> None:
        cases = [
            (["tests/a.test.ts"], "✖ inner", True),
            ([], "tsc failed", False),
            (["a", "b", "c", "d"], "✖ inner", False),
            (["tests/a.test.ts"], "==7==ERROR: AddressSanitizer: heap-use-after-free", False),
            (["tests/a.test.ts"], "WARNING: ThreadSanitizer: data race (pid=3)", False),
            (["tests/a.test.ts"], "src/x.c:3:4: runtime error: signed integer overflow", False),
        ]
        for files, output, expected in cases:
            with self.subTest(files=files, output=output):
                self.assertEqual(worth_again(files, output), expected)


if __name__ == "__main__":
    unittest.main()
