"""What goes on at the doors: people and passes by gate and day, the last quarter of an hour, what is counted again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.events import overview, scanning
from referral.events.overview import DoorNow, Held, day_of, door_now
from referral.events.rules.records import Record
from referral.plumbing import clock, ids
from referral.plumbing.clock import milliseconds, now
from tests import factories as make

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from referral.events.models import Event, Pass, Place


@pytest.fixture
def night(app: Flask) -> Event:
    """Make an event that is open, and opens again tomorrow."""
    with make.saved(app):
        return make.event(make.campaign(make.brand()), gives_passes=False)


@pytest.fixture
def gates(app: Flask, night: Event) -> list[Place]:
    """Make two gates."""
    with make.saved(app):
        return [make.place(night, name=name) for name in ("North", "South")]


def some(app: Flask, night: Event, count: int, **terms: Any) -> list[Pass]:
    """Give out passes."""
    with make.saved(app):
        return [make.gate_pass(night, **terms) for _ in range(count)]


def come(app: Flask, night: Event, place: Place | None, one: Pass, **others: Any) -> None:
    """Scan a pass, as a program without a device does."""
    with make.saved(app):
        record = {
            "id": str(uuid.uuid4()),
            "code": make.token_of(one),
            "place": ids.show(place.id) if place is not None else None,
            "at": milliseconds(now()),
        }
        [answer] = scanning.take(night, [Record.read(record | others)], received_at=now())
    assert answer.verdict == "applied", answer


def seen(app: Flask, night: Event, at: datetime | None = None) -> DoorNow:
    """Look at the doors."""
    with make.saved(app):
        return door_now(night, at or now())


def test_the_gates_together_have_let_in_everybody(app: Flask, night: Event, gates: list[Place]) -> None:
    one, two, three, four = some(app, night, 4, admits=5)
    come(app, night, gates[0], one, people=3)
    come(app, night, gates[1], two, people=5)
    come(app, night, gates[1], three)
    come(app, night, None, four, people=2)
    come(app, night, gates[0], two, kind="exit", people=1)

    door = seen(app, night)

    assert (door.inside, door.people, door.passes, door.elsewhere) == (10, 11, 4, 2)
    assert sum(gate.today for gate in door.gates) + door.elsewhere == door.people
    assert [(gate.place.name, gate.entered, gate.left, gate.today) for gate in door.gates] == [
        ("North", 3, 1, 3),
        ("South", 6, 0, 6),
    ]
    assert door.is_open


def test_only_the_last_quarter_of_an_hour_is_a_rate(app: Flask, night: Event, gates: list[Place]) -> None:
    old, new = some(app, night, 2)
    come(app, night, gates[0], old, at=milliseconds(now() - timedelta(minutes=16)))
    come(app, night, gates[0], new, at=milliseconds(now() - timedelta(minutes=14)))

    door = seen(app, night)

    assert (door.entered, door.people) == (1, 2)
    assert door.per_minute == pytest.approx(1 / 15)


def test_the_next_day_begins_at_nothing_and_ends_what_was_inside(app: Flask, night: Event, gates: list[Place]) -> None:
    [one] = some(app, night, 1)
    come(app, night, gates[0], one)
    tomorrow = now() + timedelta(days=1)

    with clock.at(tomorrow):
        before = seen(app, night)
        come(app, night, gates[1], one, at=milliseconds(tomorrow))
        after = seen(app, night)

    assert (before.inside, before.people) == (0, 0)
    assert (after.inside, after.people, after.passes) == (1, 1, 1)


def test_where_a_pass_enters_once_it_counts_on_the_day_on_which_it_came(app: Flask) -> None:
    with make.saved(app):
        night = make.event(make.campaign(make.brand()), reentry="once", gives_passes=False)
        gate = make.place(night)
    first, second = some(app, night, 2)
    come(app, night, gate, first)
    today = seen(app, night)
    with clock.at(now() + timedelta(days=1)):
        come(app, night, gate, second, at=milliseconds(now()))
        tomorrow = seen(app, night)

    assert (today.inside, today.people) == (1, 1)
    assert (tomorrow.inside, tomorrow.people) == (1, 1)


def test_an_hour_before_opening_the_day_is_spoken_of_already(app: Flask, night: Event) -> None:
    with make.saved(app):
        days = overview.queries.days(night)
    one, two = days

    assert day_of(days, 60, one.opens_at - timedelta(days=2)) is one
    assert day_of(days, 60, two.opens_at - timedelta(minutes=61)) is one
    assert day_of(days, 60, two.opens_at - timedelta(minutes=59)) is two
    assert day_of(days, 60, two.closes_at + timedelta(days=30)) is two
    assert day_of([], 60, now()) is None


def test_a_visit_at_a_booth_is_nobody_coming_in(app: Flask, night: Event, gates: list[Place]) -> None:
    with make.saved(app):
        booth = make.place(night, "booth")
    [one] = some(app, night, 1)
    come(app, night, booth, one, kind="visit")

    door = seen(app, night)

    assert (door.inside, door.people, door.entered, door.refused) == (0, 0, 0, 0)
    assert len(door.gates) == len(gates)


def test_an_event_of_another_brand_counts_nothing_here(app: Flask, night: Event, gates: list[Place]) -> None:
    [one] = some(app, night, 1)
    come(app, night, gates[0], one)
    with make.saved(app):
        other = make.event(make.campaign(make.brand("other"), "other"), "other-night")
        make.place(other)

    door = seen(app, other)

    assert (door.people, door.entered, [gate.today for gate in door.gates]) == (0, 0, [0])


def test_what_is_large_is_counted_again_after_some_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    held, counted, time = Held(), iter(range(100)), 1_000.0
    monkeypatch.setattr(overview, "monotonic", lambda: time)

    def ask(size: int, key: str = "a") -> int:
        return held.get((key,), lambda: next(counted), lambda _found: size)

    assert [ask(4_999), ask(4_999), ask(20_000), ask(20_000)] == [0, 1, 2, 2]
    time += 2.9
    assert (ask(20_000), ask(1, "b")) == (2, 3)
    time += 0.2
    assert ask(20_000) == 4
