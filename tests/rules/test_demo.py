"""The demonstration's forest looks like one that grew: as large and as deep as promised, with few carriers."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from referral.cli.demo.filling import SEED, Plan, plans
from referral.cli.demo.names import somebody
from referral.cli.demo.script import Buy, GiveBack, Join, Visit, script
from referral.cli.demo.shape import Guest, forest, subtree_sizes
from referral.plumbing.i18n import LANGUAGES

END = datetime(2026, 3, 20, 13, 40, tzinfo=UTC)
START = END - timedelta(days=10)
RUNNING = plans(END)[1]
assert RUNNING.cast is not None
CAST = RUNNING.cast


def grown(seed: int) -> list[Guest]:
    return forest(CAST.sizes, START, END, Random(seed), hours_ahead_of_utc=7)


@pytest.mark.parametrize("seed", [SEED, *range(20)])
def test_about_four_hundred_fans_come_over_seven_generations(seed: int) -> None:
    guests = grown(seed)

    assert 360 <= len(guests) <= 440
    assert {guest.generation for guest in guests} == set(range(7))


@pytest.mark.parametrize("seed", range(20))
def test_everybody_comes_after_whoever_told_them_and_before_the_end(seed: int) -> None:
    guests = grown(seed)

    assert [guest.at for guest in guests] == sorted(guest.at for guest in guests)
    for place, guest in enumerate(guests):
        assert START <= guest.at < END
        if guest.told_by is None:
            assert guest.generation == 0
        else:
            assert guest.told_by < place
            assert guests[guest.told_by].at < guest.at
            assert guests[guest.told_by].generation == guest.generation - 1


def test_most_people_tell_nobody_and_a_few_tell_many() -> None:
    guests = grown(SEED)

    told = Counter(guest.told_by for guest in guests if guest.told_by is not None)

    assert len(told) < len(guests) / 2
    assert max(told.values()) >= 10
    assert sum(count for _, count in told.most_common(len(guests) // 10)) > 0.45 * told.total()


def test_everybody_is_counted_with_everybody_below_them() -> None:
    guests = grown(SEED)

    sizes = subtree_sizes(guests)

    assert sum(size for size, guest in zip(sizes, guests, strict=True) if guest.told_by is None) == len(guests)


def test_the_same_seed_tells_the_same_story() -> None:
    channels = [channel for channel, _ in RUNNING.links]

    assert script(CAST, channels, START, END, Random(SEED)) == script(CAST, channels, START, END, Random(SEED))


def test_a_day_later_the_same_people_tell_the_same_people() -> None:
    later = timedelta(days=1)

    again = forest(CAST.sizes, START + later, END + later, Random(SEED), hours_ahead_of_utc=7)

    assert [guest.at - later for guest in again] == [guest.at for guest in grown(SEED)]


def test_links_are_opened_while_they_are_there_and_goods_come_back_after_they_were_bought() -> None:
    events = script(CAST, [channel for channel, _ in RUNNING.links], START, END, Random(SEED))

    joined = {event.fan: event.at for event in events if isinstance(event, Join)}
    sold = {event.reference: event for event in events if isinstance(event, Buy)}
    for event in events:
        if isinstance(event, Visit):
            assert event.at >= (joined[event.fan] if event.fan is not None else RUNNING.made_at)
        if isinstance(event, GiveBack):
            assert event.at > sold[event.sale].at
            assert event.minor <= sold[event.sale].minor


def test_everybody_has_a_mail_address_of_their_own_that_cannot_exist() -> None:
    random = Random(1)
    people = [somebody(number, locale, random) for number, locale in enumerate([*LANGUAGES] * 200)]

    assert len({one.email for one in people}) == len(people)
    assert all(one.email.isascii() and one.email.endswith(".example") and " " not in one.email for one in people)


@pytest.mark.parametrize("plan", plans(END), ids=lambda plan: plan.slug)
def test_a_story_is_told_in_several_languages_each_with_all_its_parts(plan: Plan) -> None:
    locales = {told.locale for told in plan.stories}

    assert len(locales) == len(plan.stories) >= 2
    for told in plan.stories:
        assert told.locale in LANGUAGES
        assert min(map(len, (told.title, told.body, told.share, told.picture))) > 4
        assert len(told.body.split("\n\n")) >= 2
