"""Opening hours that are changed after people came: what was scanned counts by the hours as they are now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from referral.events import actions, desk, queries, scanning
from referral.events.models import Arrival
from referral.plumbing.clock import now
from tests import factories as make
from tests.parts.scanned import count, entry, taken

if TYPE_CHECKING:
    from flask import Flask


def test_who_was_scanned_before_the_doors_opened_is_in_once_the_hours_say_so(app: Flask) -> None:
    opens = now() + timedelta(hours=3)
    with make.saved(app):
        campaign = make.campaign(make.brand())
        event = make.event(campaign, days=[(opens, opens + timedelta(hours=9))])
        _ayu, budi = make.chain(campaign, "Ayu", "Budi")
        token = make.token_of(make.gate_pass(event, budi))
        make.gate_pass(event)  # of somebody who was never scanned
    [answer] = taken(app, event, entry(token, at=now(), said="in"))
    before = count(app, Arrival)

    with make.saved(app):
        found = queries.by_id(event.brand_id, event.id)
        hours = queries.hours(found)
        actions.set_days(found, [(opens - timedelta(hours=6), opens + timedelta(hours=9))])
        changed = queries.hours(found) != hours
        put_right = scanning.settle_all(found, at=now())
        scanned = desk.scanned(found)
        again = scanning.settle_all(found, at=now())

    assert (answer.verdict, answer.reason, before) == ("refused", "closed", 0)
    assert (changed, put_right, again) == (True, True, False)
    assert len(scanned) == 1
    assert count(app, Arrival) == 1
