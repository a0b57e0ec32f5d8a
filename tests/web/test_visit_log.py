"""The log of visits, one by one: as a page that is walked on and back, and as a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from referral.clicks import actions, queries
from referral.clicks.rules.visits import VERDICTS
from referral.plumbing import ids
from referral.web import traits, visit_log
from tests import factories as make
from tests.web.visiting import CLICKS, DAY, table, visit

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.campaigns.models import Campaign


def at(second: int) -> datetime:
    """Give a moment of the day."""
    return DAY + timedelta(seconds=second)


def shown(second: int) -> str:
    """Write it as pages do for programs."""
    return at(second).isoformat().replace("+00:00", "Z")


def led(page: str, rel: str) -> str | None:
    """Read where a page of the log leads on ("next") or back ("prev")."""
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else None


def walk(client: FlaskClient, path: str, rel: str = "next") -> list[tuple[str, list[str]]]:
    """Read the log page by page until its end: each page's address, and the times of its visits."""
    pages, on = [], led(f'rel="{rel}" href="{path}"', rel)
    while on is not None:
        page = client.get(on).text
        pages.append((on, re.findall(r'<th scope="row"><time datetime="([^"]+)"', page)))
        on = led(page, rel)
    return pages


def test_the_log_lists_each_visit_with_a_word_for_its_verdict(app: Flask, fair: Campaign, viewer: FlaskClient) -> None:
    with make.saved(app):
        link = make.link(fair)
        for verdict in VERDICTS:
            actions.keep([visit(link, verdict, language="pl", country="PL", referrer="t.co", device="tablet")])

    page = viewer.get(f"{CLICKS}/log").text

    rows = table(page, "Visits, the newest first")
    assert [row[1] for row in rows] == [str(traits.VERDICTS[verdict]) for verdict in reversed(VERDICTS)]
    assert rows[0][2:] == [f"Hall B {link.code}", "W WhatsApp", "Tap", "Tablet", "Polish", "Poland", "t.co"]
    for verdict in VERDICTS:
        assert str(traits.REASONS[verdict]) in page
    assert "CSV" not in page


def test_the_log_goes_on_page_by_page_and_by_verdict_and_link(
    app: Flask, fair: Campaign, marketer: FlaskClient
) -> None:
    with make.saved(app):
        hall, mailing = make.link(fair, "Hall B"), make.link(fair, "May mailing", "mailing")
        actions.keep([visit(hall, "bot" if number % 5 == 0 else "counted") for number in range(230)])
        actions.keep([visit(mailing)])

    def walked(path: str) -> list[int]:
        return [len(times) for _path, times in walk(marketer, path)]

    assert walked(f"{CLICKS}/log") == [100, 100, 31]
    assert walked(f"{CLICKS}/log?verdict=counted&link=") == [100, 85]
    assert walked(f"{CLICKS}/log?verdict=bot&link={hall.code.lower()}") == [46]
    assert walked(f"{CLICKS}/log?link={mailing.code}") == [1]
    assert "No visit like that" in marketer.get(f"{CLICKS}/log?verdict=flood").text
    assert walked(f"{CLICKS}/log?verdict=nonsense&before=nonsense&after=nonsense") == [100, 100, 31]


