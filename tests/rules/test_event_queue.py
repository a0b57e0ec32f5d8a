"""The queue before a gate, estimated from its scans: beside simulated queues whose length is known."""

from __future__ import annotations

import random

import pytest

from referral.events.rules.queue import IDLE_MS, WINDOW_MS, Queue, queue

HOUR = 3_600_000


def simulated(busy: float, seed: int, mean_ms: float = 4_000, spread: float = 0.25) -> tuple[list[int], float]:
    """Let people come at random to one lane for an hour; give the scans of it, and how many waited on average.

    A scan comes at the end of the time that one person takes.
    """
    chance = random.Random(seed)
    came, free, scans, waited = 0.0, 0.0, [], 0.0
    while came < HOUR:
        came += chance.expovariate(busy / mean_ms)
        begins = max(came, free)
        waited += begins - came
        free = begins + mean_ms * chance.uniform(1 - spread, 1 + spread)
        scans.append(int(free))
    return [at for at in scans if at <= HOUR], waited / HOUR


@pytest.mark.parametrize("busy", [0.3, 0.5, 0.7, 0.8])
def test_the_estimate_is_near_the_queue_of_a_simulated_lane(busy: float) -> None:
    estimates, waiting = [], []
    for seed in range(40):
        scans, waited = simulated(busy, seed)
        now = scans[-1] + 1_000
        found = queue([scans], now)
        assert found is not None
        if found.people is not None:
            estimates.append(found.people)
        waiting.append(waited)

    estimated, real = sum(estimates) / len(estimates), sum(waiting) / len(waiting)
    assert len(estimates) > 25
    assert real / 2 - 0.1 < estimated < real * 2 + 0.1


def test_a_lane_that_never_pauses_is_full_and_has_no_number() -> None:
    scans, _ = simulated(1.5, 1)

    found = queue([scans], scans[-1])

    assert found is not None
    assert found.is_full
    assert (found.people, found.wait_ms) == (None, None)


def test_two_lanes_have_the_people_of_both() -> None:
    scans, _ = simulated(0.6, 3)
    now = scans[-1] + 1_000

    one, two = queue([scans], now), queue([scans, list(scans)], now)

    assert one is not None
    assert two is not None
    assert one.people is not None
    assert two.people == pytest.approx(2 * one.people)
    assert two.wait_ms == pytest.approx(one.wait_ms)
    assert (one.lanes, two.lanes) == (1, 2)


def test_a_gate_that_nobody_comes_to_has_no_queue() -> None:
    scans, _ = simulated(0.8, 4)

    assert queue([scans], scans[-1] + IDLE_MS) == Queue(0, 0.0, 0.0, 0.0)
    assert queue([], 0) == Queue(0, 0.0, 0.0, 0.0)


def test_a_few_scans_tell_nothing() -> None:
    assert queue([[0, 5_000, 11_000]], 12_000) is None


def test_only_the_last_quarter_of_an_hour_counts() -> None:
    scans, _ = simulated(0.5, 5)
    now = scans[-1] + 1_000

    assert queue([scans], now) == queue([[at for at in scans if at >= now - WINDOW_MS]], now)


def test_scans_of_the_same_moment_do_not_break_it() -> None:
    found = queue([[1_000] * 50], 2_000)

    assert found is not None
    assert found.people is not None
