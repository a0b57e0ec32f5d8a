"""How often a call asks the database: few statements, however many people there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event

from referral.links import actions as coupons
from referral.links import queries as links
from referral.plumbing import ids
from referral.plumbing.db import db
from tests import factories as make
from tests.api.shop import Fair, Shop

if TYPE_CHECKING:
    from flask import Flask

# Who joins has a pass for each open event at once: one statement asks for these, and four give one out.
MOST = {"fans": 12, "fans with a pass": 16, "sales": 20, "refunds": 20}


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Note each statement, but for those that only open a transaction."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SET TRANSACTION")):
            statements.append(" ".join(statement.split()))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def teller(app: Flask, fair: Fair, shop: Shop) -> str:
    """Give the code of a fan whom somebody told; the key was used a moment ago."""
    with make.saved(app):
        code = make.code_of(make.chain(fair.campaign, "Ayu", "Budi")[1])
    shop.made("/campaigns/fair/fans", {"external_id": "first", "told_by": code})
    return code


@pytest.mark.parametrize("again", [False, True])
def test_a_fan_is_let_in_with_few_statements(app: Flask, shop: Shop, teller: str, again: bool) -> None:
    person = {"name": "Citra", "email": "citra@people.example", "external_id": "c-1", "told_by": teller}
    if again:
        shop.made("/campaigns/fair/fans", person)

    with counted(app) as statements:
        shop.post("/campaigns/fair/fans", person)

    assert len(statements) <= MOST["fans"], "\n".join(statements)


def test_a_fan_is_let_in_with_a_pass_with_few_statements_more(app: Flask, fair: Fair, shop: Shop, teller: str) -> None:
    with make.saved(app):
        make.event(fair.campaign)

    with counted(app) as statements:
        shop.post("/campaigns/fair/fans", {"email": "citra@people.example", "told_by": teller})

    assert any("INSERT INTO pass" in statement for statement in statements)
    assert len(statements) <= MOST["fans with a pass"], "\n".join(statements)


@pytest.mark.parametrize("case", ["a new buyer", "a known buyer", "again"])
def test_a_sale_is_recorded_with_few_statements(app: Flask, shop: Shop, teller: str, case: str) -> None:
    sale = {"external_id": "o-1", "amount": "8.00", "currency": "IDR", "code": teller, "buyer": {"external_id": "c"}}
    if case != "a new buyer":
        shop.made("/campaigns/fair/sales", sale | ({} if case == "again" else {"external_id": "o-0"}))

    with counted(app) as statements:
        answer = shop.post("/campaigns/fair/sales", sale)

    assert len((answer.json or {})["credits"]) == 1
    assert len(statements) <= MOST["sales"], "\n".join(statements)


# A click on its way is looked for in the database first, and then where it is.
@pytest.mark.parametrize(("way", "more"), [("click", 0), ("click on its way", 1), ("coupon", 0), ("name", 0)])
def test_whatever_says_who_told_a_sale_is_recorded_with_few_statements(
    app: Flask, fair: Fair, shop: Shop, teller: str, way: str, more: int
) -> None:
    with make.saved(app):
        link = links.in_campaign(fair.campaign, teller)
        assert link is not None
        click = make.click(link)
        coupons.make_coupon(fair.campaign, "BUDI-10", link)
    if way == "click on its way":
        answer = app.test_client().get(f"/r/{teller}", headers={"User-Agent": "Firefox"})
        click = ids.read(parse_qs(urlsplit(answer.location).query)["tular_click"][0]) or 0
    said = {"coupon": "budi-10"} if way == "coupon" else {"told_by_name": "budi"} if way == "name" else {}
    sale = {"external_id": "o-1", "amount": "8.00", "currency": "IDR", "buyer": {"external_id": "c"}, **said}
    if not said:
        sale["click_id"] = ids.show(click)

    with counted(app) as statements:
        made = shop.made("/campaigns/fair/sales", sale)

    assert [credit["why"]["code"] for credit in made["credits"]] == [way.split()[0]]
    assert len(statements) <= MOST["sales"] + more, "\n".join(statements)


def test_a_refund_is_recorded_with_few_statements(app: Flask, shop: Shop, teller: str) -> None:
    sale = {"external_id": "o-1", "amount": "850000.00", "currency": "IDR", "code": teller}
    shop.made("/campaigns/fair/sales", sale)

    with counted(app) as statements:
        shop.made("/campaigns/fair/sales/o-1/refunds", {"external_id": "r-1", "amount": "1.00"})

    assert len(statements) <= MOST["refunds"], "\n".join(statements)


@pytest.mark.parametrize("what", ["fans", "sales", "credits"])
def test_a_list_asks_as_often_for_two_hundred_as_for_two(app: Flask, fair: Fair, shop: Shop, what: str) -> None:
    with make.saved(app):
        ayu = make.fan(fair.campaign, "Ayu")
        for number in range(12):
            make.sale(fair.campaign, make.fan(fair.campaign, f"Buyer {number}", told_by=ayu))

    shop.found("/campaigns")  # which notes the use of the key
    asked = []
    for limit in (2, 12):
        with counted(app) as statements:
            assert len(shop.found(f"/campaigns/fair/{what}?limit={limit}")["data"]) == limit
        asked.append(len(statements))

    assert asked[0] == asked[1] <= 6
