"""What a visitor shows of themselves, reduced to what may be kept: never an address, never an agent."""

from __future__ import annotations

import hashlib
import re
import socket
from typing import Literal

Device = Literal["other", "phone", "tablet", "desktop"]
DEVICES: tuple[Device, ...] = ("other", "phone", "tablet", "desktop")
VIAS = ("tap", "qr")
"""In the order in which journals number them: a new one goes to the end."""

REFERRER_LENGTH = 47
# Of the thousands of languages with three letters, those that phones are set to: visitors choose what they claim.
_LANGUAGE = re.compile(
    r"\s*([a-z]{2}|fil|yue|ban|bug|bjn|ace|min|mad|haw|ckb|csb|szl|dsb|hsb|sah)(?=$|[-_,;\s])", re.ASCII | re.I
)
_HOST = re.compile(
    r"https?://(?:[^/?#@\s]*@)?(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::[0-9]{0,5})?(?=$|[/?#])", re.I
)
_APP = re.compile(r"android-app://([a-z0-9_.]{1,120})(?=$|/)", re.I)
# An app may name Android once more behind the browser's "Mobile".
_TABLET = re.compile(r"iPad|Tablet|PlayBook|^(?!.*Mobile).*(?:Silk|Android)", re.I)
_PHONE = re.compile(r"iPhone|iPod|Mobi|Android|Phone|Opera Mini|UCBrowser|KaiOS", re.I)
_DESKTOP = re.compile(r"Windows NT|Macintosh|X11|CrOS|Linux", re.I)


def device(user_agent: str) -> Device:
    """Tell what somebody held in their hands, as far as their browser says.

    >>> device("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"), device("Mozilla/5.0 (X11; Linux x86_64)")
    ('phone', 'desktop')
    """
    if _TABLET.search(user_agent):
        return "tablet"
    if _PHONE.search(user_agent):
        return "phone"
    return "desktop" if _DESKTOP.search(user_agent) else "other"


def language(accepted: str) -> str:
    """Give the language that a browser asks for first, without its country; '' where it asks for none.

    >>> language("id-ID,id;q=0.9,en;q=0.5"), language("*"), language("")
    ('id', '', '')
    """
    match = _LANGUAGE.match(accepted)
    return match[1].lower() if match else ""


def referrer(address: str) -> str:
    """Give the host that a visitor came from, its end where it is very long; '' where none is told.

    >>> referrer("https://L.Instagram.com/?u=secret"), referrer("android-app://org.telegram.messenger/"), referrer("x")
    ('l.instagram.com', 'org.telegram.messenger', '')
    """
    match = _HOST.match(address) or _APP.match(address)
    return match[1].lower()[-REFERRER_LENGTH:] if match else ""


def address(peer: str, forwarded: str | None, hops: int) -> str:
    """Tell a visitor's address: the peer's, unless so many proxies of our own stand in front and pass it on.

    Each proxy adds at the end who asked it, so what stands further to the left was written by a stranger.

    >>> address("10.0.0.1", "6.6.6.6, 203.0.113.7", 1), address("203.0.113.7", "6.6.6.6", 0), address("10.0.0.1", "", 2)
    ('203.0.113.7', '203.0.113.7', '10.0.0.1')
    """
    if not hops or not forwarded:
        return peer
    said = forwarded.split(",")
    return (said[-hops].strip() or peer) if len(said) >= hops else peer


def host(address: str) -> str:
    """Give an address without the port, brackets and zone that some proxies pass on with it.

    >>> host("203.0.113.7:52100"), host("[2001:db8::7%eth0]:443"), host("2001:db8::7")
    ('203.0.113.7', '2001:db8::7', '2001:db8::7')
    """
    if ":" not in address:
        return address
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    return address.partition("%")[0]


def network(address: str) -> bytes:
    """Give what tells visitors apart of an address: all of an IPv4 one, and the first half of an IPv6 one.

    The second half of an IPv6 address is drawn anew every few hours by the visitor's own device.

    >>> network("2001:db8:1:2:aaaa::1") == network("2001:db8:1:2:bbbb::2"), network("203.0.113.7")
    (True, b'203.0.113.7')
    """
    bare = host(address)
    if ":" in bare:
        try:
            packed = socket.inet_pton(socket.AF_INET6, bare)
        except (OSError, ValueError):
            return bare[:64].encode("utf-8", "replace")
        if packed[:12] != b"\0" * 10 + b"\xff\xff":
            return packed[:8]
        # An IPv4 address in the clothes of IPv6: its first half is a whole world's.
        bare = socket.inet_ntop(socket.AF_INET, packed[12:])
    return bare[:64].encode("utf-8", "replace")


def keyed(salt: bytes, brand_id: int) -> hashlib.blake2b:
    """Begin the hash by which a brand's visitors of a day are told apart; 8 bytes come out.

    With another salt, or for another brand, the same visitor is somebody else.
    """
    return hashlib.blake2b(brand_id.to_bytes(8, "little"), digest_size=8, key=salt)


def visitor(begun: hashlib.blake2b, network: bytes, user_agent: bytes) -> int:
    """Give a visitor's number of 63 bits, out of a hash that was begun with the day's salt."""
    own = begun.copy()
    own.update(network + b"\0" + user_agent)
    return int.from_bytes(own.digest(), "little") >> 1
