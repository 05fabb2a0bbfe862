# SPDX-License-Identifier: AGPL-3.0-or-later
"""Plants one violation after the other in a small tree and expects check-layers to find exactly it."""

import subprocess
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[1] / "check-layers"
CONTRACT = """
[layers]
base = []
media = ["base"]
platform = ["base"]
modules = ["base", "platform"]
gateway = ["base", "platform"]
app = ["base", "platform", "modules", "gateway"]
[base]
mem = []
text = ["mem"]
[platform]
ctx = []
fiber = ["ctx"]
db = ["ctx", "fiber"]
http = ["ctx"]
[roles]
facade = ["ctx"]
domain = []
repo = ["db", "ctx"]
service = ["db", "ctx"]
http = ["http", "ctx"]
events = ["ctx"]
module = ["db", "http", "ctx"]
[modules]
identity = []
catalog = ["identity"]
social = ["identity"]
[extra]
"modules/catalog" = ["media/protocol.h"]
[libraries]
"sqlite3.h" = ["platform/db"]
"""
CLEAN = {
    "base/mem/arena.h": "#include <stdlib.h>\n",
    "base/text/str.h": '#include "base/mem/arena.h"\n',
    "base/text/tests/str_test.c": '#include <cmocka.h>\n#include "base/text/str.h"\n#include "lib/sample.h"\n',
    "media/protocol.h": '#include "base/text/str.h"\n',
    "platform/ctx/ctx.h": '#include "base/mem/arena.h"\n',
    "platform/fiber/fiber.h": '#include "platform/ctx/ctx.h"\n',
    "platform/db/db.c": '#include "platform/fiber/fiber.h"\n#include <sqlite3.h>\n',
    "platform/db/db.h": '#include "platform/ctx/ctx.h"\n',
    "platform/http/route.h": "",
    "modules/identity/identity.h": '#include <stdbool.h>\n#include "platform/ctx/ctx.h"\n',
    "modules/identity/identity_domain.h": '#include "modules/identity/identity.h"\n',
    "modules/identity/identity_repo.h": '#include "platform/db/db.h"\n',
    "modules/identity/identity_module.h": '#include "platform/http/route.h"\n',
    "modules/catalog/catalog.h": '#include "modules/identity/identity.h"\n',
    "modules/catalog/catalog_service.c": '#include "modules/identity/identity.h"\n#include "media/protocol.h"\n',
    "modules/catalog/tests/catalog_service_test.c": '#include "platform/fiber/fiber.h"\n',
    "gateway/router/router.c": '#include "platform/http/route.h"\n',
    "app/main.c": '#include "modules/identity/identity_module.h"\n#include "gateway/router/router.h"\n',
}
# Name of the case, file, the line that is planted, words of the finding.
VIOLATIONS = [
    ("upward", "base/text/str.h", '#include "platform/ctx/ctx.h"', "base may not see platform"),
    ("sideways", "gateway/router/router.c", '#include "modules/identity/identity.h"', "gateway may not see modules"),
    ("media sees platform", "media/protocol.h", '#include "platform/ctx/ctx.h"', "media may not see platform"),
    ("base edge", "base/mem/alloc.c", '#include "base/text/str.h"', "mem → text"),
    ("platform edge", "platform/http/route.h", '#include "platform/db/db.h"', "http → db"),
    ("unknown part", "platform/queue/queue.h", '#include "platform/ctx/ctx.h"', "platform/queue is not declared"),
    ("undeclared module edge", "modules/social/social_service.c", '#include "modules/catalog/catalog.h"', "social → catalog"),
    ("edge against its direction", "modules/identity/identity_service.c", '#include "modules/catalog/catalog.h"',
     "identity → catalog"),
    ("foreign header that is no facade", "modules/catalog/catalog_service.c",
     '#include "modules/identity/identity_repo.h"', "only the facade"),
    ("foreign facade from a repo", "modules/catalog/catalog_repo.c", '#include "modules/identity/identity.h"',
     "role repo may not see other modules"),
    ("domain sees platform", "modules/catalog/catalog_domain.c", '#include "platform/ctx/ctx.h"', "role domain may not"),
    ("domain reads a clock", "modules/catalog/catalog_domain.c", "#include <time.h>", "is pure"),
    ("handler sees repo", "modules/catalog/catalog_http.c", '#include "modules/catalog/catalog_repo.h"',
     "role http may not see the role repo"),
    ("repo sees http", "modules/catalog/catalog_repo.c", '#include "platform/http/route.h"', "role repo may not"),
    ("no role", "modules/catalog/catalog_stuff.c", "", "ends with no role"),
    ("library", "platform/http/route.h", "#include <sqlite3.h>", "only platform/db may use it"),
    ("test seen by product", "platform/http/http.c", '#include "tests/lib/sample.h"', "product code sees a test"),
    ("relative include", "platform/http/http.c", '#include "route.h"', "write includes from src/"),
    ("app sees a repo", "app/main.c", '#include "modules/identity/identity_repo.h"', "facades and module descriptions"),
    ("header cycle", "platform/ctx/ctx.h", '#include "platform/ctx/other.h"', "include each other"),
]


def run(files: dict, contract: str = CONTRACT) -> tuple[int, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "layers.toml").write_text(contract)
        for name, text in files.items():
            path = root / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        result = subprocess.run([TOOL, "--root", root], capture_output=True, text=True, check=False)
        return result.returncode, result.stdout.splitlines()


class CheckLayers(unittest.TestCase):
    def test_a_clean_tree_passes(self):
        self.assertEqual(run(CLEAN), (0, []))

    def test_each_planted_violation_is_found_and_nothing_else(self):
        for name, path, line, words in VIOLATIONS:
            with self.subTest(name):
                files = {**CLEAN, path: CLEAN.get(path, "") + line + "\n"}
                if name == "header cycle":
                    files["platform/ctx/other.h"] = '#include "platform/ctx/ctx.h"\n'
                code, found = run(files)
                self.assertEqual(code, 1)
                self.assertEqual(len(found), 1, found)
                self.assertIn(words, found[0])

    def test_cyclic_module_edges_are_refused(self):
        code, found = run(CLEAN, CONTRACT.replace("identity = []", 'identity = ["catalog"]'))
        self.assertEqual(code, 1)
        self.assertIn("a cycle", found[0])

    def test_an_edge_to_an_undeclared_part_is_refused(self):
        code, found = run(CLEAN, CONTRACT.replace('http = ["ctx"]', 'http = ["cxt"]'))
        self.assertEqual(code, 1)
        self.assertIn("'cxt' is not declared", found[0])


if __name__ == "__main__":
    unittest.main()
