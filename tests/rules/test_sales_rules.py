"""Rules of sales: by whose word a sale came, and which reports of a sale are the same report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.campaigns.rules import Attribution as Model
from referral.errors import Invalid
from referral.plumbing.money import Money
from referral.sales.rules import (
    Attribution,
    Buyer,
    Case,
    Evidence,
    Line,
    Reason,
    Share,
    Told,
    Touch,
    attribute,
    check_amount,
    clean_moment,
    compare,
    fingerprint,
    touches,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SITI, BUDI, BUYER = 1, 2, 3
SALE = 1000  # its id; what was known before it has a smaller one
LINKS = {SITI: 10, BUDI: 20, BUYER: 30, None: 40}


def touch(introducer_id: int | None, days_before: float, evidence: Evidence = "introduced") -> Touch:
    return Touch(introducer_id, LINKS[introducer_id], NOON - days_before * DAY, evidence)


def alone(days_before: float) -> Touch:
    return Touch(None, None, NOON - days_before * DAY, "alone")


def by(found: Attribution) -> list[tuple[int, int, int]]:
    return [(share.introducer_id, share.parts, share.whole) for share in found.shares]


def decide(
    *met: Touch, model: Model = Model.FIRST, window: int = 0, buyer: int | None = BUYER
) -> tuple[list[int], Reason]:
    found = attribute(met, NOON, buyer, model, window)
    return [share.introducer_id for share in found.shares], found.reason


# --- The first who told ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("evidence", ["click", "code", "coupon", "name"])
def test_a_new_buyer_was_introduced_by_whomever_the_evidence_leads_to(evidence: Evidence) -> None:
    assert decide(touch(SITI, 0, evidence)) == ([SITI], evidence)


def test_who_told_a_fan_first_keeps_their_sales_without_any_link() -> None:
    assert decide(touch(SITI, 9)) == ([SITI], "introduced")


@pytest.mark.parametrize("introducer", [BUDI, None, BUYER, SITI])
def test_who_told_a_fan_first_keeps_their_sales_whatever_link_they_buy_by(introducer: int | None) -> None:
    assert decide(touch(SITI, 9), touch(introducer, 0, "code")) == ([SITI], "introduced")


@pytest.mark.parametrize("model", list(Model))
def test_nobody_earns_by_their_own_link(model: Model) -> None:
    assert decide(alone(3), touch(BUYER, 0, "click"), model=model) == ([], "own_link")


@pytest.mark.parametrize("model", list(Model))
def test_a_link_of_the_brands_own_earns_nobody_anything(model: Model) -> None:
    assert decide(touch(None, 0, "click"), model=model) == ([], "brand_link")
    assert decide(alone(3), touch(None, 0, "click"), model=model) == ([], "brand_link")


def test_who_was_told_by_a_poster_is_introduced_by_nobody_afterwards() -> None:
    assert decide(touch(None, 5), touch(BUDI, 0, "click")) == ([], "brand_link")


@pytest.mark.parametrize("model", list(Model))
def test_who_came_by_themselves_was_told_by_nobody(model: Model) -> None:
    assert decide(model=model) == ([], "nobody_told")
    assert decide(alone(3), model=model) == ([], "nobody_told")


def test_a_fan_whom_nobody_told_is_not_introduced_afterwards() -> None:
    assert decide(alone(3), touch(BUDI, 0, "code")) == ([], "nobody_told")
    assert decide(alone(3), touch(BUDI, 0)) == ([], "nobody_told")


# --- The last, and all of them ---------------------------------------------------------------------------------------


def test_the_last_who_told_wins_over_the_first() -> None:
    assert decide(touch(SITI, 9), touch(BUDI, 0, "coupon"), model=Model.LAST) == ([BUDI], "coupon")
    assert decide(touch(SITI, 9), touch(BUDI, 2), model=Model.LAST) == ([BUDI], "introduced")


def test_a_poster_that_is_the_last_touch_gives_to_nobody() -> None:
    assert decide(touch(SITI, 9), touch(None, 1, "click"), model=Model.LAST) == ([], "brand_link")


def test_ones_own_coming_and_ones_own_link_do_not_stand_in_the_way_of_the_last_who_told() -> None:
    assert decide(alone(20), touch(SITI, 9), touch(BUYER, 0, "code"), model=Model.LAST) == ([SITI], "introduced")


def test_all_who_told_have_equal_parts_and_the_earliest_is_named_first() -> None:
    met = [alone(20), touch(BUDI, 1), touch(SITI, 9), touch(None, 5), touch(BUDI, 0, "click")]

    found = attribute(met, NOON, BUYER, Model.SPLIT, 0)

    assert found == Attribution((Share(SITI, 1, 2, "introduced"), Share(BUDI, 1, 2, "introduced")), "introduced")
    assert found.introducer_id == SITI


# --- The window, and clocks ------------------------------------------------------------------------------------------


def test_what_is_older_than_the_window_counts_no_more() -> None:
    assert decide(touch(SITI, 9), touch(BUDI, 2), window=7) == ([BUDI], "introduced")
    assert decide(alone(9), touch(BUDI, 0, "code"), window=7) == ([BUDI], "code")
    assert decide(touch(SITI, 9), touch(BUDI, 2), model=Model.SPLIT, window=7) == ([BUDI], "introduced")


def test_a_touch_exactly_as_old_as_the_window_counts() -> None:
    assert decide(touch(SITI, 7), window=7) == ([SITI], "introduced")
    assert decide(touch(SITI, 7.001), window=7) == ([], "window_over")


@pytest.mark.parametrize("model", list(Model))
def test_when_the_window_leaves_nobody_it_is_said_so(model: Model) -> None:
    assert decide(touch(SITI, 40), touch(BUDI, 31, "click"), model=model, window=30) == ([], "window_over")
    assert decide(alone(40), model=model, window=30) == ([], "nobody_told")


def test_a_click_counts_from_when_it_happened_and_not_from_the_sale() -> None:
    assert decide(touch(SITI, 31, "click"), model=Model.LAST, window=30) == ([], "window_over")


@pytest.mark.parametrize(("model", "window"), [(Model.FIRST, 30), (Model.LAST, 0), (Model.SPLIT, 0), (Model.SPLIT, 30)])
def test_what_lies_after_the_sale_counts_only_where_a_wrong_clock_explains_it(model: Model, window: int) -> None:
    assert decide(touch(SITI, -1, "click"), model=model, window=window) == ([SITI], "click")
    assert decide(touch(SITI, -1.001, "click"), model=model, window=window) == ([], "nobody_told")


def test_who_told_a_fan_first_keeps_a_sale_that_is_reported_late() -> None:
    assert decide(touch(SITI, -12), touch(BUDI, 0, "code")) == ([SITI], "introduced")
    assert decide(alone(-12), touch(BUDI, 0, "code")) == ([], "nobody_told")


def test_a_shops_clock_that_is_behind_does_not_make_a_code_the_first_touch() -> None:
    assert decide(touch(SITI, -0.5), touch(BUDI, 0, "code")) == ([SITI], "introduced")
    assert decide(alone(-0.5), touch(BUDI, 0, "code")) == ([], "nobody_told")


# --- What holds for all touches --------------------------------------------------------------------------------------

people = st.none() | st.integers(1, 6)
told = st.builds(
    Touch,
    people,
    st.integers(10, 13),
    st.integers(-24, 24 * 60).map(lambda hours: NOON - timedelta(hours=hours)),
    st.sampled_from(["introduced", "name", "coupon", "code", "click"]),
)
coming = st.integers(-24, 24 * 60).map(lambda hours: Touch(None, None, NOON - timedelta(hours=hours), "alone"))
histories = st.lists(told, max_size=8).flatmap(lambda found: coming.map(lambda one: [*found, one]) | st.just(found))
models = st.sampled_from(list(Model))
windows = st.sampled_from([0, 1, 7, 30, 3650])


@given(histories, people, models, windows)
def test_the_shares_sum_to_the_whole_and_nobody_has_two(
    met: list[Touch], buyer: int | None, model: Model, window: int
) -> None:
    found = attribute(met, NOON, buyer, model, window)

    assert sum(share.parts for share in found.shares) == (found.shares[0].whole if found.shares else 0)
    assert len({share.whole for share in found.shares}) <= 1
    assert len({share.introducer_id for share in found.shares}) == len(found.shares)


@given(histories, people, models, windows, st.randoms(use_true_random=False))
def test_the_order_in_which_touches_are_listed_does_not_matter(
    met: list[Touch], buyer: int | None, model: Model, window: int, random: Any
) -> None:
    shuffled = random.sample(met, len(met))

    assert attribute(shuffled, NOON, buyer, model, window) == attribute(met, NOON, buyer, model, window)


@given(told, people, windows)
def test_all_rules_agree_where_there_is_one_touch(met: Touch, buyer: int | None, window: int) -> None:
    first, last, split = (attribute([met], NOON, buyer, model, window) for model in Model)

    assert first == last == split


@given(histories, people, models)
def test_nobody_earns_on_their_own_purchase(met: list[Touch], buyer: int | None, model: Model) -> None:
    assert buyer is None or buyer not in {share.introducer_id for share in attribute(met, NOON, buyer, model, 0).shares}


@given(histories, people, models, windows)
def test_an_introducer_is_named_exactly_for_the_reasons_that_pay(
    met: list[Touch], buyer: int | None, model: Model, window: int
) -> None:
    found = attribute(met, NOON, buyer, model, window)

    assert bool(found.shares) == (found.reason in {"introduced", "name", "coupon", "code", "click"})


@given(histories, people, st.sampled_from([Model.LAST, Model.SPLIT]), windows)
def test_a_window_never_adds_an_introducer(met: list[Touch], buyer: int | None, model: Model, window: int) -> None:
    within = {share.introducer_id for share in attribute(met, NOON, buyer, model, window).shares}

    assert within <= {share.introducer_id for share in attribute(met, NOON, buyer, model, 0).shares}


@given(histories, people, models, windows)
def test_a_window_is_as_if_nothing_older_had_happened(
    met: list[Touch], buyer: int | None, model: Model, window: int
) -> None:
    recent = [one for one in met if not window or one.at >= NOON - window * DAY]

    assert by(attribute(met, NOON, buyer, model, window)) == by(attribute(recent, NOON, buyer, model, 0))


@given(histories, people, windows)
def test_a_split_gives_every_introducer_exactly_one_part(met: list[Touch], buyer: int | None, window: int) -> None:
    start = NOON - window * DAY if window else NOON - 10_000 * DAY
    told = {one.introducer_id for one in met if start <= one.at <= NOON + DAY} - {None, buyer}

    found = attribute(met, NOON, buyer, Model.SPLIT, window)

    assert {share.introducer_id for share in found.shares} == told
    assert all(share.parts == 1 for share in found.shares)


# --- What a buyer's touches are --------------------------------------------------------------------------------------


def introduction(number: int, introducer_id: int | None, days_before: float, first: bool = False) -> Told:
    return Told(number, introducer_id, LINKS[introducer_id], NOON - days_before * DAY, first)


def test_a_buyer_nobody_named_has_only_what_the_sale_says_of_itself() -> None:
    assert touches(None, touch(SITI, 0, "code"), SALE) == [touch(SITI, 0, "code")]
    assert touches(None, None, SALE) == []


def test_who_became_a_fan_by_the_sale_was_none_before() -> None:
    newcomer = Buyer(SALE + 1, NOON, (introduction(SALE + 2, SITI, 0, first=True),))

    assert touches(newcomer, touch(SITI, 0, "code"), SALE) == [touch(SITI, 0, "code")]


def test_what_is_learned_of_a_buyer_after_a_sale_changes_nothing_about_it() -> None:
    buyer = Buyer(BUYER, NOON - 9 * DAY, (introduction(1, SITI, 9, first=True), introduction(SALE + 1, BUDI, 0)))

    assert touches(buyer, None, SALE) == [touch(SITI, 9)]


def test_who_was_told_by_nobody_first_came_alone() -> None:
    buyer = Buyer(BUYER, NOON - 9 * DAY, (introduction(2, BUDI, 3),))

    assert touches(buyer, None, SALE) == [alone(9), touch(BUDI, 3)]


@pytest.mark.parametrize("first", [introduction(1, SITI, 9, first=True), None])
def test_a_late_report_makes_nobody_the_first_teller(first: Told | None) -> None:
    later = introduction(2, BUDI, 30)
    buyer = Buyer(BUYER, NOON - 9 * DAY, (later, first) if first else (later,))

    found = attribute(touches(buyer, None, SALE), NOON, BUYER, Model.FIRST, 0)

    assert by(found) == ([(SITI, 1, 1)] if first else [])


# Who told a buyer first, and by what the shop saw at the sale: the rule as it was before there were others.
def as_it_was(first: Told | None, knows: bool, own: Touch | None) -> tuple[int | None, Reason]:
    if knows and first is not None:
        return (first.introducer_id, "introduced") if first.introducer_id else (None, "brand_link")
    if own is None:
        return None, "nobody_told"
    if own.introducer_id is None:
        return None, "brand_link"
    if not knows:
        assert own.evidence != "alone"
        return own.introducer_id, own.evidence
    return None, "own_link" if own.introducer_id == BUYER else "nobody_told"


@given(
    st.none() | st.sampled_from([SITI, BUDI, 0]),
    st.booleans(),
    st.none() | st.sampled_from([SITI, BUDI, BUYER, 0]),
    st.sampled_from(["click", "code"]),
    st.integers(-50, 50),
)
def test_the_first_without_a_window_is_the_rule_that_campaigns_had_before(
    first: int | None, knows: bool, seen: int | None, evidence: Evidence, days: int
) -> None:
    told = introduction(1, first or None, days, first=True) if first is not None else None
    own = touch(seen or None, 0, evidence) if seen is not None else None
    buyer = Buyer(BUYER, NOON - days * DAY, (told,) if told else ()) if knows else None
    if not knows and seen == BUYER:
        return  # whoever the shop does not name is nobody's equal

    found = attribute(touches(buyer, own, SALE), NOON, BUYER if knows else None, Model.FIRST, 0)

    assert (found.introducer_id, found.reason) == as_it_was(told, knows, own)


# --- The same sales under another rule -------------------------------------------------------------------------------


def case(net: int, own: Touch | None, *shares: tuple[int, int]) -> Case:
    return Case(SALE, NOON, net, BUYER, own, shares)


def test_the_same_sales_are_divided_under_another_rule() -> None:
    buyers = {BUYER: Buyer(BUYER, NOON - 9 * DAY, (introduction(1, SITI, 9, first=True),))}
    cases = [case(101, touch(BUDI, 0, "code"), (SITI, 1)), case(50, None, (SITI, 1)), case(7, None)]

    last = compare(cases, buyers, Model.LAST, 0)
    split = compare(cases, buyers, Model.SPLIT, 0)
    none = compare(cases, {}, Model.SPLIT, 0)

    assert last.lines == (
        Line(BUDI, before=0, after=101, sales_before=0, sales_after=1),
        Line(SITI, before=151, after=57, sales_before=2, sales_after=2),
        Line(None, before=7, after=0, sales_before=1, sales_after=0),
    )
    assert (last.sales, last.changed) == (3, 2)
    assert {line.introducer_id: line.after for line in split.lines} == {SITI: 51 + 50 + 7, BUDI: 50, None: 0}
    assert none.lines[0] == Line(SITI, before=151, after=0, sales_before=2, sales_after=0)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.none() | told, people), max_size=8), models, windows)
def test_a_comparison_gives_away_exactly_what_was_sold(
    sold: list[tuple[int, Touch | None, int | None]], model: Model, window: int
) -> None:
    cases = [case(net, own, *([(now, 1)] if now else [])) for net, own, now in sold]

    found = compare(cases, {}, model, window)

    total = sum(net for net, *_ in sold)
    assert sum(line.before for line in found.lines) == sum(line.after for line in found.lines) == total
    assert sum(line.difference for line in found.lines) == 0


# --- Same report, or another -----------------------------------------------------------------------------------------

SAID: dict[str, Any] = {
    "amount": Money(15_000_000, "IDR"),
    "buyer_id": BUYER,
    "named": True,
    "click_id": None,
    "code": "K7M2Q9XD",
    "at": None,
}


def said(**changed: Any) -> str:
    return fingerprint(**{**SAID, **changed})


def test_the_same_words_have_the_same_fingerprint() -> None:
    assert said() == said()
    assert len(said()) == 64


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": Money(15_000_001, "IDR")},
        {"amount": Money(15_000_000, "PLN")},
        {"buyer_id": SITI},
        {"buyer_id": None},
        {"buyer_id": None, "named": False},
        {"click_id": 9},
        {"code": None},
        {"code": "K7M2Q9XE"},
        {"at": NOON},
        {"coupon": "AYU-10"},
        {"spoken_of": SITI},
    ],
)
def test_other_content_has_another_fingerprint(changed: dict[str, Any]) -> None:
    assert said(**changed) != said()


def test_what_was_hashed_before_there_were_coupons_and_names_has_the_same_fingerprint() -> None:
    assert said() == "3547ee12597a0dfbb85ee9a822996ec54d7659d865df58a3e2af64d4d1f54922"


def test_a_buyer_nobody_knows_is_not_the_same_as_no_buyer() -> None:
    assert said(buyer_id=None, named=True) != said(buyer_id=None, named=False)


def test_the_same_moment_in_another_zone_is_the_same_content() -> None:
    jakarta = timezone(timedelta(hours=7))

    assert said(at=NOON) == said(at=NOON.astimezone(jakarta))
    assert said(at=NOON) != said(at=NOON.replace(tzinfo=jakarta))


# --- What cannot be a sale -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minor", [0, -1])
def test_a_sale_brings_something(minor: int) -> None:
    with pytest.raises(Invalid) as refused:
        check_amount(Money(minor, "IDR"), "IDR")

    assert refused.value.code == "amount_not_positive"


def test_a_sale_is_in_the_campaigns_currency() -> None:
    with pytest.raises(Invalid) as refused:
        check_amount(Money(100, "PLN"), "IDR")

    assert refused.value.code == "currency_differs"
    assert refused.value.fields == {"expected": "IDR"}


@pytest.mark.parametrize(
    "moment",
    [
        NOON + timedelta(days=1, seconds=1),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime(1970, 1, 21, tzinfo=UTC),
    ],
)
def test_a_moment_that_only_a_mistake_explains_is_refused(moment: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        clean_moment(moment, NOON)

    assert refused.value.code == "at_out_of_range"


@pytest.mark.parametrize("moment", [NOON, NOON - timedelta(days=400), NOON + timedelta(hours=14)])
def test_a_late_report_and_a_clock_that_runs_ahead_are_taken(moment: datetime) -> None:
    assert clean_moment(moment, NOON) == moment


def test_a_moment_is_kept_in_utc_to_the_millisecond() -> None:
    jakarta = timezone(timedelta(hours=7))

    found = clean_moment(datetime(2026, 5, 1, 18, 0, 0, 123_999, jakarta), NOON)

    assert found.isoformat() == "2026-05-01T11:00:00.123000+00:00"
