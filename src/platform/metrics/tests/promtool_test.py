#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""usage: promtool_test.py PROMTOOL PRINT_METRICS: Prometheus' own checker finds nothing wrong with our exposition."""

import subprocess
import sys


def judge(promtool: str, text: bytes) -> subprocess.CompletedProcess:
    return subprocess.run([promtool, "check", "metrics"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)


def main() -> int:
    promtool, program = sys.argv[1:]
    text = subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout
    verdict = judge(promtool, text)
    if verdict.returncode != 0 or verdict.stdout.strip():
        sys.stdout.buffer.write(text + b"\n" + verdict.stdout)
        return 1
    # A checker that finds fault with nothing would prove nothing.
    if judge(promtool, text.replace(b'le="+Inf"', b'le="oops"')).returncode == 0:
        print("promtool accepts a broken histogram")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
