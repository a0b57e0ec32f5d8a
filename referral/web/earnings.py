"""What a fan earned, in sentences: each amount with the sale it came by, the terms, and since when it is theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import flask_babel
from babel.numbers import format_percent

from referral.campaigns import queries as campaigns
from referral.credits import queries as credits
from referral.credits.queries import Entry
from referral.credits.rules import Balance, Terms
from referral.plumbing import i18n
from referral.plumbing.clock import now
from referral.plumbing.money import Money
from referral.sales import queries as sales
from referral.web import language

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign
    from referral.fans.models import Fan
    from referral.sales.models import SaleShare

    Told = tuple[Entry, SaleShare | None]  # an entry, and the part in a sale that it is for

gettext: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext

MOST = 200  # entries told one by one; older ones are in the sums all the same


@dataclass(frozen=True)
class Earned:
    """Hold what a fan has in one currency, and why: a list of sentences for each of both sums."""

    ready: Money
    waiting: Money
    waits_until: datetime | None
    waits_longer: bool
    why_ready: list[str]
    why_waiting: list[str]


def of_fan(campaign: Campaign, fan: Fan) -> list[Earned]:
    """Tell what a fan earned in a campaign, a sum for each currency; nothing where nothing was ever earned."""
    moment = now()
    since = {plan.version: plan.created_at for plan in campaigns.plans(campaign)}
    entries = credits.entries(fan, moment, limit=MOST)
    shares = sales.shares_behind(campaign, (entry.sale for entry in entries))
    told = [(entry, shares.get((entry.sale, fan.id))) for entry in entries]
    return [_earned(balance, told, since, moment) for balance in credits.balances(fan, moment)]


def promise(campaign: Campaign) -> str | None:
    """Say what a campaign promises whoever brings buyers; None where it rewards with thanks only."""
    terms = credits.terms(campaigns.plan(campaign))
    share = _share(terms)
    return None if share is None else f"{share} {_holding(terms)}"


def percent(basis_points: int) -> str:
    """Write a share given in hundredths of a percent, with no more decimals than it has."""
    return format_percent(Decimal(basis_points).scaleb(-4), format="#,##0.##%", locale=language.current())


def _earned(balance: Balance, entries: Iterable[Told], since: Mapping[int, datetime], moment: datetime) -> Earned:
    mine = [told for told in entries if told[0].amount.currency == balance.ready.currency]
    waiting = [told for told in mine if told[0].available_at > moment]
    ready = [told for told in mine if told[0].available_at <= moment]
    days = sorted({entry.available_at.date(): entry.available_at for entry, _ in waiting}.items())
    return Earned(
        ready=balance.ready,
        waiting=balance.waiting,
        waits_until=days[0][1] if days else None,
        waits_longer=len(days) > 1,
        why_ready=_reasons(ready, since, moment),
        why_waiting=_reasons(waiting, since, moment),
    )


def _reasons(entries: list[Told], since: Mapping[int, datetime], moment: datetime) -> list[str]:
    """Say why, sentence by sentence where there is one entry, a line for each where there are more."""
    told = [_sentences(entry, share, since, moment) for entry, share in entries]
    if len(told) == 1:
        return told[0]
    between = "" if language.current() == "zh_Hans" else " "
    return [
        gettext("%(amount)s: %(reasons)s", amount=_money(entry.amount), reasons=between.join(sentences))
        for (entry, _), sentences in zip(entries, told, strict=True)
    ]


def _sentences(entry: Entry, share: SaleShare | None, since: Mapping[int, datetime], moment: datetime) -> list[str]:
    if entry.kind == "refund":
        return [
            gettext(
                "On %(day)s %(refunded)s of a purchase went back to the buyer, and your part of it with it.",
                day=_day(entry.at),
                refunded=_money(entry.base),
            )
        ]
    bought = _bought(share.reason if share else "introduced", _money(entry.base), _day(entry.at))
    if entry.available_at > moment:
        then = ngettext(
            "It is yours when the %(num)s day for returns is over, on %(day)s.",
            "It is yours when the %(num)s days for returns are over, on %(day)s.",
            entry.terms.holding_days,
            day=_day(entry.available_at),
        )
    else:
        then = gettext("Since %(day)s it is ready to be paid out.", day=_day(entry.available_at))
    return [bought, _under(entry.terms, since.get(entry.terms.version, entry.at)), *_among(share), then]


def _bought(reason: str, amount: str, day: str) -> str:
    """Say how it is known that the buyer was told by the fan."""
    match reason:
        case "click":
            return gettext("Somebody who followed your link bought for %(amount)s on %(day)s.", amount=amount, day=day)
        case "code":
            return gettext("Somebody who gave your code bought for %(amount)s on %(day)s.", amount=amount, day=day)
        case "coupon":
            return gettext("Somebody with your coupon bought for %(amount)s on %(day)s.", amount=amount, day=day)
        case "name":
            return gettext("Somebody who named you bought for %(amount)s on %(day)s.", amount=amount, day=day)
        case _:
            return gettext("Somebody you told bought for %(amount)s on %(day)s.", amount=amount, day=day)


def _among(share: SaleShare | None) -> list[str]:
    """Say with how many others a fan shares what a sale gave; nothing where it is theirs alone."""
    others = share.whole - share.parts if share is not None else 0
    if not others:
        return []
    return [
        ngettext(
            "%(num)s other had told them, too, so you share it in equal parts.",
            "%(num)s others had told them, too, so you share it in equal parts.",
            others,
        )
    ]


def _under(terms: Terms, since: datetime) -> str:
    """Say which terms an entry was made under."""
    if terms.kind == "percent":
        return gettext(
            "%(share)s of a friend's purchase is yours under the terms of %(day)s.",
            share=percent(terms.basis_points),
            day=_day(since),
        )
    return gettext(
        "%(amount)s for each purchase of a friend is yours under the terms of %(day)s.",
        amount=_money(Money(terms.fixed_minor, terms.currency)),
        day=_day(since),
    )


def _share(terms: Terms) -> str | None:
    if terms.kind == "percent":
        return gettext("%(share)s of what somebody you told buys is yours.", share=percent(terms.basis_points))
    if terms.kind == "fixed":
        amount = _money(Money(terms.fixed_minor, terms.currency))
        return gettext("%(amount)s is yours each time somebody you told buys.", amount=amount)
    return None


def _holding(terms: Terms) -> str:
    if not terms.holding_days:
        return gettext("It is ready at once.")
    return ngettext(
        "It is ready %(num)s day after the purchase, when returns are over.",
        "It is ready %(num)s days after the purchase, when returns are over.",
        terms.holding_days,
    )


def _money(amount: Money) -> str:
    return i18n.money(amount, language.current())


def _day(moment: datetime) -> str:
    return i18n.day(moment, language.current())
