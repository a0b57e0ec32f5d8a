"""Write SVG: numbers that are short, and words that cannot do harm."""

from __future__ import annotations

import html
import re

# Control characters are not allowed in XML, and a direction that is turned round in a name would turn what follows too.
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_DIRECTION = r"\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_NO_CHARACTER = r"\u00ad\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
_UNWANTED = re.compile(f"[{_CONTROL}{_DIRECTION}{_NO_CHARACTER}]+")
LONGEST = 160


def words(text: str, longest: int = LONGEST) -> str:
    """Make any text fit to stand in XML: no control or direction characters, escaped, and not longer than ``longest``.

    >>> words('<b>"Ana"</b>')
    '&lt;b&gt;&quot;Ana&quot;&lt;/b&gt;'
    """
    clean = _UNWANTED.sub(" ", text).strip()
    return html.escape(clean if len(clean) <= longest else clean[: longest - 1] + "…")


def number(value: float, places: int = 1) -> str:
    """Write a number as short as it goes.

    >>> number(450.0), number(0.25), number(-0.04), number(0.625, 2)
    ('450', '.2', '0', '.62')
    """
    text = f"{value:.{places}f}".rstrip("0").rstrip(".") if places else f"{value:.0f}"
    if text in ("-0", ""):
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def opening(name: str, css: str, width: int, height: int, title: str, description: str) -> list[str]:
    """Open a drawing that says what it shows: a picture with a title and a description, in the caller's words.

    ``name`` makes the ids, so that two drawings can stand on one page.
    """
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{words(css)}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{words(name)}-title {words(name)}-desc">',
        f'<title id="{words(name)}-title">{words(title)}</title>',
        f'<desc id="{words(name)}-desc">{words(description, 2_000)}</desc>',
    ]
