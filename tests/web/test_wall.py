"""An event's big screen: opened by its key, without a sign-in; numbers, names that agreed, and who walked in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from referral.events import actions, queries, wall_names
from referral.spread.rules.wire import decode
from tests import factories as make
from tests.parts.scanned import entry, nonce, taken

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.events.models import Event
    from referral.fans.models import Fan


class Night:
    """An event to which Ayu told Budi, and Budi told Citra; a poster told Ayu."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with make.saved(app):
            self.brand = make.brand()
            self.campaign = make.campaign(self.brand)
            self.poster = make.link(self.campaign, "Tram stop", "poster")
            self.fans: list[Fan] = make.chain(self.campaign, "Ayu", "Budi Santoso", "Citra", told_by=self.poster)
            self.event: Event = make.event(self.campaign, capacity=4)
            self.gate = make.place(self.event, "gate", "North")
            self.tokens = [make.token_of(make.gate_pass(self.event, fan)) for fan in self.fans]

    @property
    def at(self) -> str:
        """Give the big screen's address."""
        return f"/wall/{self.event.wall_key}"

    def lets_in(self, *numbers: int) -> list[str]:
        """Let passes in by their places in the chain; return the records' ids."""
        records = [entry(self.tokens[one], place_id=self.gate.id) for one in numbers]
        assert [answer.verdict for answer in taken(self.app, self.event, *records)] == ["applied"] * len(records)
        return [record.id for record in records]


@pytest.fixture
def night(app: Flask) -> Night:
    """Make it."""
    return Night(app)


def numbers(page: str) -> list[str]:
    """Read the large numbers: inside, came today, because a friend told them."""
    return re.findall(r'<p class="wall-number[^"]*">([^<]+)</p>', page)


def test_the_screen_opens_by_its_key_and_by_nothing_else(night: Night, client: FlaskClient) -> None:
    opened = client.get(night.at)

    assert opened.status_code == 200
    assert opened.headers["Referrer-Policy"] == "no-referrer"
    for wrong in ("/wall/x", f"/wall/{night.event.wall_key[:-1]}", "/wall/%00", f"/wall/{'k' * 5000}"):
        for part in ("", "/now", "/picture"):
            assert client.get(wrong + part).status_code == 404


def test_a_new_key_closes_the_screen_that_was_opened_by_the_old_one(
    app: Flask, night: Night, client: FlaskClient
) -> None:
    with make.saved(app):
        actions.renew_wall_key(queries.by_slug(night.brand, night.event.slug))

    assert client.get(f"{night.at}/now").status_code == 404


def test_the_doors_are_counted_as_people_come_and_an_annulled_entry_is_taken_off(
    app: Flask, night: Night, client: FlaskClient
) -> None:
    assert numbers(client.get(f"{night.at}/now").text) == ["0", "0", "0"]

    _ayu, citra = night.lets_in(0, 2)
    here = client.get(f"{night.at}/now").text
    taken(app, night.event, entry(night.tokens[2], id=nonce(), kind="annul", annuls=citra))
    after = client.get(f"{night.at}/now").text

    assert numbers(here) == ["2", "2", "1"]
    assert "50% of the room" in here
    assert numbers(after) == ["1", "1", "0"]


def test_a_name_is_shown_only_where_its_owner_let_it(app: Flask, night: Night, client: FlaskClient) -> None:
    night.lets_in(1, 2)  # brought by Ayu and by Budi
    hidden = client.get(f"{night.at}/now").text

    with make.saved(app):
        wall_names.show(night.event, night.fans[1])
    shown = client.get(f"{night.at}/now").text

    assert "Budi" not in hidden
    assert hidden.count("A fan") == 2
    assert "Budi" in shown
    assert "Santoso" not in shown
    assert "Ayu" not in shown


def test_the_picture_holds_who_walked_in_who_told_them_and_the_poster_that_told_the_first(
    night: Night, client: FlaskClient
) -> None:
    night.lets_in(2)

    answer = client.get(f"{night.at}/picture", headers={"Accept-Encoding": "identity"})

    seen = decode(answer.data)
    verdicts = [combo[3] for combo in seen.meta["combos"]]
    assert len(seen.parent) == 4  # the poster, Ayu and Budi, who only told others, and Citra
    assert [verdicts[combo] >= 0 for combo in seen.combo.tolist()] == [False, False, False, True]
    assert seen.meta["places"][0][0] == "Tram stop"
    for name in (b"Ayu", b"Budi", b"Citra"):
        assert name not in answer.data


def test_the_screen_says_when_there_is_something_new_to_draw(night: Night, client: FlaskClient) -> None:
    def version() -> str:
        found = re.search(r'data-version="([^"]+)"', client.get(f"{night.at}/now").text)
        assert found is not None
        return found[1]

    before = version()
    assert version() == before

    night.lets_in(0)

    assert version() != before


def test_nothing_on_the_screen_opens_anything_else(night: Night, client: FlaskClient) -> None:
    page = client.get(night.at).text

    assert "/b/" not in page.replace(f"/brands/{night.brand.slug}", "")
    assert "/g/" not in page
    assert "tk_" not in page
