# SPDX-License-Identifier: AGPL-3.0-or-later
"""tools/sbom: what it lists, and what it refuses."""

import importlib.machinery
import importlib.util
import json
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def load():
    loader = importlib.machinery.SourceFileLoader("sbom", str(ROOT / "tools" / "sbom"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("sbom", loader))
    loader.exec_module(module)
    return module


sbom = load()
INTEGRITY = "sha512-" + "A" * 86 + "=="


class Sbom(unittest.TestCase):
    def lock(self, packages: dict) -> Path:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "package-lock.json"
        path.write_text(json.dumps({"packages": packages}))
        return path

    def test_the_pages_packages_all_have_a_licence_that_goes_with_ours(self):
        parts = sbom.packages(ROOT / "web" / "package-lock.json")
        self.assertIn("svelte", [part["name"] for part in parts])
        self.assertEqual(sbom.refused(parts), [])

    def test_what_only_builds_is_left_out(self):
        parts = sbom.packages(self.lock({"": {}, "node_modules/a": {"version": "1.0.0", "license": "MIT", "dev": True, "integrity": INTEGRITY}}))
        self.assertEqual(parts, [])

    def test_a_package_without_a_licence_fails(self):
        with self.assertRaises(SystemExit):
            sbom.packages(self.lock({"node_modules/a": {"version": "1.0.0", "integrity": INTEGRITY}}))

    def test_a_licence_that_is_not_on_the_list_is_refused(self):
        rows = {"SSPL-1.0": 1, "MIT": 0, "(MIT OR SSPL-1.0)": 0, "UNLICENSED": 1}
        for licence, count in rows.items():
            parts = sbom.packages(self.lock({"node_modules/@a/b": {"version": "1.0.0", "license": licence, "integrity": INTEGRITY}}))
            self.assertEqual(len(sbom.refused(parts)), count, licence)
            self.assertEqual(parts[0]["purl"], "pkg:npm/%40a/b@1.0.0")

    def test_a_library_without_a_row_fails(self):
        self.assertEqual(sbom.licence_of("libcurl.so.4"), "curl")
        self.assertEqual(sbom.licence_of("libhpdf-2.3.0.so"), "Zlib")
        with self.assertRaises(SystemExit):
            sbom.licence_of("libsomething.so.1")


if __name__ == "__main__":
    unittest.main()
