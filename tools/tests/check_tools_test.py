# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each check that stands in tools/ finds what is planted for it, and passes without."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1]
LICENCE = "/* SPDX-License-Identifier: AGPL-3.0-or-later\n * A sample. */\n"
# Words that the checks look for are put together here, so that they do not find them in this file.
WORK_LEFT = "TO" + "DO"
OFF, ON = "/* clang-format " + "off */", "/* clang-format " + "on */"


class Tree:
    """A small project in a temporary directory, known to git."""

    def __init__(self, files: dict):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        for name, text in files.items():
            self.write(name, text)
        subprocess.run(["git", "init", "-q", self.root], check=True)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, tool: str) -> tuple[int, str]:
        result = subprocess.run([TOOLS / tool, "--root", self.root], capture_output=True, text=True, check=False)
        return result.returncode, result.stdout

    def close(self) -> None:
        self.folder.cleanup()


class PlantedTree(unittest.TestCase):
    def plant(self, tool: str, files: dict) -> tuple[int, str]:
        tree = Tree(files)
        self.addCleanup(tree.close)
        return tree.run(tool)


class CheckSource(PlantedTree):
    README = {"src/README.md": "", "src/base/README.md": ""}
    PLANTS = [
        ("no licence", "int a;\n", "first line"),
        ("long file", LICENCE + "int a;\n" * 800, "lines, at most 800"),
        ("long function", LICENCE + "int f(void)\n{\n" + "    g();\n" * 79 + "}\n", "function of 81 lines"),
        ("statement", LICENCE + 'const char *q = "SELECT 1";\n', "SQL text in C"),
        ("lower-case statement", LICENCE + 'const char *q = "insert into item values (1)";\n', "SQL text in C"),
        ("work left", LICENCE + f"/* {WORK_LEFT} later */\n", "left behind"),
        ("bare NOLINT", LICENCE + "int a; /* NOLINT */\n", "NOLINT needs"),
        ("NOLINT without reason", LICENCE + "int a; /* NOLINT(misc-no-recursion) */\n", "NOLINT needs"),
        ("format off without table", LICENCE + f"{OFF}\nint   a;\n{ON}\n", "around tables only"),
        ("format never on", LICENCE + f"{OFF}\nconst struct a b[] = {{\n}};\n", "never switched on"),
        ("machine path", LICENCE + 'const char *p = "/' + 'work/x";\n', "path of one machine"),
    ]
    ALLOWED = [
        ("message that starts like a statement", LICENCE + 'const char *m = "update failed";\n'),
        ("method of a request", LICENCE + 'const char *m = "DELETE";\n'),
        ("statement in a comment", LICENCE + '/* "UPDATE 3" tells the number. */\n'),
        ("work with a ticket", LICENCE + f"/* {WORK_LEFT}(#12) later */\n"),
        ("NOLINT with reason", LICENCE + "int a; /* NOLINT(misc-no-recursion): depth is at most 4 */\n"),
        ("text that looks like a mark", LICENCE + 'const char *c = "XX' + 'X";\n'),
        ("table behind its row type", LICENCE + f"{OFF}\nconst struct {{\n    int a;\n}} b[] = {{\n}};\n{ON}\n"),
        ("table", LICENCE + f"{OFF}\nconst struct a b[] = {{\n}};\n{ON}\n"),
        ("function of 80 lines", LICENCE + "int f(void)\n{\n" + "    g();\n" * 78 + "}\n"),
    ]

    def test_planted_violations_are_found(self):
        for name, text, words in self.PLANTS:
            with self.subTest(name):
                code, output = self.plant("check-source", {**self.README, "src/base/a.c": text})
                self.assertEqual(code, 1)
                self.assertEqual(output.count("\n"), 1, output)
                self.assertIn(words, output)

    def test_what_only_looks_like_one_passes(self):
        for name, text in self.ALLOWED:
            with self.subTest(name):
                self.assertEqual(self.plant("check-source", {**self.README, "src/base/a.c": text}), (0, ""))

    def test_a_folder_without_readme_is_found(self):
        code, output = self.plant("check-source", {**self.README, "src/base/text/a.c": LICENCE})
        self.assertEqual((code, output), (1, "src/base/text: has no README.md\n"))

    def test_an_empty_name_is_found(self):
        code, output = self.plant("check-source", {**self.README, "src/base/string_util.c": LICENCE})
        self.assertEqual(code, 1)
        self.assertIn("names no idea", output)


class CheckHeaders(PlantedTree):
    ALONE = {"src/base/a.h": "struct a {\n    int b;\n};\n", "src/base/a.c": '#include "base/a.h"\n'}

    def test_headers_that_stand_alone_pass(self):
        self.assertEqual(self.plant("check-headers", self.ALONE), (0, ""))

    def test_a_header_that_needs_another_is_found(self):
        code, output = self.plant("check-headers", {**self.ALONE, "src/base/b.h": "size_t size_of_b(void);\n"})
        self.assertEqual(code, 1)
        self.assertIn("src/base/b.h: does not compile alone", output)

    def test_the_own_header_comes_first(self):
        code, output = self.plant("check-headers", {**self.ALONE, "src/base/a.c": '#include <stdio.h>\n#include "base/a.h"\n'})
        self.assertEqual(code, 1)
        self.assertIn("src/base/a.c: must include its own header first", output)

    def test_a_change_of_an_included_header_is_seen_in_spite_of_the_cache(self):
        tree = Tree({**self.ALONE, "src/base/b.h": '#include "base/a.h"\nstruct b {\n    struct a a;\n};\n'})
        self.addCleanup(tree.close)
        self.assertEqual(tree.run("check-headers"), (0, ""))
        tree.write("src/base/a.h", "struct other {\n    int b;\n};\n")
        code, output = tree.run("check-headers")
        self.assertEqual(code, 1)
        self.assertIn("src/base/b.h", output)


