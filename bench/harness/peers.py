# SPDX-License-Identifier: AGPL-3.0-or-later
"""The peers: built from their sources where they have any, started with settings that are fair to them."""

import os
import re
import subprocess
from pathlib import Path

from harness.lathe import ROOT
from harness.process import Failure, Server, free_port

GO = Path("/usr/lib/go-1.19/bin/go")  # Debian's own, also where another stands in front of it
OUT = ROOT / "build" / "bench"
FASTIFY = ROOT / "bench" / "peers" / "fastify"
PGBENCH = Path("/usr/lib/postgresql/15/bin/pgbench")


def go_program() -> Path:
    return GO if GO.exists() else Path("/usr/bin/go")


def build_api() -> Path:
    """gin, pgx and mattn's sqlite3 from Debian's packages, without modules and without a network."""
    OUT.mkdir(parents=True, exist_ok=True)
    program = OUT / "peer-api"
    own = {name: value for name, value in os.environ.items() if not name.startswith("GO")}
    own |= {"GO111MODULE": "off", "GOPATH": f"{OUT / 'go'}:/usr/share/gocode", "GOCACHE": str(OUT / "gocache")}
    subprocess.run([str(go_program()), "build", "-o", str(program), "./bench/peers/api"], cwd=ROOT, env=own, check=True)
    return program


def start_api(name: str, store: list[str], log: Path) -> Server:
    port = free_port()
    return Server(name, [str(build_api()), "-listen", f"127.0.0.1:{port}", *store], port, log)


def start_fastify(name: str, url: str, log: Path) -> Server:
    """As many workers as processors, each with a pool."""
    with_node = str(ROOT / "tools" / "with-node")
    if not (FASTIFY / "node_modules" / ".package-lock.json").exists():
        subprocess.run([with_node, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=FASTIFY, check=True)
    port = free_port()
    return Server(name, [with_node, "node", str(FASTIFY / "server.js"), str(port), url], port, log)


def pgbench(url: str, script: Path, seconds: float, connections: int = 16) -> float:
    """Scripts per second that PostgreSQL gives a client that does nothing with the rows."""
    command = [str(PGBENCH), "--no-vacuum", "--protocol=prepared", f"--client={connections}", f"--jobs={os.cpu_count()}",
               f"--time={seconds:.0f}", f"--file={script}", url]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"^tps = ([\d.]+)", result.stdout, re.MULTILINE)
    if not found:
        raise Failure(f"pgbench: {result.stderr[-1000:]}")
    return float(found[1])


def start_nginx(name: str, folder: Path) -> Server:
    """Serves folder/files. Started by root it stays root, so that it may read a temporary folder."""
    port = free_port()
    text = (ROOT / "bench" / "peers" / "nginx.conf.in").read_text()
    filled = {"@FOLDER@": str(folder), "@PORT@": str(port), "@USER@": "user root;" if os.geteuid() == 0 else ""}
    for mark, value in filled.items():
        text = text.replace(mark, value)
    (folder / "nginx.conf").write_text(text)
    return Server(name, ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-e", "stderr"], port, folder / "nginx.log")
