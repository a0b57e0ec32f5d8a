"""`serve`: everything up and down again, what it prints, its children; and the demonstration it may begin with."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest

from referral.brands import queries as brands
from referral.brands.actions import recognise, take_on
from referral.campaigns import queries as campaigns
from referral.campaigns.rules import state
from referral.cli import serve as serving
from referral.cli.addresses import lines, warning
from referral.cli.children import SHORT_LIVES, Child, KeepsDying, end_all
from referral.cli.demo.doors import SLUG as HALL
from referral.cli.demo.filling import OVER, PASSWORD, RUNNING, STAFF, STAR, UPCOMING
from referral.config import SETTINGS
from referral.events import conflicts, outcome
from referral.events import queries as events
from referral.events.overview import door_now
from referral.fans import queries as fans
from referral.links import queries as links
from referral.plumbing.clock import now
from referral.plumbing.db import of_brand
from referral.plumbing.transaction import upkeep
from referral.sales import checks
from referral.sales import queries as sales
from referral.spread import queries as spread
from tests import factories as make

if TYPE_CHECKING:
    from click.testing import Result
    from flask import Flask
    from flask.testing import FlaskCliRunner


ROOT = Path(__file__).parents[2]


def refused(done: Result) -> str:
    """Give the sentence of a command that ended with status 1 and printed nothing else."""
    assert done.exit_code == 1, done.output
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.strip()


# --- The demonstration -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_demonstration_is_a_fair_told_in_miniature(app: Flask, cli: FlaskCliRunner) -> None:
    done = cli.invoke(args=["demo"])

    assert done.exit_code == 0, done.output
    assert STAFF[0][0] in done.stdout
    moment = now()
    with app.app_context():
        brand = brands.by_slug("night-fair")
        with of_brand(brand.id):
            found = {campaign.slug: campaign for campaign in campaigns.listed(brand)}
            states = {
                slug: str(state(one.published_at, one.starts_at, one.ends_at, moment)) for slug, one in found.items()
            }
            assert states == {RUNNING: "running", UPCOMING: "upcoming", OVER: "over"}
            running = found[RUNNING]
            measures = spread.measures(running)
            assert 360 <= measures.reach <= 440
            assert len(measures.generations) == 7
            assert {story.locale for story in campaigns.stories(running)} == {"en", "id", "pl", "zh_Hans"}
            assert all(story.picture_id for one in found.values() for story in campaigns.stories(one))
            assert sum("Poster" in (link.label or "") for link in links.of_brand(running)) == 4
            hall = events.by_slug(brand, HALL)
            assert {place.kind for place in events.places(hall)} == {"gate", "booth", "poster", "stage"}
            assert outcome.outcome(hall).told > 100
            assert conflicts.count_unsettled(hall) == 1
            assert door_now(hall, now()).inside > 10
            totals = sales.totals(running)
            assert totals.count > 100
            assert 0 < totals.refunded.minor < totals.gross.minor / 10
            assert fans.count(found[OVER]) >= 50
            assert found[OVER].currency == "PLN"
            assert fans.count(found[UPCOMING]) == 0
        for email, role, _ in STAFF:
            account = recognise(email, PASSWORD)
            assert account is not None
            assert brands.role(brand, account) == role
        assert checks.verify() == []

    assert "a brand here already" in refused(cli.invoke(args=["demo"]))


@pytest.mark.slow
@pytest.mark.engines("sqlite")
def test_every_address_that_serve_prints_leads_somewhere(app: Flask, cli: FlaskCliRunner) -> None:
    cli.invoke(args=["demo"])
    with app.app_context():
        shown = {name: address.removeprefix("http://tular.test") for name, address, _ in lines("http://tular.test")}
    client = app.test_client()

    pages = {name: client.get(path) for name, path in shown.items()}

    assert {name: page.status_code for name, page in pages.items()} == {
        "The story": 200,
        "A fan's home": 200,
        "The staff": 200,
    }
    home = make.send(client, shown["A fan's home"], follow_redirects=True)
    assert STAR.name.split()[0] in home.get_data(as_text=True)
    assert make.send(app.test_client(), shown["A fan's home"]).status_code != 302, "the link is good once"


# --- serve -----------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
@pytest.mark.engines("sqlite")
def test_serve_brings_everything_up_says_where_it_is_and_takes_it_down_again(
    empty_database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    settings = {"DATABASE_URL": empty_database_url, "DATA_DIR": str(tmp_path), "PORT": str(port), "DEMO": "0"}
    environment = {name: value for name, value in os.environ.items() if name not in {one.name for one in SETTINGS}}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment | settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as serve:
        assert serve.stdout is not None
        try:
            said = "".join(iter(serve.stdout.readline, "Ctrl+C ends it.\n"))
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                healthy = answer.status
            second = subprocess.run(command, cwd=ROOT, env=environment | settings, capture_output=True, text=True)
        finally:
            serve.send_signal(signal.SIGINT)
        serve.wait(30)

    assert healthy == 200
    assert f"Begin      http://127.0.0.1:{port}/start" in said
    assert f"http://127.0.0.1:{port}/mailbox" in said
    assert (second.returncode, second.stderr) == (
        1,
        f"Error: Port {port} is in use by another program. Choose another one, as in: make run PORT={port + 1}\n",
    )
    assert serve.returncode == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.engines("sqlite")
def test_without_a_demonstration_the_staffs_door_is_shown_once_there_is_a_brand(app: Flask) -> None:
    with app.app_context():
        before = lines("http://tular.test")
        upkeep(lambda: make.brand("another"))
        after = lines("http://tular.test")

    assert [address for _, address, _ in before] == ["http://tular.test/start"]
    assert [address for _, address, _ in after] == ["http://tular.test/sign-in"]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("host", "base", "is_warned"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", False),
        ("::1", "http://localhost:8000", False),
        ("0.0.0.0", "http://127.0.0.1:8000", True),
        ("::", "http://[::1]:8000", True),
        ("", "http://127.0.0.1:8000", True),
        ("192.168.1.5", "http://192.168.1.5:8000", True),
        ("127.0.0.1", "https://fair.example", True),
    ],
)
def test_serve_warns_where_others_can_reach_accounts_whose_password_everybody_knows(
    app: Flask, host: str, base: str, is_warned: bool
) -> None:
    with app.app_context():
        before = warning(host, base)
        upkeep(lambda: [take_on(make.brand(), email=STAFF[1][0], role="marketer", password=PASSWORD, name="Bayu")])
        after = warning(host, base)

    assert before is None
    assert (after is not None) is is_warned
    if after is not None:
        assert STAFF[1][0] in after
        assert STAFF[0][0] not in after  # there is none by that name, so nobody can sign in by it
        assert PASSWORD not in after
        assert f"{base}/account" in after


@pytest.mark.engines("sqlite")
@pytest.mark.settings(HOST="0.0.0.0", PORT=0)
def test_the_warning_is_printed_with_the_addresses(
    app: Flask, cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        upkeep(lambda: [take_on(make.brand(), email=STAFF[1][0], role="marketer", password=PASSWORD, name="Bayu")])
    stopped = Event()
    stopped.set()
    monkeypatch.setattr(serving, "Event", lambda: stopped)
    monkeypatch.setattr(serving, "programs", lambda app: [])
    monkeypatch.setattr(serving, "_wait_until_ready", lambda *_: True)
    monkeypatch.setattr(serving.signal, "signal", lambda *_: None)

    done = cli.invoke(args=["serve"], catch_exceptions=False)

    assert done.exit_code == 0, done.output
    assert "Tular is running." in done.stdout
    assert done.stderr.startswith("WARNING: this is reachable from other machines")


def child(tmp_path: Path, program: str) -> Child:
    return Child("worker", [sys.executable, "-c", program], dict(os.environ), str(tmp_path))


def watch(one: Child) -> None:
    """Watch a child for ever."""
    while True:
        one.watch()
        time.sleep(0.005)


def test_a_child_that_died_is_started_again(tmp_path: Path) -> None:
    once = child(
        tmp_path, "open('lives', 'a').write('x')\nif len(open('lives').read()) > 1: import time; time.sleep(60)"
    )
    once.start()
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and (not (lives := tmp_path / "lives").exists() or lives.stat().st_size < 2):
            once.watch()
            time.sleep(0.02)
        assert (tmp_path / "lives").read_text() == "xx"
    finally:
        end_all([once])


def test_a_child_that_dies_as_often_as_it_is_started_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("referral.cli.children.PAUSE_SECONDS", 0)
    dying = child(tmp_path, "open('lives', 'a').write('x')")
    dying.start()

    with pytest.raises(KeepsDying, match="worker"):
        watch(dying)

    assert (tmp_path / "lives").read_text() == "x" * SHORT_LIVES


def test_a_child_that_does_not_listen_is_ended_by_force_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("referral.cli.children.GRACE_SECONDS", 0.2)
    deaf = child(
        tmp_path,
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "grandchild = os.fork()\nopen(f'pid-{os.getpid()}', 'w').close()\ntime.sleep(60)",
    )
    deaf.start()
    deadline = time.monotonic() + 20
    while len(pids := [int(file.name[4:]) for file in tmp_path.glob("pid-*")]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)

    end_all([deaf])

    time.sleep(0.1)
    assert not any(running(pid) for pid in pids)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
