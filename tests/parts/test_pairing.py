"""A volunteer's phone becomes a device of an event once, until it is revoked."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from referral.errors import Conflict, Invalid, NotFound
from referral.events import actions, devices, pairing
from referral.events.rules.pairing import State, is_secret, read_places
from referral.plumbing import clock
from referral.plumbing.clock import now
from referral.plumbing.db import db, every_brand
from referral.plumbing.signing import fingerprint
from referral.plumbing.transaction import in_transaction
from tests import factories as make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from referral.events.models import Event


@pytest.fixture
def event(app: Flask) -> Iterator[Event]:
    """Make an event, and stay inside its brand's house."""
    with app.app_context(), every_brand():
        yield make.event(make.campaign(make.brand()))
        db.session.rollback()


def whose(secret: str) -> devices.Whose | None:
    """Look whose secret it is, as a call of a phone does: among what is committed."""
    db.session.commit()
    return devices.by_secret(fingerprint(secret))


def test_a_code_makes_a_phone_a_device_of_its_event(event: Event) -> None:
    gate = make.place(event)
    waiting = pairing.make(event, name="Phone 3", role="steward", places=[gate])

    paired = pairing.pair(waiting.token.lower(), "Ayu")

    assert is_secret(paired.secret)
    assert (paired.event.id, paired.device.id) == (event.id, waiting.device.id)
    assert (paired.device.name, paired.device.role) == ("Ayu", "steward")
    assert read_places(paired.device.places) == {gate.id}


def test_neither_the_code_nor_the_secret_is_kept(event: Event) -> None:
    waiting = pairing.make(event, name="Phone 3", role="steward")
    secret = pairing.pair(waiting.token, "Ayu").secret

    kept = [str(getattr(waiting.device, column.name)) for column in waiting.device.__table__.columns]

    assert all(waiting.token not in value and secret not in value for value in kept)
    assert waiting.device.token_hash == fingerprint(secret)


def test_a_secret_finds_its_device_event_and_brand(event: Event) -> None:
    waiting = pairing.make(event, name="Phone 3", role="booth", places=[make.place(event, "booth")])
    secret = pairing.pair(waiting.token, "Ayu").secret

    found = whose(secret)

    assert found is not None
    device, its_event, brand = found
    assert (device.id, its_event.id, brand.id) == (waiting.device.id, event.id, event.brand_id)
    assert whose("tg_" + "a" * 43) is None


def test_a_code_is_used_once(event: Event) -> None:
    waiting = pairing.make(event, name="Phone 3", role="steward")
    first = pairing.pair(waiting.token, "Ayu")

    with pytest.raises(Conflict, match="pairing_used"):
        pairing.pair(waiting.token, "Mallory")

    assert waiting.device.name == "Ayu"
    assert waiting.device.token_hash == fingerprint(first.secret)


def test_a_code_is_worthless_after_ten_minutes(event: Event) -> None:
    waiting = pairing.make(event, name="Phone 3", role="steward")

    with clock.at(now() + timedelta(minutes=10, seconds=1)), pytest.raises(Invalid, match="pairing_expired"):
        pairing.pair(waiting.token, "Ayu")

    assert waiting.device.token_hash is None


def test_a_code_that_was_used_in_time_is_said_to_be_used_and_not_old(event: Event) -> None:
    waiting = pairing.make(event, name="Phone 3", role="steward")
    pairing.pair(waiting.token, "Ayu")

    with clock.at(now() + timedelta(hours=2)), pytest.raises(Conflict, match="pairing_used"):
        pairing.pair(waiting.token, "Ayu")


@pytest.mark.parametrize("token", ["", "0" * 26, "not a code", "\0" * 26])
def test_a_code_that_nobody_made_is_unknown(event: Event, token: str) -> None:
    with pytest.raises(NotFound, match="pairing_unknown"):
        pairing.pair(token, "Ayu")


def test_a_name_that_cannot_be_read_uses_no_code_up(event: Event) -> None:
    waiting = pairing.make(event, name="Phone 3", role="steward")

    with pytest.raises(Invalid, match="name_missing"):
        pairing.pair(waiting.token, " ")

    assert pairing.look(waiting.token).state is State.FRESH


def test_looking_at_a_code_does_not_use_it_up(event: Event) -> None:
    waiting = pairing.make(event, name="Phone 3", role="steward")

    offers = [pairing.look(waiting.token) for _ in range(3)]

    assert {offer.state for offer in offers} == {State.FRESH}
    assert offers[0].event.id == event.id
    assert pairing.pair(waiting.token, "Ayu")


def test_a_revoked_device_is_found_and_known_to_be_revoked(event: Event) -> None:
    waiting = pairing.make(event, name="Phone 3", role="steward")
    secret = pairing.pair(waiting.token, "Ayu").secret

    pairing.revoke(waiting.device)

    found = whose(secret)
    assert found is not None
    assert found[0].revoked_at is not None


