"""The page that shows the sales under another rule, and the words for who was credited and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from referral.campaigns.rules import Attribution as Model
from referral.links import actions as links
from referral.plumbing.db import Base, db
from referral.plumbing.money import Money
from referral.sales.actions import record
from referral.sales.requests import SaleRequest
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan

PAGE = "/b/night-fair/campaigns/fair/attribution"
SALES = "/b/night-fair/campaigns/fair/sales"


@pytest.fixture
def fair(app: Flask, brand: Brand) -> Campaign:
    """Make a campaign in which Ayu told Citra first, and Budi's code was given when she bought."""
    with make.saved(app):
        fair = make.campaign(brand)
        ayu, budi = make.fan(fair, "Ayu Lestari"), make.fan(fair, "Budi")
        citra = make.fan(fair, "Citra", told_by=ayu)
        sell(fair, "order-1", "850000.00", buyer_fan_id=citra.id, code=make.code_of(budi))
        sell(fair, "order-2", "1000.00")
        return fair


def sell(campaign: Campaign, reference: str, price: str, **said: Any) -> None:
    record(campaign, SaleRequest(reference, Money.of_decimal(price, campaign.currency), **said))


def read(page: str) -> str:
    """Give a page as it is read, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\xa0", " ").split())


def split(campaign: Campaign) -> Campaign:
    campaign = db.session.merge(campaign)
    campaign.attribution = Model.SPLIT.value
    return campaign


def test_the_sales_page_leads_to_the_comparison_and_to_the_coupons(fair: Campaign, marketer: FlaskClient) -> None:
    page = marketer.get(SALES).text

    assert f'href="{PAGE}"' in page
    assert 'href="/b/night-fair/campaigns/fair/coupons"' in page


def test_a_marketer_sees_who_would_be_credited_under_another_rule(fair: Campaign, marketer: FlaskClient) -> None:
    page = read(marketer.get(PAGE, query_string={"model": "split", "days": 0}).text)

    assert "1 sale would change hands" in page
    assert "Ayu Lestari 1 IDR850,000 1 IDR425,000 -IDR425,000" in page
    assert "Budi 0 IDR0 1 IDR425,000 +IDR425,000" in page
    assert "nobody 1 IDR1,000 1 IDR1,000 IDR0" in page
    assert "Nothing is changed by looking" in page


def test_a_first_look_turns_the_present_rule_around(fair: Campaign, marketer: FlaskClient) -> None:
    page = marketer.get(PAGE).text

    assert re.search(r'<option selected value="last">', page)
    assert "The rule of this campaign now: The first who told them." in read(page)
    assert "Budi 0 IDR0 1 IDR850,000" in read(page)


@pytest.mark.parametrize(
    ("asked", "model", "days"),
    [({"lang": "pl"}, "last", "0"), ({"model": "split"}, "split", "0"), ({"days": 3}, "last", "3")],
)
def test_what_an_address_leaves_out_of_a_rule_is_as_at_the_first_look(
    fair: Campaign, marketer: FlaskClient, asked: dict[str, Any], model: str, days: str
) -> None:
    answer = marketer.get(PAGE, query_string=asked)

    assert answer.status_code == 200
    assert f'<option selected value="{model}">' in answer.text
    assert re.search(rf'<input [^>]*name="days" [^>]*value="{days}"', answer.text)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"model": "best", "days": 0}, "Choose who is credited."),
        ({"model": "last", "days": "many"}, "between 0 and 3650"),
        ({"model": "last", "days": ""}, "between 0 and 3650"),
        ({"model": "last", "days": -1}, "between 0 and 3650"),
        ({"model": "last", "days": 10**9}, "between 0 and 3650"),
    ],
)
def test_a_rule_that_there_is_not_comes_back(
    fair: Campaign, marketer: FlaskClient, asked: dict[str, Any], words: str
) -> None:
    answer = marketer.get(PAGE, query_string=asked)

    assert answer.status_code == 400
    assert words in answer.text
    assert "would change hands" not in answer.text


def test_without_sales_there_is_nothing_to_compare(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    with make.saved(app):
        make.campaign(brand)

    assert "No sale yet" in marketer.get(PAGE).text


def test_looking_changes_neither_the_ledger_nor_a_sale(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    def rows() -> list[Any]:
        with make.saved(app):
            tables = (
                Base.metadata.tables[name] for name in ("ledger_entry", "ledger_transaction", "sale", "sale_share")
            )
            return [sorted(db.session.execute(table.select()).all()) for table in tables]

    before = rows()
    for model in Model:
        assert marketer.get(PAGE, query_string={"model": model.value, "days": 30}).status_code == 200

    assert rows() == before
    assert all(before)


# --- Words for why ---------------------------------------------------------------------------------------------------


EVIDENCE = {
    "click": ("They came by a link of Ayu", "The buyer came by their link", "Somebody who followed your link bought"),
    "code": ("They gave the code of Ayu", "The buyer gave their code", "Somebody who gave your code bought"),
    "coupon": ("They used the coupon of Ayu", "The buyer used their coupon", "Somebody with your coupon bought"),
    "name": ("They said that Ayu had told them", "The buyer named them", "Somebody who named you bought"),
}


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_staff_and_fans_read_what_it_was_that_said_who_told(
    app: Flask, brand: Brand, marketer: FlaskClient, evidence: str
) -> None:
    with make.saved(app):
        fair = make.campaign(brand)
        ayu = make.fan(fair, "Ayu")
        said: dict[str, dict[str, Any]] = {
            "click": {"click_id": make.click(ayu)},
            "code": {"code": make.code_of(ayu)},
            "coupon": {"coupon": links.make_coupon(fair, "AYU", make.link_of(ayu)).coupon.code},
            "name": {"told_by_name": "ayu"},
        }
        sell(fair, "order-1", "850000.00", **said[evidence])
        person = make.person_of(ayu)

    on_sales, on_credits, at_home = EVIDENCE[evidence]
    assert on_sales in read(marketer.get(SALES).text)
    assert on_credits in read(marketer.get("/b/night-fair/campaigns/fair/credits").text)
    assert at_home in read(make.signed_in_person(app, person).get("/me/fair").text)


def test_everybody_who_has_a_part_in_a_sale_is_named_with_it(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    with make.saved(app):
        fair = split(make.campaign(brand))
        ayu, budi = make.fan(fair, "Ayu"), make.fan(fair, "Budi")
        citra: Fan = make.fan(fair, "Citra", told_by=ayu)
        sell(fair, "order-1", "850000.00", buyer_fan_id=citra.id, code=make.code_of(budi))
        person = make.person_of(budi)

    page = read(marketer.get(SALES).text)
    assert "Ayu 1/2 They had been told by Ayu before." in page
    assert "Budi 1/2 They gave the code of Budi." in page
    assert "It is shared with 1 other who told the buyer." in read(
        marketer.get("/b/night-fair/campaigns/fair/credits").text
    )
    home = read(make.signed_in_person(app, person).get("/me/fair").text)
    assert "1 other had told them, too, so you share it in equal parts." in home
    assert "IDR21,250" in home


def test_a_word_that_counts_no_more_is_said_to_be_too_old(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    with make.saved(app):
        fair = make.campaign(brand)
        sell(fair, "order-1", "1.00")
        db.session.flush()
        db.session.execute(Base.metadata.tables["sale"].update().values(attribution="window_over"))

    assert "Whoever told them did so too long ago." in read(marketer.get(SALES).text)
