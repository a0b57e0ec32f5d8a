"""Commands: one for each job of an operator, under `flask --app wsgi`."""

from __future__ import annotations

from flask import Flask

from referral.cli import backup, brands, demo, events, keys, ledger, members, serve, settings, spread, worker


def attach(app: Flask) -> None:
    """Put the commands into the application."""
    for command in (
        brands.group,
        members.group,
        keys.group,
        settings.command,
        ledger.group,
        backup.command,
        demo.command,
        spread.group,
        events.group,
        worker.command,
        serve.command,
    ):
        app.cli.add_command(command)
