"""Which visits count: every one is kept, with a verdict that says why it is counted or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Verdict = Literal["counted", "bot", "prefetch", "head", "own"]

CLICK_PARAMETER = "tular_click"
"""What a click is called in the query of the page it leads to, and which the shop keeps until somebody buys."""

TELLING_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz", "Sec-Fetch-Dest")
"""What `judge` reads of a request's headers, by these names; others may be left out."""

_AHEAD = ("prefetch", "prerender", "preview")


def judge(method: str, user_agent: str, headers: Mapping[str, str], *, own: bool, crawler: bool) -> Verdict:
    """Decide what a visit to a link is: a person's, or not.

    The first that holds: `head` (only asked whether the link is there), `bot` (a program, or one that gives no name),
    `prefetch` (a browser that fetched it before, or without, anybody opening it), `own` (the fan's own link, or the
    brand's staff), else `counted`.
    """
    if method.upper() == "HEAD":
        return "head"
    if crawler or not user_agent.strip():
        return "bot"
    if _is_ahead(headers):
        return "prefetch"
    return "own" if own else "counted"


def _is_ahead(headers: Mapping[str, str]) -> bool:
    for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"):
        said = headers.get(name, "").lower()
        if any(word in said for word in _AHEAD):
            return True
    # Browsers that send it say "document" when a person follows a link; an image, a hidden frame or a script that
    # loads one is how clicks are faked, and nobody has seen the story.
    return headers.get("Sec-Fetch-Dest", "document").lower() not in ("document", "")


def landing(url: str, click: str) -> str:
    """Write where a visit leads: the campaign's address, with the click in its query and all else as it was.

    >>> landing("https://shop.example/fair?lang=id#hall", "0123456789ABC")
    'https://shop.example/fair?lang=id&tular_click=0123456789ABC#hall'
    """
    parts = urlsplit(url)
    kept = [part for part in parts.query.split("&") if part and part.partition("=")[0] != CLICK_PARAMETER]
    return urlunsplit(parts._replace(query="&".join([*kept, f"{CLICK_PARAMETER}={click}"])))
