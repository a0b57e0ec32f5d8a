"""Secrets: random tokens, and the hashes by which they are kept."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import zlib
from pathlib import Path

from referral.plumbing.ids import ALPHABET

KEY_PREFIX = "tk_"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def token() -> str:
    """Make a token of 192 random bits, fit for an address."""
    return secrets.token_urlsafe(24)


def short_code(length: int = 8) -> str:
    """Make a code that a person can type, of 5 random bits a sign."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def fingerprint(secret: str) -> str:
    """Hash a token of at least 128 random bits for keeping; a fast hash is enough for what cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def api_key() -> str:
    """Make an API key: prefix, 30 random signs, 6 signs of check sum, so that scanners can tell a leaked key."""
    body = "".join(secrets.choice(_BASE62) for _ in range(30))
    return f"{KEY_PREFIX}{body}{_check(body)}"


def is_api_key(text: str) -> bool:
    """Tell whether a text has the form and the check sum of an API key."""
    body = text[len(KEY_PREFIX) : -6]
    return text.startswith(KEY_PREFIX) and len(body) == 30 and text.isascii() and text[-6:] == _check(body)


def _check(body: str) -> str:
    number, signs = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        signs = _BASE62[rest] + signs
    return signs


def kept_secret(folder: Path) -> str:
    """Read the installation's secret key from its file, or make it once, readable by its owner only.

    Several processes may start at the same time: the file appears whole, and the first one's stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret_key"
    if not path.exists():
        draft = folder / f"secret_key.{os.getpid()}.{secrets.token_hex(4)}"
        with open(draft, "x", opener=_private) as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
