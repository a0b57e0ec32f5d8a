"""A visit's way from the redirect through the journal into the database: whole, once, and with nobody's name."""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, text

from referral.campaigns import actions as campaigns
from referral.campaigns import queries as found_campaigns
from referral.clicks import actions, drain, expiry, queries
from referral.clicks.actions import Row
from referral.clicks.drain import Drain
from referral.clicks.journal import ENDING
from referral.clicks.models import WHOLE_CAMPAIGN, Click, ClickDay, ClickHour, ClickJournal, ClickTrait
from referral.clicks.rules.months import DAY, HOUR
from referral.clicks.rules.people import DEVICES
from referral.clicks.rules.visits import VERDICTS
from referral.introductions import queries as introductions
from referral.links import actions as links
from referral.links import queries as found_links
from referral.links.rules import CHANNEL_NAMES
from referral.plumbing import clock, ids
from referral.plumbing.db import db, every_brand
from tests import factories as make
from tests.application import application, settings_for_tests

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

AGENT = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 Chrome/126.0.6478.122 Mobile Safari/537.36"
PHONE = {"User-Agent": AGENT}
ADDRESS = "203.0.113.77"
NIGHT = datetime(2026, 5, 31, 23, 59, 30, tzinfo=UTC)


def secrets_made(app: Flask) -> None:
    """Make the days' secrets, as `serve` does before the first visit."""
    with make.saved(app):
        expiry.forget()


def rows(app: Flask) -> list[Click]:
    """Read all visits that are in the database."""
    with make.saved(app):
        return list(db.session.scalars(select(Click).order_by(Click.id)))


def verdicts(app: Flask) -> dict[str, int]:
    """Count the visits in the database by verdict, and see that the counts that are kept say the same."""
    with make.saved(app):
        found = Counter(db.session.scalars(select(Click.verdict)))
        for table in (ClickDay, ClickHour):
            kept: Counter[str] = Counter()
            for verdict, clicks in db.session.execute(
                select(table.verdict, table.clicks).where(table.link_id == WHOLE_CAMPAIGN)
            ):
                kept[verdict] += clicks
            assert kept == found
    return dict(found)


def click_of(answer: Any) -> str:
    """Read the click out of the address that a visit led to."""
    return parse_qs(urlsplit(answer.location).query)["tular_click"][0]


def changed(app: Flask, code: str, **settings: Any) -> None:
    """Change the campaign that a code leads into."""
    with make.saved(app):
        link = found_links.by_code(code)
        assert link is not None
        campaign = found_campaigns.by_id(link.brand_id, link.campaign_id)
        said = {"name": campaign.name, "landing_url": campaign.landing_url, "starts_at": None, "ends_at": None}
        campaigns.change(campaign, **{**said, **settings})


@contextmanager
def other_process(app: Flask, **settings: object) -> Iterator[Flask]:
    """Make one more application on the same database and folder, as another process has it."""
    same = {name: app.config[name] for name in ("DATA_DIR", "CLICKS_DIR")}
    with application(settings_for_tests(app.config["DATABASE_URL"], **{**same, **settings})) as other:
        yield other


@contextmanager
def draining(app: Flask, kind: type[Drain] = Drain) -> Iterator[Drain]:
    """Give a drain of an application's folder, inside its context."""
    with app.app_context():
        reader = kind(Path(app.config["CLICKS_DIR"]), app.config["FLOOD_PER_MINUTE"])
        try:
            yield reader
        finally:
            reader.close()
            db.session.remove()


def journals(app: Flask) -> list[Path]:
    """List the journals that are there."""
    return sorted(Path(app.config["CLICKS_DIR"]).glob(f"*{ENDING}"))


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


# --- Exactly once ----------------------------------------------------------------------------------------------------


class Death(BaseException):
    """Stand for the end of the worker: nothing catches it on the way."""


