"""Keys and secrets: made once, kept private, told from what is none."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from referral.plumbing.signing import api_key, is_api_key, kept_secret


def test_the_secret_key_is_made_once_however_many_ask_at_the_same_time(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(lambda _: kept_secret(tmp_path / "instance"), range(64)))

    assert len(secrets) == 1
    assert len(secrets.pop()) >= 64
    assert [path.name for path in (tmp_path / "instance").iterdir()] == ["secret_key"]


def test_the_secret_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    kept_secret(tmp_path)

    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_key_has_a_form_that_scanners_know() -> None:
    key = api_key()

    assert is_api_key(key)
    assert key.startswith("tk_")
    assert not is_api_key(key[:-1] + ("0" if key[-1] != "0" else "1"))
    assert not is_api_key(key[3:])


@given(st.text(max_size=60))
def test_what_is_typed_at_random_is_no_key(text: str) -> None:
    assert not is_api_key(text)
