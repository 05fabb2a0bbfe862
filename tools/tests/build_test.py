# SPDX-License-Identifier: AGPL-3.0-or-later
"""The programs that build and count: what they make of samples."""

import gzip
import importlib.machinery
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1]


def load(name: str):
    """A program of tools/ as a module; they have no suffix."""
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), str(TOOLS / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


class Embed(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name)

    def embed(self) -> tuple[str, bytes]:
        output, blob = self.root / "out.c", self.root / "out.bin"
        subprocess.run([TOOLS / "embed", "--source", self.root / "dist", "--output", output, "--blob", blob, "--cache",
                        self.root / "cache"], check=True)
        return output.read_text(), blob.read_bytes()

    def write(self, name: str, data: bytes) -> None:
        path = self.root / "dist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def test_without_a_built_page_there_is_one_that_says_so(self):
        text, blob = self.embed()
        self.assertEqual(text.count(".path = "), 1)
        self.assertIn(b"make build", blob)

    def test_forms_are_kept_where_they_pay(self):
        self.write("index.html", b"<!doctype html>" + b"<p>again</p>" * 200)
        self.write("assets/cover-0a1b2c3d.png", b"\x89PNG not compressible")
        text, blob = self.embed()
        page = next(line for line in text.splitlines() if ".path = " in line and "html" in line)
        cover = next(line for line in text.splitlines() if "cover-" in line)
        self.assertIn(".immutable = true", cover)
        self.assertIn(".gzip = NULL, .gzip_size = 0", cover)
        self.assertIn(".immutable = false", page)
        offset = int(page.split(".gzip = embedded_files_blob + ")[1].split(",")[0])
        size = int(page.split(".gzip_size = ")[1].split(",")[0])
        self.assertEqual(gzip.decompress(blob[offset:offset + size]), (self.root / "dist/index.html").read_bytes())

    def test_rows_are_ordered_by_path(self):
        for name in ("index.html", "a.js", "Z.js", "a-b.js", "a/b.js"):
            self.write(name, b"x")
        text, _ = self.embed()
        paths = [line.split('"')[1] for line in text.splitlines() if ".path = " in line]
        self.assertEqual(paths, sorted(paths, key=str.encode))

    def test_unchanged_outputs_are_left_alone(self):
        self.write("index.html", b"<!doctype html>")
        self.embed()
        before = (self.root / "out.c").stat().st_mtime_ns
        self.embed()
        self.assertEqual((self.root / "out.c").stat().st_mtime_ns, before)


class CountResults(unittest.TestCase):
    def setUp(self):
        self.test = load("test")

    def counts(self, passed=0, failed=0, skipped=0):
        return self.test.Counts(passed, failed, skipped)

    def test_tap(self):
        text = "1..4\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP why\nok 4 - d\n# ok that is a comment\n"
        self.assertEqual(self.test.count_tap(text), self.counts(2, 1, 1))

    def test_a_program_that_dies_after_its_last_good_case_counts_as_failed(self):
        entry = {"result": "FAIL", "stdout": "1..2\nok 1 - a\n"}
        self.assertEqual(self.test.count_meson_test(entry), self.counts(1, 1))

    def test_a_program_without_tap_counts_as_one(self):
        self.assertEqual(self.test.count_meson_test({"result": "OK", "stdout": "fine"}), self.counts(1))
        self.assertEqual(self.test.count_meson_test({"result": "TIMEOUT"}), self.counts(0, 1))
        self.assertEqual(self.test.count_meson_test({"result": "SKIP"}), self.counts(0, 0, 1))

    def test_node_summary(self):
        text = "# tests 6\n# suites 1\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n"
        self.assertEqual(self.test.count_node_summary(text), self.counts(3, 2, 1))


class WhatPassedBefore(unittest.TestCase):
    def setUp(self):
        self.test = load("test")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.passed = self.test.Passed(Path(folder.name) / "passed.json")

    def test_is_found_on_the_same_inputs_only(self):
        self.passed.note("unit", "a key", 3, 1)
        again = self.test.Passed(self.passed.file)
        self.assertEqual((again.find("unit", "a key") or {}).get("passed"), 3)
        self.assertIsNone(again.find("unit", "another key"))
        self.assertIsNone(again.find("asan", "a key"))

    def test_is_forgotten_after_a_failure(self):
        self.passed.note("unit", "a key", 3, 1)
        self.passed.forget("unit")
        self.assertIsNone(self.test.Passed(self.passed.file).find("unit", "a key"))

    def test_a_key_changes_with_a_file_below_its_folders(self):
        root = self.passed.file.parent
        subprocess.run(["git", "init", "-q", root], check=True)
        for folder in ("src", "docs"):
            (root / folder).mkdir()
            (root / folder / "file").write_text("x")
        before = {folder: self.test.key_of((folder,), root) for folder in ("src", "docs")}
        (root / "src" / "file").write_text("y")
        self.assertNotEqual(self.test.key_of(("src",), root), before["src"])
        self.assertEqual(self.test.key_of(("docs",), root), before["docs"])

    def test_every_step_has_a_lane_and_a_key(self):
        for name, step in self.test.STEPS.items():
            self.assertTrue(step.lane, name)
            self.assertRegex(self.test.key_of(step.inputs), "^[0-9a-f]{64}$")


class Bootstrap(unittest.TestCase):
    def test_every_package_list_names_each_package_once(self):
        for path in (TOOLS / "packages").glob("*.txt"):
            names = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
            names = [name for name in names if name]
            self.assertEqual(len(names), len(set(names)), path.name)
            for name in names:
                self.assertRegex(name, r"^[a-z0-9][a-z0-9+.-]+$")

    def test_it_is_silent_when_everything_is_there(self):
        result = subprocess.run([TOOLS / "bootstrap", "build"], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_an_unknown_list_is_refused(self):
        result = subprocess.run([TOOLS / "bootstrap", "nonsense"], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("there is no list", result.stderr)


class PackSource(unittest.TestCase):
    def pack(self, root: Path) -> tuple[bytes, list[str]]:
        output = root / "build" / "source.tar.gz"
        output.parent.mkdir(exist_ok=True)
        subprocess.run([root / "tools" / "pack-source", output], check=True)
        with tarfile.open(output) as archive:
            return output.read_bytes(), archive.getnames()

    def plant(self, root: Path) -> None:
        for name in ("src/a.c", "conf/lathe.env", "tools/pack-source"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("x\n")
        shutil.copy(TOOLS / "pack-source", root / "tools" / "pack-source")
        (root / ".gitignore").write_text("/build/\n")
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", root]
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
            subprocess.run([*git, *command], check=True)

    def test_it_holds_what_was_changed_and_nothing_private(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            self.plant(root)
            first, names = self.pack(root)
            self.assertEqual(names, ["lathe/.gitignore", "lathe/conf/lathe.env", "lathe/src/a.c", "lathe/tools/pack-source"])
            (root / "src/new.c").write_text("new\n")
            (root / "conf/lathe.env").write_text("LATHE_SECRET=mine\n")
            (root / "notes.txt").write_text("private\n")
            _, names = self.pack(root)
            self.assertEqual(names, ["lathe/.gitignore", "lathe/src/a.c", "lathe/src/new.c", "lathe/tools/pack-source"])
            (root / "src/new.c").unlink()
            subprocess.run(["git", "-C", root, "checkout", "-q", "conf"], check=True)
            (root / "src/a.c").touch()
            self.assertEqual(self.pack(root)[0], first)


if __name__ == "__main__":
    unittest.main()
