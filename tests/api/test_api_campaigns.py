"""Campaigns over the API: made, read, changed; and what can never be one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral.plumbing import clock
from tests.api.problems import problem, refusal, wrong_fields
from tests.api.shop import Shop

STORY = {"title": "Books all night", "body": "It does not close.", "locale": "en"}


def campaign(**said: Any) -> dict[str, Any]:
    return {"slug": "second", "name": "The second night", "story": STORY, **said}


def test_a_campaign_is_open_at_once_with_the_brands_currency_and_no_reward(shop: Shop) -> None:
    made = shop.made("/campaigns", campaign())

    assert (made["slug"], made["state"], made["published"], made["currency"]) == ("second", "running", True, "IDR")
    plan = {"version": 1, "kind": "none", "percent": None, "amount": None, "holding_days": 0}
    assert made["reward_plan"] == plan
    assert made["story"] == {**STORY, "share_text": None, "picture_url": None}
    assert (made["landing_url"], made["starts_at"], made["ends_at"]) == (None, None, None)
    assert shop.found("/campaigns/second") == made
    assert [one["slug"] for one in shop.found("/campaigns")["data"]] == ["second", "fair"]


@pytest.mark.parametrize(
    ("plan", "shown"),
    [
        ({"kind": "percent", "percent": "7.50", "holding_days": 30}, ("percent", "7.5", None, 30)),
        ({"kind": "percent", "percent": "100"}, ("percent", "100", None, 14)),
        ({"kind": "percent", "percent": "0.05"}, ("percent", "0.05", None, 14)),
        ({"kind": "fixed", "amount": "25000", "holding_days": 0}, ("fixed", None, "25000.00", 0)),
        ({"kind": "none"}, ("none", None, None, 0)),
    ],
)
def test_a_reward_plan_reads_back_as_it_was_promised(
    shop: Shop, plan: dict[str, Any], shown: tuple[str, str | None, str | None, int]
) -> None:
    made = shop.made("/campaigns", campaign(reward_plan=plan))["reward_plan"]

    assert (made["kind"], made["percent"], made["amount"], made["holding_days"]) == shown


NO_REWARDS: list[tuple[Any, ...]] = [
    ({"kind": "percent", "percent": "0"}, "percent_invalid"),
    ({"kind": "percent", "percent": "100.01"}, "percent_invalid"),
    ({"kind": "percent", "percent": "101"}, "percent_invalid"),
    ({"kind": "percent", "percent": "5.001"}, "percent_malformed"),
    ({"kind": "percent", "percent": "5%"}, "percent_malformed"),
    ({"kind": "percent", "percent": "5,5"}, "percent_malformed"),
    ({"kind": "percent", "percent": "-5"}, "percent_malformed"),
    ({"kind": "percent", "percent": "1e1"}, "percent_malformed"),
    ({"kind": "percent", "percent": "NaN"}, "percent_malformed"),
    ({"kind": "percent", "percent": "٥"}, "percent_malformed"),
    ({"kind": "percent", "percent": "5\n"}, "percent_malformed"),
    ({"kind": "fixed", "amount": "0"}, "fixed_invalid"),
    ({"kind": "fixed", "amount": "-1"}, "fixed_invalid"),
    ({"kind": "fixed", "amount": "1.005"}, "amount_decimals"),
    ({"kind": "fixed", "amount": "five"}, "amount_malformed"),
]


def test_a_reward_that_cannot_be_is_refused(shop: Shop, subtests: pytest.Subtests) -> None:
    for plan, code in NO_REWARDS:
        with subtests.test(repr(plan)[:60]):
            assert refusal(shop.post("/campaigns", campaign(reward_plan=plan))) == (422, code)


WRONG_PLANS: list[tuple[Any, ...]] = [
    ({"kind": "percent"}, "reward_plan", "reward_plan_mixed"),
    ({"kind": "fixed", "percent": "5"}, "reward_plan", "reward_plan_mixed"),
    ({"kind": "none", "amount": "5"}, "reward_plan", "reward_plan_mixed"),
    ({"kind": "percent", "percent": 5}, "reward_plan.percent", "amount_not_text"),
    ({"kind": "fixed", "amount": 25000.5}, "reward_plan.amount", "amount_not_text"),
    ({"kind": "levels"}, "reward_plan.kind", "literal_error"),
    ({"kind": "percent", "percent": "5", "holding_days": -1}, "reward_plan.holding_days", "greater_than_equal"),
    ({"kind": "percent", "percent": "5", "holding_days": 366}, "reward_plan.holding_days", "less_than_equal"),
    ({"kind": "percent", "percent": "5", "holding_days": 10**400}, "reward_plan.holding_days", "less_than_equal"),
    ({"kind": "percent", "percent": "5", "holding_days": "14"}, "reward_plan.holding_days", "int_type"),
    ({"kind": "percent", "percent": "5", "depth": 3}, "reward_plan.depth", "extra_forbidden"),
]


def test_a_reward_plan_says_one_thing_and_in_the_right_types(shop: Shop, subtests: pytest.Subtests) -> None:
    for plan, field, code in WRONG_PLANS:
        with subtests.test(repr(plan)[:60]):
            assert wrong_fields(shop.post("/campaigns", campaign(reward_plan=plan))) == {field: code}


CLICKING: dict[str, Any] = {
    "utm_template": "utm_source=tular&utm_medium={channel}",
    "repeat_minutes": 1440,
    "click_cookie": True,
    "attribution": "split",
    "attribution_days": 30,
}


def clicking(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: shown[name] for name in CLICKING}


def test_how_clicks_count_reads_back_as_it_was_said_and_only_what_is_named_changes(shop: Shop) -> None:
    usual = {
        "utm_template": None,
        "repeat_minutes": 60,
        "click_cookie": False,
        "attribution": "first",
        "attribution_days": 0,
    }
    assert clicking(shop.made("/campaigns", campaign())) == usual
    assert clicking(shop.made("/campaigns", campaign(slug="third", **CLICKING))) == CLICKING
    assert clicking(shop.changed("/campaigns/third", {"name": "Another"})) == CLICKING

    said = CLICKING
    for change in ({"repeat_minutes": 0}, {"click_cookie": False}, {"attribution": "last"}, {"attribution_days": 0}):
        said = said | change
        assert clicking(shop.changed("/campaigns/third", change)) == said
    assert clicking(shop.changed("/campaigns/third", {"utm_template": None})) == said | {"utm_template": None}
    assert clicking(shop.found("/campaigns/third")) == said | {"utm_template": None}


NO_CLICKING: list[tuple[dict[str, Any], str]] = [
    ({"utm_template": "utm_source"}, "utm_invalid"),
    ({"utm_template": "tular_click=1"}, "utm_invalid"),
    ({"utm_template": "a={person}"}, "utm_invalid"),
    ({"utm_template": "a=" + "b" * 399}, "utm_invalid"),
    ({"utm_template": "a=b\0"}, "utm_invalid"),
    ({"repeat_minutes": -1}, "document_invalid"),
    ({"repeat_minutes": 1_441}, "document_invalid"),
    ({"repeat_minutes": "60"}, "document_invalid"),
    ({"click_cookie": 1}, "document_invalid"),
    ({"attribution": "linear"}, "document_invalid"),
    ({"attribution_days": 3_651}, "document_invalid"),
]


def test_what_clicks_cannot_count_by_is_refused(shop: Shop, subtests: pytest.Subtests) -> None:
    for said, code in NO_CLICKING:
        with subtests.test(repr(said)[:60]):
            assert refusal(shop.post("/campaigns", campaign(**said))) == (422, code)
            assert refusal(shop.patch("/campaigns/fair", said)) == (422, code)


NO_WEB_SITES: list[Any] = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,<b>x</b>",
    "ftp://shop.example/",
    "//shop.example/",
    "/offers",
    "shop.example",
    "https://",
    "https:///path",
    "https://siti@shop.example/",
    "https://siti:secret@shop.example/",
    "https://shop .example/",
    "https://shop.example/a b",
    "https://shop.example/\nx",
    "https://shop.example:99999/",
    "https://[::1",
    "https://shop.example\\@evil.example/",
    "https://" + "a" * 3_000 + ".example/",
    "https://shop\u202e.example/",
    "\ud83d",
]


def test_links_lead_to_web_sites_only(shop: Shop, subtests: pytest.Subtests) -> None:
    for url in NO_WEB_SITES:
        with subtests.test(repr(url)[:60]):
            status, code = refusal(shop.post("/campaigns", campaign(landing_url=url)))

            assert (status, code) in {(422, "landing_url_invalid"), (400, "json_malformed")}


@pytest.mark.parametrize(
    "url", ["https://shop.example/night?x=1#top", "http://localhost:3000/", "https://łódź.example/"]
)
def test_a_landing_address_is_kept(shop: Shop, url: str) -> None:
    assert shop.made("/campaigns", campaign(landing_url=url))["landing_url"] == url


NO_CAMPAIGNS: list[tuple[Any, ...]] = [
    ({"slug": "Ünique"}, "slug_invalid"),
    ({"slug": ""}, "slug_invalid"),
    ({"slug": "new"}, "slug_invalid"),
    ({"slug": "a" * 61}, "slug_invalid"),
    ({"slug": "a/b"}, "slug_invalid"),
    ({"name": " "}, "name_missing"),
    ({"name": "a\u202eb"}, "name_missing"),
    ({"name": "x" * 121}, "name_too_long"),
    ({"currency": "XXX"}, "currency_unknown"),
    ({"story": {**STORY, "title": "\n"}}, "title_missing"),
    ({"story": {**STORY, "title": "x" * 161}}, "title_too_long"),
    ({"story": {**STORY, "body": ""}}, "body_missing"),
    ({"story": {**STORY, "share_text": "x" * 501}}, "share_text_too_long"),
    ({"starts_at": "2026-05-02T00:00:00Z", "ends_at": "2026-05-01T00:00:00Z"}, "dates_reversed"),
    ({"starts_at": "2026-05-01T07:00:00+07:00", "ends_at": "2026-05-01T00:00:00Z"}, "dates_reversed"),
]


def test_a_campaign_that_cannot_be_is_refused(shop: Shop, subtests: pytest.Subtests) -> None:
    for said, code in NO_CAMPAIGNS:
        with subtests.test(repr(said)[:60]):
            assert refusal(shop.post("/campaigns", campaign(**said))) == (422, code)
            assert len(shop.found("/campaigns")["data"]) == 1


WRONG_TYPES: list[tuple[Any, ...]] = [
    ({"currency": "idr"}, "currency", "string_pattern_mismatch"),
    ({"currency": 360}, "currency", "string_type"),
    ({"story": {**STORY, "locale": "de"}}, "story.locale", "literal_error"),
    ({"story": "Books"}, "story", "model_type"),
    ({"story": {**STORY, "body": "x" * 20_001}}, "story.body", "string_too_long"),
    ({"name": "x" * 10_000}, "name", "string_too_long"),
    ({"published": "yes"}, "published", "bool_type"),
    ({"published": 1}, "published", "bool_type"),
    ({"starts_at": "2026-05-01"}, "starts_at", "moment_malformed"),
    ({"starts_at": "2026-05-01T00:00:00"}, "starts_at", "timezone_aware"),
    ({"starts_at": 1777593600}, "starts_at", "moment_malformed"),
    ({"starts_at": "1777593600"}, "starts_at", "moment_malformed"),
    ({"starts_at": "2026-02-30T00:00:00Z"}, "starts_at", "datetime_from_date_parsing"),
    ({"ends_at": "9999-12-31T23:59:59-14:00"}, "ends_at", "moment_out_of_range"),
    ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at", "moment_out_of_range"),
    ({"owner": "siti"}, "owner", "extra_forbidden"),
]


def test_a_document_in_the_wrong_types_is_told_which_fields(shop: Shop, subtests: pytest.Subtests) -> None:
    for said, field, code in WRONG_TYPES:
        with subtests.test(repr(said)[:60]):
            found = wrong_fields(shop.post("/campaigns", campaign(**said)))

            assert list(found) == [field]
            assert found[field] == code or code.startswith("datetime_")


def test_what_is_missing_is_named(shop: Shop) -> None:
    assert wrong_fields(shop.post("/campaigns", {})) == dict.fromkeys(("slug", "name", "story"), "missing")


def test_a_short_name_is_taken_once_in_the_whole_installation(shop: Shop, other_shop: Shop) -> None:
    answer = other_shop.post("/campaigns", campaign(slug="fair"))

    assert refusal(answer) == (409, "slug_taken")
    assert "slug" not in problem(answer)


def test_far_moments_are_kept_exactly(shop: Shop) -> None:
    said = {"starts_at": "0001-01-01T00:00:00Z", "ends_at": "9999-12-31T23:59:59.999000Z"}

    made = shop.made("/campaigns", campaign(**said))

    assert {name: made[name] for name in said} == said


def test_a_campaign_is_draft_upcoming_running_and_over(shop: Shop) -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    dates = {"starts_at": "2026-05-02T00:00:00Z", "ends_at": "2026-05-03T00:00:00Z"}
    shop.made("/campaigns", campaign(slug="draft", published=False))
    shop.made("/campaigns", campaign(**dates))

    def state(slug: str, at: datetime) -> str:
        with clock.at(at):
            return str(shop.found(f"/campaigns/{slug}")["state"])

    assert state("draft", noon) == "draft"
    assert [state("second", noon + timedelta(days=days)) for days in (0, 1, 2)] == ["upcoming", "running", "over"]


def test_a_change_changes_what_it_names_and_nothing_else(shop: Shop) -> None:
    url = "https://shop.example/"
    plan = {"kind": "percent", "percent": "5"}
    before = shop.made("/campaigns", campaign(landing_url=url, starts_at="2026-05-01T00:00:00Z", reward_plan=plan))

    nothing = shop.changed("/campaigns/second", {})
    renamed = shop.changed("/campaigns/second", {"name": "Renamed"})
    emptied = shop.changed("/campaigns/second", {"landing_url": None, "starts_at": None})

    assert nothing == before
    assert renamed == {**before, "name": "Renamed"}
    assert emptied == {**renamed, "landing_url": None, "starts_at": None}


def test_terms_that_differ_become_a_new_version(shop: Shop) -> None:
    plan = {"kind": "percent", "percent": "5", "holding_days": 14}
    shop.made("/campaigns", campaign(reward_plan=plan))

    same = shop.changed("/campaigns/second", {"reward_plan": plan})
    more = shop.changed("/campaigns/second", {"reward_plan": {**plan, "percent": "6"}})

    assert (same["reward_plan"]["version"], more["reward_plan"]["version"]) == (1, 2)
    assert more["reward_plan"]["percent"] == "6"


def test_a_story_is_told_in_another_language_beside_the_first(shop: Shop) -> None:
    shop.made("/campaigns", campaign())
    indonesian = {"title": "Buku semalam suntuk", "body": "Tidak pernah tutup.", "locale": "id"}

    changed = shop.changed("/campaigns/second", {"story": indonesian})

    assert [one["locale"] for one in changed["stories"]] == ["en", "id"]
    assert changed["story"]["title"] == STORY["title"]


def test_a_campaign_is_withdrawn_and_published_again(shop: Shop) -> None:
    withdrawn = shop.changed("/campaigns/fair", {"published": False})
    again = shop.changed("/campaigns/fair", {"published": True})

    assert (withdrawn["state"], again["state"]) == ("draft", "running")


def test_a_change_that_cannot_be_leaves_all_as_it_was(shop: Shop) -> None:
    before = shop.found("/campaigns/fair")

    refused = shop.patch("/campaigns/fair", {"name": "Renamed", "landing_url": "javascript:alert(1)"})
    for document in ({"slug": "other"}, {"currency": "PLN"}):
        assert set(wrong_fields(shop.patch("/campaigns/fair", document)).values()) == {"extra_forbidden"}

    assert refusal(refused) == (422, "landing_url_invalid")
    assert shop.found("/campaigns/fair") == before
