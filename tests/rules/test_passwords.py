"""Passwords are hashed slowly, and a second factor's code is good for its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
from pwdlib import PasswordHash

from referral.brands import passwords

MOMENT = datetime(2026, 11, 22, 3, 0, 10, tzinfo=UTC)


def test_a_password_is_hashed_with_argon2id_at_its_full_cost() -> None:
    hashed = PasswordHash.recommended().hash("correct horse battery staple")

    assert hashed.startswith("$argon2id$")
    assert int(hashed.split("m=")[1].split(",")[0]) >= 19 * 1024  # KiB: the least that OWASP asks for


def test_a_password_matches_its_own_hash_only() -> None:
    hashed = passwords.hashed("correct horse battery staple")

    assert passwords.matches("correct horse battery staple", hashed)
    assert not passwords.matches("Correct horse battery staple", hashed)


def test_a_code_is_good_for_its_step_and_the_one_on_either_side() -> None:
    secret = passwords.new_totp_secret()
    code = pyotp.TOTP(secret).at(MOMENT)
    step = passwords.totp_step(secret, code, MOMENT)

    assert step == int(MOMENT.timestamp()) // 30
    assert passwords.totp_step(secret, f"{code[:3]} {code[3:]}", MOMENT + timedelta(seconds=30)) == step
    assert passwords.totp_step(secret, code, MOMENT - timedelta(seconds=30)) == step
    assert passwords.totp_step(secret, code, MOMENT + timedelta(seconds=90)) is None
    assert passwords.totp_step(secret, "", MOMENT) is None
    assert passwords.totp_step(secret, "\u0661" * 6, MOMENT) is None
