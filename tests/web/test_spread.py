"""The campaign at a glance, its people, its picture and its files."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from referral.spread import queries
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask


def test_the_campaign_page_shows_reach_generations_clicks_sales_and_credits(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand, percent=500)
        ayu, budi, _citra = make.chain(campaign, "Ayu", "Budi", "Citra")
        make.click(ayu)
        make.click(ayu, verdict="bot")
        make.sale(campaign, budi, "850000.00")
        owner = make.member(brand, "owner")

    page = make.signed_in(app, owner).get(f"/b/{brand.slug}/campaigns/{campaign.slug}")

    assert page.status_code == 200
    for words in ("3 people", "from 1 first teller", "1 click", "IDR850,000", "IDR42,500", "1.3333", "Ayu"):
        assert words in page.text, words


def test_a_campaign_without_people_says_what_to_do_next(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        owner = make.member(brand, "owner")

    page = make.signed_in(app, owner).get(f"/b/{brand.slug}/campaigns/{campaign.slug}")

    assert page.status_code == 200
    assert "Nobody has come yet" in page.text
    assert f"/b/{brand.slug}/campaigns/{campaign.slug}/links" in page.text


def test_a_viewer_sees_the_picture_without_names_and_without_money(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand, percent=500)
        _ayu, budi = make.chain(campaign, "Ayu Lestari", "Budi Santoso")
        make.sale(campaign, budi, "850000.00")
        viewer = make.member(brand, "viewer")

    page = make.signed_in(app, viewer).get(f"/b/{brand.slug}/campaigns/{campaign.slug}")

    assert page.status_code == 200
    assert "Ayu" not in page.text
    assert "Budi" not in page.text
    assert "IDR850,000" not in page.text
    assert "2 people" in page.text


def test_the_people_are_listed_with_who_told_them_and_found_by_name(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        poster = make.link(campaign, "Hall B", "poster")
        make.chain(campaign, "Ayu Lestari", "Budi Santoso", told_by=poster)
        owner = make.member(brand, "owner")
    browser = make.signed_in(app, owner)

    everybody = browser.get(f"/b/{brand.slug}/campaigns/{campaign.slug}/people").text
    found = browser.get(f"/b/{brand.slug}/campaigns/{campaign.slug}/people?q=budi").text
    nobody = browser.get(f"/b/{brand.slug}/campaigns/{campaign.slug}/people?q=%25_zz").text

    assert everybody.count("<tr>") == 3
    assert "Hall B" in everybody
    assert "Budi Santoso" in found
    assert ">Ayu Lestari</th>" not in found
    assert "Nobody here has a name like that" in nobody


@pytest.mark.parametrize("page", ["0", "-3", "x", "99999999999", "\u0661", "2"])
def test_a_page_number_that_is_none_shows_a_page(app: Flask, page: str) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        owner = make.member(brand, "owner")

    answer = make.signed_in(app, owner).get(
        f"/b/{brand.slug}/campaigns/{campaign.slug}/people", query_string={"page": page}
    )

    assert answer.status_code == 200


def test_every_file_reads_back_with_the_same_people_and_introductions(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        make.chain(campaign, "Ayu", "Budi", "Citra", "=Dewi")
        owner = make.member(brand, "owner")
        forest = queries.forest(campaign)
    browser = make.signed_in(app, owner)

    files = {
        kind: browser.get(f"/b/{brand.slug}/campaigns/{campaign.slug}/export?format={kind}")
        for kind in ("csv", "graphml", "gexf")
    }

    assert {kind: file.status_code for kind, file in files.items()} == dict.fromkeys(files, 200)
    for kind, read in (("graphml", nx.read_graphml), ("gexf", nx.read_gexf)):
        graph = read(io.BytesIO(files[kind].data))
        assert (graph.number_of_nodes(), graph.number_of_edges()) == (len(forest), 3)
    assert len(files["csv"].text.splitlines()) == 5
    assert browser.get(f"/b/{brand.slug}/campaigns/{campaign.slug}/export?format=exe").status_code == 404


def test_the_picture_is_well_formed_whatever_people_are_called(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        make.fan(campaign, "<script>alert(1)</script>", email="a@mail.example")
        make.fan(campaign, "Budi & ]]> Söhne", email="b@mail.example")
        owner = make.member(brand, "owner")

    picture = make.signed_in(app, owner).get(f"/b/{brand.slug}/campaigns/{campaign.slug}/spread.svg")

    assert picture.mimetype == "image/svg+xml"
    assert ET.fromstring(picture.text).tag.endswith("svg")
    assert "<script" not in picture.text


def test_sales_and_credits_say_why(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand, percent=500, holding_days=14)
        _ayu, budi = make.chain(campaign, "Ayu", "Budi")
        recorded = make.sale(campaign, budi, "850000.00")
        make.refund(campaign, recorded, "425000.00")
        owner = make.member(brand, "owner")
    browser = make.signed_in(app, owner)

    sales = browser.get(f"/b/{brand.slug}/campaigns/{campaign.slug}/sales").text
    credits = browser.get(f"/b/{brand.slug}/campaigns/{campaign.slug}/credits").text

    assert "They were told first by Ayu" in sales
    assert "IDR425,000" in sales
    assert "5%" in credits
    assert "waits until" in credits
    assert "taken back" in credits


def test_empty_sales_and_credits_say_what_comes_there(app: Flask) -> None:
    with make.saved(app):
        brand = make.brand()
        campaign = make.campaign(brand)
        owner = make.member(brand, "owner")
    browser = make.signed_in(app, owner)

    assert "No sale yet" in browser.get(f"/b/{brand.slug}/campaigns/{campaign.slug}/sales").text
    assert "Nothing credited yet" in browser.get(f"/b/{brand.slug}/campaigns/{campaign.slug}/credits").text
