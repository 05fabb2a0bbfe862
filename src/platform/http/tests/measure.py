#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Server CPU per request of the engine beside nginx, in turns, on one core each for server and load.

usage: measure.py BENCH_SERVER [SECONDS [ROUNDS]]    needs nginx and wrk

CPU is user and system time of the server's process from /proc, divided by the requests that wrk counted: other load on the machine
spoils it less than requests per second. The least of the rounds counts, for the same reason.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NGINX = """
worker_processes 1; daemon off; error_log stderr crit; pid {dir}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush {nopush}; keepalive_requests 1000000000; default_type application/octet-stream;
  client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c; uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
  server {{
    listen 127.0.0.1:{port} reuseport; root {dir};
    location = /hello {{ default_type application/json; return 200 '{{"message":"Hello, World!"}}'; }}
  }}
}}
"""


def free_port() -> int:
    import socket
    for port in range(20000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise SystemExit("no free port")


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def child_of(pid: int) -> int:
    for _ in range(100):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if children:
            return int(children[0])
        time.sleep(0.05)
    raise SystemExit("nginx has no worker")


def load(port: int, path: str, seconds: int, connections: int) -> int:
    output = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"],
                            check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in output and "Socket errors" not in output, output
    return int(re.search(r"(\d+) requests in", output)[1])


def micros_per_request(pid: int, port: int, path: str, seconds: int, connections: int) -> tuple[float, float]:
    before, started = cpu_seconds(pid), time.monotonic()
    count = load(port, path, seconds, connections)
    return (cpu_seconds(pid) - before) * 1e6 / count, count / (time.monotonic() - started)


def main() -> int:
    server, seconds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        body = Path(folder, "file")
        body.write_bytes(os.urandom(100_000))
        port = free_port()
        Path(folder, "nginx.conf").write_text(NGINX.format(dir=folder, port=port, nopush="off"))
        nginx = subprocess.Popen(["taskset", "-c", "0", "nginx", "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
        engine = subprocess.Popen(["taskset", "-c", "0", server, str(body)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        engine_port = int(engine.stdout.readline())
        try:
            peers = {"nginx": (child_of(nginx.pid), port), "lathe": (engine.pid, engine_port)}
            for path, connections in (("/hello", 32), ("/hello", 256), ("/file", 32)):
                best = {name: (1e9, 0.0) for name in peers}
                for _ in range(rounds):
                    for name, (pid, peer_port) in peers.items():
                        best[name] = min(best[name], micros_per_request(pid, peer_port, path, seconds, connections))
                ratio = best["lathe"][0] / best["nginx"][0]
                print(f"{path} -c{connections}: nginx {best['nginx'][0]:.2f} us ({best['nginx'][1]:.0f}/s), "
                      f"lathe {best['lathe'][0]:.2f} us ({best['lathe'][1]:.0f}/s), ratio {ratio:.2f}", flush=True)
        finally:
            engine.stdin.close()
            engine.wait(10)
            nginx.terminate()
            nginx.wait(10)
    return 0


if __name__ == "__main__":
    sys.exit(main())
