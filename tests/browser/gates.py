"""A gate's phone in a test: the app's engine alone, in a page of the server's on which nothing else runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, Request, Route
from sqlalchemy import select

from referral.events import pairing
from referral.events.models import Event, GateDevice, Place, Scan
from referral.plumbing.db import db, every_brand
from tests import factories as make
from tests.browser.conftest import LiveServer

PIN = "4711"
API = "**/g/api/"

_OPEN = """async () => {
  const { Engine } = await import("/static/js/gate/engine.js");
  window.heard = [];
  window.engine = await Engine.open();
  for (const name of ["alarm", "answer", "full", "revoked"]) {
    engine.addEventListener(name, ({ detail }) => heard.push({ name, ...(detail && structuredClone(detail)) }));
  }
}"""

_DUMP = """async () => {
  const text = (bytes) => new TextDecoder("latin1").decode(bytes) + new TextDecoder().decode(bytes);
  const told = (value) => {
    if (value instanceof CryptoKey) return `key ${value.type} ${value.extractable}`;
    if (value instanceof ArrayBuffer) return text(value);
    if (ArrayBuffer.isView(value)) return text(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    if (value instanceof Map || value instanceof Set) return told([...value]);
    if (Array.isArray(value)) return value.map(told);
    if (!value || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, told(one)]));
  };
  const answered = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const found = {};
  for (const { name } of await indexedDB.databases()) {
    const db = await answered(indexedDB.open(name));
    for (const store of db.objectStoreNames) {
      const objects = db.transaction(store).objectStore(store);
      const [keys, values] = [await answered(objects.getAllKeys()), await answered(objects.getAll())];
      found[`${name}/${store}`] = keys.map((key, index) => [key, told(values[index])]);
    }
    db.close();
  }
  return JSON.stringify(found);
}"""


@dataclass
class Gate:
    """A phone at a door, with the engine in its page."""

    page: Page

    def open(self) -> Gate:
        """Open the engine, as an app that is started does."""
        if not self.page.url.endswith("/healthz"):
            self.page.goto("/healthz")
        self.page.evaluate(_OPEN)
        return self

    def reload(self) -> Gate:
        """Start the app again, and give its PIN."""
        self.page.reload()
        self.open()
        self.run("await engine.unlock(said)", PIN)
        return self

    def pair(self, token: str, name: str = "Ayu", place: int = 0) -> Gate:
        """Pair the phone, stand at a place, and wait for the list."""
        self.run("await engine.pair(said.token, said.name, said.pin)", {"token": token, "name": name, "pin": PIN})
        self.run("engine.place = engine.places[said]", place)
        self.until("engine.asOf > 0")
        return self

    def run(self, body: str, said: Any = None) -> Any:
        """Run a few words of JavaScript with `engine` and what is `said`."""
        return self.page.evaluate(f"async (said) => {{ const {{ engine }} = window; {body} }}", said)

    def tell(self, expression: str) -> Any:
        """Give the value of an expression."""
        return self.run(f"return {expression}")

    def scan(self, code: str, **wish: Any) -> dict[str, Any]:
        """Scan a code, and give what is shown."""
        return dict(self.run("return engine.scan(said.code, said.wish)", {"code": code, "wish": wish}))

    def said(self, code: str, **wish: Any) -> str:
        """Scan a code, and give verdict and reason in a word or two."""
        shown = self.scan(code, **wish)
        return f"{shown['said']} {shown['reason'] or ''}".strip()

    def until(self, expression: str, seconds: float = 15) -> None:
        """Wait until something is so."""
        self.page.wait_for_function(
            f"() => {{ const {{ engine }} = window; return {expression}; }}", timeout=seconds * 1000
        )

    def wait(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        """Wait until something is so outside of the page, which goes on meanwhile."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "it never came to be"
            self.page.wait_for_timeout(100)

    def sent(self) -> None:
        """Wait until the server has answered everything."""
        self.until("engine.unsent === 0 && engine.online")

    def heard(self, name: str) -> list[dict[str, Any]]:
        """Give the events of a name that were heard since the app was started."""
        return [one for one in self.tell("window.heard") if one["name"] == name]

    def dump(self) -> str:
        """Write out everything that the browser's databases keep."""
        return str(self.page.evaluate(_DUMP))


@dataclass
class Door:
    """An event with its gates, on a running server."""

    server: LiveServer
    event: Event
    places: Sequence[Place]

    def code(self, *, name: str = "Phone 1", role: str = "steward", places: Sequence[Place] = ()) -> str:
        """Make a pairing code."""
        with make.saved(self.server.app):
            return pairing.make(self.event, name=name, role=role, places=places).token

    def tokens(self, count: int, **terms: Any) -> list[str]:
        """Give out passes, and the codes on them."""
        with make.saved(self.server.app):
            return [make.token_of(make.gate_pass(self.event, **terms)) for _ in range(count)]

    def scans(self) -> list[Scan]:
        """Give the server's log, in the order in which the scans came in."""
        with self.server.app.app_context(), every_brand():
            found = list(db.session.scalars(select(Scan).where(Scan.event_id == self.event.id).order_by(Scan.id)))
            db.session.expunge_all()
            return found

    def log(self) -> list[str]:
        """Give the server's log in words."""
        return [
            f"{one.kind} {one.said} {one.verdict}" + (f" {one.reason}" if one.reason else "") for one in self.scans()
        ]

    def revoke_device(self) -> None:
        """Revoke all phones."""
        with make.saved(self.server.app):
            for device in db.session.scalars(select(GateDevice).where(GateDevice.event_id == self.event.id)):
                pairing.revoke(device)


def cut(page: Page, path: str, act: Callable[[Route, Request], None]) -> None:
    """Do something with each request to a call of the gate's."""
    page.route(f"{API}{path}", act)
