"""Who came in by a fan's word: counted on their home, told while they look, taken back with the entry."""

from __future__ import annotations

import html
import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.events import arrivals, queries, scanning
from referral.events.rules.records import Record
from referral.plumbing import clock, ids
from referral.plumbing.clock import milliseconds, now
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.campaigns.models import Campaign
    from referral.events.models import Event, Place
    from referral.events.rules.answering import Answer
    from referral.fans.models import Fan


class Door:
    """A campaign with an event, its gate, and people of whom each told the next."""

    def __init__(self, app: Flask, *names: str, shows_name: bool = False) -> None:
        self.app = app
        with make.saved(app):
            self.campaign: Campaign = make.campaign(make.brand())
            self.event: Event = make.event(self.campaign)
            self.gate: Place = make.place(self.event)
            self.fans: list[Fan] = []
            for name in names:
                told_by = self.fans[-1] if self.fans else None
                self.fans.append(make.fan(self.campaign, name, told_by=told_by, shows_name=shows_name))
            for fan in self.fans:
                make.gate_pass(self.event, fan)

    def scan(self, fan: Fan, kind: str = "entry", **more: Any) -> Answer:
        """Let a gate read a fan's pass."""
        with make.saved(self.app):
            event = queries.by_id(self.event.brand_id, self.event.id)
            held = queries.pass_of_fan(event, fan.id)
            assert held is not None
            said = {"id": str(uuid.uuid4()), "kind": kind, "code": make.token_of(held), "place": ids.show(self.gate.id)}
            [answer] = scanning.take(event, [Record.read(said | more)], received_at=now())
            return answer

    def annul(self, entry: Answer) -> None:
        """Take an entry back."""
        with make.saved(self.app):
            event = queries.by_id(self.event.brand_id, self.event.id)
            said = {"id": str(uuid.uuid4()), "kind": "annul", "annuls": entry.id}
            [answer] = scanning.take(event, [Record.read(said)], received_at=now())
            assert answer.verdict == "applied"

    def counts(self, fan: Fan) -> dict[int, int]:
        """Count who came in by a fan's word, by depth."""
        with make.saved(self.app):
            return arrivals.by_depth(fan)

    def at_home(self, fan: Fan) -> FlaskClient:
        """Give a browser in which a fan is signed in."""
        with make.saved(self.app):
            person = make.person_of(fan)
        return make.signed_in_person(self.app, person)


