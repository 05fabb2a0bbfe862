# SPDX-License-Identifier: AGPL-3.0-or-later
"""An SMTP server that keeps what it gets as one JSON object a line.

usage: mail_sink.py PORT FILE [USER PASSWORD]     with a user: wants AUTH
"""

import email
import email.policy
import json
import signal
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


def body_of(message, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part else None


class Keep:
    def __init__(self, path: str):
        self.path = path

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 (the library's name)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        row = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": str(message["subject"]),
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "text": body_of(message, "plain"),
            "html": body_of(message, "html"),
            "attachments": [part.get_filename() for part in message.iter_attachments()],
        }
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        return "250 OK"


def main(port: str, path: str, user: str | None = None, password: str | None = None) -> None:
    def authenticate(_server, _session, _envelope, _mechanism, data):
        good = isinstance(data, LoginPassword) and data.login == (user or "").encode() and data.password == (password or "").encode()
        return AuthResult(success=good, handled=False)

    options = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False} if user else {}
    controller = Controller(Keep(path), hostname="127.0.0.1", port=int(port), **options)
    controller.start()
    print("listening", flush=True)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    controller.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
