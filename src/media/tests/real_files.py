#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Probes every sound file below some folders and reports each; the exit status is 1 when one is refused.

usage: real_files.py LATHE_MEDIA FOLDER...

Meant for the packages wesnoth-1.16-music, singularity-music and hydrogen-drumkits: music as people made it.
"""

import json
import subprocess
import sys
from pathlib import Path

ENDINGS = {".wav", ".aif", ".aiff", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac"}
AT_ONCE = 50
LAST = {"audio", "failed"}


def probe(program: str, paths: list[Path]) -> list[dict]:
    result = subprocess.run([program, "probe", *map(str, paths)], capture_output=True, text=True, check=False)
    results = [message for line in result.stdout.splitlines() if (message := json.loads(line))["type"] in LAST]
    if len(results) != len(paths):
        sys.exit(f"{len(results)} results of {len(paths)} files: {result.stderr}")
    return results


def describe(audio: dict) -> str:
    if audio["type"] == "failed":
        return f"REFUSED {audio['reason']}: {audio['message']}"
    seconds = audio["duration_ms"] / 1000
    return (f"{audio['container']} {audio['codec']} {seconds:.1f} s {audio['sample_rate']} Hz ×{audio['channels']} "
            f"{audio['loudness_lufs']:.1f} LUFS {audio['true_peak_dbtp']:.1f} dBTP {audio['tempo_bpm']:.1f} BPM {audio['key']}")


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    program, folders = sys.argv[1], sys.argv[2:]
    paths = sorted(path for folder in folders for path in Path(folder).rglob("*") if path.suffix.lower() in ENDINGS)
    refused = 0
    for at in range(0, len(paths), AT_ONCE):
        part = paths[at:at + AT_ONCE]
        for path, audio in zip(part, probe(program, part)):
            refused += audio["type"] == "failed"
            print(f"{path}: {describe(audio)}", flush=True)
    print(f"{len(paths)} files, {len(paths) - refused} taken, {refused} refused")
    return 1 if refused or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
