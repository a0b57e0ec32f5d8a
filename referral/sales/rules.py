"""Whose word a sale came by, and when two reports of a sale are the same report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from referral.campaigns.rules import Attribution as Model
from referral.credits.rules import divide
from referral.errors import Invalid
from referral.plumbing.money import Money

Evidence = Literal["alone", "introduced", "name", "coupon", "code", "click"]
Reason = Literal[
    "introduced", "name", "coupon", "code", "click", "own_link", "brand_link", "window_over", "nobody_told"
]

AHEAD = timedelta(days=1)  # shops keep time in their own zones, and some of their clocks are wrong
EARLIEST_YEAR = 2000
_TICK = timedelta(milliseconds=1)
# Of two touches at the same moment, what was known of a buyer before a sale is the earlier.
_ORDER: tuple[Evidence, ...] = ("alone", "introduced", "name", "coupon", "code", "click")


# --- Touches ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Touch:
    """Hold that a buyer met the story: by whose word, by which link, when, and how that is known.

    Without an introducer it was a link of the brand's own or, where the evidence is `alone`, their own coming.
    """

    introducer_id: int | None
    link_id: int | None
    at: datetime
    evidence: Evidence


@dataclass(frozen=True)
class Told:
    """Hold an introduction of a fan; the primary one is who told them first, whatever the clocks say."""

    id: int
    introducer_id: int | None
    link_id: int | None
    at: datetime
    is_primary: bool


@dataclass(frozen=True)
class Buyer:
    """Hold what is known of a buyer: since when they are a fan, and all who told them."""

    fan_id: int
    joined_at: datetime
    told: tuple[Told, ...] = ()


def touches(buyer: Buyer | None, own: Touch | None, sale_id: int) -> list[Touch]:
    """List how a buyer met the story: what was known of them before a sale, and what the sale says of itself (`own`).

    What was known before has a smaller id than the sale. So who became a fan by the sale was none before, what is
    learned of them later changes nothing, and a sale that is looked at again has the touches that it had.
    """
    found = [own] if own is not None else []
    if buyer is None or buyer.fan_id > sale_id:
        return found
    first = next((one for one in buyer.told if one.is_primary), None)
    since = first.at if first is not None else buyer.joined_at
    if first is None:
        found.append(Touch(None, None, since, "alone"))
    for one in buyer.told:
        if one.id < sale_id:
            # A late report may say that a later teller was the earlier, or told somebody before they came alone.
            at = one.at if one.is_primary else max(one.at, since + _TICK)
            found.append(Touch(one.introducer_id, one.link_id, at, "introduced"))
    return found


# --- Attribution -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """Say that so many parts of a whole are an introducer's, and how it is known that they told the buyer."""

    introducer_id: int
    parts: int
    whole: int
    reason: Reason


@dataclass(frozen=True)
class Attribution:
    """Say whose word a sale is credited to, the earliest first, and why to them, or why to nobody."""

    shares: tuple[Share, ...]
    reason: Reason

    @property
    def introducer_id(self) -> int | None:
        """Name the first of those to whom it is credited."""
        return self.shares[0].introducer_id if self.shares else None


def attribute(
    touches: Iterable[Touch], sale_at: datetime, buyer_id: int | None, model: Model, window_days: int
) -> Attribution:
    """Decide by whose word a sale came, from the buyer's touches in whatever order.

    `first`: the earliest touch decides, so that who told a fan first keeps their sales, whatever link they buy by; who
    came alone or by a link of the brand's own is introduced by nobody afterwards. `last`: the latest touch decides;
    coming alone is none, and a link of the brand's own gives to nobody. `split`: all who told the buyer get equal
    parts. Nobody earns on what they buy themselves.

    With a window, touches that are more days older than the sale count no more; 0 is no window. A touch that lies
    after the sale is one at the sale where a wrong clock explains it, within a day, and counts not at all otherwise;
    but for `first` without a window, where it counts for ever who told a fan first, however late a sale is reported.

    >>> noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    >>> told = [Touch(1, 10, noon - timedelta(days=9), "introduced"), Touch(2, 20, noon, "click")]
    >>> [share.introducer_id for model in Model for share in attribute(told, noon, 3, model, 0).shares]
    [1, 2, 1, 2]
    >>> attribute(told, noon, 3, Model.FIRST, 7).introducer_id
    2
    """
    start = sale_at - timedelta(days=window_days) if window_days else datetime.min.replace(tzinfo=UTC)
    for_ever = model is Model.FIRST and not window_days
    known = [touch for touch in touches if for_ever or touch.at <= sale_at + AHEAD]
    within = sorted((touch for touch in known if touch.at >= start), key=lambda touch: _order(touch, sale_at))
    by_others = [touch for touch in within if touch.introducer_id is None or touch.introducer_id != buyer_id]
    deciding = _deciding(by_others, model)
    shares = tuple(
        Share(touch.introducer_id, 1, len(deciding), touch.evidence)
        for touch in deciding
        if touch.introducer_id is not None and touch.evidence != "alone"
    )
    if shares:
        return Attribution(shares, shares[0].reason)
    some_are_too_old = any(touch.evidence != "alone" for touch in known if touch.at < start)
    return Attribution((), _why_nobody(within, some_are_too_old, buyer_id, model))


