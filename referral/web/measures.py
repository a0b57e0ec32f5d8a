"""The page of measures: each with its number, what it means, its definition, and a table or chart to check it by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from referral.brands.rules import Permission
from referral.fans import queries as fans
from referral.plumbing import i18n
from referral.spread.charts import Words, counts_svg, curve_svg, lorenz_svg, ticks
from referral.spread.rules.study import Pace, Study, expected_counts
from referral.spread.study import study
from referral.web import language, shown
from referral.web.access import allow, may_here

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.spread.rules.concentration import LorenzPoint

pages = Blueprint("measures", __name__)

HOUR, DAY = 3_600_000, 86_400_000
BARS = 40
WIDTHS = (("chart-wide", 560), ("chart-narrow", 340))


@pages.get("/b/<brand>/campaigns/<campaign>/measures")
@allow(Permission.SEE_CAMPAIGNS)
def show(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Show everything that is measured of a campaign's spread, with its definition."""
    made = study(campaign)
    return render_template(
        "spread/measures.html",
        study=made,
        as_of=shown.moment(made.pace.at_ms),
        names=fans.names_of(campaign, _named(made)) if may_here(Permission.SEE_PEOPLE) else {},
        curve=_curve(made.pace),
        offspring=_offspring(made),
        expected=expected_counts(made.fit, 8) if made.fit else (),
        lorenz=_lorenz(made, sees_money=may_here(Permission.SEE_MONEY)),
        bars=BARS,
        called=shown.label,
        moment=shown.moment,
    )


def _named(made: Study) -> list[int]:
    """List everybody whom the page names."""
    people = [tree.root for tree in made.measures.structural_virality.trees[:10]]
    people += [one.bridge.fan for one in made.bridges] + [one.fan for one in made.between]
    people += [one.fan for one in made.carriers] + [one.fan for one in made.sleepers]
    people += [one.fan for one in made.origins.first]
    people += [fan for one in made.openings for fan in (one.fan, one.told_by) if fan is not None]
    return people + ([one.fan for one in made.worth.first] if made.worth else [])


def _drawn(draw: Callable[[str, int], str]) -> Markup:
    """Draw a chart for a desk and for a phone; each says its name in the ids that it has."""
    drawing = (
        Markup('<div class="{}">{}</div>').format(css, Markup(draw(css, width)))  # noqa: S704 - charts escape words
        for css, width in WIDTHS
    )
    return Markup().join(drawing)


def _curve(pace: Pace) -> Markup:
    """Draw how many people a fan has brought by each age."""
    plateau, locale = pace.plateau, language.current()
    if plateau is None or not plateau.k or not plateau.age_ms:
        return Markup()
    unit, across = (DAY, _("days since they came")) if plateau.age_ms > 3 * DAY else (HOUR, _("hours since they came"))
    points = [(age / unit, k) for age, k, _at_risk in pace.points if age <= plateau.age_ms]
    beyond = [(age / unit, k) for age, k, _at_risk in pace.points if age > plateau.age_ms]
    end = (plateau.age_ms / unit, plateau.k)
    text = Words(
        _("People brought by a fan, by the time since they came"),
        _(
            "The curve rises to %(k)s; from %(low)s to %(high)s is likely.",
            k=i18n.number(plateau.k, locale),
            low=i18n.number(plateau.low, locale),
            high=i18n.number(plateau.high, locale),
        ),
        across,
        _("people brought"),
    )
    right = max((end[0], *(age for age, _k in beyond)))
    return _drawn(
        lambda name, width: curve_svg(
            points,
            beyond,
            end,
            (plateau.low, plateau.high),
            text=text,
            across=[(at, i18n.number(at, locale)) for at in ticks(right)],
            up=[(at, i18n.number(at, locale)) for at in ticks(plateau.high)],
            cut=ngettext("%(people)s fan as old", "%(people)s fans as old", plateau.at_risk, people=plateau.at_risk),
            name=f"k-{name}",
            width=width,
        )
    )


def _offspring(made: Study) -> Markup:
    """Draw how many people fans brought, beside what the law expects that suits them best."""
    counts, locale = made.offspring[: BARS + 1], language.current()
    if made.fit is None or not made.fit.law.mean:
        return Markup()
    text = Words(
        _("How many people fans have brought"),
        _("Bars are fans, the line is what the law expects; both on a scale on which each step is ten times the last."),
        _("people brought"),
        _("fans"),
    )
    expected = expected_counts(made.fit, len(counts))
    return _drawn(
        lambda name, width: counts_svg(
            counts[: BARS // 2] if width < 400 else counts,
            expected[: BARS // 2] if width < 400 else expected,
            text=text,
            shown=[i18n.number(count, locale) for count in (counts[: BARS // 2] if width < 400 else counts)],
            name=f"offspring-{name}",
            width=width,
        )
    )


def _lorenz(made: Study, *, sees_money: bool) -> Markup:
    """Draw how unevenly introductions, and what was bought, are shared out."""
    kinds: Sequence[tuple[LorenzPoint, ...] | None] = (
        made.introductions_lorenz,
        made.value_lorenz if sees_money else None,
    )
    curves = [[(point.people, point.amount) for point in points] for points in kinds if points]
    if made.introductions_lorenz is None:
        return Markup()
    locale = language.current()
    text = Words(
        _("How unevenly it is shared out"),
        _("The further below the straight line, the fewer people bring most."),
        _("share of people"),
        _("their share"),
    )
    shares = [(part / 4, i18n.percent(part / 4, locale)) for part in range(5)]
    return _drawn(lambda name, width: lorenz_svg(curves, text=text, ticks=shares, name=f"lorenz-{name}", width=width))
