"""Which device may do what."""

from __future__ import annotations

import pytest

from referral.events.rules.rights import PROGRAM, RIGHTS, Right, may

TABLE = {
    Right.ENTRY: {"steward", "supervisor", None},
    Right.VISIT: {"steward", "supervisor", "booth", None},
    Right.ANNUL_OWN: {"steward", "supervisor", None},
    Right.ANNUL_ANY: {"supervisor", None},
    Right.FORCE: {"supervisor", None},
    Right.SEARCH: {"supervisor"},
    Right.CONFLICTS: {"supervisor"},
    Right.LEADS: {"booth"},
}


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", [*RIGHTS, None])
def test_each_role_may_do_what_the_table_says_and_nothing_else(role: str | None, right: Right) -> None:
    assert may(role, right) == (role in TABLE[right])


def test_every_right_is_somebodys() -> None:
    assert set().union(*RIGHTS.values()) | PROGRAM == set(Right)


def test_only_a_supervisor_reads_names_and_decides() -> None:
    decides = {Right.SEARCH, Right.FORCE, Right.ANNUL_ANY, Right.CONFLICTS}

    assert [role for role, rights in RIGHTS.items() if rights & decides] == ["supervisor"]