def _order(touch: Touch, sale_at: datetime) -> tuple[datetime, int, datetime, int, int]:
    rank = _ORDER.index(touch.evidence)
    return min(touch.at, sale_at), rank, touch.at, touch.introducer_id or 0, touch.link_id or 0


def _deciding(touches: list[Touch], model: Model) -> list[Touch]:
    """Choose from the touches that count, the earliest first, those whose introducers are credited."""
    if model is Model.FIRST:
        return touches[:1]
    told = [touch for touch in touches if touch.evidence != "alone"]
    if model is Model.LAST:
        return told[-1:]
    earliest: dict[int, Touch] = {}
    for touch in told:
        if touch.introducer_id is not None:
            earliest.setdefault(touch.introducer_id, touch)
    return list(earliest.values())


def _why_nobody(within: list[Touch], some_are_too_old: bool, buyer_id: int | None, model: Model) -> Reason:
    told = [touch for touch in within if touch.evidence != "alone"]
    if model is Model.FIRST and within and within[0].evidence == "alone":
        # Nobody who told them afterwards counts; what the sale says of itself may still tell why.
        told = [touch for touch in told if touch.evidence != "introduced"]
    if any(touch.introducer_id is None for touch in told):
        return "brand_link"
    if any(touch.introducer_id == buyer_id for touch in told):
        return "own_link"
    return "window_over" if some_are_too_old and not told else "nobody_told"


# --- The same sales under another rule -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Hold a recorded sale as it is looked at again: what refunds left of it, and whose parts of it are now."""

    sale_id: int
    at: datetime
    net: int
    buyer_id: int | None
    own: Touch | None
    shares: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Line:
    """Hold what is credited to an introducer now and would be under another rule; None stands for nobody."""

    introducer_id: int | None
    before: int
    after: int
    sales_before: int
    sales_after: int

    @property
    def difference(self) -> int:
        """Give what the other rule would add, or take where it is negative."""
        return self.after - self.before


@dataclass(frozen=True)
class Comparison:
    """Hold the sales of a campaign by introducer, now and under another rule, the greatest difference first."""

    lines: tuple[Line, ...]
    sales: int
    changed: int


def compare(cases: Iterable[Case], buyers: Mapping[int, Buyer], model: Model, window_days: int) -> Comparison:
    """Look at recorded sales under another rule: what is left of each is divided as its reward would be."""
    sums: dict[int | None, list[int]] = {}
    sales = changed = 0
    for case in cases:
        buyer = buyers.get(case.buyer_id) if case.buyer_id is not None else None
        met = touches(buyer, case.own, case.sale_id)
        found = attribute(met, case.at, case.buyer_id, model, window_days)
        other = tuple((share.introducer_id, share.parts) for share in found.shares)
        sales += 1
        changed += dict(case.shares) != dict(other)
        for place, shares in ((0, case.shares), (1, other)):
            whose: tuple[tuple[int | None, int], ...] = shares or ((None, 1),)
            for (introducer_id, _), part in zip(whose, divide(case.net, [parts for _, parts in whose]), strict=True):
                line = sums.setdefault(introducer_id, [0, 0, 0, 0])
                line[place] += part
                line[place + 2] += 1
    lines = [Line(introducer_id, *line) for introducer_id, line in sums.items()]
    lines.sort(key=lambda line: (-abs(line.difference), -line.before, line.introducer_id or 0))
    return Comparison(tuple(lines), sales, changed)


# --- The same report -------------------------------------------------------------------------------------------------


def fingerprint(
    amount: Money,
    buyer_id: int | None,
    *,
    named: bool,
    click_id: int | None,
    code: str | None,
    at: datetime | None,
    coupon: str | None = None,
    spoken_of: int | None = None,
) -> str:
    """Hash what a report of a sale says, so that the same reference with other content is told from a repetition.

    The buyer stands in it as the fan they are, so that nothing personal does: `named` tells a buyer whom nobody knows
    from none, and a name that they spoke as the fan whom it led to (`spoken_of`). `code` and `coupon` are folded, and
    `at` is there only if the shop gave it: a repetition comes at another time.
    """
    buyer = [named, buyer_id]
    when = None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds")
    said: list[object] = [amount.minor, amount.currency, buyer, click_id, code, when]
    # Only where they are given, so that what was hashed before there were such things stays what it was.
    said += [{"coupon": coupon}] if coupon is not None else []
    said += [{"spoken_of": spoken_of}] if spoken_of is not None else []
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def check_amount(amount: Money, currency: str) -> None:
    """Raise Invalid `currency_differs` or `amount_not_positive` where an amount cannot be of a campaign's sale."""
    if amount.currency != currency:
        raise Invalid("currency_differs", expected=currency)
    if amount.minor <= 0:
        raise Invalid("amount_not_positive")


def clean_moment(at: datetime, now: datetime) -> datetime:
    """Take the moment that a shop gave in UTC, to the millisecond, which is what is kept.

    Raises:
        Invalid: `at_out_of_range` for more than a day ahead, or before the year 2000: a mistake of the shop's program
            (seconds for milliseconds) that would be credited by the wrong terms.
    """
    if at > now + AHEAD or at.year < EARLIEST_YEAR:
        raise Invalid("at_out_of_range")
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
