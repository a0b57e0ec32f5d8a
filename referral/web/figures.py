"""Figures for machines: what an operator watches, over all brands, and nothing about anybody."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from referral.clicks import queries as clicks
from referral.credits import checks as ledger
from referral.fans import queries as fans
from referral.plumbing import outbox
from referral.plumbing.clock import milliseconds, now
from referral.sales import queries as sales
from referral.web import alarms


class Figures(Collector):
    """Count, each time it is asked, what stands in the database: the same figures from every process."""

    def describe(self) -> list[Metric]:
        """Describe nothing beforehand, so that registering asks the database nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Count."""
        waiting, oldest = outbox.waiting()
        age = (now() - oldest).total_seconds() if oldest is not None else 0.0
        yield GaugeMetricFamily("tular_outbox_waiting", "Messages that have still to leave.", value=waiting)
        yield GaugeMetricFamily("tular_outbox_oldest_seconds", "Age of the oldest message that waits.", value=age)
        yield GaugeMetricFamily("tular_outbox_given_up", "Messages that never left.", value=outbox.given_up())
        yield GaugeMetricFamily("tular_fans", "Fans of all campaigns.", value=fans.total())
        visits = CounterMetricFamily("tular_clicks", "Visits to links, by verdict.", labels=["verdict"])
        for verdict, count in sorted(clicks.totals().items()):
            visits.add_metric([verdict], count)
        yield visits
        yield from _on_their_way()
        yield CounterMetricFamily("tular_sales", "Sales recorded.", value=sales.total())
        yield CounterMetricFamily("tular_ledger_transactions", "Ledger transactions.", value=ledger.transactions())


def _on_their_way() -> Iterator[Metric]:
    """Measure the visits of this machine that the database has not yet; nothing where nobody can look."""
    backlog = alarms.on_its_way()
    if backlog is None:
        return
    age = 0.0 if backlog.oldest_at is None else max(milliseconds(now()) - backlog.oldest_at, 0) / 1000
    yield GaugeMetricFamily("tular_clicks_waiting", "Visits in journals, not yet counted.", value=backlog.clicks)
    yield GaugeMetricFamily("tular_clicks_oldest_seconds", "Age of the oldest visit not yet counted.", value=age)
    yield GaugeMetricFamily("tular_clicks_held", "Visits in memory: their journal is not writable.", value=backlog.held)
    yield GaugeMetricFamily("tular_clicks_lost", "Visits lost by the processes that live.", value=backlog.lost)
    yield GaugeMetricFamily("tular_journals", "Journals of visits.", value=backlog.journals)
