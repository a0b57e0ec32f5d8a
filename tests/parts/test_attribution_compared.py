"""The same sales under another rule: what would have been recorded, with no entry changed by looking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from referral.campaigns.models import Campaign
from referral.campaigns.rules import Attribution as Model
from referral.fans import queries as fans
from referral.people.rules import Contact
from referral.plumbing import clock
from referral.plumbing.db import Base, db
from referral.plumbing.money import Money
from referral.sales import checks, queries
from referral.sales.actions import refund
from referral.sales.rules import Comparison, compare
from tests import factories as make
from tests.parts.selling import DAY, NOON, sold, told_thrice, under

if TYPE_CHECKING:
    from flask import Flask


def rows_of(*tables: str) -> dict[str, list[Any]]:
    """Read whole tables, as they stand."""
    return {name: sorted(db.session.execute(Base.metadata.tables[name].select()).all()) for name in tables}


def rerun(campaign: Campaign, model: Model, days: int = 0) -> Comparison:
    return compare(queries.cases(campaign, 1000), queries.buyers(campaign), model, days)


@pytest.fixture(params=list(Model))
def lived(request: pytest.FixtureRequest, app: Flask) -> Campaign:
    """Make a campaign under each rule, with sales of every kind in it."""
    with make.saved(app), clock.at(NOON):
        campaign = under(request.param)
        tellers, buyer = told_thrice(campaign)
        ayu, budi, citra = tellers
        poster = make.link(campaign)
        guest = make.fan(campaign, "Eko", told_by=poster, at=NOON + DAY)
    with make.saved(app), clock.at(NOON + 9 * DAY):
        click = make.click(budi)
        contact = Contact.of(email="fitri@people.example")
        sold(campaign, 1, "1000.00", buyer_fan_id=buyer.id, code=make.code_of(citra))
        sold(campaign, 2, "10.01", buyer_fan_id=guest.id, code=make.code_of(ayu))
        sold(campaign, 3, "500.00", buyer=contact, click_id=click)
        sold(campaign, 4, "70.00", buyer=contact, told_by_name="ayu")
        sold(campaign, 5, "30.00", buyer_fan_id=ayu.id, code=make.code_of(ayu))
        sold(campaign, 6, "5.00")
        sold(campaign, 7, "6.00", code=poster.code)
        refund(campaign, "order-1", "return-1", Money(100_00, "IDR"))
        make.fan(campaign, "Dewi", told_by=make.fan(campaign, "Gita"), email="dewi@people.example")
        assert checks.verify() == []
    return campaign


def test_a_re_run_under_the_same_rule_finds_what_is_recorded(app: Flask, lived: Campaign) -> None:
    with make.saved(app):
        found = rerun(lived, Model(lived.attribution))

        assert (found.sales, found.changed) == (7, 0)
        assert [line.difference for line in found.lines] == [0] * len(found.lines)
        assert sum(line.before for line in found.lines) == queries.totals(lived).net.minor


def test_a_re_run_under_another_rule_finds_what_that_rule_would_have_recorded(app: Flask, lived: Campaign) -> None:
    with make.saved(app):
        names = fans.names(lived)
        found = {
            model: {names.get(line.introducer_id or 0) or "nobody": line.after for line in rerun(lived, model).lines}
            for model in Model
        }

    # What is left of order 1 is 900.00; the buyer of 3 and 4 was told by Budi, then by Ayu.
    assert worth(found[Model.FIRST]) == {"Ayu": 900_00, "Budi": 570_00, "nobody": 51_01}
    assert worth(found[Model.LAST]) == {"Citra": 900_00, "Ayu": 80_01, "Budi": 500_00, "nobody": 41_00}
    assert worth(found[Model.SPLIT]) == {
        "Ayu": 300_00 + 10_01 + 35_00,
        "Budi": 300_00 + 500_00 + 35_00,
        "Citra": 300_00,
        "nobody": 41_00,
    }


def worth(found: dict[str, int]) -> dict[str, int]:
    return {name: amount for name, amount in found.items() if amount}


def test_looking_at_another_rule_changes_no_row(app: Flask, lived: Campaign) -> None:
    tables = ("ledger_entry", "ledger_transaction", "ledger_account", "sale", "sale_share", "refund", "introduction")
    with make.saved(app):
        before = rows_of(*tables)

    with make.saved(app):
        for model in Model:
            rerun(lived, model, 1)

    with make.saved(app):
        assert rows_of(*tables) == before
        assert all(before.values())


def test_a_re_run_asks_as_often_for_many_sales_as_for_few(app: Flask) -> None:
    with make.saved(app):
        campaign = under(Model.FIRST)
    asked = []
    for count in (2, 20):
        with make.saved(app):
            ayu = make.fan(campaign, "Ayu")
            for _ in range(count):
                make.sale(campaign, make.fan(campaign, "Somebody", told_by=ayu))
        with make.saved(app):
            statements: list[str] = []

            def note(connection: Any, cursor: Any, statement: str, *_: Any, to: list[str] = statements) -> None:
                to.append(statement)

            db.session.connection()
            event.listen(db.engine, "before_cursor_execute", note)
            assert rerun(campaign, Model.SPLIT).sales >= count
            event.remove(db.engine, "before_cursor_execute", note)
            asked.append(len(statements))

    assert asked == [4, 4]
