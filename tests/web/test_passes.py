"""A pass on any phone: what is shown, what is not, and what is said of one that opens no gate any more."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from referral.events import actions as events
from referral.events import passes, queries
from referral.events.rules.codes import Token, recognise
from referral.plumbing import clock
from referral.plumbing.clock import now
from referral.plumbing.db import every_brand
from referral.plumbing.ids import ALPHABET
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.events.models import Event, Pass
    from referral.fans.models import Fan

# What is asked of the database here is asked on both engines by the tests of its parts.
pytestmark = pytest.mark.engines("sqlite")

BASE = "http://tular.test"
NOON = datetime(2026, 11, 14, 5, tzinfo=UTC)  # noon in Jakarta


def fair(app: Flask, **terms: object) -> tuple[Event, Fan, Pass, str]:
    """Make an event, and a visitor with a pass; give its token too."""
    with make.saved(app):
        campaign = make.campaign(make.brand())
        event = make.event(campaign, **terms)  # type: ignore[arg-type]
        fan = make.fan(campaign, "Ayu Lestari", email="ayu@example.org")
        gate_pass = make.gate_pass(event, fan)
        return event, fan, gate_pass, make.token_of(gate_pass)


def read(client: FlaskClient, path: str, status: int = 200) -> str:
    """Open a page; give its text as a person reads it."""
    answer = client.get(path)
    assert answer.status_code == status
    return html.unescape(answer.text)


def drawn(text: str, pixels: int = 8) -> Image.Image:
    """Paint the one code that a page or picture holds: a path of runs, one unit a module."""
    [svg] = re.findall(r"<svg [^>]*crispEdges.*?</svg>", text, re.DOTALL)
    [side] = [int(number) for number in re.findall(r'viewBox="0 0 (\d+)', svg)]
    page = Image.new("L", (side * pixels, side * pixels), 255)
    pen = ImageDraw.Draw(page)
    for left, top, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        x, y = int(left) * pixels, int(top) * pixels
        pen.rectangle((x, y, x + int(length) * pixels - 1, y + pixels - 1), 0)
    return page


# --- What is shown ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["P", "p"])
def test_a_pass_shows_its_event_its_number_and_what_to_read_out(app: Flask, client: FlaskClient, letter: str) -> None:
    event, _fan, gate_pass, token = fair(app)

    page = read(client, f"/{letter}/{token}")

    with app.app_context(), every_brand():
        short = queries.signer(event).short(gate_pass.number, gate_pass.key_number)
    assert "A night of books" in page
    assert "Hall B" in page
    assert f"{short[:4]} {short[4:]}" in page
    assert "<dt>Number</dt><dd>1</dd>" in page
    assert "Keep your screen bright" in page


def test_a_token_is_read_without_case_and_with_look_alikes(app: Flask, client: FlaskClient) -> None:
    *_, token = fair(app)
    typed = token.lower().replace("0", "o").replace("1", "l")

    assert typed != token
    assert "A night of books" in read(client, f"/p/{typed}")


def test_its_code_leads_back_to_it_and_is_known_at_a_gate(app: Flask, client: FlaskClient) -> None:
    *_, token = fair(app)

    pictures = [read(client, f"/P/{token}"), read(client, f"/p/{token}.svg")]

    for picture in pictures:
        [found] = zxingcpp.read_barcodes(drawn(picture))
        reading = recognise(found.text, BASE)
        assert found.text == f"HTTP://TULAR.TEST/P/{token}"
        assert reading is not None
        assert (reading.kind, reading.text) == ("pass", token)


def test_the_code_is_small_enough_for_a_gate(app: Flask, client: FlaskClient) -> None:
    *_, token = fair(app)

    svg = read(client, f"/P/{token}.svg")

    assert 'viewBox="0 0 37 37"' in svg  # 29 modules, and the quiet zone on both sides


def test_days_are_told_by_the_clocks_of_the_place(app: Flask, client: FlaskClient) -> None:
    jakarta = ZoneInfo("Asia/Jakarta")
    days = [
        (datetime(2026, 11, day, 20, tzinfo=jakarta), datetime(2026, 11, day + 1, 2, tzinfo=jakarta))
        for day in (14, 15, 16)
    ]
    with clock.at(NOON):
        *_, token = fair(app, days=days)

        page = read(client, f"/P/{token}")

    assert "Nov 14" in page
    assert "each day 20:00–02:00" in page


@pytest.mark.parametrize(
    ("locale", "words"),
    [("pl", "14–16 lis 2026"), ("id", "14–16 Nov 2026"), ("zh-Hans", "2026年11月14日至16日")],
)
def test_days_are_written_as_the_reader_writes_them(app: Flask, client: FlaskClient, locale: str, words: str) -> None:
    jakarta = ZoneInfo("Asia/Jakarta")
    days = [
        (datetime(2026, 11, day, 9, tzinfo=jakarta), datetime(2026, 11, day, 21, tzinfo=jakarta))
        for day in (14, 15, 16)
    ]
    with clock.at(NOON):
        *_, token = fair(app, days=days)

        assert words in read(client, f"/P/{token}?lang={locale}")


def test_a_group_pass_says_how_many_it_lets_in(app: Flask, client: FlaskClient) -> None:
    event, *_ = fair(app)
    with make.saved(app):
        token = make.token_of(make.gate_pass(event, admits=24, label="School class"))

    page = read(client, f"/P/{token}")

    assert "24 people" in page
    assert "School class" in page


@pytest.mark.parametrize(
    ("reentry", "words"),
    [("once", "It lets you in once"), ("daily", "come again tomorrow"), ("free", "as often as you like")],
)
def test_it_says_how_often_one_may_come(app: Flask, client: FlaskClient, reentry: str, words: str) -> None:
    *_, token = fair(app, reentry=reentry)

    assert words in read(client, f"/P/{token}")


def test_a_pass_for_later_says_from_when_on_it_is_good(app: Flask, client: FlaskClient) -> None:
    event, *_ = fair(app)
    with make.saved(app):
        token = make.token_of(make.gate_pass(event, valid_from=now() + timedelta(hours=3)))

    assert "Good from " in read(client, f"/P/{token}")


# --- What is not -----------------------------------------------------------------------------------------------------


def test_nothing_personal_stands_on_it(app: Flask, client: FlaskClient) -> None:
    event, fan, _pass, token = fair(app)
    with make.saved(app):
        code = make.code_of(fan)

    page = read(client, f"/P/{token}")

    for secret in ("Ayu", "Lestari", "ayu@example.org", code, event.wall_key):
        assert secret not in page


def test_it_is_kept_by_nobody_and_told_to_nobody(app: Flask, client: FlaskClient) -> None:
    *_, token = fair(app)

    for path in (f"/P/{token}", f"/P/{token}.svg"):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "private, no-store"
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers["Referrer-Policy"] == "no-referrer"


def test_it_opens_where_a_crowd_shares_the_reception(app: Flask, client: FlaskClient) -> None:
    *_, token = fair(app)

    page = client.get(f"/P/{token}")
    parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    weight = len(page.data) + sum(len(client.get(part).data) for part in parts)

    assert len(parts) >= 2
    assert weight < 30_000


def test_it_needs_no_script(app: Flask, client: FlaskClient) -> None:
    *_, token = fair(app)

    page = read(client, f"/P/{token}")

    assert page.count("<script") == 1
    assert "data-print hidden" in page  # the one thing that the script does shows only with it


# --- What is no pass, or none any more -------------------------------------------------------------------------------


def forged(token: str) -> list[str]:
    """Write tokens that nobody signed: one sign changed, in what it says and in how it is signed; and nonsense."""
    other = {place: ALPHABET[(ALPHABET.index(token[place]) + 1) % 32] for place in (5, 12, 13, 25)}
    changed = [token[:place] + sign + token[place + 1 :] for place, sign in other.items()]
    return [*changed, "Z" * 26, "0" * 26, token[:-1], f"{token}0", "K7M2Q9XD", "a-pass"]


def test_a_forged_token_is_not_found_and_says_nothing(app: Flask, client: FlaskClient) -> None:
    *_, token = fair(app)

    for text in forged(token):
        for path in (f"/P/{text}", f"/p/{text}.svg"):
            page = read(client, path, 404)
            assert "A night of books" not in page, path
            assert "The Night Fair" not in page, path


def test_another_events_key_signs_nothing_here(app: Flask, client: FlaskClient) -> None:
    _event, *_, token = fair(app)
    with make.saved(app):
        brand = make.brand("tea-house", name="Tea House")
        theirs = make.event(make.campaign(brand, "tea"), "tea")
        read_token = Token.read(token)
        assert read_token is not None
        stolen = queries.signer(theirs).token(read_token.pass_id, 0)

    read(client, f"/P/{stolen}", 404)


def test_a_replaced_pass_says_so_and_shows_no_code(app: Flask, client: FlaskClient) -> None:
    event, _fan, gate_pass, token = fair(app)
    with make.saved(app):
        fresh = make.token_of(passes.reissue(event, queries.gate_pass(event, gate_pass.id)))

    page = read(client, f"/P/{token}", 410)

    assert "This pass was replaced by a new one" in page
    assert "shape-rendering" not in page
    assert fresh not in page
    assert client.get(f"/P/{token}.svg").status_code == 410
    assert "This pass was replaced" not in read(client, f"/P/{fresh}")


def test_a_revoked_pass_says_so(app: Flask, client: FlaskClient) -> None:
    event, _fan, gate_pass, token = fair(app)
    with make.saved(app):
        passes.revoke(queries.gate_pass(event, gate_pass.id))

    assert "This pass was taken back" in read(client, f"/P/{token}", 410)


def test_a_pass_that_has_run_out_says_so(app: Flask, client: FlaskClient) -> None:
    event, *_ = fair(app)
    with make.saved(app):
        token = make.token_of(make.gate_pass(event, valid_until=now() + timedelta(hours=1)))

    with clock.at(now() + timedelta(hours=2)):
        assert "This pass has run out" in read(client, f"/P/{token}", 410)


def test_after_the_event_a_pass_thanks_its_visitor(app: Flask, client: FlaskClient) -> None:
    event, *_, token = fair(app)

    with clock.at(now() + timedelta(days=3)):
        assert "This event is over" in read(client, f"/P/{token}", 410)
    with make.saved(app):
        events.close(queries.by_id(event.brand_id, event.id))
    assert "This event is over" in read(client, f"/P/{token}", 410)


def test_a_pass_signed_by_a_retired_key_says_that_a_new_one_is_needed(app: Flask, client: FlaskClient) -> None:
    event, *_, token = fair(app)
    for _ in range(3):
        with make.saved(app):
            passes.rotate_key(queries.by_id(event.brand_id, event.id))
    assert "Keep your screen bright" in read(client, f"/P/{token}")
    with make.saved(app):
        passes.rotate_key(queries.by_id(event.brand_id, event.id))

    page = read(client, f"/P/{token}", 410)

    assert "Make a new one on your page" in page


@pytest.mark.engines("sqlite")
@pytest.mark.settings(RATE_LIMITS=True)
def test_guesses_are_stopped_and_a_crowd_with_passes_is_not(app: Flask, client: FlaskClient) -> None:
    *_, token = fair(app)

    shown = [client.get(f"/P/{token}").status_code for _ in range(40)]
    guessed = [client.get(f"/P/{number:026}").status_code for number in range(40)]

    assert shown == [200] * 40
    assert guessed == [404] * 30 + [429] * 10
