"""The written report: sentences with their numbers, each leading to its proof, for every role and in every language."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.plumbing.clock import now
from referral.plumbing.i18n import LANGUAGES
from referral.spread.rules.report import PROOFS, Finding, report
from referral.web import sentences as words
from tests import factories as make
from tests.rules.test_report import everything

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

AT = "/b/night-fair/campaigns/fair"
HOSTILE = '<img src=x onerror="alert(1)">%(people)s'


def ago(days: float) -> datetime:
    return now() - timedelta(days=days)


def story(campaign: Campaign, teller: str = "Ayu Lestari") -> None:
    """Let one tell somebody who told forty, some weeks ago; nobody told anybody since."""
    first = make.fan(campaign, "Citra Dewi", at=ago(30))
    ayu = make.fan(campaign, teller, told_by=first, at=ago(29), email=f"{campaign.slug}@people.example")
    for hour in range(40):
        make.fan(campaign, f"Fan {hour}", told_by=ayu, channel="whatsapp", at=ago(28 - hour / 24))
    make.sale(campaign, ayu, "850000.00")


def said(page: str) -> list[str]:
    """Read the sentences of a report as text."""
    findings = page.split('<ol class="findings">')[1].split("</ol>")[0]
    return [re.sub(r"<.*?>", "", one).strip() for one in re.findall(r"<p>(.*?)</p>", findings, re.S)]


# --- What it says ----------------------------------------------------------------------------------------------------


def test_a_story_is_told_in_sentences_each_with_its_number_and_the_way_to_its_proof(
    app: Flask, marketer: FlaskClient, fair: Campaign
) -> None:
    with make.saved(app):
        story(fair)

    page = marketer.get(f"{AT}/report").text
    measures = marketer.get(f"{AT}/measures").text

    found = said(page)
    assert found[0] == "42 people have come. It began with 1 of them; 98% were told by somebody."
    assert "Without Ayu Lestari, 40 people would not be here." in found
    assert "Most branches end at generation 2: 100% of them." in found
    assert "100% of what was bought, IDR850,000, came from people whom a fan had told." in found
    assert "<strong>42</strong>" in page
    proofs = re.findall(rf'href="{AT}/measures#(\w+)"', page)
    assert len(proofs) == len(found)
    for proof in proofs:
        assert f'<section class="proof" id="{proof}"' in measures


def test_an_empty_campaign_says_what_to_do(marketer: FlaskClient, fair: Campaign) -> None:
    page = marketer.get(f"{AT}/report")

    assert page.status_code == 200
    assert "Nobody has come yet" in page.text
    assert f"{AT}/links" in page.text
    assert "findings" not in page.text


@pytest.mark.parametrize(
    ("people", "first"),
    [
        (1, "1 person has come, and has told nobody yet."),
        (2, "2 people have come. It began with 1 of them; 50% were told by somebody."),
    ],
)
def test_a_tiny_campaign_says_that_it_is_too_early(
    app: Flask, marketer: FlaskClient, fair: Campaign, people: int, first: str
) -> None:
    with make.saved(app):
        make.chain(fair, *["Ayu", "Budi"][:people])

    assert said(marketer.get(f"{AT}/report").text) == [
        first,
        "Nobody can say yet how many people a fan brings: nobody has been here for 7 days.",
    ]


def test_of_a_campaign_that_is_over_nobody_is_asked_to_wake_anybody(app: Flask, brand: Brand) -> None:
    with make.saved(app):
        campaign = make.campaign(brand, "fair", state="over")
        running = make.campaign(brand, "next")
        for one in (campaign, running):
            story(one)
    marketer = make.staff(app, brand, "marketer")

    assert "worth a word" in marketer.get("/b/night-fair/campaigns/next/report").text
    assert "worth a word" not in marketer.get(f"{AT}/report").text


# --- Who reads it ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "names", "money"),
    [("owner", True, True), ("seller", True, True), ("organiser", True, False), ("viewer", False, False)],
)
def test_names_and_money_are_for_those_who_may_see_them(
    app: Flask, brand: Brand, fair: Campaign, role: str, names: bool, money: bool
) -> None:
    with make.saved(app):
        story(fair)
    reader = make.staff(app, brand, role)

    for page in ("report", "measures"):
        text = reader.get(f"{AT}/{page}").text
        assert ("Ayu" in text) == names, page
        assert ("850,000" in text) == money, page
    if not names:
        found = said(reader.get(f"{AT}/report").text)
        assert "Without somebody of generation 1, 40 people would not be here." in found


def test_a_hostile_name_and_channel_do_no_harm(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        story(fair, HOSTILE)

    for page in ("report", "measures"):
        text = marketer.get(f"{AT}/{page}").text
        assert "<img src=x" not in text
        assert "&lt;img src=x" in text


# --- Words -----------------------------------------------------------------------------------------------------------

FACTS: dict[str, Any] = {
    "people": 63,
    "first_tellers": 2,
    "told_share": 0.61,
    "ripe": 3,
    "ripening_ms": 7 * 86_400_000,
    "k": 0.94,
    "low": 0.86,
    "high": 1.02,
    "age_seconds": 500_000.0,
    "at_risk": 99,
    "seconds": 32_400.0,
    "median": 40,
    "introductions": 12,
    "steps": 5.2,
    "share": 0.41,
    "fans": [1, 2, 3],
    "start_ms": 1_777_593_600_000,
    "number": 5,
    "channels": ["whatsapp", "spoken"],
    "generation": 2,
    "fan": 1,
    "at_least": 2.5,
    "quiet_seconds": 1_000_000.0,
    "language": "pl",
    "by": "place",
    "first": HOSTILE,
    "second": "Hall B",
    "difference": 0.42,
    "amount": 850_000_00,
    "buyers": 30,
}


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_kind_of_finding_has_its_sentence_in_every_language(app: Flask, locale: str) -> None:
    findings = [
        Finding(kind, "k", 1, FACTS | {"start_ms": start_ms})
        for kind in words._KINDS
        for start_ms in (None, 1_777_593_600_000)
    ]

    with app.test_request_context(f"/?lang={locale}"):
        written = words.sentences(findings, "IDR", {1: HOSTILE})

    for finding, one in zip(findings, written, strict=True):
        assert one.text, finding.kind
        assert "<img" not in one.text, finding.kind
        assert not re.search(r"%\((?!people\))", one.text), finding.kind


def test_whatever_the_report_finds_can_be_said() -> None:
    found = {one.kind for one in report(everything(), most=99)}

    assert found <= words._KINDS.keys()
    assert len(found) > 14


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_pages_open_in_every_language(app: Flask, marketer: FlaskClient, fair: Campaign, locale: str) -> None:
    with make.saved(app):
        story(fair)

    for page in ("report", "measures"):
        answer = marketer.get(f"{AT}/{page}?lang={locale}")
        assert answer.status_code == 200
        assert "%(" not in answer.text


def test_every_proof_stands_on_the_page_of_measures(app: Flask, marketer: FlaskClient, fair: Campaign) -> None:
    with make.saved(app):
        make.fan(fair, "Ayu")
    alone = marketer.get(f"{AT}/measures").text
    with make.saved(app):
        story(fair)
    many = marketer.get(f"{AT}/measures").text

    for page in (alone, many):
        assert set(re.findall(r'<section class="proof" id="(\w+)"', page)) == set(PROOFS)
