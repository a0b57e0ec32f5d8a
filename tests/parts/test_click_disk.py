"""A disk that refuses what is written to it: visits wait in memory, answers do not, and nothing is lost or doubled."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from referral.clicks import journal as journals
from referral.clicks.journal import ENDING, Journal
from referral.clicks.models import Click
from referral.clicks.rules.journals import SIZE, pack, scan
from referral.clicks.slots import Slot, told
from referral.plumbing.db import db
from tests import factories as make
from tests.application import application, settings_for_tests

# A journal that is done with is closed by letting go of it: a request may still be about to write there.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"}


def record(number: int) -> bytes:
    """Write a record that is told from others by its number."""
    return pack(number, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 0, b"ID", b"id", b"wa.me")


def written(folder: Path) -> list[int]:
    """Read the numbers of all whole records that stand in a folder's journals."""
    return [one.id for path in sorted(folder.glob(f"*{ENDING}")) for one in scan(path.read_bytes())]


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something holds, and fail where it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def shouts(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Gather what is logged as critical."""
    heard: list[dict[str, Any]] = []

    def critical(event: str, **said: Any) -> None:
        heard.append({"event": event, **said})

    quiet = SimpleNamespace(critical=critical, error=lambda *_, **__: None)
    monkeypatch.setattr(journals, "log", quiet)
    return heard


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder for journals that is not there yet."""
    return tmp_path / "clicks"


# --- The redirect ----------------------------------------------------------------------------------------------------


def test_visitors_are_led_on_while_nothing_can_be_written_and_are_in_the_database_when_it_can(
    database_url: str, tmp_path: Path
) -> None:
    place = tmp_path / "clicks"
    place.write_text("a file where the folder should be")
    with application(settings_for_tests(database_url, DATA_DIR=str(tmp_path), CLICKS_DIR=str(place))) as app:
        with make.saved(app):
            code = make.code_of(make.fan(make.campaign(make.brand())))

        answers = [app.test_client().get(f"/r/{code}", headers=PHONE).status_code for _ in range(5)]
        journal = app.click_path.journal
        assert answers == [302] * 5
        assert (journal.held, journal.lost) == (5, 0)

        place.unlink()
        wait_until(lambda: journal.held == 0)
        answers = [app.test_client().get(f"/r/{code}", headers=PHONE).status_code for _ in range(2)]

        assert answers == [302] * 2
        assert make.drain(app) == 7
        with make.saved(app):
            assert len(set(db.session.scalars(select(Click.id)))) == 7
        assert journal.lost == 0


# --- The journal -----------------------------------------------------------------------------------------------------


def test_what_was_appended_is_in_the_file_at_once(folder: Path) -> None:
    with closing(Journal(folder, 0, 60_000)) as journal:
        for number in range(3):
            journal.append(record(number))

            assert written(folder) == list(range(number + 1))


def test_a_disk_that_is_full_holds_visits_back_and_takes_them_when_there_is_room(folder: Path) -> None:
    """Where a file may grow no longer the kernel refuses to write, as it does on a full disk."""
    found = run(
        folder,
        """
        limit(0)
        for number in range(20):
            journal.append(record(number))
        time.sleep(1.2)
        print(journal.held, journal.lost, len(list(folder.glob("*"))) < 12)
        print(*told(folder))
        limit(resource.RLIM_INFINITY)
        deadline = time.monotonic() + 15
        while journal.held and time.monotonic() < deadline:
            time.sleep(0.05)
        journal.append(record(20))
        print(journal.held, journal.lost)
        """,
    )

    assert found[0] == "20 0 True"
    assert found[2] == "0 0"
    assert sorted(written(folder)) == list(range(21))


def test_records_that_the_disk_takes_a_part_of_are_written_whole_in_another_file(folder: Path) -> None:
    found = run(
        folder,
        """
        limit(10 * 128 + 60)
        for number in range(35):
            journal.append(record(number))
        deadline = time.monotonic() + 15
        while journal.held and time.monotonic() < deadline:
            time.sleep(0.05)
        print(journal.held, journal.lost)
        """,
    )

    assert found == ["0 0"]
    assert sorted(written(folder)) == list(range(35))
    assert sum(path.stat().st_size % SIZE == 60 for path in folder.glob(f"*{ENDING}")) >= 3


def run(folder: Path, steps: str) -> list[str]:
    """Run steps with a journal in a process whose files may be limited, and give what it printed."""
    lines = [line.removeprefix(" " * 8) for line in steps.strip("\n").splitlines()]
    program = "\n".join(
        [
            "import resource, signal, sys, time",
            "from pathlib import Path",
            "from referral.clicks.journal import Journal; from referral.clicks.slots import told",
            "from tests.parts.test_click_disk import record",
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
            "def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))",
            "folder = Path(sys.argv[1])",
            "journal = Journal(folder, 0, 50)",
            *lines,
            "journal.close()",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith(("{", "\x1b")) and "[" not in line[:40]]


def test_nothing_is_written_behind_a_torn_record(
    folder: Path, monkeypatch: pytest.MonkeyPatch, shouts: list[dict[str, Any]]
) -> None:
    left = [60]

    class Stingy(io.FileIO):
        def write(self, data: Any) -> int:
            return super().write(data[: left.pop()] if left else data)

    monkeypatch.setattr(journals, "io", SimpleNamespace(FileIO=Stingy))
    with closing(Journal(folder, 0, 10)) as journal:
        for number in range(3):
            journal.append(record(number))
        wait_until(lambda: journal.held == 0)
        journal.append(record(3))

        assert sorted(written(folder)) == [0, 1, 2, 3]
        assert sorted(path.stat().st_size for path in folder.glob(f"*{ENDING}"))[0] == 60
    assert [shout["event"] for shout in shouts] == ["clicks.not_written"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_visit_is_written_once_by_many_threads_to_a_disk_that_fails_now_and_then(
    folder: Path, monkeypatch: pytest.MonkeyPatch, shouts: list[dict[str, Any]], seed: int
) -> None:
    draw = Random(seed)
    is_well = threading.Event()

    class Moody(io.FileIO):
        def write(self, data: Any) -> int:
            mood = 1.0 if is_well.is_set() else draw.random()
            if mood < 0.1:
                raise OSError(errno.ENOSPC, "no room")
            return super().write(data[: draw.randrange(SIZE)] if mood < 0.2 else data)

    def come(first: int) -> None:
        for number in range(first, first + 100):
            journal.append(record(number))
            if number % 20 == 0:
                time.sleep(0.01)

    monkeypatch.setattr(journals, "io", SimpleNamespace(FileIO=Moody))
    monkeypatch.setattr(journals, "LAST_PAUSE", 0.05)
    with closing(Journal(folder, 0, 1)) as journal:
        threads = [threading.Thread(target=come, args=(100 * number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        is_well.set()
        wait_until(lambda: journal.held == 0)

    assert journal.lost == 0
    assert Counter(written(folder)) == Counter(range(800))


def test_beyond_what_memory_holds_visits_are_lost_counted_and_shouted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, shouts: list[dict[str, Any]]
) -> None:
    folder.write_text("a file where the folder should be")
    monkeypatch.setattr(journals, "HELD_MOST", 3)
    monkeypatch.setattr(journals, "SHOUT_SECONDS", 0.0)
    with closing(Journal(folder, 0, 60_000)) as journal:
        for number in range(5):
            journal.append(record(number))

        assert (journal.held, journal.lost) == (3, 2)
        assert shouts[-1]["event"] == "clicks.not_written"
        assert (shouts[-1]["held"], shouts[-1]["lost"]) == (3, 2)
        folder.unlink()

    # What is held is written at the end at the latest.
    assert written(folder) == [0, 1, 2]


def test_a_folder_that_is_thrown_away_under_a_process_is_made_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "LOOK_SECONDS", 0.0)
    with closing(Journal(folder, 0, 5)) as journal:
        thrown_away = journal._file
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        # Its name is there a moment before it is written to.
        wait_until(lambda: journal._file not in (None, thrown_away))
        journal.append(record(1))

        assert written(folder) == [1]


def test_a_journal_that_is_long_is_left_for_a_new_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(journals, "LONGEST", 4 * SIZE)
    with closing(Journal(folder, 0, 1)) as journal:
        for number in range(60):
            journal.append(record(number))
            time.sleep(0.002)

        assert len(list(folder.glob(f"*{ENDING}"))) > 2
    assert sorted(written(folder)) == list(range(60))


def test_a_visit_that_comes_while_its_process_ends_is_written_still(folder: Path, shouts: list[dict[str, Any]]) -> None:
    journal = Journal(folder, 0, 50)
    journal.append(record(1))
    journal.close()

    journal.append(record(2))

    assert sorted(written(folder)) == [1, 2]
    assert (journal.held, journal.lost) == (0, 0)


# --- Waiting for the disk --------------------------------------------------------------------------------------------


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Give an event without which the disk does not say that it has kept anything."""
    is_kept = threading.Event()
    really = os.fdatasync

    def sync(number: int) -> None:
        is_kept.wait(20)
        really(number)

    monkeypatch.setattr(os, "fdatasync", sync)
    yield is_kept
    is_kept.set()


@pytest.mark.parametrize("sync_ms", [0, 1])
def test_an_answer_waits_for_the_disk_where_it_is_told_to_and_only_there(
    folder: Path, disk: threading.Event, sync_ms: int
) -> None:
    journal = Journal(folder, 0, sync_ms)
    is_answered = threading.Event()

    def come() -> None:
        journal.append(record(1))
        is_answered.set()

    threading.Thread(target=come, daemon=True).start()
    wait_until(lambda: written(folder) == [1])
    assert is_answered.wait(0.3) == (sync_ms > 0)

    disk.set()
    assert is_answered.wait(5)
    journal.close()


def test_who_comes_while_the_disk_is_at_work_waits_for_the_next_time(folder: Path, disk: threading.Event) -> None:
    journal = Journal(folder, 0, 0)
    answered: list[int] = []

    def come(number: int) -> None:
        journal.append(record(number))
        answered.append(number)

    threads = [threading.Thread(target=come, args=(number,), daemon=True) for number in range(6)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(written(folder)) == 6)
    assert answered == []

    disk.set()
    for thread in threads:
        thread.join(5)
    assert sorted(answered) == list(range(6))
    journal.close()


def test_a_disk_that_fails_to_keep_keeps_who_waits_for_it_waiting_until_it_does(
    folder: Path, shouts: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_broken = threading.Event()
    is_broken.set()
    really = os.fdatasync

    def sync(number: int) -> None:
        if is_broken.is_set():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        really(number)

    monkeypatch.setattr(os, "fdatasync", sync)
    journal = Journal(folder, 0, 0)
    is_answered = threading.Event()

    def come() -> None:
        journal.append(record(1))
        is_answered.set()

    threading.Thread(target=come, daemon=True).start()
    wait_until(lambda: bool(shouts))
    assert not is_answered.wait(0.3)

    is_broken.clear()
    assert is_answered.wait(5)
    journal.close()


def test_a_journal_that_cannot_be_locked_leaves_no_file_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(folder, 0, 1000)
    there = set(folder.iterdir())

    def refuse(file: object, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(journals.fcntl, "flock", refuse)
    monkeypatch.setattr(journals, "LOOK_SECONDS", 0)
    monkeypatch.setattr(journals, "OLDEST", 0)
    journal.append(record(1))
    journal._tick()

    assert set(folder.iterdir()) == there
    monkeypatch.undo()
    journal.close()


# --- Slots -----------------------------------------------------------------------------------------------------------


def test_processes_of_a_machine_have_different_numbers_and_the_next_takes_over_a_free_one(folder: Path) -> None:
    first, second = Slot(folder), Slot(folder)
    first.tell(1_700_000_000_000 << 22, 3, 1)
    second.tell(5, 2, 0)

    assert {first.number, second.number} == {0, 1}
    assert told(folder) == (5, 1)
    first.close()
    third = Slot(folder)
    assert (third.number, third.floor) == (0, 1_700_000_000_000 << 22)
    second.close()
    third.close()
