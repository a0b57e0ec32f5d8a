"""A transaction loses nothing, a reading cannot write, and what another writer got in the way of is tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from referral.brands import queries as brands
from referral.brands.models import Account, Brand, Member
from referral.plumbing.clock import now
from referral.plumbing.db import confined_to, db, of_brand
from referral.plumbing.ids import new_id
from referral.plumbing.transaction import TRIES, in_reading, in_transaction
from referral.web.access import open_to_all
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask

THREADS, TIMES = 8, 100


@pytest.fixture
def account_id(app: Flask) -> int:
    """Make an account, whose `totp_last_step` serves as a counter."""
    with make.saved(app):
        account = make.member(make.brand())
        account.totp_last_step = 0
        return account.id


def counted(app: Flask) -> int | None:
    with app.app_context():
        return db.session.scalar(select(Account.totp_last_step))


def straight(work: Callable[[], object]) -> None:
    """Run the work without the queue of `in_transaction`, which would keep the writers apart by itself."""
    work()
    db.session.commit()


def at_once(app: Flask, work: Callable[[], object]) -> None:
    """Run the work 100 times in each of 8 threads, each time in a transaction of its own."""
    start = threading.Barrier(THREADS)

    def many_times() -> None:
        start.wait()
        for _ in range(TIMES):
            with app.app_context():
                straight(work)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(many_times) for _ in range(THREADS)]:
            done.result()


@pytest.mark.slow
@pytest.mark.engines("sqlite")
def test_on_sqlite_eight_hundred_transactions_that_read_and_then_write_lose_nothing(
    app: Flask, account_id: int
) -> None:
    def read_then_write() -> None:
        account = db.session.scalars(select(Account)).one()
        account.totp_last_step = (account.totp_last_step or 0) + 1

    at_once(app, read_then_write)

    assert counted(app) == THREADS * TIMES


@pytest.mark.slow
def test_eight_hundred_transactions_that_hold_the_row_they_read_lose_nothing(app: Flask, account_id: int) -> None:
    def hold_then_write() -> None:
        account = db.session.scalars(select(Account).with_for_update()).one()
        account.totp_last_step = (account.totp_last_step or 0) + 1

    at_once(app, hold_then_write)

    assert counted(app) == THREADS * TIMES


@pytest.mark.slow
def test_eight_hundred_transactions_that_change_a_row_by_what_it_holds_lose_nothing(
    app: Flask, account_id: int
) -> None:
    def add_one() -> None:
        db.session.execute(update(Account).values(totp_last_step=Account.totp_last_step + 1))

    at_once(app, add_one)

    assert counted(app) == THREADS * TIMES


# --- Reading ---------------------------------------------------------------------------------------------------------


def make_a_brand(slug: str = "made") -> Brand:
    brand = Brand(id=new_id(), slug=slug, name="Made", currency="IDR", locale="en", created_at=now())
    db.session.add(brand)
    db.session.flush()
    return brand


def brand_exists(app: Flask, slug: str = "made") -> bool:
    with app.app_context():
        return brands.find(slug) is not None


def test_the_database_refuses_what_a_reading_tries_to_write(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(DBAPIError, match=r"(?i)read.?only"):
            in_reading(make_a_brand)
        assert brands.find("made") is None


def test_a_connection_that_was_read_with_writes_again_afterwards(app: Flask) -> None:
    with app.app_context():
        in_reading(brands.any_brand)
        in_transaction(make_a_brand)

    assert brand_exists(app)


@pytest.mark.engines("sqlite")
def test_a_reading_does_not_wait_for_a_writer(app: Flask) -> None:
    writing, read = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with app.app_context():

            def work() -> None:
                make_a_brand()
                writing.set()
                assert read.wait(10)

            in_transaction(work)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(write_slowly)
        assert writing.wait(10)
        with app.app_context():
            found = in_reading(brands.any_brand)
        read.set()
        slow.result()

    assert found is False
    assert brand_exists(app)


@pytest.fixture
def routes(app: Flask) -> None:
    """Add three routes that all write: one that may not, one that may, and one that fails afterwards."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the token of a form is not what is tested here

    def view() -> str:
        return make_a_brand().slug

    def failing() -> str:
        make_a_brand()
        raise ZeroDivisionError

    app.add_url_rule("/read", "read", open_to_all(view))
    app.add_url_rule("/write", "write", open_to_all(lambda: view()), methods=["POST"])
    app.add_url_rule("/fail", "fail", open_to_all(failing), methods=["POST"])


@pytest.mark.usefixtures("routes")
def test_a_get_that_tries_to_write_fails_and_changes_nothing(app: Flask) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read.?only"):
        app.test_client().get("/read")

    assert not brand_exists(app)


@pytest.mark.usefixtures("routes")
def test_a_post_is_committed(app: Flask) -> None:
    answer = app.test_client().post("/write")

    assert answer.status_code == 200
    assert brand_exists(app)


@pytest.mark.usefixtures("routes")
def test_a_request_that_fails_is_not_committed(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError):
        app.test_client().post("/fail")

    assert not brand_exists(app)


# --- Again -----------------------------------------------------------------------------------------------------------


def test_who_meets_a_row_that_another_made_in_the_meantime_runs_again_and_finds_it(app: Flask) -> None:
    with make.saved(app):
        make.brand("made")
    seen: list[bool] = []

    def look_then_make() -> str:
        # The first time, this looks before the other one has committed.
        there = brands.find("made") if seen else None
        seen.append(there is not None)
        return (there or make_a_brand()).slug

    with app.app_context():
        slug = in_transaction(look_then_make)

    assert (slug, seen) == ("made", [False, True])


def test_fifty_that_make_the_same_row_at_once_make_one(app: Flask) -> None:
    def find_or_make() -> int:
        with app.app_context():
            return in_transaction(lambda: (brands.find("made") or make_a_brand()).id)

    with ThreadPoolExecutor(10) as pool:
        found = {done.result() for done in [pool.submit(find_or_make) for _ in range(50)]}

    assert len(found) == 1


def test_what_never_succeeds_is_given_up_after_some_tries(app: Flask) -> None:
    with make.saved(app):
        make.brand("made")
    tries: list[None] = []

    def make_it_again() -> None:
        tries.append(None)
        make_a_brand()

    with app.app_context(), pytest.raises(IntegrityError):
        in_transaction(make_it_again)

    assert len(tries) == TRIES


def test_what_contradicts_the_database_in_another_way_is_not_tried_again(app: Flask) -> None:
    tries: list[None] = []

    def serve_a_brand_that_is_not_there() -> None:
        tries.append(None)
        db.session.add(Member(brand_id=1, account_id=1, role="owner", created_at=now()))
        db.session.flush()

    with app.app_context(), pytest.raises(IntegrityError):
        in_transaction(serve_a_brand_that_is_not_there)

    assert len(tries) == 1


def test_an_exception_takes_everything_back_and_the_next_transaction_starts_clean(app: Flask) -> None:
    def make_and_fail() -> None:
        make_a_brand("half")
        raise KeyboardInterrupt

    with app.app_context():
        with pytest.raises(KeyboardInterrupt):
            in_transaction(make_and_fail)
        in_transaction(lambda: make_a_brand("whole"))

    assert (brand_exists(app, "half"), brand_exists(app, "whole")) == (False, True)


def test_a_request_starts_without_the_brand_of_the_one_before(app: Flask) -> None:
    app.add_url_rule("/brand", "brand", open_to_all(lambda: str(confined_to())))

    with of_brand(1):
        answer = app.test_client().get("/brand")

    assert answer.get_data(as_text=True) == "None"
