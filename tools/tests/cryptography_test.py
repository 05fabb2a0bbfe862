# SPDX-License-Identifier: AGPL-3.0-or-later
"""The inventory of keys in docs/cryptography.md is that of the source."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Inventory(unittest.TestCase):
    def test_every_key_of_the_source_is_listed_and_no_other(self):
        files = [path for path in (ROOT / "src").rglob("*.c") if "tests" not in path.parts]
        used = {purpose for path in files for purpose in re.findall(r'crypto_key\([^"]*"([a-z_.]+)"\)', path.read_text())}
        table = (ROOT / "docs/cryptography.md").read_text().split("## Keys")[1].split("##")[0]
        listed = {purpose for row in table.splitlines() if row.startswith("| `") for purpose in re.findall(r"`([a-z_]+\.[a-z_]+)`", row.split("|")[1])}
        self.assertEqual(used, listed)
        self.assertGreater(len(used), 8)

    def test_nobody_else_calls_a_library_of_cryptography(self):
        own = ROOT / "src/platform/crypto"
        files = [path for path in (ROOT / "src").rglob("*.[ch]") if own not in path.parents]
        users = [str(path) for path in files if re.search(r"#include <(?:openssl/|sodium|crypt\.h|gcrypt|mbedtls)", path.read_text())]
        self.assertEqual(users, [])


if __name__ == "__main__":
    unittest.main()
