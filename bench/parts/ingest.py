# SPDX-License-Identifier: AGPL-3.0-or-later
"""All outputs of a 4-minute WAV, beside the ffmpeg commands for the same outputs (bench/ingest.py)."""

import json
import subprocess
import sys

from harness.figures import Bar, Figure, number
from harness.lathe import MEDIA_PROGRAM, ROOT
from harness.setup import Setup


def measure(setup: Setup) -> list[Figure]:
    command = [sys.executable, str(ROOT / "bench" / "ingest.py"), "--program", str(MEDIA_PROGRAM), "--json", "--runs",
               str(min(setup.pace.rounds, 3))]
    found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    facts = {"lathe-media": f"{number(found['wall_s'])} s wall, {number(found['cpu_s'])} s processor",
             "ffmpeg, one after another": f"{number(found['peer_wall_s'])} s wall, {number(found['peer_cpu_s'])} s processor"}
    return [Figure("ingest", "Ingest of a 4-minute WAV", [Bar("wall time of the ffmpeg commands", found["ratio"], found["bar"],
                                                              at_least=False)], facts=facts,
                   method="lathe-media also finds tempo, key and the preview's place, for which there is no command.")]
