"""What slips into a log is blotted out there."""

from __future__ import annotations

import pytest

from referral.plumbing.logs import redact


@pytest.mark.parametrize(
    ("words", "secret"),
    [
        ("no way to {} today", "siti.rahma+fair@mail.example"),
        ("550 <{}>: mailbox unavailable", "a@b.example"),
        ("GET /r/{} 404", "K7M2Q9XD"),
        ("GET /R/{} 302", "K7M2Q9XD"),
        ("GET /q/{}.svg", "K7M2Q9XD"),
        ("POST /me/sign-in/{} 200", "Kh7vBA3xtsxokdtXYk-dINfJfg53dlED"),
        ("Authorization: Bearer {}", "tk_5NUVFiX8f4TdLTbQkb58Xuc4LfxnVR21GEzM"),
        ("Authorization: Bearer {}", "tg_Zk3-_VFiX8f4TdLTbQkb58Xuc4LfxnVR21GEzMabcde"),
        ("GET /g/pair/{} 200", "7KM2Q9XD0000ABCDEFGHJKMNPQ"),
        ("GET /G/PAIR/{} 200", "7KM2Q9XD0000ABCDEFGHJKMNPQ"),
    ],
)
def test_addresses_codes_tokens_and_keys_do_not_reach_the_log(words: str, secret: str) -> None:
    event = redact(None, "info", {"event": words.format(secret)})

    assert secret not in event["event"]


def test_what_is_no_secret_stays() -> None:
    event = redact(None, "info", {"event": "request", "endpoint": "clicks.follow", "status": 302, "ms": 1.5})

    assert event == {"event": "request", "endpoint": "clicks.follow", "status": 302, "ms": 1.5}
