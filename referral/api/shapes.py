"""How rows are shown to programs: an explicit function each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from flask import current_app

from referral.api import replies as r
from referral.campaigns import queries as campaigns
from referral.campaigns import rules as campaign_rules
from referral.clicks.rules.tally import Tally, ranked
from referral.errors import Invalid
from referral.links.rules import share_url
from referral.plumbing import ids
from referral.plumbing.clock import now
from referral.plumbing.money import Money
from referral.sales.rules import EARLIEST_YEAR

if TYPE_CHECKING:
    from referral.api import documents as d
    from referral.campaigns.models import Campaign, RewardPlan, Story
    from referral.clicks.models import Click
    from referral.credits.queries import Entry
    from referral.credits.rules import Balance, Terms
    from referral.fans.models import Fan
    from referral.links.models import Coupon, Link
    from referral.people.models import Person
    from referral.sales.actions import Recorded
    from referral.sales.given import CreditLine
    from referral.sales.models import Refund, Sale, SaleShare


AHEAD = timedelta(minutes=5)  # the clock of a shop may run ahead of ours
_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?", re.ASCII)


def base() -> str:
    """Give the address that this installation is reached by."""
    return str(current_app.config["PUBLIC_URL"])


def basis_points(text: str) -> int:
    """Read a percentage such as `7.5` in hundredths of a percent.

    Raises:
        Invalid: `percent_malformed`, not digits with at most two decimals; `percent_invalid`, above 100.
    """
    if not _PERCENT.fullmatch(text):
        raise Invalid("percent_malformed")
    points = int(Decimal(text).scaleb(2))
    if points > 10_000:
        raise Invalid("percent_invalid")
    return points


def terms_of(plan: d.RewardPlanIn | None, currency: str) -> campaign_rules.PlanTerms:
    """Read a reward plan as the rules take it."""
    if plan is None or plan.kind == "none":
        return campaign_rules.PlanTerms.nothing(currency)
    if plan.kind == "percent":
        return campaign_rules.PlanTerms.percent(basis_points(plan.percent or ""), currency, plan.holding_days)
    amount = Money.of_decimal(plan.amount or "", currency)
    return campaign_rules.PlanTerms.fixed(amount.minor, currency, plan.holding_days)


def story(one: Story) -> r.StoryOut:
    """Show a story."""
    picture = campaigns.picture_of(one)
    return r.StoryOut(
        locale=one.locale,
        title=one.title,
        body=one.body,
        share_text=one.share_text,
        picture_url=f"{base()}/pictures/{picture.sha256}.jpg" if picture else None,
    )


def _percent(kind: str, points: int) -> str | None:
    return campaign_rules.write_percent(points) if kind == "percent" else None


def _fixed(kind: str, minor: int, currency: str) -> str | None:
    return Money(minor, currency).text() if kind == "fixed" else None


def plan(one: RewardPlan) -> r.RewardPlanOut:
    """Show a reward plan."""
    return r.RewardPlanOut(
        version=one.version,
        kind=one.kind,
        percent=_percent(one.kind, one.basis_points),
        amount=_fixed(one.kind, one.fixed_minor, one.currency),
        holding_days=one.holding_days,
    )


def campaign(one: Campaign) -> r.CampaignOut:
    """Show a campaign."""
    told = [story(each) for each in campaigns.stories(one)]
    stands = campaign_rules.state(one.published_at, one.starts_at, one.ends_at, now())
    return r.CampaignOut(
        id=ids.show(one.id),
        slug=one.slug,
        name=one.name,
        state=stands.value,
        currency=one.currency,
        landing_url=one.landing_url,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        utm_template=one.utm_template,
        repeat_minutes=one.repeat_minutes,
        click_cookie=one.click_cookie,
        attribution=campaign_rules.Attribution(one.attribution).value,
        attribution_days=one.attribution_days,
        published=one.published_at is not None,
        story_url=f"{base()}/c/{one.slug}",
        story=told[0],
        stories=told,
        reward_plan=plan(campaigns.plan(one)),
    )


@dataclass(frozen=True)
class Came:
    """Hold where a fan stands in the spread: a row need not be read back for it."""

    fan_id: int
    generation: int
    joined_at: datetime

    @classmethod
    def of(cls, one: Fan) -> Came:
        """Take it from a fan's row."""
        return cls(one.id, one.generation, one.joined_at)


def fan(one: Came, code: str, introduced_by: tuple[int, str] | None, channel: str | None) -> r.FanOut:
    """Show a fan; `introduced_by` is the id and the code of who told them first."""
    return r.FanOut(
        id=ids.show(one.fan_id),
        code=code,
        share_url=share_url(base(), code),
        qr_svg_url=f"{base()}/q/{code}.svg",
        qr_png_url=f"{base()}/q/{code}.png",
        generation=one.generation,
        introduced_by=r.IntroducedBy(id=ids.show(introduced_by[0]), code=introduced_by[1]) if introduced_by else None,
        channel=channel,
        joined_at=one.joined_at,
    )


def person(shown: r.FanOut, one: Person) -> r.PersonOut:
    """Show a fan with who they are."""
    return r.PersonOut(**dict(shown), name=one.name, email=one.email, phone=one.phone, external_id=one.external_id)


