"""What the picture of a spread is asked for and answered with, by the staff as by anybody whom a brand lets see it."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Response, render_template, request

from referral.brands.rules import Permission
from referral.errors import Invalid, NotFound
from referral.plumbing import i18n, ids
from referral.plumbing.clock import EPOCH
from referral.spread import picture as pictures
from referral.spread.kept import PICTURES
from referral.spread.picture import Selection
from referral.spread.rules import measures
from referral.spread.rules.layout import VIEWS
from referral.spread.rules.rings import DAY
from referral.spread.rules.virality import structural_virality
from referral.web import channels, language, traits
from referral.web.access import may_here

if TYPE_CHECKING:
    from referral.campaigns.models import Campaign
    from referral.spread.rules.forest import Forest

GENERATIONS = 60
"""So many generations are listed; a chain may have many thousands."""

_NUMBER = re.compile(r"(-?[0-9]{1,15})(?:\.[0-9]{1,20})?", re.ASCII)


def columns(
    campaign: Campaign, forest: Forest, *, version: str, told: Sequence[str], branch: int | None = None
) -> Response:
    """Answer with the picture that the address asks for, in which stands what may be told; it is written once."""
    kind = view()
    key = (campaign.brand_id, campaign.id, version, kind, tuple(told), language.current())
    tag = hashlib.blake2b(repr(key).encode(), digest_size=12).hexdigest()
    answer = Response(mimetype="application/octet-stream")
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.vary.update(("Accept-Encoding", "Accept-Language", "Cookie"))
    if request.if_none_match.contains(tag):
        answer.status_code = 304
        return answer

    def write() -> bytes:
        return pictures.columns(
            pictures.shown_forest(forest, branch),
            kind,
            version=version,
            total=len(forest),
            shown=told,
            currency=campaign.currency,
            label=label,
            moment=time,
        )

    file = PICTURES.compressed(key, write)
    if request.accept_encodings["gzip"]:
        answer.headers["Content-Encoding"] = "gzip"
        answer.set_data(file)
    else:
        answer.set_data(gzip.decompress(file))
    return answer


@dataclass(frozen=True)
class Listed:
    """Hold one line of the table of people."""

    fan: int
    name: str | None
    generation: int
    at: datetime
    channel: str | None
    brought: int
    reached: int


def listed(chosen: Forest, row: int, names: dict[int, str | None]) -> Listed:
    """Write the line of one person of a part of the forest."""
    fan = int(chosen.ids[row])
    return Listed(
        fan,
        names.get(fan),
        int(chosen.depth[row]),
        moment(int(chosen.at_ms[row])),
        chosen.channel[row],
        int(chosen.introductions()[row]),
        int(chosen.size[row]) - 1,
    )


def numbers(campaign: Campaign, chosen: Forest, people: list[Listed] | None, *, is_part: bool) -> str:
    """Answer with the numbers of a forest, or of a part; without a list of people they are anybody's, without money."""
    sees_money = people is not None and may_here(Permission.SEE_MONEY) and chosen.value is not None
    return render_template(
        "spread/_numbers.html",
        campaign=campaign,
        reach=len(chosen),
        first_tellers=len(chosen.roots),
        told_share=measures.told_share(chosen),
        generations=measures.generations(chosen),
        reproduction=measures.reproduction(chosen),
        steps=structural_virality(chosen, 1).pair_weighted,
        cycle_time=measures.cycle_time_seconds(chosen),
        bought=int(chosen.value.sum()) if sees_money and chosen.value is not None else None,
        people=people,
        is_part=is_part,
        called=label,
        show=ids.show,
        most=GENERATIONS,
    )


# --- What is asked, and what things are called -----------------------------------------------------------------------


def view() -> str:
    """Read how the picture is to be laid out; raise Invalid `view_unknown`."""
    asked = request.args.get("view") or VIEWS[0]
    if asked not in VIEWS:
        raise Invalid("view_unknown", known=", ".join(VIEWS))
    return asked


def fan_asked(name: str) -> int | None:
    """Read an id from the address; raise NotFound `fan_unknown` for what is none."""
    text = request.args.get(name)
    if not text:
        return None
    fan = ids.read(text)
    if fan is None:
        raise NotFound("fan_unknown")
    return fan


def version_asked() -> str:
    """Read which picture is spoken of; raise Invalid `picture_unnamed`."""
    text = request.args.get("version")
    if not text:
        raise Invalid("picture_unnamed")
    return text


def whole(name: str, *, least: int | None = None) -> int | None:
    """Read a number from the address, without its decimals; raise Invalid `number_invalid` for what is none."""
    text = request.args.get(name)
    if not text:
        return None
    match = _NUMBER.fullmatch(text)
    if match is None or (least is not None and int(match[1]) < least):
        raise Invalid("number_invalid")
    return int(match[1])


def selection(kinds: Iterable[str], *, branch: int | None = None) -> Selection:
    """Read what part of a picture is asked for: some time, and by what people came."""
    by = tuple((kind, request.args[kind]) for kind in kinds if request.args.get(kind))
    return Selection(whole("from"), whole("to"), by, branch)


def label(kind: str, name: str) -> str:
    """Name what people came by in the reader's language; a place is called what the brand calls it."""
    if kind == "channel":
        return channels.name(name)
    if kind == "verdict":
        return str(traits.VERDICTS.get(name, name))
    return traits.value("language", name) if kind == "language" else name


def moment(at_ms: int) -> datetime:
    """Give the moment of so many milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=at_ms)


def time(at_ms: int) -> str:
    """Write the end of a stretch of time: a day where it is midnight."""
    end, locale = moment(at_ms), language.current()
    return i18n.day(end, locale) if at_ms % DAY == 0 else i18n.when(end, locale)
