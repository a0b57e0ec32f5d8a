"""The written report: one page of sentences, each with its number and the way to its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from referral.brands.rules import Permission
from referral.campaigns.rules import State, state
from referral.fans import queries as fans
from referral.plumbing.clock import now
from referral.spread.rules.report import report
from referral.spread.study import study
from referral.web import shown
from referral.web.access import allow, may_here
from referral.web.sentences import fans_of, sentences

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

pages = Blueprint("report", __name__)


@pages.get("/b/<brand>/campaigns/<campaign>/report")
@allow(Permission.SEE_CAMPAIGNS)
def read(brand: Brand, campaign: Campaign) -> ResponseReturnValue:
    """Tell how a campaign's story spreads, on one page."""
    made = study(campaign)
    is_over = state(campaign.published_at, campaign.starts_at, campaign.ends_at, now()) == State.OVER
    findings = report(made, is_over=is_over, sees_money=may_here(Permission.SEE_MONEY))
    names = fans.names_of(campaign, fans_of(findings)) if may_here(Permission.SEE_PEOPLE) else {}
    return render_template(
        "spread/report.html",
        sentences=sentences(findings, campaign.currency, names),
        as_of=shown.moment(made.pace.at_ms),
        reach=made.measures.reach,
    )
