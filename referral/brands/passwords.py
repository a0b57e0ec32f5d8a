"""Passwords and second factors: argon2 and time-based codes, by the libraries made for it."""

from __future__ import annotations

import functools
from datetime import datetime

import pyotp
from pwdlib import PasswordHash

_hasher = PasswordHash.recommended()


def hashed(password: str) -> str:
    """Hash a password with argon2id."""
    return _hasher.hash(password)


def matches(password: str, password_hash: str) -> bool:
    """Tell whether a password is the one that was hashed."""
    return _hasher.verify(password, password_hash)


@functools.cache
def _nobody() -> str:
    return hashed("nobody has this password")


def spend_time(password: str) -> None:
    """Take as long over an unknown address as over a known one."""
    matches(password, _nobody())


def new_totp_secret() -> str:
    """Make the secret that an authenticator app keeps."""
    return pyotp.random_base32()


def totp_uri(secret: str, email: str, issuer: str) -> str:
    """Write the address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def totp_step(secret: str, code: str, now: datetime) -> int | None:
    """Give the time step that a code is good for, one step either way allowed; None where it is wrong.

    A step is used once: the caller keeps the last one and refuses it, and those before, from then on.
    """
    totp = pyotp.TOTP(secret)
    step = int(now.timestamp()) // totp.interval
    digits = "".join(sign for sign in code if sign.isdigit() and sign.isascii())
    return next((step + d for d in (0, -1, 1) if pyotp.utils.strings_equal(totp.generate_otp(step + d), digits)), None)
