"""Seal what a device may say of a visitor, so that only the code on their pass opens it.

AES-256-GCM (NIST SP 800-38D), with its nonce of 12 bytes in front. The key is SHA-256 over `name`, the event's salt and
the code: one of its own for each pass. The nonce comes of the key and of what is sealed, so the same name is sealed in
the same bytes, and one that was changed never under the nonce of the one before. Whoever takes a device away learns no
name from it: a code holds 64 bits of signature, or as much as another system's ticket has; it is nowhere on the device.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_LENGTH = 12


def seal(salt: bytes, code: str, name: str | None, label: str | None) -> bytes:
    """Seal a visitor's name as gates show it, and what is printed on their pass."""
    said = json.dumps({"n": name, "l": label}, ensure_ascii=False, separators=(",", ":")).encode()
    key = _key(salt, code)
    nonce = hmac.digest(key, said, "sha256")[:_NONCE_LENGTH]
    return nonce + AESGCM(key).encrypt(nonce, said, None)


def unseal(salt: bytes, code: str, sealed: bytes) -> tuple[str | None, str | None] | None:
    """Open a name and a label with a code; None where another one sealed them.

    >>> unseal(b"salt", "TICKET-1", seal(b"salt", "TICKET-1", "Siti R.", "Speaker"))
    ('Siti R.', 'Speaker')
    >>> unseal(b"salt", "TICKET-2", seal(b"salt", "TICKET-1", "Siti R.", "Speaker")) is None
    True
    """
    try:
        said = json.loads(AESGCM(_key(salt, code)).decrypt(sealed[:_NONCE_LENGTH], sealed[_NONCE_LENGTH:], None))
    except (InvalidTag, ValueError):
        return None
    return said["n"], said["l"]


def shown_name(name: str | None) -> str | None:
    """Give as much of a name as a gate shows: the first word, and the first letter of the last.

    >>> shown_name("Siti Nur Rahma"), shown_name("Ayu"), shown_name("王小明"), shown_name(None)
    ('Siti R.', 'Ayu', '王小明', None)
    """
    words = (name or "").split()
    if not words:
        return None
    return words[0] if len(words) == 1 else f"{words[0]} {words[-1][0]}."


def _key(salt: bytes, code: str) -> bytes:
    return hashlib.sha256(b"name" + salt + code.encode()).digest()
