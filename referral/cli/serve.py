"""`serve`: one command that brings everything up, and takes it down again."""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import Any

import click
from flask import Flask, current_app
from flask_migrate import upgrade

from referral.brands import queries as brands
from referral.cli.addresses import lines, warning, written
from referral.cli.children import Child, KeepsDying, end_all
from referral.cli.demo.filling import fill
from referral.cli.jobs import job
from referral.clicks import expiry as clicks
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.transaction import in_reading, upkeep

READY_SECONDS = 60
PAGES_NICENESS = 5
LOOK_SECONDS = 0.1
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what they mean, not what we bind


@click.command("serve")
@job
def command() -> None:
    """Bring the database up to date, start web processes and worker, and print where to look.

    With DEMO=1 an empty database is filled with the demonstration. Ctrl+C, or SIGTERM, ends everything.
    """
    settings = current_app.config
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for port in {settings["PORT"], settings["REDIRECT_PORT"] or settings["PORT"]}:
        refuse_taken_port(settings["HOST"], port)
    prepare(demo=settings["DEMO"])
    children = programs(current_app._get_current_object())  # type: ignore[attr-defined]
    try:
        for child in children:
            child.start()
        if _wait_until_ready(settings["HOST"], settings["PORT"], children, stop):
            mailbox = not settings["MAIL_SERVER"]
            click.echo(written(lines(settings["PUBLIC_URL"], mailbox=mailbox)))
            if loud := warning(settings["HOST"], settings["PUBLIC_URL"]):
                click.secho(loud, fg="red", bold=True, err=True)
            db.session.remove()
        while not stop.wait(LOOK_SECONDS):
            for child in children:
                child.watch()
    except KeepsDying as dying:
        raise click.ClickException(f"The {dying} dies as often as it is started; its log above says why.") from dying
    finally:
        end_all(children)


def prepare(*, demo: bool) -> None:
    """Bring the database's tables up to date, and fill it with the demonstration if it is wanted and empty."""
    upgrade()
    upkeep(clicks.forget)  # the day's secrets have to be there before the first visit
    if demo and not in_reading(brands.any_brand):
        click.echo("Making the demonstration …", err=True)
        moment = now()

        def work() -> None:
            fill(moment)

        upkeep(work)
    # What follows must not hold on to a connection that the children may have to wait for.
    db.session.remove()
    db.engine.dispose()


def programs(app: Flask) -> list[Child]:
    """Say what is to run: granian with the web processes, the worker, and processes for short links if wanted."""
    settings = app.config
    folder = str(Path(app.root_path).parent)
    environment = dict(os.environ)
    if not settings["MAIL_SERVER"]:
        environment.setdefault("MAILBOX", "1")
    worker = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    children = [
        Child("web server", granian(settings, "wsgi:app"), environment, folder),
        Child("worker", worker, environment, folder),
    ]
    if settings["REDIRECT_PORT"]:
        # Pages give way to short links: who follows one stands in a crowd, and has not decided yet to wait.
        children[0].niceness = PAGES_NICENESS
        own = {
            **settings,
            "PORT": settings["REDIRECT_PORT"],
            "WEB_PROCESSES": settings["REDIRECT_PROCESSES"],
            "WEB_THREADS": 1,
        }
        children.append(Child("short links", granian(own, "wsgi:app"), environment, folder))
    return children


def granian(settings: Mapping[str, Any], *target: str) -> list[str]:
    """Write the command that serves an application as the settings say."""
    said: dict[str, object] = {
        "--interface": "wsgi",
        "--host": settings["HOST"],
        "--port": settings["PORT"],
        "--workers": settings["WEB_PROCESSES"],
        "--blocking-threads": settings["WEB_THREADS"],
        "--http": "1",
        "--log-level": "warning",
        "--workers-kill-timeout": 5,
    }
    words = [str(word) for pair in said.items() for word in pair]
    flags = ["--no-ws", "--no-access-log", "--respawn-failed-workers"]
    return [sys.executable, "-m", "granian", *words, *flags, *target]


def refuse_taken_port(host: str, port: int) -> None:
    """Say in a sentence that somebody else listens there, before anything is started."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does it: a port that was let go of a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"Port {port} is in use by another program. Choose another one, as in: make run PORT={port + 1}"
        elif error.errno == errno.EACCES:
            reason = f"Port {port} is for the administrator only. Choose one above 1023, as in: make run PORT=8000"
        else:
            reason = f"Cannot listen on {host}, port {port}: {error.strerror or error}."
        raise click.ClickException(reason) from error


def _wait_until_ready(host: str, port: int, children: list[Child], stop: Event) -> bool:
    """Wait until the product answers that it is ready; False where we were told to stop before."""
    deadline = time.monotonic() + READY_SECONDS
    while not stop.wait(LOOK_SECONDS):
        for child in children:
            child.watch()
        if is_ready(EVERY_ADDRESS.get(host, host), port):
            return True
        if time.monotonic() > deadline:
            raise click.ClickException(f"Nothing answers on port {port} after {READY_SECONDS} seconds.")
    return False


def is_ready(host: str, port: int) -> bool:
    """Tell whether the product answers that it and its database are there."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