def visited(app: Flask, times: int = 5) -> str:
    """Let so many visitors come, by a process that is no more: its journal is to be thrown away when it is read."""
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))
    with other_process(app) as other:
        for number in range(times):
            other.test_client().get(f"/r/{code}", headers={"User-Agent": f"{AGENT} {number}"})
    return code


@pytest.mark.parametrize("where", ["rows", "commit", "unlink", "position"])
@pytest.mark.parametrize("times", [5, 120])
def test_each_visit_arrives_once_wherever_the_worker_dies(
    app: Flask, monkeypatch: pytest.MonkeyPatch, where: str, times: int
) -> None:
    visited(app, times)

    def die(*_: object, **__: object) -> None:
        raise Death

    def keep_and_die(*kept: list[Row]) -> None:
        actions_keep(*kept)
        raise Death

    actions_keep = actions.keep
    with monkeypatch.context() as patch:
        if where == "rows":  # they are written, and not committed
            patch.setattr(actions, "keep", keep_and_die)
        elif where == "commit":  # committed, and the journal still there
            patch.setattr(Drain, "_forget", die)
        elif where == "unlink":  # the journal gone, and its position still there
            patch.setattr(drain, "_forget", die)
        else:  # all done
            patch.setattr(Drain, "empty", lambda self, stop=None: (self.look(), die()))
        with draining(app) as reader, pytest.raises(Death):
            reader.empty()
    make.drain(app)
    make.drain(app)

    assert verdicts(app) == {"counted": times}
    assert journals(app) == []
    with make.saved(app):
        left = db.session.scalars(select(ClickJournal.position)).all()
    assert len(left) == (1 if where == "unlink" else 0)


def test_a_drain_that_failed_goes_on_from_what_was_committed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    visited(app)
    keep = actions.keep

    with draining(app) as reader:
        with monkeypatch.context() as patch:
            patch.setattr(actions, "keep", lambda *kept: (keep(*kept), 1 / 0))
            with pytest.raises(ZeroDivisionError):
                reader.look()
        assert journals(app) != []
        assert reader.look() == 5

    assert verdicts(app) == {"counted": 5}


def test_one_drain_at_a_time_reads(app: Flask) -> None:
    visited(app)

    with draining(app) as first, draining(app) as second:
        assert first.look() == 5
        assert second.look() == -1
        assert second.empty() == 0
        first.close()
        assert second.look() == 0

    assert verdicts(app) == {"counted": 5}


def test_two_drains_at_once_keep_each_visit_once(app: Flask) -> None:
    visited(app, 200)
    kept: list[int] = []
    start = threading.Barrier(2)

    def read() -> None:
        with draining(app) as reader:
            start.wait(10)
            kept.append(reader.empty())

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sum(kept) == 200
    assert verdicts(app) == {"counted": 200}


@pytest.mark.parametrize("times", [5, 120])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_copied_journal_doubles_nothing_and_stops_nothing(app: Flask, times: int, when: str) -> None:
    """Few rows and many are written in different ways on PostgreSQL; both have to find what is there already."""
    visited(app, times)
    (journal,) = journals(app)
    copy = journal.with_name(f"00-00-0-copied{ENDING}")
    backup = journal.with_name("backup")
    shutil.copyfile(journal, copy if when == "before" else backup)

    make.drain(app)
    if when == "after":
        shutil.copyfile(backup, copy)
        make.drain(app)
    with other_process(app) as other:
        with make.saved(app):
            code = make.code_of(make.fan(make.campaign(make.brand("others"), "other")))
        other.test_client().get(f"/r/{code}", headers=PHONE)
        make.drain(app)

    assert verdicts(app) == {"counted": times + 1}
    assert len(journals(app)) == 0 or all(path.stat().st_size == 0 or path != copy for path in journals(app))


