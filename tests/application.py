"""The application under test: made as it is served, with settings for tests."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING, Any

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from referral.config import SETTINGS

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Dialect, Engine

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
_ROUTES: dict[tuple[object, ...], dict[str, object]] = {}
_compile_rule = Rule.compile


def _compile(rule: Rule) -> None:
    """Compile a route once for all the applications of a process: it is a function of the rule's words alone.

    To compile all our routes took a tenth of a second for each application, and so most of the time of a page's test.
    """
    key = (rule.rule, tuple(sorted((rule.defaults or {}).items())), rule.subdomain, rule.merge_slashes)
    known = _ROUTES.get(key)
    if known is None:
        _compile_rule(rule)
        known = {name: getattr(rule, name) for name in ("_parts", "_trace", "_converters", "arguments")}
        known |= {name: getattr(rule, name).__func__ for name in ("_build", "_build_unknown")}
        _ROUTES[key] = known
        return
    rule._parts, rule._trace = list(known["_parts"]), list(known["_trace"])  # type: ignore[call-overload]
    rule._converters, rule.arguments = dict(known["_converters"]), set(known["arguments"])  # type: ignore[call-overload]
    rule._build = known["_build"].__get__(rule)  # type: ignore[attr-defined]
    rule._build_unknown = known["_build_unknown"].__get__(rule)  # type: ignore[attr-defined]


Rule.compile = _compile  # type: ignore[assignment, method-assign]

_DIALECTS: dict[str, Dialect] = {}
_STATEMENTS = LRUCache[Any, Any](4_000)


def _share_statements(engine: Engine) -> None:
    """Let all the engines of a process write a statement as SQL once: what is kept of it goes by the dialect."""
    engine.dialect = _DIALECTS.setdefault(engine.dialect.name, engine.dialect)
    engine._compiled_cache = _STATEMENTS


def _collect_less() -> None:
    """Look for garbage less often, and not among what stays: it took a fifth of the time of all tests."""
    if gc.get_threshold()[0] < SELDOM:
        gc.set_threshold(SELDOM, 20, 50)
        gc.collect()
        gc.freeze()


SELDOM = 50_000


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
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            _share_statements(engine)
    _collect_less()
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
