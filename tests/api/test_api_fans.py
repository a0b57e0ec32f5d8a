"""Fans over the API: let in, told by somebody, known again, read by id and by code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.campaigns import queries as campaigns
from referral.plumbing import clock, ids
from tests import factories as make
from tests.api.problems import refusal, wrong_fields
from tests.api.shop import Fair, Shop

if TYPE_CHECKING:
    from flask import Flask

FANS = "/campaigns/fair/fans"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def joined(shop: Shop, **said: Any) -> Any:
    return shop.made(FANS, {"external_id": f"customer-{ids.new_id()}", **said})


def test_who_comes_again_is_the_fan_they_are(shop: Shop) -> None:
    first = shop.post(FANS, {"name": "Ayu", "email": "ayu@people.example"})
    again = shop.post(FANS, {"name": "Somebody", "email": "AYU@people.example", "phone": "+6281234567890"})
    by_phone = shop.post(FANS, {"phone": "0812-3456-7890", "locale": "id"})

    assert [answer.status_code for answer in (first, again, by_phone)] == [201, 200, 200]
    assert first.json == again.json == by_phone.json
    assert shop.found(f"{FANS}/{first.json['id']}")["name"] == "Ayu"  # type: ignore[index]
    assert len(shop.found(FANS)["data"]) == 1


def test_a_phone_number_without_a_country_is_one_of_the_campaigns_language(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        make.campaign(fair.brand, "pameran", locale="id")
    path = "/campaigns/pameran/fans"

    fan = shop.made(path, {"phone": "0812-3456-7890"})

    assert shop.found(f"{path}/{fan['id']}")["phone"] == "+6281234567890"


def test_the_answer_to_joining_holds_nothing_personal(shop: Shop) -> None:
    answer = shop.post(FANS, {"name": "Ayu Lestari", "email": "ayu@people.example", "external_id": "customer-77"})

    said = answer.get_data(as_text=True)
    assert not [word for word in ("Ayu", "people.example", "customer-77") if word in said]


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda code: code.replace("0", "o").replace("1", "l")])
def test_a_fan_is_found_by_id_and_by_code_as_people_write_it(app: Flask, fair: Fair, shop: Shop, change: Any) -> None:
    with make.saved(app):
        codes = {make.code_of(make.fan(fair.campaign)) for _ in range(8)}

    for code in codes:
        by_code = shop.found(f"{FANS}/{change(code)}")
        by_id = shop.found(f"{FANS}/{change(by_code['id'])}")

        assert by_code["code"] == code
        assert by_id == by_code


NO_FANS: list[Any] = ["0000000000000", "ZZZZZZZZZZZZZ", "K7M2Q9XD", "x", "%00", "a%00b", "%ED%A0%80", "1" * 300]


def test_a_fan_that_is_none_is_not_there(shop: Shop, subtests: pytest.Subtests) -> None:
    for named in NO_FANS:
        with subtests.test(repr(named)[:60]):
            for path in (f"{FANS}/{named}", f"{FANS}/{named}/credits"):
                assert refusal(shop.get(path))[0] == 404


def test_the_code_of_a_poster_is_no_fan(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        poster = make.link(fair.campaign)

    assert refusal(shop.get(f"{FANS}/{poster.code}")) == (404, "fan_unknown")


def test_who_told_somebody_counts_by_code_in_any_case(shop: Shop) -> None:
    ayu = joined(shop)

    budi = joined(shop, told_by=ayu["code"].lower(), channel="telegram")

    assert budi["generation"] == 1
    assert (budi["introduced_by"], budi["channel"]) == ({"id": ayu["id"], "code": ayu["code"]}, "telegram")


def test_a_click_tells_by_whom_and_how_and_weighs_more_than_a_code(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        ayu, budi = make.fan(fair.campaign, "Ayu"), make.fan(fair.campaign, "Budi")
        click, code = ids.show(make.click(ayu, channel="line")), make.code_of(budi)

    citra = joined(shop, click_id=click)
    dewi = joined(shop, click_id=click.lower(), told_by=code)

    assert [fan["introduced_by"]["id"] for fan in (citra, dewi)] == [ids.show(ayu.id)] * 2
    assert [fan["channel"] for fan in (citra, dewi)] == ["line"] * 2


def test_a_posters_code_brings_people_of_whom_nobody_is_the_introducer(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        poster = make.link(fair.campaign, channel="poster")

    fan = joined(shop, told_by=poster.code)

    assert (fan["generation"], fan["introduced_by"], fan["channel"]) == (0, None, "poster")


def test_nobody_introduces_themselves_and_the_first_teller_stays(shop: Shop) -> None:
    ayu, budi = joined(shop, external_id="ayu"), joined(shop, external_id="budi")
    citra = joined(shop, external_id="citra", told_by=ayu["code"])

    own = shop.post(FANS, {"external_id": "ayu", "told_by": ayu["code"]})
    later = shop.post(FANS, {"external_id": "citra", "told_by": budi["code"]})

    assert (own.status_code, own.json) == (200, ayu)
    assert (later.status_code, later.json) == (200, citra)


NO_JOINING: list[tuple[Any, ...]] = [
    ({"told_by": "K7M2Q9XD"}, "code_unknown"),
    ({"told_by": ""}, "code_unknown"),
    ({"told_by": "no code at all"}, "code_unknown"),
    ({"click_id": "0000000000001"}, "click_unknown"),
    ({"click_id": "ZZZZZZZZZZZZZ"}, "click_unknown"),
    ({"click_id": ""}, "click_unknown"),
    ({"channel": "carrier pigeon"}, "channel_unknown"),
    ({"channel": ""}, "channel_unknown"),
    ({"external_id": None}, "contact_missing"),
    ({"external_id": ""}, "external_id_invalid"),
    ({"external_id": " x"}, "external_id_invalid"),
    ({"external_id": "x" * 121}, "external_id_invalid"),
    ({"external_id": "a\u202eb"}, "external_id_invalid"),
    ({"external_id": "a\nb"}, "external_id_invalid"),
    ({"email": "not a mail address"}, "email_invalid"),
    ({"email": "a@b@c.example"}, "email_invalid"),
    ({"email": "x" * 400 + "@people.example"}, "email_invalid"),
    ({"phone": "12"}, "phone_invalid"),
    ({"phone": "+62" + "1" * 40}, "phone_invalid"),
    ({"phone": "call me"}, "phone_invalid"),
    ({"at": "1999-12-31T23:59:59Z"}, "at_out_of_range"),
    ({"at": "0001-01-01T00:00:00Z"}, "at_out_of_range"),
    ({"at": "9999-12-31T23:59:59Z"}, "at_out_of_range"),
]


def test_what_cannot_be_is_refused_by_name(shop: Shop, subtests: pytest.Subtests) -> None:
    for said, code in NO_JOINING:
        with subtests.test(repr(said)[:60]):
            assert refusal(shop.post(FANS, {"external_id": "c", **said})) == (422, code)
            assert shop.found(FANS)["data"] == []


def test_the_future_is_refused_and_a_clock_a_little_ahead_is_not(shop: Shop) -> None:
    with clock.at(NOON):
        late = shop.post(FANS, {"external_id": "late", "at": (NOON + timedelta(hours=1)).isoformat()})
        ahead = joined(shop, at=(NOON + timedelta(seconds=30)).isoformat())
        before = joined(shop, at="2026-05-01T18:00:00.123+07:00")

    assert refusal(late) == (422, "at_out_of_range")
    assert (ahead["joined_at"], before["joined_at"]) == ("2026-05-01T12:00:00Z", "2026-05-01T11:00:00.123000Z")


@pytest.mark.parametrize(
    ("state", "code"),
    [("draft", "campaign_not_open"), ("upcoming", "campaign_not_open"), ("over", "campaign_over")],
)
def test_nobody_comes_while_a_campaign_is_not_open(app: Flask, fair: Fair, shop: Shop, state: str, code: str) -> None:
    with make.saved(app):
        make.campaign(fair.brand, "closed", state=state)

    answer = shop.post("/campaigns/closed/fans", {"external_id": "c"})

    assert refusal(answer) == (410, code)
    assert bool((answer.json or {}).get("opens_at")) == (state == "upcoming")
    assert shop.found("/campaigns/closed/fans")["data"] == []


def test_the_addresses_that_are_given_lead_somewhere(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        [story] = campaigns.stories(fair.campaign)
        make.picture(fair.brand, story)
    fan = joined(shop)
    told = shop.found("/campaigns/fair")

    addresses = [
        fan["share_url"],
        fan["qr_svg_url"],
        fan["qr_png_url"],
        told["story_url"],
        told["story"]["picture_url"],
    ]

    for address in addresses:
        answer = app.test_client().get(address.removeprefix("http://tular.test"))
        assert answer.status_code in {200, 302}, address


NAMES = [
    ("Si\0ti", "Siti"),
    ("\u202eSiti\u202c", "Siti"),
    ("Siti \N{BOOKS}\N{RED APPLE}", "Siti \N{BOOKS}\N{RED APPLE}"),
    ("\N{MAN}\u200d\N{PERSONAL COMPUTER}", "\N{MAN}\u200d\N{PERSONAL COMPUTER}"),
    ("  Siti\t\n Rahma ", "Siti Rahma"),
    ("\u200b\u2060", None),
    ("", None),
    ("<b>Siti</b> & 'Co'", "<b>Siti</b> & 'Co'"),
    ("小红", "小红"),
    ("x" * 80, "x" * 80),
]


def test_names_are_kept_as_people_can_read_them(shop: Shop, subtests: pytest.Subtests) -> None:
    for written, kept in NAMES:
        with subtests.test(repr(written)[:60]):
            fan = joined(shop, name=written)

            found = shop.found(f"{FANS}/{fan['id']}")["name"]
            assert found == kept or (kept and found == kept.replace("Siti", "Si ti"))


def test_a_name_that_is_too_long_is_refused(shop: Shop) -> None:
    assert refusal(shop.post(FANS, {"external_id": "c", "name": "x" * 81})) == (422, "name_too_long")
    assert wrong_fields(shop.post(FANS, {"external_id": "c", "name": "x" * 10_000})) == {"name": "string_too_long"}


def test_a_fan_shows_whom_they_brought_and_what_they_have(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        ayu, budi, citra, _ = make.chain(fair.campaign, "Ayu", "Budi", "Citra", "Dewi")
        make.fan(fair.campaign, "Eka", told_by=ayu)
        make.click(ayu)
        make.click(ayu, verdict="bot")
        make.sale(fair.campaign, budi, "100.00")

    found = shop.found(f"{FANS}/{ids.show(ayu.id)}")

    assert (found["brought"], found["reached"], found["clicks"]) == (2, 4, 1)
    assert found["balance"] == [{"currency": "IDR", "ready": "0.00", "waiting": "5.00"}]
    assert shop.found(f"{FANS}/{ids.show(citra.id)}")["balance"] == []


def test_the_same_person_sent_by_many_at_once_is_one_fan(shop: Shop) -> None:
    document = {"name": "Ayu", "email": "ayu@people.example", "external_id": "customer-1"}

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: shop.post(FANS, document), range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.get_data() for answer in answers}) == 1
    assert len(shop.found(FANS)["data"]) == 1


def test_many_people_at_once_are_all_let_in(shop: Shop) -> None:
    teller = joined(shop)

    with ThreadPoolExecutor(16) as pool:
        fans = list(pool.map(lambda number: joined(shop, external_id=f"c-{number}", told_by=teller["code"]), range(60)))

    assert len({fan["id"] for fan in fans}) == len({fan["code"] for fan in fans}) == 60
    assert shop.found(f"{FANS}/{teller['id']}")["brought"] == 60
