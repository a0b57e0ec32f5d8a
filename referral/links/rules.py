"""Codes, channels and share addresses: how a link is written, read back, and handed to the apps people talk in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from referral.plumbing.ids import ALPHABET

LENGTH = 8
COUPON_LENGTH = 40

_KNOWN = ALPHABET + ALPHABET.lower() + "OoIiLl"
_FOLDED = bytes.maketrans(_KNOWN.encode(), (ALPHABET * 2 + "001111").encode())
_STRANGE = bytes(sign for sign in range(256) if chr(sign) not in _KNOWN)
_LONGEST_PATH = LENGTH + 8
_COUPON = re.compile(r"[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?")

# A code is read out at a till and printed on posters, so the rudest words of our four languages are drawn again. The
# list is small on purpose: it answers what people would photograph and post, and costs about one code in a thousand.
_AS_READ = str.maketrans("0134578V", "OIEASTBU")
OFFENSIVE = (
    "ANJI", "ASS", "BABI", "CHUJ", "COCK", "CUNT", "DICK", "FAG", "FUCK", "HEIL", "JEB", "KKK", "KONT", "KURW",
    "MEMEK", "NAZI", "NEGR", "NIGG", "NMSI", "PEPEK", "PIZD", "PORN", "RAPE", "SEX", "SHIT", "TITS", "TWAT",
)  # fmt: skip
_RUDE = re.compile("|".join(OFFENSIVE))


class Channel(NamedTuple):
    """Name a way a link is passed on, with the letter that stands for it where colour alone would not do."""

    name: str
    letter: str


CHANNELS = (
    Channel("whatsapp", "W"),
    Channel("telegram", "T"),
    Channel("facebook", "F"),
    Channel("x", "X"),
    Channel("line", "L"),
    Channel("email", "E"),
    Channel("copy", "C"),
    Channel("native", "N"),
    Channel("qr", "Q"),
    Channel("poster", "P"),
    Channel("spoken", "S"),
    Channel("advert", "A"),
    Channel("mailing", "M"),
    Channel("import", "I"),
)
CHANNEL_NAMES = tuple(channel.name for channel in CHANNELS)

SUFFIXES = {
    "wa": "whatsapp",
    "tg": "telegram",
    "ln": "line",
    "fb": "facebook",
    "x": "x",
    "em": "email",
    "cp": "copy",
    "nt": "native",
    "qr": "qr",
    "sp": "spoken",
}
"""What a share button puts behind the code, and the channel it stands for."""


def new_code(random_bits: Callable[[int], int]) -> str:
    """Make a code of 8 signs of Crockford base32 from a source of random bits, such as `secrets.randbits`.

    >>> new_code(lambda bits: 0x0123456789)
    '04HMASW9'
    """
    while True:
        number = random_bits(5 * LENGTH)
        code = "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
        if not is_offensive(code):
            return code


def is_offensive(code: str) -> bool:
    """Tell whether a code reads as a rude word, digits taken for the letters they look like.

    >>> is_offensive("K7FVCK2M"), is_offensive("K7M2Q9XD")
    (True, False)
    """
    return _RUDE.search(code.translate(_AS_READ)) is not None


def fold(text: str) -> str | None:
    """Fold what somebody typed into the code it means; None where it cannot be one.

    Case does not matter, O is read as 0, I and L as 1. U looks like no other sign, so it makes a text no code.

    >>> fold("k7m2q9xd"), fold("KOIL0000"), fold("K7M2Q9XU")
    ('K7M2Q9XD', 'K0110000', None)
    """
    if len(text) != LENGTH or not text.isascii():
        return None
    folded = text.encode().translate(_FOLDED, _STRANGE)
    return folded.decode() if len(folded) == LENGTH else None


def fold_coupon(text: str) -> str | None:
    """Fold what somebody typed into the coupon it means; None where it cannot be one.

    A coupon is a word of the shop's own: case does not matter, and every sign is read as it stands.

    >>> fold_coupon(" ayu-10 "), fold_coupon("10 %"), fold_coupon("-")
    ('AYU-10', None, None)
    """
    code = text.strip(" ").upper()
    return code if text.isascii() and len(code) <= COUPON_LENGTH and _COUPON.fullmatch(code) else None


def split(path_text: str) -> tuple[str | None, str | None]:
    """Part what stands behind /r/ into a code and the channel of the share button that wrote it.

    A suffix nobody knows, or the full stop of the sentence the link stood in, is passed over: the code still counts.

    >>> split("K7M2Q9XD.wa"), split("K7M2Q9XD."), split("about-us")
    (('K7M2Q9XD', 'whatsapp'), ('K7M2Q9XD', None), (None, None))
    """
    if len(path_text) > _LONGEST_PATH:
        return None, None
    head, _, suffix = path_text.partition(".")
    code = fold(head)
    return (code, SUFFIXES.get(suffix.lower())) if code else (None, None)


def channel_of_visit(link_channel: str | None, suffix_channel: str | None, upper_case_path: bool) -> str:
    """Say how a link was passed on to a visitor.

    The share button's suffix knows best; then a brand link is what it was made for; then /R/ in upper case, which only
    our QR codes carry, was scanned; and all else was copied.
    """
    return suffix_channel or link_channel or ("qr" if upper_case_path else "copy")


def share_url(base: str, code: str, suffix: str | None = None) -> str:
    """Write the address of a link, with the suffix of the button that passes it on.

    >>> share_url("https://fair.example", "K7M2Q9XD", "wa")
    'https://fair.example/r/K7M2Q9XD.wa'
    """
    address = f"{base.rstrip('/')}/r/{code}"
    return f"{address}.{suffix}" if suffix else address


def qr_payload(base: str, code: str) -> str:
    """Write the address of a link in the capitals that a QR code holds in less room.

    >>> qr_payload("http://fair.example:8000/", "K7M2Q9XD")
    'HTTP://FAIR.EXAMPLE:8000/R/K7M2Q9XD'
    """
    place = urlsplit(base)
    # A path in front of ours keeps its case, for paths (unlike schemes and hosts) are told apart by it.
    return f"{place.scheme.upper()}://{place.netloc.upper()}{place.path.rstrip('/')}/R/{code}"


@dataclass(frozen=True)
class ShareTarget:
    """Hold the address that opens an app with a link to pass on, and the same with `{text}` for words still to come.

    Whoever fills in `{text}` percent-encodes the words first. Facebook takes no words: its template has no `{text}`.
    """

    channel: str
    url: str
    template: str


def share_targets(base_url: str, code: str, words: str, title: str) -> tuple[ShareTarget, ...]:
    """Write the addresses that hand a link to each app, every one with its own suffix, and the fan's words encoded."""

    def link(suffix: str) -> str:
        return _encoded(share_url(base_url, code, suffix))

    templates = {
        "whatsapp": f"https://wa.me/?text={{text}}%20{link('wa')}",
        "telegram": f"https://t.me/share/url?url={link('tg')}&text={{text}}",
        "line": f"https://social-plugins.line.me/lineit/share?url={link('ln')}&text={{text}}",
        "facebook": f"https://www.facebook.com/sharer/sharer.php?u={link('fb')}",
        "x": f"https://x.com/intent/post?text={{text}}&url={link('x')}",
        "email": f"mailto:?subject={_encoded(title)}&body={{text}}%0D%0A%0D%0A{link('em')}",
    }
    return tuple(
        ShareTarget(channel, template.replace("{text}", _encoded(words)), template)
        for channel, template in templates.items()
    )


def _encoded(text: str) -> str:
    # Spaces become %20, never +, which mail programs and WhatsApp would show as it stands. Half a surrogate pair, which
    # JSON can carry and UTF-8 cannot, becomes a question mark.
    return quote(text, safe="", errors="replace")
