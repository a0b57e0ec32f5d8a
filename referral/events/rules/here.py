"""What the code of a booth or a stage holds: the page on which a visitor says that they were there."""

from __future__ import annotations

from urllib.parse import urlsplit


def address(base: str, code: str) -> str:
    """Write the address of a place's page.

    >>> address("https://fair.example/", "K7M2Q9XD")
    'https://fair.example/v/K7M2Q9XD'
    """
    return f"{base.rstrip('/')}/v/{code}"


def payload(base: str, code: str) -> str:
    """Write the same in the capitals that a QR code holds in less room.

    >>> payload("http://fair.example:8000/", "K7M2Q9XD")
    'HTTP://FAIR.EXAMPLE:8000/V/K7M2Q9XD'
    """
    place = urlsplit(base)
    return f"{place.scheme.upper()}://{place.netloc.upper()}{place.path.rstrip('/')}/V/{code}"