class CheckLinks(PlantedTree):
    CONTRACT = '[layers]\nbase = []\nplatform = ["base"]\n[platform]\nlog = []\ndb = ["log"]\n'

    def plant_objects(self, sources: dict) -> tuple[int, str]:
        tree = Tree({"layers.toml": self.CONTRACT, **{f"src/{name}": text for name, text in sources.items()}})
        self.addCleanup(tree.close)
        commands = []
        for name in sources:
            path = Path(name)
            output = Path("src") / path.parent / f"lib{path.parent.name}.a.p" / f"{path.name}.o"
            (tree.root / "build/debug" / output).parent.mkdir(parents=True)
            subprocess.run(["gcc", "-c", tree.root / "src" / name, "-o", tree.root / "build/debug" / output], check=True)
            commands.append({"output": str(output), "file": f"../../src/{name}"})
        tree.write("build/debug/compile_commands.json", json.dumps(commands))
        return tree.run("check-links")

    def test_use_along_an_edge_passes(self):
        self.assertEqual(self.plant_objects({
            "platform/log/log.c": "void log_write(void) {}\n",
            "platform/db/db.c": "extern void log_write(void);\nvoid db_open(void) { log_write(); }\n",
        }), (0, ""))

    def test_an_extern_declaration_against_the_edges_is_found(self):
        code, output = self.plant_objects({
            "platform/log/log.c": "extern void db_open(void);\nvoid log_write(void) { db_open(); }\n",
            "platform/db/db.c": "void db_open(void) {}\n",
        })
        self.assertEqual(code, 1)
        self.assertIn("src/platform/log/log.c: uses db_open of src/platform/db/db.c", output)


class CheckDocuments(PlantedTree):
    FILES = {"src/a.c": "", "src/tests/a_test.c": "", "docs/other.md": ""}

    def test_what_is_there_passes(self):
        text = ("[other](other.md#part) [web](https://example.org) `src/a.c` `src/modules/<m>/sql` `src/modules/NAME/x`\n"
                "```\n[nowhere](nowhere.md)\n```\n")
        self.assertEqual(self.plant("check-documents", {**self.FILES, "docs/page.md": text, "src/README.md": "`tests/a_test.c`\n"}),
                         (0, ""))

    def test_a_link_that_leads_nowhere_is_found(self):
        code, output = self.plant("check-documents", {**self.FILES, "docs/page.md": "[other](../other.md)\n"})
        self.assertEqual((code, output), (1, "docs/page.md:1: the link leads nowhere: ../other.md\n"))

    def test_a_path_that_is_not_there_is_found(self):
        code, output = self.plant("check-documents", {**self.FILES, "docs/page.md": "see `src/b.c`\n"})
        self.assertEqual((code, output), (1, "docs/page.md:1: names a path that is not there: src/b.c\n"))


class CheckChecklist(PlantedTree):
    FILES = {"tests/a.test.ts": "test('it works', f);\ntest(`${N} times`, f);\n", "src/a_test.c": "cmocka_unit_test(it_works)\n",
             "tools/a_test.py": "def test_it_works(self):\n", "tools/check-a": ""}

    def judge(self, *proofs: str) -> tuple:
        rows = "".join(f"| X-{number:02} | What | {proof} |\n" for number, proof in enumerate(proofs, 1))
        return self.plant("check-checklist", {**self.FILES, "docs/checklist.md": rows})

    def test_what_is_there_passes(self):
        self.assertEqual(self.judge("`tests/a.test.ts`: it works (SQLite)", "`tests/a.test.ts`: ${N} times", "not yet", "`tools/check-a`",
                                    "`src/a_test.c`: it works · `tools/a_test.py`: it works"), (0, ""))

    def test_each_row_that_proves_nothing_is_found(self):
        cases = {"`tests/b.test.ts`: it works": "X-01 names a path that is not there: tests/b.test.ts",
                 "`tests/a.test.ts`: it fails": "X-01 names a test that tests/a.test.ts does not have: it fails",
                 "`src/a_test.c`: it": "X-01 names a test that src/a_test.c does not have: it",
                 "`tests/a.test.ts`": "X-01 names no test of tests/a.test.ts",
                 "`tools/check-a`: it works": "X-01 tools/check-a has no tests, so no title",
                 "by hand": "X-01 is no proof"}
        for proof, why in cases.items():
            with self.subTest(proof):
                code, output = self.judge(proof)
                self.assertEqual(code, 1)
                self.assertIn(why, output)

    def test_an_id_that_comes_twice_is_found(self):
        code, output = self.plant("check-checklist", {**self.FILES, "docs/checklist.md": "| A-01 | x | not yet |\n| A-01 | y | not yet |\n"})
        self.assertEqual((code, output), (1, "docs/checklist.md:2: A-01 is there twice\n"))


class CheckCommit(unittest.TestCase):
    CASES = [
        ("base: parse numbers without a locale\n\nBecause.\n", 0),
        ("platform/http: refuse bare line feeds\n", 0),
        ("Parse numbers\n", 1),
        ("base: parse numbers.\n", 1),
        ("base: " + "x" * 70 + "\n", 1),
        ("base: parse numbers\nBecause.\n", 1),
    ]

    def test_forms(self):
        for message, expected in self.CASES:
            with self.subTest(message), tempfile.NamedTemporaryFile("w") as file:
                file.write(message)
                file.flush()
                result = subprocess.run([TOOLS / "check-commit", "--file", file.name], capture_output=True, check=False)
                self.assertEqual(result.returncode, expected, result.stdout)


if __name__ == "__main__":
    unittest.main()
