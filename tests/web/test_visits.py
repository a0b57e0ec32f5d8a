"""What marketers see of clicks: people, repeats and robots, by link and by what is known."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from referral.campaigns import queries as campaigns
from referral.clicks import actions
from referral.clicks.rules.visits import VERDICTS
from referral.plumbing import ids
from tests import factories as make
from tests.web.visiting import CLICKS, DAY, table, visit

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign


def figures(page: str) -> list[str]:
    """Read the figures on top."""
    return re.findall(r"<strong>([\d,.]+)</strong>", page)


def test_before_the_first_visit_the_page_says_what_to_do(marketer: FlaskClient, fair: Campaign) -> None:
    page = marketer.get(CLICKS).text

    assert "Nobody has followed a link yet" in page
    assert 'href="/b/night-fair/campaigns/fair/links"' in page
    assert "No visit yet" in marketer.get(f"{CLICKS}/log").text


def test_people_repeats_robots_and_ones_own_are_told_apart(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    with make.saved(app):
        poster = make.link(fair)
        for verdict, number in zip(VERDICTS, (7, 6, 5, 4, 3, 2, 1, 0), strict=True):
            actions.keep([visit(poster, verdict) for _ in range(number)])

    page = marketer.get(CLICKS).text

    assert figures(page) == ["7", "6", "12", "3"]  # a flood is not spoken of where there was none
    assert 'aria-current="page">Clicks<' in page
    with make.saved(app):
        actions.keep([visit(poster, "flood")] * 1)
    assert figures(marketer.get(CLICKS).text) == ["7", "6", "12", "3", "1"]


def test_the_page_says_when_a_visitor_counts_again(app: Flask, brand: Brand, marketer: FlaskClient) -> None:
    with make.saved(app):
        fair = make.campaign(brand, "fair")
        make.click(make.link(fair))
    assert "counts once within 60 minutes" in marketer.get(CLICKS).text

    with make.saved(app):
        fair = campaigns.by_slug(brand, "fair")
        fair.repeat_minutes = 0
    assert "counts each time" in marketer.get(CLICKS).text


def test_links_are_listed_with_what_came_by_each(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    with make.saved(app):
        hall, mailing = make.link(fair, "Hall B"), make.link(fair, "May mailing", "mailing")
        make.link(fair, "Nobody's wall")
        ayu, budi = make.chain(fair, "Ayu", "Budi")
        actions.keep([visit(hall), visit(hall, "repeat"), visit(hall, "bot")])
        actions.keep([visit(mailing)] + [visit(mailing, verdict) for verdict in ("head", "prefetch")])
        actions.keep([visit(mailing), visit(make.link_of(ayu)), visit(make.link_of(budi), "own")])
        codes = [hall.code, mailing.code, make.code_of(ayu)]
        page_of_hall = f"{CLICKS}/{ids.show(hall.id)}"

    page = marketer.get(CLICKS).text

    assert table(page, "The brand's own links") == [
        [f"May mailing {codes[1]} M Mailing", "2", "0", "2", "", "50%"],
        [f"Hall B {codes[0]} P Poster", "1", "1", "1", "", "25%"],
    ]
    assert table(page, "The busiest links of fans") == [[f"Ayu {codes[2]}", "1", "0", "0", "", "25%"]]
    assert f'href="{page_of_hall}"' in page
    one = marketer.get(page_of_hall).text
    assert "<h2>Hall B</h2>" in one
    assert figures(one) == ["1", "1", "1", "0"]
    assert "The busiest links of fans" not in one


def test_who_may_not_see_people_reads_no_fans_name(
    app: Flask, fair: Campaign, marketer: FlaskClient, viewer: FlaskClient
) -> None:
    with make.saved(app):
        ayu = make.fan(fair, "Ayu Lestari")
        make.click(ayu)
        own = f"{CLICKS}/{ids.show(make.link_of(ayu).id)}"
        code = make.code_of(ayu)

    for path in (CLICKS, own, f"{CLICKS}/log"):
        assert "Ayu Lestari" in marketer.get(path).text, path
        hidden = viewer.get(path)
        assert hidden.status_code == 200, path
        assert "Ayu" not in hidden.text, path
        assert "A fan" in hidden.text, path
        assert code in hidden.text, path


def test_what_is_known_of_visits_is_named_in_the_readers_language(
    app: Flask, fair: Campaign, marketer: FlaskClient
) -> None:
    with make.saved(app):
        link = make.link(fair)
        actions.keep(
            [
                visit(link, device="phone", language="id", country="ID", referrer="l.instagram.com", channel="line"),
                visit(link, device="phone", language="id", country="ID", channel="line"),
                visit(link, device="desktop", language="pl", country="PL"),
                visit(link, "bot", device="other", country="US"),
                visit(link, device="phone", language="xx"),
            ]
        )

    page = marketer.get(CLICKS).text

    assert [row[:4] for row in table(page, "By channel")] == [["W WhatsApp", "2", "0", "1"], ["L LINE", "2", "0", "0"]]
    assert [row[:4] for row in table(page, "By device")] == [
        ["Phone", "3", "0", "0"],
        ["Computer", "1", "0", "0"],
        ["Other", "0", "0", "1"],
    ]
    assert [row[0] for row in table(page, "By place")] == ["Indonesia", "Poland", "Not known", "United States"]
    assert [row[0] for row in table(page, "By language")] == ["Indonesian", "Polish", "xx", "Not known"]
    assert [row[:2] for row in table(page, "By the site they came from")] == [
        ["None told", "3"],
        ["l.instagram.com", "1"],
    ]
    assert "GEO_DATABASE" not in page
    assert "印度尼西亚" in marketer.get(f"{CLICKS}?lang=zh_Hans").text


def test_without_a_database_of_countries_the_page_says_how_to_get_one(
    app: Flask, fair: Campaign, marketer: FlaskClient
) -> None:
    with make.saved(app):
        make.click(make.link(fair))

    page = marketer.get(CLICKS).text

    assert "GEO_DATABASE" in page
    assert ">By place</caption>" not in page


@pytest.mark.parametrize(("days", "most"), [(1, 24), (20, 96), (90, 96), (400, 96)])
def test_time_is_drawn_in_bars_that_fit_and_told_in_a_table(
    app: Flask, fair: Campaign, marketer: FlaskClient, days: int, most: int
) -> None:
    with make.saved(app):
        link = make.link(fair)
        hours = range(0, days * 24, 5)
        actions.keep([visit(link, at=DAY + timedelta(hours=hour)) for hour in hours])
        actions.keep([visit(link, "bot", at=DAY + timedelta(hours=hour)) for hour in hours])

    page = marketer.get(CLICKS).text

    rows = table(page, "Visits over time")
    assert 1 < len(rows) <= most
    assert sum(int(row[1]) for row in rows) == sum(int(row[3]) for row in rows) == len(hours)
    drawn = page.split('class="chart-narrow"')[1].split("</svg>")[0]
    assert len(re.findall(r"<rect ", drawn)) == 2 * len(rows)


def test_a_long_list_says_what_it_leaves_out(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    with make.saved(app):
        link = make.link(fair)
        actions.keep([visit(link, referrer=f"site-{number:02}.example") for number in range(15)])
        for number in range(51):
            actions.keep([visit(make.link(fair, f"Poster {number}"))])

    page = marketer.get(CLICKS).text

    assert len(table(page, "By the site they came from")) == 12
    assert "4 more are not shown; 4 of the people are of them." in page
    assert len(table(page, "The brand's own links")) == 12
    assert len(table(page, "The brand's own links, 38 more")) == 38
    assert "Only the busiest are shown" in page


def test_a_link_of_another_brand_or_campaign_is_not_there(
    app: Flask, brand: Brand, fair: Campaign, marketer: FlaskClient
) -> None:
    with make.saved(app):
        other = make.brand("other", name="Another brand")
        foreign = make.link(make.campaign(other, "other-fair"))
        beside = make.link(make.campaign(brand, "second"))
        make.click(foreign)

    for path in (ids.show(foreign.id), ids.show(beside.id), "nonsense", "0000000000000"):
        assert marketer.get(f"{CLICKS}/{path}").status_code == 404, path
    assert "There is no link with this code" in marketer.get(f"{CLICKS}/log?link={foreign.code}").text
    assert marketer.get(f"{CLICKS}/log.csv?link={foreign.code}").status_code == 404
    assert figures(marketer.get(CLICKS).text) == []
