# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the figures were measured on: no names and no paths, only what explains them."""

import json
import os
import platform
import re
import sqlite3
import subprocess
from pathlib import Path

from harness.lathe import ROOT
from harness.peers import go_program


def _first_line(*command: str) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return (result.stdout or result.stderr).strip().split("\n", 1)[0]


def _version(*command: str) -> str:
    found = re.search(r"\d+(\.\d+)+", _first_line(*command))
    return found[0] if found else "not there"


def _package(name: str) -> str:
    text = _first_line("dpkg-query", "-W", "-f=${Version}\n", name)
    found = re.match(r"(?:\d+:)?([0-9.]+)", text)
    return found[1].rstrip(".") if found else "not there"


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30))


def _system() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.split("=", 1)[1].strip('"')
    return platform.system()


def _fastify() -> str:
    wanted = json.loads((ROOT / "bench" / "peers" / "fastify" / "package.json").read_text())["dependencies"]
    return ", ".join(f"{name} {version}" for name, version in wanted.items())


def describe() -> dict[str, str]:
    return {
        "processor": f"{os.cpu_count()} × {_cpu_model()}",
        "memory": f"{_memory_gib()} GiB",
        "system": f"{_system()}, Linux {platform.release().split('-')[0]}",
        "Lathe": f"{_first_line('git', '-C', str(ROOT), 'rev-parse', '--short=12', 'HEAD')}, {_first_line('gcc', '--version')}",
        "PostgreSQL": _package("postgresql-15"),
        "SQLite": sqlite3.sqlite_version,
        "Go": f"{_version(str(go_program()), 'version')}, gin {_package('golang-github-gin-gonic-gin-dev')}, "
              f"pgx {_package('golang-github-jackc-pgx-v4-dev')}, go-sqlite3 {_package('golang-github-mattn-go-sqlite3-dev')}, "
              f"sqlx {_package('golang-github-jmoiron-sqlx-dev')}, lib/pq {_package('golang-github-lib-pq-dev')}",
        "Node": f"{_version(str(ROOT / 'tools' / 'with-node'), 'node', '--version')}, {_fastify()}",
        "nginx": _version("/usr/sbin/nginx", "-v"),
        "ffmpeg": _version("ffmpeg", "-version"),
        "load": f"wrk {_package('wrk')}, h2load {_version('h2load', '--version')}",
    }


def slug(description: dict[str, str]) -> str:
    """Names the machine in a file name: "2-amd-epyc"."""
    words = re.sub(r"[^a-z0-9]+", "-", description["processor"].lower().replace("×", " "))
    return re.sub(r"-(r|tm|cpu|processor)(?=-|$)", "", words).strip("-")[:40]
