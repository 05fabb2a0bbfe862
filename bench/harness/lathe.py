# SPDX-License-Identifier: AGPL-3.0-or-later
"""The program under measurement, with the settings that it comes with; what differs is named here and in the results."""

import http.client
import json
import os
import subprocess
from pathlib import Path

from harness.process import Failure, Server, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "build" / "lathe"
MEDIA_PROGRAM = ROOT / "build" / "lathe-media"

# The limiter works on every request but never refuses one; everything else is as it comes, the access log too.
SETTINGS = {"LATHE_RATE_SCALE": "1000000", "LATHE_LOG_FORMAT": "json"}


def environment(data: Path, port: int, database_url: str = "", settings: dict | None = None) -> dict:
    own = {name: value for name, value in os.environ.items() if not name.startswith("LATHE_")}
    own |= SETTINGS | {"LATHE_DATA_DIR": str(data), "LATHE_LISTEN": f"127.0.0.1:{port}"}
    if database_url:
        own["LATHE_DATABASE_URL"] = database_url
    return own | (settings or {})


def start(name: str, data: Path, database_url: str = "", settings: dict | None = None) -> Server:
    port = free_port()
    return Server(name, [str(PROGRAM), "serve"], port, data / "serve.log", environment(data, port, database_url, settings),
                  ready_path="/readyz")


def run(arguments: list[str], data: Path, database_url: str = "", settings: dict | None = None, text: str = "") -> str:
    """A sub-command to its end."""
    result = subprocess.run([str(PROGRAM), *arguments], env=environment(data, 0, database_url, settings), input=text,
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise Failure(f"lathe {' '.join(arguments)}: {result.stdout[-500:]}{result.stderr[-2000:]}")
    return result.stdout


def call(server: Server, method: str, path: str, body: dict | None = None, token: str = "",
         headers: dict | None = None) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    sent = {"Content-Type": "application/json"} if body is not None else {}
    sent |= ({"Authorization": f"Bearer {token}"} if token else {}) | (headers or {})
    try:
        connection.request(method, path, body=json.dumps(body) if body is not None else None, headers=sent)
        reply = connection.getresponse()
        text = reply.read()
        return reply.status, json.loads(text) if text else {}
    finally:
        connection.close()


def password_of(username: str) -> str:
    return f"correct horse {username} staple"


def log_in(server: Server, username: str, password: str = "") -> str:
    """An access token."""
    status, reply = call(server, "POST", "/api/v1/auth/login", {"login": username, "password": password or password_of(username)})
    if status != 200:
        raise Failure(f"logging in as {username}: {status} {reply}")
    return reply["access_token"]


def register(server: Server, username: str, role: str) -> dict:
    """An account with its tokens: {user, access_token, …}."""
    status, reply = call(server, "POST", "/api/v1/auth/register", {
        "email": f"{username}@bench.example", "username": username, "password": password_of(username),
        "display_name": username.capitalize(), "role": role})
    if status != 201:
        raise Failure(f"registering {username}: {status} {reply}")
    return reply
