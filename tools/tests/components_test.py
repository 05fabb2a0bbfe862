# SPDX-License-Identifier: AGPL-3.0-or-later
"""tools/components: what is behind, and that silence is not taken for being up to date."""

import importlib.machinery
import importlib.util
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def load():
    loader = importlib.machinery.SourceFileLoader("components", str(ROOT / "tools" / "components"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("components", loader))
    loader.exec_module(module)
    return module


components = load()
POLICY = """libssl-dev:
  Installed: 3.0.17-1~deb12u1
  Candidate: 3.0.17-1~deb12u2
  Version table:
     3.0.17-1~deb12u2 500
        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
 *** 3.0.17-1~deb12u1 100
        100 /var/lib/dpkg/status
zlib1g-dev:
  Installed: 1:1.2.13
  Candidate: 1:1.2.13
brotli:
  Installed: (none)
  Candidate: 1.0.9-2
"""


class Components(unittest.TestCase):
    def test_a_package_with_a_newer_candidate_is_behind(self):
        policy = components.read_policy(POLICY)
        self.assertEqual(policy["zlib1g-dev"], ("1:1.2.13", "1:1.2.13"))
        self.assertEqual(components.debian_behind(["brotli", "zlib1g-dev"], policy), [])
        self.assertEqual(components.debian_behind(["libssl-dev", "zlib1g-dev"], policy), ["libssl-dev is 3.0.17-1~deb12u1, Debian has 3.0.17-1~deb12u2"])

    def test_a_package_that_nobody_knows_is_not_up_to_date(self):
        with self.assertRaises(LookupError):
            components.debian_behind(["libnothing"], components.read_policy(POLICY))

    def test_known_faults_count_and_silence_does_not_pass(self):
        row = {"name": "a", "severity": "high"}
        self.assertEqual(components.audit_behind("web", {"vulnerabilities": {}}), [])
        self.assertEqual(components.audit_behind("web", {"vulnerabilities": {"a": {**row, "severity": "low"}}}), [])
        self.assertEqual(components.audit_behind("web", {"vulnerabilities": {"a": row}}), ["web: a has a known fault (high)"])
        with self.assertRaises(LookupError):
            components.audit_behind("web", {"message": "request failed"})

    def test_every_package_that_is_shipped_is_asked_for(self):
        names = components.wanted(ROOT / "tools" / "packages")
        self.assertIn("libssl-dev", names)
        self.assertIn("libcurl4-openssl-dev", names)
        self.assertNotIn("cppcheck", names)

    def test_the_times_are_written_down(self):
        page = (ROOT / "SECURITY.md").read_text()
        for kind in ("critical", "high", "medium", "low"):
            self.assertRegex(page, rf"\*\*{kind}\*\*: [^\n]*(days|the next release)")


if __name__ == "__main__":
    unittest.main()
