"""The application under test: made as it is served, with settings for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING

from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from referral.config import SETTINGS

if TYPE_CHECKING:
    from flask import Flask

    from tests.engines import Databases


class _Compiled(BytecodeCache):
    """Templates compiled once for all the applications of a process: making them anew took half of a page's test."""

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled of the very same source."""
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self._codes[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED = _Compiled()
_BUILDERS: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
_compile_builder = Rule._compile_builder


def _builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Give what writes the addresses of a rule, compiled once for all the applications of a process.

    It is a function of the rule's words alone, and is given the rule itself when it is called. To compile those of all
    our routes took a tenth of a second for each application, and so most of the time of a page's test.
    """
    key = (rule.rule, tuple(rule._trace), tuple(sorted((rule.defaults or {}).items())), append_unknown)
    if key not in _BUILDERS:
        _BUILDERS[key] = _compile_builder(rule, append_unknown)
    return _BUILDERS[key]


Rule._compile_builder = _builder  # type: ignore[assignment, method-assign]


def settings_for_tests(database_url: str, **others: object) -> dict[str, object]:
    """Give the settings of an application under test: defaults, whatever this machine's environment says."""
    return {
        **{setting.name: setting.default for setting in SETTINGS},
        "TESTING": True,
        "SECRET_KEY": "a key for tests only",
        "DATABASE_URL": database_url,
        "PUBLIC_URL": "http://tular.test",
        "RATE_LIMITS": False,
        **others,
    }


@contextmanager
def application(settings: dict[str, object]) -> Iterator[Flask]:
    """Make the application; at the end close its connections, so that its database can be dropped.

    It is imported here and not above, so that tests of rules never load it.
    """
    from referral.app import create_app
    from referral.plumbing.db import fresh_request

    app = create_app(settings)
    app.jinja_env.bytecode_cache = _COMPILED
    try:
        with fresh_request():
            yield app
    finally:
        app.click_path.close()
        with app.app_context():
            for engine in app.extensions["sqlalchemy"].engines.values():
                engine.dispose()


def migrate_template(databases: Databases) -> None:
    """Run every migration, once, on what a test's databases are copied from."""
    with databases.template() as address, application(settings_for_tests(address)) as app:
        upgraded = app.test_cli_runner().invoke(args=["db", "upgrade"], catch_exceptions=False)
        assert upgraded.exit_code == 0, upgraded.output