def balance(one: Balance) -> r.BalanceOut:
    """Show what a fan has in one currency."""
    return r.BalanceOut(currency=one.ready.currency, ready=one.ready.text(), waiting=one.waiting.text())


def _why(
    code: str, sale: str, base_amount: Money, terms: Terms, parts: int | None = None, whole: int | None = None
) -> r.WhyOut:
    return r.WhyOut(
        code=code,
        parts=parts,
        whole=whole,
        sale=sale,
        base_amount=base_amount.text(),
        plan_version=terms.version,
        kind=terms.kind,
        percent=_percent(terms.kind, terms.basis_points),
        amount=_fixed(terms.kind, terms.fixed_minor, terms.currency),
        holding_days=terms.holding_days,
    )


def credit(line: CreditLine) -> r.CreditOut:
    """Show what a sale gave or a refund took."""
    return r.CreditOut(
        fan=ids.show(line.fan_id),
        generation=line.generation,
        amount=line.amount.text(),
        currency=line.amount.currency,
        status=line.status,
        available_at=line.available_at,
        why=_why(line.why.code, line.why.sale, line.why.base, line.why.terms, line.why.parts, line.why.whole),
    )


def entry(line: Entry, share: SaleShare | None) -> r.EntryOut:
    """Show a line of a fan's account; `share` is their part in the sale behind it."""
    why = (share.reason, share.parts, share.whole) if share is not None and line.kind == "sale" else (line.kind,)
    return r.EntryOut(
        id=ids.show(line.id),
        kind=line.kind,
        reference=line.reference,
        at=line.at,
        fan=ids.show(line.fan_id),
        generation=line.generation,
        amount=line.amount.text(),
        currency=line.amount.currency,
        status=line.status,
        available_at=line.available_at,
        why=_why(why[0], line.sale, line.base, line.terms, *why[1:]),
    )


def sale(one: Recorded, refunded: int) -> r.SaleOut:
    """Show a sale with whose word it was and what it was credited."""
    shares = [
        r.ShareOut(fan=ids.show(share.fan_id), parts=share.parts, whole=share.whole, why=share.reason)
        for share in one.shares
    ]
    shown = [credit(line) for line in one.credits]
    return r.SaleOut(**dict(sale_line(one.sale, refunded)), shares=shares, credits=shown)


def sale_line(one: Sale, refunded: int) -> r.SaleLineOut:
    """Show a sale."""
    return r.SaleLineOut(
        id=ids.show(one.id),
        external_id=one.external_id,
        status="recorded" if not refunded else "refunded" if refunded == one.amount else "partly_refunded",
        amount=Money(one.amount, one.currency).text(),
        currency=one.currency,
        refunded=Money(refunded, one.currency).text(),
        at=one.at,
        buyer=ids.show(one.buyer_id) if one.buyer_id else None,
        introducer=ids.show(one.introducer_id) if one.introducer_id else None,
        attribution=one.attribution,
    )


def refund(one: Refund, of: str, credits: Sequence[CreditLine]) -> r.RefundOut:
    """Show a refund."""
    return r.RefundOut(
        id=ids.show(one.id),
        external_id=one.external_id,
        sale=of,
        amount=Money(one.amount, one.currency).text(),
        currency=one.currency,
        at=one.at,
        credits=[credit(line) for line in credits],
    )


def coupon(one: Coupon, told_by: Link) -> r.CouponOut:
    """Show a coupon with the link that it stands for."""
    return r.CouponOut(
        id=ids.show(one.id),
        code=one.code,
        told_by=told_by.code,
        fan=ids.show(told_by.fan_id) if told_by.fan_id is not None else None,
        active=one.disabled_at is None,
        created_at=one.created_at,
    )


def click(one: Click, code: str | None) -> r.ClickOut:
    """Show a visit; `code` is its link's."""
    return r.ClickOut.model_validate(
        {
            "id": ids.show(one.id),
            "at": one.at,
            "link": code,
            "channel": one.channel,
            "via": one.via,
            "device": one.device,
            "language": one.language,
            "country": one.country,
            "referrer": one.referrer,
            "verdict": one.verdict,
        }
    )


def tally(one: Tally) -> dict[str, int]:
    """Show how many visits were whose, as the fields of a document."""
    return asdict(one)


def click_groups(tallies: Mapping[str, Tally]) -> list[r.ClickGroupOut]:
    """Show visits by what they have in common, the most people first."""
    found, _others, _rest = ranked(tallies, len(tallies))
    return [r.ClickGroupOut(value=value or None, **tally(one)) for value, one in found]


def moment(at: datetime | None) -> datetime:
    """Give the moment that a program names, or now.

    A clock that runs a little ahead means now, for nobody comes in the future.

    Raises:
        Invalid: `at_out_of_range` for one further ahead, or before the year 2000 (seconds taken for milliseconds).
    """
    current = now()
    if at is None:
        return current
    if at > current + AHEAD or at.year < EARLIEST_YEAR:
        raise Invalid("at_out_of_range")
    at = min(at, current)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)  # which is what is kept
