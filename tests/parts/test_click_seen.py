"""Clicks found by their id, on their way or arrived, and whose word they are."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from referral.clicks import queries
from referral.fans import queries as fans
from referral.introductions import queries as introductions
from referral.plumbing import ids
from referral.plumbing.db import db, every_brand
from tests import factories as make
from tests.parts.clicking import AGENT, PHONE, click_of, secrets_made

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


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
        assert introductions.primaries(other, [fan.id for fan, _ in fans.page(other, None, 10)]) == {}
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