def news(client: FlaskClient, since: str = "") -> dict[str, Any]:
    """Ask what is new, as the page does."""
    answer = client.get(f"/me/fair/arrivals?since={since}", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    read: dict[str, Any] = json.loads(answer.data)
    return read


def told(client: FlaskClient, since: str = "") -> list[str]:
    """Give what is told."""
    return [one["words"] for one in news(client, since)["arrivals"]]


# --- Counted ---------------------------------------------------------------------------------------------------------


def test_the_whole_chain_is_told_by_how_far_their_word_went(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi", "Citra", "Dewi")
    ayu, budi, citra, dewi = door.fans

    for fan in (citra, dewi):
        assert door.scan(fan).verdict == "applied"

    assert [door.counts(fan) for fan in door.fans] == [{2: 1, 3: 1}, {1: 1, 2: 1}, {1: 1}, {}]
    assert "people came in: 1 told by you, 1 by their word" in door.at_home(budi).get("/me/fair").text
    assert "people came in, told by whom you told" in door.at_home(ayu).get("/me/fair").text
    assert "Nobody has come in by your word yet." in door.at_home(dewi).get("/me/fair").text


def test_coming_again_is_no_second_arrival(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi")
    ayu, budi = door.fans

    for kind in ("entry", "entry", "exit", "entry"):
        door.scan(budi, kind)

    assert door.counts(ayu) == {1: 1}


def test_somebody_who_comes_on_both_days_came_once(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi")
    door.scan(door.fans[1])

    with clock.at(now() + timedelta(days=1, hours=2)):
        assert door.scan(door.fans[1]).verdict == "applied"

    assert door.counts(door.fans[0]) == {1: 1}


def test_an_entry_that_is_taken_back_takes_the_credit_back(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi", "Citra")
    ayu, budi, citra = door.fans
    door.scan(budi)
    entry = door.scan(citra)
    assert door.counts(ayu) == {1: 1, 2: 1}

    door.annul(entry)

    assert door.counts(ayu) == {1: 1}
    assert door.counts(budi) == {}


def test_another_fans_arrivals_are_not_mine(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi")
    with make.saved(app):
        eka = make.fan(door.campaign, "Eka")
    door.scan(door.fans[1])

    assert door.counts(eka) == {}
    assert told(door.at_home(eka)) == []


def test_a_fan_reads_that_money_is_earned_on_what_people_buy_only(app: Flask) -> None:
    door = Door(app, "Ayu")

    page = html.unescape(door.at_home(door.fans[0]).get("/me/fair").text)

    assert "Coming in is counted, and thanked for; money is only ever earned on what people buy." in page


# --- Told ------------------------------------------------------------------------------------------------------------


def test_who_does_not_show_their_name_is_somebody(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi")
    door.scan(door.fans[1])

    assert told(door.at_home(door.fans[0])) == ["Somebody just came in, thanks to you"]


def test_who_shows_their_name_is_told_by_the_first_of_it(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi Santoso", "Citra", shows_name=True)
    ayu, budi, citra = door.fans
    door.scan(budi)
    door.scan(citra)

    assert told(door.at_home(ayu)) == [
        "Budi just came in, thanks to you",
        "Citra just came in: your word went on to them",
    ]


def test_nothing_is_told_until_somebody_comes_and_the_numbers_come_with_it(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi")
    client = door.at_home(door.fans[0])

    before = news(client)
    door.scan(door.fans[1])
    after = news(client, before["since"])

    assert before["arrivals"] == []
    assert after["people"] == "1"
    assert after["summary"] == "person that you told came in"
    assert [one["depth"] for one in after["arrivals"]] == [1]
    assert after["since"] > before["since"]


def test_what_was_committed_late_is_told_all_the_same_and_known_by_its_id(app: Flask) -> None:
    """Ids are times, and an earlier one may become visible after a later one was told."""
    door = Door(app, "Ayu", "Budi")
    client = door.at_home(door.fans[0])
    door.scan(door.fans[1])

    first = news(client)
    again = news(client, first["since"])

    assert [one["id"] for one in again["arrivals"]] == [one["id"] for one in first["arrivals"]]


def test_what_is_long_past_is_not_told_again(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi")
    client = door.at_home(door.fans[0])
    door.scan(door.fans[1])
    in_a_minute = ids.show(ids.new_id() + (60_000 << 22))

    assert told(client, in_a_minute) == []


def test_the_page_begins_where_its_own_numbers_end(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi")
    client = door.at_home(door.fans[0])
    door.scan(door.fans[1])

    page = client.get("/me/fair").text
    [one] = news(client)["arrivals"]

    assert f'data-told="{one["id"]}"' in page
    assert 'data-arrivals="/me/fair/arrivals"' in page


def test_an_entry_taken_back_is_not_told_and_changes_the_numbers(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi")
    client = door.at_home(door.fans[0])
    entry = door.scan(door.fans[1])
    first = news(client)
    door.annul(entry)

    after = news(client, first["since"])

    assert after["people"] == "0"
    assert [one["words"] for one in after["arrivals"]] == [None]
    assert "Nobody has come in" in after["summary"]


def test_a_gate_that_was_offline_tells_when_it_happened(app: Flask) -> None:
    door = Door(app, "Ayu", "Budi")
    door.scan(door.fans[1], at=milliseconds(now() - timedelta(minutes=30)), offset=0, said="in")

    assert told(door.at_home(door.fans[0])) == ["Somebody came in 30 minutes ago, thanks to you"]


@pytest.mark.parametrize("since", ["", "x", "Z" * 13, "0" * 13, "' OR 1=1 --"])
def test_any_since_is_answered(app: Flask, since: str) -> None:
    door = Door(app, "Ayu", "Budi")
    door.scan(door.fans[1])
    client = door.at_home(door.fans[0])

    answer = client.get("/me/fair/arrivals", query_string={"since": since})

    assert answer.status_code == 200
    assert len(json.loads(answer.data)["arrivals"]) <= 1


# --- Who may ask -----------------------------------------------------------------------------------------------------


def test_who_is_not_signed_in_is_told_nothing_and_is_not_led_to_a_program(app: Flask, client: FlaskClient) -> None:
    Door(app, "Ayu")

    answer = client.get("/me/fair/arrivals", headers={"Accept": "application/json"})

    assert answer.location == "/me/sign-in"
    with client.session_transaction() as kept:
        assert kept["next"] == "/me"


def test_who_has_not_joined_is_told_nothing(app: Flask) -> None:
    door = Door(app, "Ayu")
    with make.saved(app):
        brand_fan = make.fan(make.campaign(make.brand("tea-house", name="Tea House"), "tea"), "Eka")
        person = make.person_of(brand_fan)
    client = make.signed_in_person(app, person)

    assert client.get("/me/fair/arrivals").location == "/me/sign-in"
    assert door.fans
