"""wrk, the client that asks as fast as it can: started with visitors of ours, and what it printed read back."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from referral.plumbing.ids import ALPHABET

# Each request is another visitor of one of these, so that nobody is let off a part of the work.
AGENTS = tuple(
    f"Mozilla/5.0 (Linux; Android {10 + number % 5}; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    f"Chrome/{120 + number}.0.0.0 Mobile Safari/537.36"
    for number in range(24)
)
SCRIPT = """
local heads, number, pairs_of_signs = {}, 0, {}
local agents, signs = { %(agents)s }, "%(signs)s"
local function code(link)
  local sum, text = link * %(step)d + %(first)d, ""
  for _ = 1, 4 do
    text = pairs_of_signs[sum %% 1024] .. text
    sum = math.floor(sum / 1024)
  end
  return text
end
function init(args)
  for i = 0, 1023 do
    local high, low = math.floor(i / 32) + 1, i %% 32 + 1
    pairs_of_signs[i] = signs:sub(high, high) .. signs:sub(low, low)
  end
  math.randomseed(%(seed)d)
  for i = 1, 20000 do
    heads[i] = " HTTP/1.1\\r\\nHost: tular.example\\r\\nUser-Agent: " .. agents[i %% #agents + 1]
      .. "\\r\\nAccept-Language: id-ID,id;q=0.9,en;q=0.5\\r\\nSec-Fetch-Dest: document"
      .. "\\r\\nReferer: https://l.instagram.com/\\r\\nX-Forwarded-For: 10." .. math.random(0, 255) .. "."
      .. math.random(0, 255) .. "." .. math.random(0, 255) .. "\\r\\n\\r\\n"
  end
end
local function numbered(followed)
  -- As much work for the client however many are followed: of few, it would find each code written already.
  local any = code(math.random(%(links)d) - 1)
  return followed == %(links)d and any or code(math.random(followed) - 1)
end
function request()
  number = number + 1
  return "GET /r/" .. %(path)s .. heads[number %% 20000 + 1]
end
"""
LINKS = 1_000_000
STEP, FIRST = 1_099_511, 7  # so many links are spread over all codes there are
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class WrkMissing(RuntimeError):
    """Say that wrk is not installed."""


@dataclass(frozen=True)
class Answered:
    """Hold what wrk measured: answers, the seconds that they took, and times to answer in milliseconds."""

    count: int
    seconds: float
    p50: float
    p99: float
    failed: int

    @property
    def rate(self) -> float:
        """Give the answers a second."""
        return self.count / self.seconds


def code(link: int) -> str:
    """Write the code of a numbered link: of those that come one after the other no two are alike, or stand together.

    The client writes them in the same way. To read a million codes would cost it more than to ask, with each sweep of
    its memory, and it shares the machine with the server.
    """
    number = link * STEP + FIRST
    return "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))


def ask(port: int, followed: str | int, connections: int, seconds: float, seed: int = 1) -> Answered:
    """Follow links for so many seconds over so many connections, each visit by somebody else.

    `followed` is a code, or so many numbered links (see `code`), one of which is chosen each time. Of those the client
    asks in one and the same way, however many they are.

    Raises:
        WrkMissing: wrk is not installed (Debian: apt-get install wrk).
    """
    program = shutil.which("wrk")
    if program is None:
        raise WrkMissing("wrk is not installed (Debian: apt-get install wrk)")
    path = f'"{followed}.wa"' if isinstance(followed, str) else f'numbered({followed}) .. ".wa"'
    agents = ", ".join(f'"{agent}"' for agent in AGENTS)
    words = {
        "agents": agents,
        "signs": ALPHABET,
        "step": STEP,
        "first": FIRST,
        "links": LINKS,
        "seed": seed,
        "path": path,
    }
    with tempfile.TemporaryDirectory(prefix="tular-wrk-") as folder:
        script = Path(folder) / "visit.lua"
        script.write_text(SCRIPT % words)
        command = [program, "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}s", "--latency", "-s", str(script)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, timeout=seconds + 60, check=True
        )
    return read(done.stdout)


def read(printed: str) -> Answered:
    """Read what wrk printed."""
    count = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)\b", printed)
    halves = {share: re.search(rf"\n\s+{share}%\s+([\d.]+)(us|ms|s|m)\b", printed) for share in (50, 99)}
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", printed)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", printed)
    if count is None or not all(halves.values()):
        raise RuntimeError(f"wrk printed what we cannot read:\n{printed}")
    times = {share: float(found[1]) * UNITS[found[2]] for share, found in halves.items() if found is not None}
    failed = int(wrong[1]) if wrong else 0
    failed += sum(int(number) for number in errors.groups()) if errors else 0
    return Answered(int(count[1]), float(count[2]) * UNITS[count[3]] / 1000, times[50], times[99], failed)
