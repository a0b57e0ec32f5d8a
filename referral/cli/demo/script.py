"""What happens at the demonstration, moment by moment. Pure, and the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from referral.cli.demo.names import Somebody, somebody
from referral.cli.demo.shape import Guest, farthest, forest

SHARED_BY = {
    "whatsapp": 46, "facebook": 11, "telegram": 9, "qr": 9, "spoken": 7, "line": 6, "copy": 6, "email": 3, "x": 3,
}  # fmt: skip
VISITS = {"counted": 63, "repeat": 9, "bot": 20, "prefetch": 5, "head": 3}


@dataclass(frozen=True)
class Prices:
    """Hold what one purchase may be, in minor units: the usual, and the smallest step."""

    usual: int
    step: int


@dataclass(frozen=True)
class Visit:
    """Somebody or something opened a link: a fan's (a place in the list), or one of the brand's own."""

    at: datetime
    fan: int | None
    link: int
    channel: str
    verdict: str


@dataclass(frozen=True)
class Join:
    """Somebody became a fan, by a fan's link, by one of the brand's own, or on their own (neither)."""

    at: datetime
    fan: int
    who: Somebody
    shows_name: bool
    told_by: int | None
    link: int | None
    channel: str | None


@dataclass(frozen=True)
class Speak:
    """A fan said it in their own words."""

    at: datetime
    fan: int
    words: str


@dataclass(frozen=True)
class Buy:
    """Somebody paid: a fan, or at the till with nothing but a fan's code."""

    at: datetime
    reference: str
    minor: int
    fan: int | None
    code_of: int | None


@dataclass(frozen=True)
class GiveBack:
    """Something was brought back to the till."""

    at: datetime
    sale: str
    reference: str
    minor: int


Event = Visit | Join | Speak | Buy | GiveBack


@dataclass(frozen=True)
class Cast:
    """Hold who takes part: how many in each generation, which languages by weight, and what some of them say.

    Whoever carried the story farthest is the `star`, a fan one can sign in as.
    """

    sizes: tuple[int, ...]
    locales: dict[str, int]
    prices: Prices
    hours_ahead_of_utc: int
    words: tuple[tuple[str, str], ...] = ()
    star: Somebody | None = None
    star_says: str = ""


def script(cast: Cast, brand_links: Sequence[str], start: datetime, end: datetime, random: Random) -> list[Event]:
    """Write down everything that happens from the start to the end, in order of time.

    `brand_links` are the channels of the brand's own links.
    """
    guests = forest(cast.sizes, start, end, random, hours_ahead_of_utc=cast.hours_ahead_of_utc)
    people = _people(guests, cast.locales, random)
    events: list[Event] = []
    if cast.star is not None:
        star = farthest(guests)
        people[star] = cast.star
        events.append(Speak(_soon(guests[star].at, end, random), star, cast.star_says))
    for place, guest in enumerate(guests):
        since = guest.at - timedelta(hours=12) if guest.told_by is None else guests[guest.told_by].at
        events += _arrival(place, guest, since, people[place], brand_links, random)
    events += _speaking(guests, people, cast, end, random)
    events += _buying(guests, cast.prices, end, random)
    return sorted(events, key=lambda event: event.at)


def _people(guests: Sequence[Guest], locales: dict[str, int], random: Random) -> list[Somebody]:
    """Make the guests up; most speak the language of whoever told them."""
    found: list[Somebody] = []
    for number, guest in enumerate(guests):
        locale = random.choices(list(locales), list(locales.values()))[0]
        if guest.told_by is not None and random.random() < 0.7:
            locale = found[guest.told_by].locale
        found.append(somebody(number, locale, random))
    return found


def _arrival(
    place: int, guest: Guest, since: datetime, who: Somebody, brand_links: Sequence[str], random: Random
) -> Iterator[Event]:
    """Let somebody come, and others, and some robots, open the link they came by, which is there since a moment."""
    link = random.randrange(len(brand_links)) if guest.told_by is None and random.random() < 0.82 else None
    channel = None
    if guest.told_by is not None:
        channel = random.choices(list(SHARED_BY), list(SHARED_BY.values()))[0]
    elif link is not None:
        channel = brand_links[link]
    shows_name = random.random() < 0.6
    yield Join(guest.at, place, who, shows_name, guest.told_by, link, channel)
    if channel is None:
        return
    for _ in range(random.randint(1, 3)):
        before = min(timedelta(minutes=random.expovariate(1 / 70)), (guest.at - since) * random.random())
        verdict = random.choices(list(VISITS), list(VISITS.values()))[0]
        yield Visit(guest.at - before, guest.told_by, link or 0, channel, verdict)


def _speaking(
    guests: Sequence[Guest], people: Sequence[Somebody], cast: Cast, end: datetime, random: Random
) -> Iterator[Event]:
    """Let some who brought others say it in words of their own, in their language."""
    tellers = sorted({told for guest in guests if (told := guest.told_by) is not None and people[told] != cast.star})
    random.shuffle(tellers)
    for locale, text in cast.words:
        fan = next((one for one in tellers if people[one].locale == locale), None)
        if fan is not None:
            tellers.remove(fan)
            yield Speak(_soon(guests[fan].at, end, random), fan, text)


def _buying(guests: Sequence[Guest], prices: Prices, end: datetime, random: Random) -> Iterator[Event]:
    """Let a third of the fans buy, some more than once, some at the till by a friend's code; little comes back."""
    number = 0
    for place, guest in enumerate(guests):
        for _ in range(random.choices((0, 1, 2, 3), (64, 26, 8, 2))[0]):
            number += 1
            at_till = guest.generation > 0 and random.random() < 0.08
            steps = max(1, round(prices.usual * random.lognormvariate(-0.15, 0.6) / prices.step))
            sale = Buy(
                at=_soon(guest.at, end, random),
                reference=f"TILL-{number:05}",
                minor=steps * prices.step,
                fan=None if at_till else place,
                code_of=guest.told_by if at_till else None,
            )
            yield sale
            if random.random() < 0.05:
                back = sale.minor if random.random() < 0.4 else max(1, steps // 3) * prices.step
                yield GiveBack(_soon(sale.at, end, random), sale.reference, f"BACK-{number:05}", back)


def _soon(since: datetime, end: datetime, random: Random) -> datetime:
    at = since + timedelta(hours=random.lognormvariate(0.6, 1.1))
    return at if at < end else since + (end - since) * random.uniform(0.2, 0.9)
