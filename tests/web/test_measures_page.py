"""The page of measures: every number with its definition and its table, whatever there is to measure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from referral.plumbing.clock import now
from referral.spread import study as studies
from referral.spread.rules.growth import Growth
from tests import factories as make

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.campaigns.models import Campaign

AT = "/b/night-fair/campaigns/fair/measures"


def ago(days: float) -> datetime:
    return now() - timedelta(days=days)


def section(page: str, anchor: str) -> str:
    """Cut one measure out of the page, as text."""
    cut = page.split(f'id="{anchor}"')[1].split("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", cut))


def two_waves(campaign: Campaign) -> None:
    """Let forty people come by themselves a month ago, of whom ten told two each after a day."""
    poster = make.link(campaign)
    first = [make.fan(campaign, f"First {row}", told_by=poster, at=ago(30)) for row in range(40)]
    for teller in first[:10]:
        for row in range(2):
            make.fan(campaign, f"Told {row}", told_by=teller, channel="line", at=ago(29))


def test_an_empty_campaign_says_what_to_do(marketer: FlaskClient, fair: Campaign) -> None:
    page = marketer.get(AT)

    assert page.status_code == 200
    assert "Nobody has come yet" in page.text
    assert 'class="proof"' not in page.text


def test_of_one_fan_little_is_known_and_said_so(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        make.fan(fair, "Ayu")

    page = marketer.get(AT).text

    assert "1 person" in section(page, "reach")
    for anchor in ("steps", "endings", "k", "cycle", "growth", "offspring", "forecast", "concentration", "comparison"):
        assert re.search(r"Not known yet|Nothing to compare yet", section(page, anchor)), anchor
    assert "<svg class=" in page or "chart" not in page


def test_k_stands_with_its_interval_its_curve_and_the_simpler_counts(
    app: Flask, marketer: FlaskClient, fair: Campaign
) -> None:
    with make.saved(app):
        two_waves(fair)

    page = marketer.get(AT).text

    found = section(page, "k")
    assert "0.33 each" in found
    assert re.search(r"0\.1\d to 0\.5\d", found)
    assert "All fans, the youngest too (too low)" in found
    assert page.count('id="k-chart-wide-title"') == page.count('id="k-chart-narrow-title"') == 1
    assert "24 hours" in section(page, "cycle")


def test_the_table_of_offspring_stands_beside_its_chart(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        two_waves(fair)

    page = marketer.get(AT).text
    found = section(page, "offspring")

    assert "83% tell nobody" in found
    assert re.search(r"People brought Fans As the law expects 0 50 ", found)
    assert 'id="offspring-chart-wide-title"' in page


def test_every_id_of_the_page_stands_once(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        two_waves(fair)

    ids = re.findall(r'\bid="([^"]+)"', marketer.get(AT).text)

    assert len(ids) == len(set(ids))


def test_a_hostile_place_does_no_harm(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        for label in ("<script>alert(1)</script>", "Hall B"):
            poster = make.link(fair, label)
            for _ in range(3):
                make.chain(fair, "Ayu", "Budi", "Citra", told_by=poster)

    page = marketer.get(AT).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_campaigns_sections_lead_to_report_measures_and_whom_to_ask(
    marketer: FlaskClient, viewer: FlaskClient, fair: Campaign
) -> None:
    at = "/b/night-fair/campaigns/fair"

    for page in ("report", "measures", "first"):
        assert f'<a href="{at}/{page}" aria-current="page">' in marketer.get(f"{at}/{page}").text
    assert f"{at}/first" not in viewer.get(f"{at}/report").text


# --- What is kept ----------------------------------------------------------------------------------------------------


def test_what_is_quick_to_measure_is_measured_anew_when_somebody_comes(
    app: Flask, marketer: FlaskClient, fair: Campaign
) -> None:
    with make.saved(app):
        make.fan(fair, "Ayu")
    assert "1 person" in section(marketer.get(AT).text, "reach")

    with make.saved(app):
        make.fan(fair, "Budi")

    assert "2 people" in section(marketer.get(AT).text, "reach")


def test_what_was_slow_to_measure_is_kept_for_a_while_and_says_of_when_it_is(
    app: Flask, marketer: FlaskClient, fair: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studies, "SLOW_SECONDS", 0.0)
    with make.saved(app):
        make.fan(fair, "Ayu")
    assert "1 person" in section(marketer.get(AT).text, "reach")

    with make.saved(app):
        make.fan(fair, "Budi")
    kept = marketer.get(AT).text
    monkeypatch.setattr(studies.time, "monotonic", lambda: float("inf"))
    anew = marketer.get(AT).text

    assert "1 person" in section(kept, "reach")
    assert "As of" in kept
    assert "2 people" in section(anew, "reach")


def test_nothing_is_measured_twice_while_nothing_has_changed(
    app: Flask, marketer: FlaskClient, fair: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make.saved(app):
        make.fan(fair, "Ayu")
    made: list[Growth | None] = []
    measured = studies.rules.study

    def counted(*args: object, **options: object) -> object:
        made.append(None)
        return measured(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(studies.rules, "study", counted)
    monkeypatch.setattr(studies, "MINUTE", 10**15)
    for page in ("measures", "report", "measures"):
        marketer.get(f"/b/night-fair/campaigns/fair/{page}")

    assert len(made) == 1
