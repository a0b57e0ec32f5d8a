"""A visit's way from the redirect through the journal into the database: with what may be known, and nobody's name."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from referral.clicks import robots
from referral.links import actions as links
from referral.links import queries as found_links
from referral.plumbing import clock, ids
from referral.plumbing.db import db
from tests import factories as make
from tests.parts.clicking import (
    AGENT,
    NIGHT,
    PHONE,
    changed,
    click_of,
    journals,
    other_process,
    rows,
    secrets_made,
    verdicts,
)

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

ADDRESS = "203.0.113.77"


# --- What is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.settings(TRUSTED_PROXIES=1)
def test_a_visit_is_kept_with_what_may_be_known_and_nothing_else(app: Flask, client: FlaskClient) -> None:
    secrets_made(app)
    with make.saved(app):
        campaign = make.campaign(make.brand())
        link = make.link_of(make.fan(campaign))
    moment = clock.now()
    headers = {
        **PHONE,
        "X-Forwarded-For": f"6.6.6.6, {ADDRESS}",
        "Accept-Language": "id-ID,id;q=0.9,en;q=0.8",
        "Referer": "https://ayu:secret@L.Instagram.com/private?path=1",
        "Cookie": "chocolate=crumbs",
    }

    with clock.at(moment):
        answer = client.get(f"/r/{link.code.lower()}.wa", headers=headers)
    kept_bytes = b"".join(path.read_bytes() for path in journals(app))
    drained = make.drain(app)

    (row,) = rows(app)
    assert drained == 1
    assert ids.show(row.id) == click_of(answer)
    assert (row.brand_id, row.campaign_id, row.link_id, row.at) == (campaign.brand_id, campaign.id, link.id, moment)
    assert (row.channel, row.via, row.device, row.language) == ("whatsapp", "tap", "phone", "id")
    assert (row.country, row.referrer, row.verdict) == (None, "l.instagram.com", "counted")
    assert row.visitor > 0
    assert len(kept_bytes) == 128
    everything = kept_bytes + database_bytes(app)
    for personal in (ADDRESS, "6.6.6.6", "SM-A155F", "Chrome/126", "private", "secret@", "crumbs", "id-ID"):
        assert personal.encode() not in everything


def database_bytes(app: Flask) -> bytes:
    """Give all that a database holds: of SQLite the bytes of its files, of PostgreSQL those of the clicks' tables."""
    url = str(app.config["DATABASE_URL"])
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    with app.app_context(), db.engine.connect() as connection:
        tables = ("click", "click_hour", "click_day", "click_trait", "click_journal", "visitor_salt")
        dumps = [connection.execute(text(f"SELECT {table}::text FROM {table}")).scalars() for table in tables]
        return "\n".join(row for dump in dumps for row in dump).encode()


def test_a_scan_of_a_poster_is_known_as_one(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        poster, fan = make.link(campaign), make.code_of(make.fan(campaign))
    for path in (f"/R/{poster.code}", f"/R/{fan}", f"/r/{fan}", f"/r/{fan}.tg"):
        client.get(path, headers=PHONE)

    make.drain(app)

    assert Counter((row.channel, row.via) for row in rows(app)) == {
        ("poster", "qr"): 1,
        ("qr", "qr"): 1,
        ("copy", "tap"): 1,
        ("telegram", "tap"): 1,
    }


def test_what_a_visitor_sends_cannot_break_the_record(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))
    odd = ["x" * 10_240, "\xff\xfe" * 50, "https://" + "a" * 10_000 + ".example/", "en" + "\x7f" * 200, "%00%0d%0a"]

    for said in odd:
        headers = {"User-Agent": f"Firefox {said}", "Accept-Language": said, "Referer": said, "Sec-Fetch-Dest": ""}
        assert client.get(f"/r/{code}", headers=headers).status_code == 302

    assert make.drain(app) == len(odd)
    assert all((row.language or "en") == "en" and len(row.referrer or "") <= 47 for row in rows(app))


# --- Once for all processes ------------------------------------------------------------------------------------------


def test_whoever_is_answered_by_two_processes_counts_once(app: Flask, client: FlaskClient) -> None:
    secrets_made(app)
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    with other_process(app) as other:
        for browser in (client, other.test_client()):
            assert browser.get(f"/r/{code}", headers=PHONE).status_code == 302
        assert len(journals(app)) == 2
        assert make.drain(app) == 2

    assert verdicts(app) == {"counted": 1, "repeat": 1}


def test_who_comes_again_after_the_worker_was_started_anew_is_a_repeat_still(app: Flask, client: FlaskClient) -> None:
    secrets_made(app)
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    for _ in range(3):
        client.get(f"/r/{code}", headers=PHONE)
        make.drain(app)

    assert verdicts(app) == {"counted": 1, "repeat": 2}


