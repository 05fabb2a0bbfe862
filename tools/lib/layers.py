# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contract of layers.toml: which file of src/ may see which other.

A file's place is its layer, its part (the folder below the layer) and, in a module, its role (the end of its name).
Files in a `tests` or `fuzz` folder, and fuzz targets, have their subject's place, and may see what it may, what that may, and tests/lib.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

SOURCES = (".c", ".h")
TEST_FOLDERS = {"tests", "fuzz"}
# What a file of a role may see of its own module. A handler sees the service (its use cases) and never the repo.
OWN_ROLES = {
    "facade": {"facade"},
    "domain": {"facade", "domain"},
    "repo": {"facade", "domain", "repo", "sql"},
    "service": {"facade", "domain", "repo", "service", "events"},
    "http": {"facade", "domain", "service", "http"},
    "events": {"facade", "domain", "service", "events"},
}
# Roles that may see the facades of the modules below.
ACROSS = {"facade", "service", "events"}
# What the app may see of a module: how it is called, and what it declares.
APP_SEES = {"facade", "module"}
PURE_ROLES = {"facade", "domain"}
PURE_HEADERS = {"stdbool.h", "stddef.h", "stdint.h", "limits.h", "inttypes.h", "string.h", "math.h", "assert.h"}


class ContractError(Exception):
    """layers.toml contradicts itself."""


@dataclass(frozen=True)
class Place:
    layer: str
    part: str  # "" for a file that lies in the layer's own folder
    role: str  # modules only
    is_test: bool

    @property
    def name(self) -> str:
        return f"{self.layer}/{self.part}" if self.part else self.layer

    def __str__(self) -> str:
        return f"{self.name} ({self.role})" if self.role else self.name


def find_cycle(edges: dict) -> list:
    """A cycle as the list of its nodes, or an empty list."""
    done, path = set(), []

    def walk(node) -> list:
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return []
        path.append(node)
        for following in edges.get(node, ()):
            cycle = walk(following)
            if cycle:
                return cycle
        path.pop()
        done.add(node)
        return []

    for start in edges:
        cycle = walk(start)
        if cycle:
            return cycle
    return []


def closure(edges: dict, start: str) -> set:
    seen, todo = set(), [start]
    while todo:
        for following in edges.get(todo.pop(), ()):
            if following not in seen:
                seen.add(following)
                todo.append(following)
    return seen


