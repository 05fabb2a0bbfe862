# SPDX-License-Identifier: AGPL-3.0-or-later
"""HLS segments of the demo shop, beside nginx with sendfile on the same bytes."""

from pathlib import Path
from urllib.parse import urljoin, urlsplit

from harness import lathe, peers
from harness.contest import Entry, compete
from harness.figures import Bar, Figure
from harness.process import Failure, Server, get
from harness.setup import Setup

RENDITION = "aac-160"


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _lines(server: Server, url: str) -> list[str]:
    """Addresses in a playlist, whole."""
    status, text = get(server.port, _path(url))
    if status != 200:
        raise Failure(f"{url}: {status}")
    return [urljoin(url, line) for line in text.decode().splitlines() if line and not line.startswith("#")]


def segment_paths(setup: Setup, server: Server) -> list[str]:
    """The media segments of a recording, asked for as its owner."""
    token = lathe.log_in(server, "nadia", setup.demo.passwords["nadia"])
    spec = lathe.call(server, "GET", "/api/v1/specs?producer=nadia&limit=1")[1]["items"][0]
    offer = lathe.call(server, "GET", f"/api/v1/specs/{spec['id']}/stream", token=token)[1]
    renditions = _lines(server, urljoin(server.origin, offer["hls_url"]))
    playlist = next(line for line in renditions if RENDITION in line)
    return [_path(line) for line in _lines(server, playlist)]


def _copy(server: Server, paths: list[str], folder: Path) -> list[str]:
    folder.mkdir(parents=True)
    names = []
    for number, path in enumerate(paths):
        status, data = get(server.port, path)
        if status != 200:
            raise Failure(f"{path}: {status}")
        (folder / f"{number}.m4s").write_bytes(data)
        names.append(f"/{number}.m4s")
    return names


def _write(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(line + "\n" for line in lines))
    return path


def _describe(folder: Path, count: int) -> str:
    total = sum((folder / f"{number}.m4s").stat().st_size for number in range(count))
    return f"{count} segments of {total / count / 1024:.0f} KiB on average ({RENDITION})"


def measure(setup: Setup) -> list[Figure]:
    folder = setup.folder / "nginx"
    with lathe.start("Lathe", setup.demo.data) as ours:
        paths = segment_paths(setup, ours)
        names = _copy(ours, paths, folder / "files")
        with peers.start_nginx("nginx", folder) as nginx:
            entries = [Entry("Lathe", ours, _write(setup.folder / "segments.txt", paths)),
                       Entry("nginx", nginx, _write(setup.folder / "files.txt", names))]
            lathe_side, peer = compete(entries, setup.pace)
    bar = Bar("server CPU per request of nginx with sendfile", lathe_side.median("cpu_us") / peer.median("cpu_us"), 1.1, at_least=False)
    return [Figure("segments", "HLS segment", [bar], [lathe_side, peer], {"bytes": _describe(folder / "files", len(paths))},
                   ours="checks the signature and its window, limits the rate, counts, writes its access log; sendfile",
                   peer="the same bytes as plain files; sendfile, tcp_nopush, open_file_cache, a buffered access log, one worker "
                        "per processor", method="wrk, 64 connections, the segments of a recording in turn.")]