def test_midnight_does_not_make_somebody_new_of_a_visitor_but_an_hour_does(app: Flask, client: FlaskClient) -> None:
    with clock.at(NIGHT):
        secrets_made(app)
        with make.saved(app):
            code = make.code_of(make.fan(make.campaign(make.brand())))

    for minutes in (0, 1, 59, 61, 62):
        with clock.at(NIGHT + timedelta(minutes=minutes)):
            client.get(f"/r/{code}", headers=PHONE)
    with clock.at(NIGHT + timedelta(minutes=63)):
        make.drain(app)

    assert [row.verdict for row in rows(app)] == ["counted", "repeat", "repeat", "counted", "repeat"]


def test_browsers_with_names_of_any_length_or_letters_are_told_apart(app: Flask, client: FlaskClient) -> None:
    secrets_made(app)
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))
    names = [AGENT + "x" * robots.LONGEST_AGENT + end for end in ("", "a", "b", "\xe9", "\ud800")]

    for name in (*names, *names):
        assert client.get(f"/r/{code}", environ_overrides={"HTTP_USER_AGENT": name}).status_code == 302
    make.drain(app)

    assert [row.verdict for row in rows(app)] == ["counted"] * 5 + ["repeat"] * 5
    assert len({row.visitor for row in rows(app)}) == 5


def test_a_clock_that_jumps_back_gives_larger_ids_and_no_second_count(app: Flask, client: FlaskClient) -> None:
    secrets_made(app)
    moment = clock.now().replace(hour=12)
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    with clock.at(moment):
        first = client.get(f"/r/{code}", headers=PHONE)
    with clock.at(moment - timedelta(minutes=20)):
        second = client.get(f"/r/{code}", headers=PHONE)
    make.drain(app)

    assert click_of(second) > click_of(first)
    assert [(row.verdict, row.at) for row in rows(app)] == [
        ("repeat", moment),
        ("counted", moment - timedelta(minutes=20)),
    ]


@pytest.mark.settings(FLOOD_PER_MINUTE=5, TRUSTED_PROXIES=1)
def test_a_flood_is_noted_as_one_and_people_elsewhere_count(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    for number in range(12):
        agent = f"{AGENT} {number}"
        client.get(f"/r/{code}", headers={"User-Agent": agent, "X-Forwarded-For": "203.0.113.1"})
    client.get(f"/r/{code}", headers={**PHONE, "X-Forwarded-For": "203.0.113.2"})
    make.drain(app)

    assert verdicts(app) == {"counted": 6, "flood": 7}


# --- As it is served -------------------------------------------------------------------------------------------------


def wait_until(holds: Any, seconds: float) -> float:
    """Wait until something holds; give how long it took, at least `seconds` where it never did."""
    began = time.monotonic()
    while not holds() and time.monotonic() - began < seconds:
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.mark.slow
def test_a_served_application_knows_new_links_at_once_and_changes_within_two_seconds(app: Flask) -> None:
    secrets_made(app)
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        first = make.link(campaign).code

    with other_process(app, TESTING=False) as served:
        browser = served.test_client()

        def status(code: str) -> int:
            return browser.get(f"/r/{code}", headers=PHONE).status_code

        assert status(first) == 302
        with make.saved(app):
            second = make.link(campaign, "Hall C").code
            third = make.link(make.campaign(brand, "later")).code
        assert (status(second), status(third)) == (302, 302)

        for code in (first, second):
            with make.saved(app):
                link = found_links.by_code(code)
                assert link is not None
                links.switch(link, on=False)
            # Somebody who follows a link of a campaign that is a moment old has all asked anew before its time.
            with make.saved(app):
                fresh = make.link(make.campaign(brand, f"fresh-{code.lower()}")).code
            assert status(fresh) == 302
            assert wait_until(lambda code=code: status(code) == 404, 5) < 2.5
        changed(app, third, landing_url="https://shop.example/")
        assert (
            wait_until(
                lambda: browser.get(f"/r/{third}", headers=PHONE).location.startswith("https://shop.example/"), 5
            )
            < 2.5
        )


def test_the_days_secrets_are_taken_up_by_a_process_that_began_without_them(app: Flask) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        code = make.code_of(make.fan(campaign))

    with ExitStack() as stack:
        browsers = [stack.enter_context(other_process(app)).test_client() for _ in range(2)]
        for browser in browsers:  # each has only a secret of its own
            browser.get(f"/r/{code}", headers=PHONE)
        secrets_made(app)
        for browser in browsers:
            browser.get(f"/r/{code}", headers=PHONE)
    make.drain(app)

    # All four are one visitor; once the two processes share a secret they give the same number.
    numbers = [row.visitor for row in rows(app)]
    assert len(set(numbers)) == 3
    assert Counter(row.verdict for row in rows(app)) == {"counted": 3, "repeat": 1}
