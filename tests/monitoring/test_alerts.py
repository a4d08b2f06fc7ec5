"""From a report to a webhook: a server and a file, Prometheus, Alertmanager, the dashboard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.monitoring.conftest import DASHBOARD, checked
from tests.support.program import wait_until

if TYPE_CHECKING:
    from tests.monitoring.conftest import Stack

NO_GO: Final = {"alertname": "PeaktradeNoGo", "severity": "critical", "stage": "1"}
JOBS: Final = {"node", "peaktrade-ops"}


def expressions() -> list[str]:
    """Return every expression of the dashboard, with the values of its variables."""
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    written = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [expression.replace("$stage", ".*") for expression in written]


def test_a_no_go_reaches_the_webhook_and_a_go_resolves_it(stack: Stack) -> None:
    """Both sources alert: the server, and the file that node_exporter reads.

    While they do, each query of the dashboard has data. The GO comes when the critical day has left
    the range, and is current.
    """
    wait_until(lambda: {each["job"] for each in stack.webhook.received("firing", **NO_GO)} == JOBS)

    assert {each["metric"]["job"] for each in stack.query("up == 1")} == JOBS
    assert stack.query("peaktrade:verdict_go:current == 1") == []
    [message] = [each for each in stack.webhook.messages if each["groupLabels"] == {"stage": "1"}][
        :1
    ]
    assert message["receiver"] == "operator"
    assert len(expressions()) > 20
    wait_until(lambda: [each for each in expressions() if not stack.query(each)] == [])

    stack.report(days_ago=1)

    wait_until(
        lambda: {each["job"] for each in stack.webhook.received("resolved", **NO_GO)} == JOBS
    )
    wait_until(lambda: len(stack.query("peaktrade:verdict_go:current == 1")) == len(JOBS))
    wait_until(lambda: stack.webhook.received("firing") == [])
    assert stack.query("ALERTS") == []
    assert [each for each in expressions() if "ALERTS" not in each and not stack.query(each)] == []


def test_both_sources_have_the_same_series(stack: Stack) -> None:
    """The file has what the server has, and Prometheus keeps the same of both."""
    series = {
        job: {
            json.dumps({**each["metric"], "job": "", "instance": ""}, sort_keys=True)
            for each in stack.query(f'{{__name__=~"peaktrade_.+", job="{job}"}}')
        }
        for job in JOBS
    }

    assert len(series["node"]) > 100
    assert series["node"] == series["peaktrade-ops"]


def test_the_metrics_of_the_server_are_named_as_prometheus_wants_it(stack: Stack) -> None:
    """`promtool check metrics` finds nothing in the answer of the server."""
    assert checked("promtool", "check", "metrics", text=stack.fetch("serve", "metrics")) == ""


def test_the_collector_has_read_the_file_without_a_fault(stack: Stack) -> None:
    """node_exporter reports no error of its textfile collector, and the time of the file."""
    told = stack.fetch("node", "metrics")

    assert "node_textfile_scrape_error 0" in told
    assert "peaktrade.prom" in told