@pytest.mark.parametrize("asked", ["", "?verdict=bot"])
def test_the_log_is_walked_back_as_it_was_walked_on(
    app: Flask, fair: Campaign, marketer: FlaskClient, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(visit_log, "PAGE", 10)
    with make.saved(app):
        link = make.link(fair)
        actions.keep([visit(link, "counted" if number % 3 else "bot", at=at(number)) for number in range(75)])

    on = walk(marketer, f"{CLICKS}/log{asked}")
    back = walk(marketer, on[-1][0], "prev")

    assert len(on) > 2
    assert [times for _path, times in back] == [times for _path, times in reversed(on)]


def test_the_way_back_through_the_log_ends_at_what_came_since(
    app: Flask, fair: Campaign, marketer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit_log, "PAGE", 10)
    with make.saved(app):
        link = make.link(fair)
        actions.keep([visit(link, at=at(number)) for number in range(20)])
    on = walk(marketer, f"{CLICKS}/log")
    with make.saved(app):
        actions.keep([visit(link, at=at(number)) for number in range(20, 24)])

    back = walk(marketer, on[-1][0], "prev")

    assert [times for _path, times in back[:2]] == [times for _path, times in reversed(on)]
    assert [times for _path, times in back[2:]] == [[shown(number) for number in range(23, 13, -1)]]


def test_where_the_log_has_nothing_any_more_it_leads_back(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    with make.saved(app):
        actions.keep([visit(make.link(fair), at=at(0))])

    beyond = marketer.get(f"{CLICKS}/log?before={ids.show(1)}").text

    assert "through is none like that" in beyond
    back = led(beyond, "prev")
    assert back is not None
    assert shown(0) in marketer.get(back).text
    assert shown(0) in marketer.get(f"{CLICKS}/log?after={ids.show(2**63 - 1)}").text


def test_the_log_is_looked_through_in_parts_for_a_rare_verdict(
    app: Flask, fair: Campaign, marketer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "AT_ONCE", 10)
    monkeypatch.setattr(queries, "LOOKS", 2)
    with make.saved(app):
        link = make.link(fair)
        for verdicts in (["flood"], ["counted"] * 65, ["flood"]):
            actions.keep([visit(link, verdict) for verdict in verdicts])

    on = walk(marketer, f"{CLICKS}/log?verdict=flood")
    back = walk(marketer, on[-1][0], "prev")

    assert [len(times) for _path, times in on] == [1, 0, 0, 1]
    assert [len(times) for _path, times in back] == [1, 0, 0, 0, 1]  # the parts are counted from the other end
    assert "through is none like that" in marketer.get(on[1][0]).text
    assert "through is none like that" in marketer.get(back[1][0]).text
    lines = marketer.get(f"{CLICKS}/log.csv?verdict=flood").text.splitlines()
    assert [line.rsplit(",", 1)[1] for line in lines] == ["verdict", "flood", "flood"]


def test_the_whole_log_comes_as_a_file(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    with make.saved(app):
        hall, mailing = (
            make.link(fair, '=HYPERLINK("https://evil.example")'),
            make.link(fair, "May, mailing", "mailing"),
        )
        rows = [visit(hall, at=DAY + timedelta(seconds=number), referrer="-x.example") for number in range(4_100)]
        actions.keep(rows)
        actions.keep([visit(mailing, "bot", language="id", country="ID")])

    answer = marketer.get(f"{CLICKS}/log.csv")

    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="fair-clicks.csv"'
    assert "visitor" not in answer.text
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(lines) == 4_101
    assert [line["id"] for line in lines[1:]] == [ids.show(row.id) for row in reversed(rows)]
    assert lines[0] == {
        "id": lines[0]["id"],
        "at": "2026-05-01T00:00:00.000Z",
        "link": mailing.code,
        "label": "May, mailing",
        "channel": "whatsapp",
        "via": "tap",
        "device": "phone",
        "language": "id",
        "country": "ID",
        "referrer": "",
        "verdict": "bot",
    }
    assert {line["label"] for line in lines[1:]} == {'\'=HYPERLINK("https://evil.example")'}
    assert {line["referrer"] for line in lines[1:]} == {"'-x.example"}


def test_the_file_can_be_of_one_link_and_one_verdict(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    with make.saved(app):
        hall, mailing = make.link(fair, "Hall B"), make.link(fair, "May mailing", "mailing")
        for verdict in ("counted", "bot"):
            actions.keep([visit(hall, verdict), visit(mailing, verdict)])

    answer = marketer.get(f"{CLICKS}/log.csv?verdict=bot&link={hall.code}")

    assert f'filename="fair-clicks-bot-{hall.code}.csv"' in answer.headers["Content-Disposition"]
    [line] = list(csv.DictReader(io.StringIO(answer.text)))
    assert (line["link"], line["verdict"]) == (hall.code, "bot")


def test_the_file_is_written_piece_by_piece(app: Flask, fair: Campaign, marketer: FlaskClient) -> None:
    with make.saved(app):
        link = make.link(fair)
        actions.keep([visit(link) for _ in range(4_100)])

    with marketer.get(f"{CLICKS}/log.csv", buffered=False) as answer:
        pieces = [piece for piece in answer.iter_encoded() if piece]

    assert [piece.count(b"\r\n") for piece in pieces] == [1, 2_000, 2_000, 100]


def test_who_may_not_export_gets_no_file(fair: Campaign, viewer: FlaskClient) -> None:
    assert viewer.get(f"{CLICKS}/log.csv").status_code == 403
