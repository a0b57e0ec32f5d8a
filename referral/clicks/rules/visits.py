"""The four questions of the click path: which link, may it be followed, is this a person, what do we answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from referral.links.rules import LENGTH, channel_of_visit, split

Verdict = Literal["counted", "repeat", "bot", "prefetch", "head", "own", "staff", "flood"]
VERDICTS: tuple[Verdict, ...] = ("counted", "repeat", "bot", "prefetch", "head", "own", "staff", "flood")
"""In the order in which journals number them: a new one goes to the end."""

CLICK_PARAMETER = "tular_click"
"""What a click is called in the query of the page it leads to, and which the shop keeps until somebody buys."""

CLICK_COOKIE = "tular_click"
"""What it is called in a browser that may remember it, where the campaign's privacy setting allows."""

_PATH = 3  # signs of "/r/" and "/R/"
_AHEAD = ("prefetch", "prerender", "preview")


# --- Which link is this? ---------------------------------------------------------------------------------------------


class Written(NamedTuple):
    """Hold what a short address says: the code, the share button's channel, and whether it was scanned."""

    code: str
    suffix_channel: str | None
    upper_case: bool


def read_path(path: str) -> Written | None:
    """Read the path of a short address; None where it cannot be one.

    >>> read_path("/r/k7m2q9xd.wa")
    Written(code='K7M2Q9XD', suffix_channel='whatsapp', upper_case=False)
    >>> read_path("/R/K7M2Q9XD").upper_case, read_path("/r/about-us"), read_path("/r/" + "K" * 4096)
    (True, None, None)
    """
    code, suffix = split(path[_PATH:])
    return Written(code, suffix, path.startswith("/R/")) if code else None


def number_of(code: str) -> int:
    """Give the number that a folded code stands for, below 36**8.

    >>> number_of("00000010"), number_of("ZZZZZZZZ")
    (36, 2821109907455)
    """
    return int(code, 36)


def plain_number(text: str) -> int | None:
    """Give the number of a code that needs no folding but that of case; None for what Python reads and is no code.

    A code with a letter that only looks like one of ours has a number that is no code's.

    >>> plain_number("0000001z") == number_of("0000001Z"), plain_number("0000010"), plain_number("+0000010")
    (True, None, None)
    """
    return int(text, 36) if len(text) == LENGTH and text.isalnum() and text.isascii() else None


def channel(link_channel: str | None, written: Written) -> str:
    """Say how the link was passed on to this visitor."""
    return channel_of_visit(link_channel, written.suffix_channel, upper_case_path=written.upper_case)


def via(written: Written, channel: str) -> Literal["qr", "tap"]:
    """Tell whether the visitor scanned a code: only our QR codes are in upper case, and a poster is not tapped."""
    return "qr" if written.upper_case or channel in ("qr", "poster") else "tap"


# --- May it be followed now? -----------------------------------------------------------------------------------------


class Way(Enum):
    """Say whether a link may be followed."""

    OPEN = "open"
    NOT_YET = "not yet"
    OVER = "over"


OPEN = Way.OPEN
"""The same, found at once: a member of an enumeration is looked for each time that it is named."""


def way(opens_at: int | None, closes_at: int | None, at: int) -> Way:
    """Decide whether a story's links may be followed at a time (milliseconds since 1970, as all times here).

    >>> way(100, 200, 99), way(100, 200, 100), way(100, 200, 200), way(None, None, 5)
    (<Way.NOT_YET: 'not yet'>, <Way.OPEN: 'open'>, <Way.OVER: 'over'>, <Way.OPEN: 'open'>)
    """
    if closes_at is not None and at >= closes_at:
        return Way.OVER
    if opens_at is not None and at < opens_at:
        return Way.NOT_YET
    return OPEN


# --- Is this a person? -----------------------------------------------------------------------------------------------


def judge(method: str, environ: Mapping[str, object], crawler: bool, own: bool = False, staff: bool = False) -> Verdict:
    """Decide what a visit is, from its method and the headers in its WSGI environment.

    The first that holds: `head` (only asked whether the link is there), `bot` (a program, or one that gives no name),
    `prefetch` (a browser that fetched it before, or without, anybody opening it), `own` (the fan whose link it is),
    `staff` (of the brand), else `counted`. Whether a person was here already (`repeat`), or far too often (`flood`), is
    settled when all processes' visits come together.
    """
    if method == "HEAD":
        return "head"
    if crawler:
        return "bot"
    # Browsers that send it say "document" when a person follows a link; an image, a hidden frame or a script that
    # loads one is how clicks are faked, and nobody has seen the story.
    if environ.get("HTTP_SEC_FETCH_DEST", "document") not in ("document", "") or is_ahead(environ):
        return "prefetch"
    return "own" if own else "staff" if staff else "counted"


def is_ahead(environ: Mapping[str, object]) -> bool:
    """Tell whether a browser says that it fetches a page before anybody asked for it."""
    said = (
        environ.get("HTTP_SEC_PURPOSE")
        or environ.get("HTTP_PURPOSE")
        or environ.get("HTTP_X_PURPOSE")
        or environ.get("HTTP_X_MOZ")
    )
    return said is not None and any(word in str(said).lower() for word in _AHEAD)


# --- What do we answer? ----------------------------------------------------------------------------------------------


def landing(url: str, click: str, utm: str = "") -> str:
    """Write where a visit leads: the campaign's address, with the click in its query and all else as it was.

    What the address says itself outweighs the campaign's `utm` template, filled in.

    >>> landing("https://shop.example/fair?lang=id#hall", "0123456789ABC", "utm_source=tular&lang=en")
    'https://shop.example/fair?lang=id&utm_source=tular&tular_click=0123456789ABC#hall'
    """
    parts = urlsplit(url)
    kept = [part for part in parts.query.split("&") if part and part.partition("=")[0] != CLICK_PARAMETER]
    names = {part.partition("=")[0] for part in kept}
    added = [part for part in utm.split("&") if part and part.partition("=")[0] not in names]
    return urlunsplit(parts._replace(query="&".join([*kept, *added, f"{CLICK_PARAMETER}={click}"])))


def around(url: str, utm: str = "") -> tuple[str, str]:
    """Write what stands before and after the click in the address it leads to, so that each visit only joins them.

    >>> around("https://shop.example/#hall")
    ('https://shop.example/?tular_click=', '#hall')
    """
    # No address holds a NUL, so that the click's place is found again.
    before, _, after = landing(url, "\0", utm).rpartition("\0")
    return before, after
