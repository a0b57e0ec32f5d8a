"""A real mail server, and the settings of a worker that sends through it."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage, Message
from email.policy import default
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

if TYPE_CHECKING:
    from flask import Flask


class Letters(MessageHandler):
    """Keep what a mail server is given."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[EmailMessage] = []

    def handle_message(self, message: Message) -> None:
        """Keep one."""
        read = email.message_from_bytes(message.as_bytes(), policy=default)
        assert isinstance(read, EmailMessage)
        self.received.append(read)


@contextmanager
def mail_server() -> Iterator[tuple[Letters, int]]:
    """Run a mail server; give what it received, and its port."""
    handler = Letters()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler, port
    finally:
        controller.stop()


def by_smtp(app: Flask, port: int) -> dict[str, Any]:
    """Give the settings of a worker that has a mail server."""
    return {**app.config, "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port, "MAIL_TLS": "none"}