class Contract:
    def __init__(self, text: str):
        data = tomllib.loads(text)
        self.layers = data["layers"]
        self.parts = {"base": data.get("base", {}), "platform": data.get("platform", {}), "modules": data.get("modules", {})}
        self.roles = data.get("roles", {})
        self.extra = data.get("extra", {})
        self.libraries = data.get("libraries", {})
        for name, edges in (("layers", self.layers), *self.parts.items()):
            self._check_edges(name, edges)
        for role, parts in self.roles.items():
            for part in parts:
                if part not in self.parts["platform"]:
                    raise ContractError(f"[roles] {role}: there is no platform part '{part}'")

    @staticmethod
    def _check_edges(name: str, edges: dict) -> None:
        for part, targets in edges.items():
            for target in targets:
                if target not in edges:
                    raise ContractError(f"[{name}] {part}: '{target}' is not declared")
        cycle = find_cycle(edges)
        if cycle:
            raise ContractError(f"[{name}]: a cycle: {' → '.join(cycle)}")

    def place(self, path: Path) -> Place | None:
        """The place of a path below src/ (given without it); None when its layer is not declared."""
        if path.parts[0] not in self.layers:
            return None
        folders = [folder for folder in path.parts[1:-1] if folder not in TEST_FOLDERS]
        is_test = bool(TEST_FOLDERS & set(path.parts)) or path.name.startswith("fuzz_")
        part = folders[0] if folders else ""
        role = self._role(path, part) if path.parts[0] == "modules" and part else ""
        return Place(path.parts[0], part, role, is_test)

    def _role(self, path: Path, module: str) -> str:
        stem = path.stem
        for ending in ("_test", "_bench"):
            stem = stem.removesuffix(ending)
        if stem.startswith("fuzz_"):
            return "domain"
        if stem == module or (path.suffix == ".h" and stem in self.extra.get(f"facades/{module}", [])):
            return "facade"
        ending = stem.rsplit("_", 1)[-1]
        return ending if ending in self.roles or ending == "sql" else "?"

    def refusal(self, source: Place, target: Place, target_path: str) -> str:
        """Why source may not see target; empty when it may."""
        if target_path in self.extra.get(source.name, []) or target_path in self.extra.get(source.layer, []):
            return ""
        if target.is_test and not source.is_test:
            return "product code sees a test"
        if source.layer != target.layer:
            return self._refuse_layer(source, target)
        if source.layer == "modules":
            return self._refuse_module(source, target)
        return self._refuse_part(source, target)

    def _refuse_layer(self, source: Place, target: Place) -> str:
        if target.layer not in self.layers[source.layer]:
            return f"{source.layer} may not see {target.layer}"
        if source.layer == "modules" and target.layer == "platform":
            return self._refuse_role(source, target)
        if target.layer == "modules" and target.role not in APP_SEES:
            return f"{source.layer} may see facades and module descriptions only"
        return ""

    def _refuse_role(self, source: Place, target: Place) -> str:
        if source.role == "?" and not source.is_test:
            return "its name ends with no role of layers.toml"
        if source.is_test or source.role == "sql" or target.part in self.roles.get(source.role, []):
            return ""
        return f"the role {source.role} may not see platform/{target.part}"

    def _refuse_module(self, source: Place, target: Place) -> str:
        if source.role == "?" and not source.is_test:
            return "its name ends with no role of layers.toml"
        if source.part == target.part:
            return self._refuse_own(source, target)
        if target.part not in self.parts["modules"].get(source.part, []):
            return f"the edge {source.part} → {target.part} is not declared"
        if target.role != "facade":
            return "of another module only the facade may be seen"
        if source.role not in ACROSS and not source.is_test:
            return f"the role {source.role} may not see other modules"
        return ""

    @staticmethod
    def _refuse_own(source: Place, target: Place) -> str:
        allowed = OWN_ROLES.get(source.role)
        if allowed is None or source.is_test or target.role in allowed:
            return ""
        return f"the role {source.role} may not see the role {target.role}"

    def _refuse_part(self, source: Place, target: Place) -> str:
        edges = self.parts.get(source.layer)
        if not edges or source.part == target.part or not target.part:
            return ""
        if source.part and source.part not in edges:
            return f"{source.name} is not declared in layers.toml"
        allowed = closure(edges, source.part) if source.is_test else set(edges.get(source.part, []))
        return "" if target.part in allowed else f"the edge {source.part} → {target.part} is not declared"

    def link_refusal(self, source: Place, target: Place) -> str:
        """Why code of one place may not use a symbol of the other. Roles are a matter of includes; here places count."""
        extra = [self.place(Path(path)) for name in (source.name, source.layer) for path in self.extra.get(name, [])]
        if source.name == target.name or any(place and place.name == target.name for place in extra):
            return ""
        if source.layer != target.layer:
            return "" if target.layer in self.layers[source.layer] else f"{source.layer} may not see {target.layer}"
        if source.layer == "modules" and target.part not in self.parts["modules"].get(source.part, []):
            return f"the edge {source.part} → {target.part} is not declared"
        return "" if source.layer == "modules" else self._refuse_part(source, target)

    def library_refusal(self, source: Place, header: str) -> str:
        """Why source may not include <header>; [libraries] names the places that may, all others may not."""
        if source.role in PURE_ROLES and not source.is_test and header not in PURE_HEADERS:
            return f"the role {source.role} is pure"
        for prefix, places in self.libraries.items():
            if header.startswith(prefix) and source.name not in places and source.layer not in places:
                return f"only {', '.join(places)} may use it"
        return ""

    def lower_layers(self, layer: str) -> set:
        return closure(self.layers, layer)