def test_revoking_twice_keeps_the_first_moment(event: Event) -> None:
    device = pairing.make(event, name="Phone 3", role="steward").device
    pairing.revoke(device)
    first = device.revoked_at

    with clock.at(now() + timedelta(hours=1)):
        pairing.revoke(device)

    assert device.revoked_at == first


def test_a_device_that_was_revoked_before_it_was_paired_is_never_paired(event: Event) -> None:
    waiting = pairing.make(event, name="Phone 3", role="steward")
    pairing.revoke(waiting.device)

    with pytest.raises(Invalid, match="pairing_expired"):
        pairing.pair(waiting.token, "Ayu")


def test_a_new_code_for_a_device_that_still_waits_stops_the_old_code(event: Event) -> None:
    waiting = pairing.make(event, name="Phone 3", role="steward")

    again = pairing.roll(waiting.device)

    assert again.device.id == waiting.device.id
    with pytest.raises(NotFound, match="pairing_unknown"):
        pairing.pair(waiting.token, "Ayu")
    assert pairing.pair(again.token, "Ayu").device.id == waiting.device.id


def test_a_new_code_for_a_paired_device_stops_its_secret_and_lets_its_scans_still_come_in(event: Event) -> None:
    gate = make.place(event)
    waiting = pairing.make(event, name="Phone 3", role="supervisor", places=[gate])
    old = pairing.pair(waiting.token, "Ayu").secret

    again = pairing.roll(waiting.device)
    new = pairing.pair(again.token, "Budi").secret

    before, after = whose(old), whose(new)
    assert before is not None
    assert after is not None
    assert before[0].revoked_at is not None
    assert after[0].revoked_at is None
    assert (after[0].role, after[0].places, after[0].name) == ("supervisor", before[0].places, "Budi")


def test_a_booths_device_must_have_a_booth(event: Event) -> None:
    with pytest.raises(Invalid, match="booth_missing"):
        pairing.make(event, name="Exhibitor", role="booth")


def test_a_device_gets_no_role_that_there_is_not(event: Event) -> None:
    with pytest.raises(Invalid, match="device_role_unknown"):
        pairing.make(event, name="Phone 3", role="owner")


def test_a_device_gets_no_place_of_another_event(event: Event) -> None:
    other = make.event(make.campaign(make.brand("other"), "other"), "other")

    with pytest.raises(NotFound, match="place_unknown"):
        pairing.make(event, name="Phone 3", role="steward", places=[make.place(other)])


def test_a_closed_event_takes_no_new_device(event: Event) -> None:
    actions.close(event)

    with pytest.raises(Conflict, match="event_closed"):
        pairing.make(event, name="Phone 3", role="steward")


def test_devices_are_listed_newest_first_and_found_in_their_event_only(event: Event) -> None:
    other = make.event(make.campaign(make.brand("other"), "other"), "other")
    older, newer = (pairing.make(event, name=name, role="steward").device for name in ("One", "Two"))

    assert [device.id for device in devices.listed(event)] == [newer.id, older.id]
    assert devices.by_id(event, older.id).name == "One"
    with pytest.raises(NotFound, match="device_unknown"):
        devices.by_id(other, older.id)


def test_that_a_device_was_heard_of_is_written_every_thirty_seconds_and_no_oftener(event: Event) -> None:
    device = pairing.make(event, name="Phone 3", role="steward").device
    start = now()

    written = []
    for seconds in (0, 3, 29, 30, 33):
        with clock.at(start + timedelta(seconds=seconds)):
            written.append(pairing.note_seen(device, unsent=100 - seconds, offset_ms=7_200_000))
            db.session.refresh(device)

    assert written == [True, False, False, True, False]
    assert (device.unsent, device.clock_offset_ms) == (70, 7_200_000)
    assert device.last_seen_at == start + timedelta(seconds=30)


def test_nonsense_that_a_device_says_of_itself_is_not_kept(event: Event) -> None:
    device = pairing.make(event, name="Phone 3", role="steward").device

    pairing.note_seen(device, unsent=-5, offset_ms=10**15)

    db.session.refresh(device)
    assert (device.unsent, device.clock_offset_ms) == (0, None)


@pytest.mark.slow
def test_of_many_phones_that_use_a_code_at_the_same_moment_one_is_paired(app: Flask) -> None:
    with make.saved(app):
        event = make.event(make.campaign(make.brand()))
        codes = [pairing.make(event, name="Phone", role="steward").token for _ in range(5)]
    outcomes: list[tuple[str, str]] = []

    def use(code: str, ready: threading.Barrier) -> None:
        with app.app_context():
            ready.wait()
            try:
                outcomes.append((code, in_transaction(lambda: pairing.pair(code, "Ayu").secret)))
            except Conflict as refusal:
                outcomes.append((code, refusal.code))
            finally:
                db.session.remove()

    for code in codes:
        ready = threading.Barrier(6)
        threads = [threading.Thread(target=use, args=(code, ready)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    for code in codes:
        of_code = [outcome for used, outcome in outcomes if used == code]
        assert len([one for one in of_code if is_secret(one)]) == 1
        assert of_code.count("pairing_used") == 5