def test_a_journal_torn_by_a_power_failure_gives_all_its_whole_records(app: Flask) -> None:
    visited(app, 4)
    (journal,) = journals(app)
    data = journal.read_bytes()
    journal.write_bytes(data[:128] + data[128:200] + data[256:384] + bytes(300) + data[384:450])

    assert make.drain(app) == 2
    assert journals(app) == []


# --- Counts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_the_counts_are_those_of_the_rows(app: Flask, seed: int) -> None:
    draw = Random(seed)
    with make.saved(app):
        brand = make.brand()
        some = [make.campaign(brand, "one"), make.campaign(brand, "two")]
    start = 1_780_000_000_000
    made = []
    for number in range(400):
        campaign = draw.choice(some)
        at = start + draw.randrange(3 * DAY)
        made.append(
            Row(
                brand.id,
                at << 22 | number,
                campaign.id,
                campaign.id + draw.randrange(1, 4),
                at,
                draw.choice(CHANNEL_NAMES[:3]),
                draw.choice(("tap", "qr")),
                draw.choice(DEVICES),
                draw.choice((None, "id", "pl")),
                draw.choice((None, "ID")),
                draw.choice((None, "t.me", "wa.me")),
                draw.randrange(2**63),
                draw.choice(VERDICTS),
            )
        )

    cuts = sorted(draw.sample(range(400), 6))
    for begin, end in zip([0, *cuts], [*cuts, 400], strict=True):
        with make.saved(app):
            actions.keep(made[begin:end])

    hours: Counter[tuple[object, ...]] = Counter()
    days: Counter[tuple[object, ...]] = Counter()
    traits: Counter[tuple[object, ...]] = Counter()
    for row in made:
        for link_id in (row.link_id, WHOLE_CAMPAIGN):
            hours[row.campaign_id, link_id, row.at // HOUR, row.channel, row.verdict] += 1
            days[row.campaign_id, link_id, row.at // DAY, row.channel, row.verdict] += 1
            for trait in ("via", "device", "language", "country", "referrer"):
                traits[row.campaign_id, link_id, trait, getattr(row, trait) or "", row.verdict] += 1
    with make.saved(app):
        kept = [
            {
                tuple(getattr(count, name) for name in ("campaign_id", "link_id", *names, "verdict")): count.clicks
                for count in db.session.scalars(select(table))
            }
            for table, names in (
                (ClickHour, ("hour", "channel")),
                (ClickDay, ("day", "channel")),
                (ClickTrait, ("trait", "value")),
            )
        ]
        by_link = queries.by_link(some[0], [some[0].id + 1])
    assert kept == [hours, days, traits]
    assert by_link == {some[0].id + 1: Counter(row.verdict for row in made if row.link_id == some[0].id + 1)}


@pytest.mark.engines("postgresql")
def test_each_month_has_a_partition_of_its_own(app: Flask, client: FlaskClient) -> None:
    with clock.at(NIGHT - timedelta(days=40)), make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    for moment in (NIGHT - timedelta(days=40), NIGHT, NIGHT + timedelta(minutes=1)):
        with clock.at(moment):
            client.get(f"/r/{code}", headers=PHONE)
    make.drain(app)

    with app.app_context(), db.engine.connect() as connection:
        found = connection.execute(text("SELECT tableoid::regclass::text, at FROM click ORDER BY id")).all()
    assert [row[0] for row in found] == ["click_y2026m04", "click_y2026m05", "click_y2026m06"]


# --- A click that is on its way --------------------------------------------------------------------------------------


def bearer(key: str) -> dict[str, str]:
    """Write what a program shows of itself."""
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("is_drained", [False, True])
def test_a_click_leads_to_its_teller_also_before_it_is_in_the_database(
    app: Flask, client: FlaskClient, is_drained: bool
) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        ayu = make.fan(campaign, "Ayu")
        code, key, ayus = make.code_of(ayu), make.key(brand), ids.show(ayu.id)
    clicks = [click_of(client.get(f"/r/{code}.wa", headers={"User-Agent": f"{AGENT} {one}"})) for one in range(3)]
    if is_drained:
        make.drain(app)

    make.send(client, f"/c/fair/join?tular_click={clicks[0]}", {"name": "Budi", "contact": "budi@example.org"})
    joined = client.post(
        "/api/v1/campaigns/fair/fans",
        json={"name": "Citra", "email": "citra@example.org", "click_id": clicks[1]},
        headers=bearer(key),
    )
    sold = client.post(
        "/api/v1/campaigns/fair/sales",
        json={"external_id": "A1", "amount": "100000.00", "currency": "IDR", "click_id": clicks[2]},
        headers=bearer(key),
    )

    assert joined.status_code == 201, joined.text
    assert joined.json["introduced_by"] is not None
    assert sold.status_code == 201, sold.text
    assert [credit["fan"] for credit in sold.json["credits"]] == [ayus]
    with make.saved(app):
        assert {(one.name, one.channel) for one in introductions.branch(ayu)} >= {("Budi", "whatsapp")}


@pytest.mark.parametrize("is_drained", [False, True])
def test_another_brands_click_is_nobodys_word(app: Flask, client: FlaskClient, is_drained: bool) -> None:
    with make.saved(app):
        ours, theirs = make.brand(), make.brand("day-fair")
        ayu = make.fan(make.campaign(ours), "Ayu")
        other = make.campaign(theirs, "other")
        code, key = make.code_of(ayu), make.key(theirs)
    stolen = click_of(client.get(f"/r/{code}", headers=PHONE))
    if is_drained:
        make.drain(app)

    page = client.get(f"/c/other?tular_click={stolen}", headers=PHONE)
    make.send(client, f"/c/other/join?tular_click={stolen}", {"name": "Budi", "contact": "budi@example.org"})
    joined = client.post(
        "/api/v1/campaigns/other/fans", json={"email": "c@example.org", "click_id": stolen}, headers=bearer(key)
    )
    sold = client.post(
        "/api/v1/campaigns/other/sales",
        json={"external_id": "A1", "amount": "1.00", "currency": "IDR", "click_id": stolen},
        headers=bearer(key),
    )

    assert page.status_code == 200
    assert (joined.status_code, joined.json["code"]) == (422, "click_unknown")
    assert (sold.status_code, sold.json["code"]) == (422, "click_unknown")
    with make.saved(app):
        assert [edge.introducer_id for edge in introductions.forest(other)] == [None]
        assert introductions.branch(ayu) == []


@pytest.mark.engines("postgresql")
def test_a_click_that_leaves_the_journal_while_it_is_looked_for_is_found(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where each look at the database sees what others committed since the last one."""
    secrets_made(app)  # and the month's partition, for which the drain would wait until nobody reads
    with make.saved(app):
        campaign = make.campaign(make.brand())
        code = make.code_of(make.fan(campaign))
    click = ids.read(click_of(client.get(f"/r/{code}", headers=PHONE)))
    assert click is not None
    drained: list[int] = []
    positions = queries.positions

    def drain_first() -> dict[str, int]:
        if not drained:
            drained.append(0)
            thread = threading.Thread(target=lambda: drained.append(make.drain(app)))
            thread.start()
            thread.join(30)
        return positions()

    monkeypatch.setattr(queries, "positions", drain_first)
    with app.app_context(), every_brand():
        found = queries.seen(campaign, click)
        db.session.remove()

    assert drained == [0, 1]
    assert found is not None
    assert found.id == click


# --- Settings of a campaign ------------------------------------------------------------------------------------------


def test_what_a_campaign_says_anew_holds_for_the_next_visit(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        link = make.link(make.campaign(make.brand()))
        code = link.code

    def led() -> str:
        return client.get(f"/r/{code}", headers=PHONE).location.partition("tular_click=")[0]

    assert led() == f"/c/fair?via={code}&"
    changed(app, code, landing_url="https://shop.example/fair?lang=id")
    assert led() == "https://shop.example/fair?lang=id&"
    changed(app, code, utm_template="utm_medium={channel}&utm_content={code}&lang=en")
    assert led() == f"https://shop.example/fair?lang=id&utm_medium=poster&utm_content={code}&"
    changed(app, code, landing_url=None)
    assert led() == f"/c/fair?via={code}&"
    changed(app, code, ends_at=clock.now() - timedelta(days=1), starts_at=clock.now() - timedelta(days=2))
    assert client.get(f"/r/{code}", headers=PHONE).status_code == 410
    changed(app, code, starts_at=clock.now() + timedelta(days=1))
    assert "opens on" in client.get(f"/r/{code}", headers=PHONE).text


def test_a_link_that_is_switched_off_and_on_again_is_followed_again(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.link(make.campaign(make.brand())).code

    found = []
    for on in (True, False, True):
        with make.saved(app):
            link = found_links.by_code(code)
            assert link is not None
            links.switch(link, on=on)
        found.append(client.get(f"/r/{code}", headers=PHONE).status_code)

    assert found == [302, 404, 302]


def test_a_campaigns_window_is_the_one_it_says_now(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))
    changed(app, code, repeat_minutes=0)
    for _ in range(3):
        client.get(f"/r/{code}", headers=PHONE)
    make.drain(app)

    changed(app, code, repeat_minutes=60)
    client.get(f"/r/{code}", headers=PHONE)
    make.drain(app)

    assert verdicts(app) == {"counted": 3, "repeat": 1}


# --- The cookie ------------------------------------------------------------------------------------------------------


def test_no_browser_is_asked_to_remember_anything_unless_the_campaign_allows_it(
    app: Flask, client: FlaskClient
) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))

    assert "Set-Cookie" not in client.get(f"/r/{code}", headers=PHONE).headers
    changed(app, code, click_cookie=True)
    answer = client.get(f"/r/{code}", headers=PHONE)

    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name == f"tular_click={click_of(answer)}"
    assert set(attributes) == {f"Max-Age={30 * 86_400}", "Path=/c/fair", "HttpOnly", "SameSite=Lax"}
    assert "Set-Cookie" not in client.head(f"/r/{code}", headers=PHONE).headers
    assert "Set-Cookie" not in client.get(f"/r/{code}", headers={"User-Agent": "Googlebot/2.1"}).headers
    changed(app, code, attribution_days=7)
    assert f"Max-Age={7 * 86_400}" in client.get(f"/r/{code}", headers=PHONE).headers["Set-Cookie"]


@pytest.mark.settings(PUBLIC_URL="https://tular.test")
def test_the_cookie_is_for_secure_connections_where_there_are_such(app: Flask, client: FlaskClient) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(make.campaign(make.brand())))
    changed(app, code, click_cookie=True)

    assert client.get(f"/r/{code}", headers=PHONE).headers["Set-Cookie"].endswith("; Secure")


@pytest.mark.parametrize("is_allowed_still", [True, False])
def test_who_comes_back_without_a_code_is_known_by_the_cookie_while_it_is_allowed(
    app: Flask, client: FlaskClient, is_allowed_still: bool
) -> None:
    with make.saved(app):
        campaign = make.campaign(make.brand())
        ayu = make.fan(campaign, "Ayu")
        code = make.code_of(ayu)
    changed(app, code, click_cookie=True)
    client.get(f"/r/{code}.wa", headers=PHONE)
    changed(app, code, click_cookie=is_allowed_still)

    make.send(client, "/c/fair/join", {"name": "Budi", "contact": "budi@example.org"}, headers=PHONE)

    with make.saved(app):
        told = [(one.name, one.channel) for one in introductions.branch(ayu)]
    assert told == ([("Budi", "whatsapp")] if is_allowed_still else [])


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
