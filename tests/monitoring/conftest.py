"""Fixtures of the monitoring tests: Prometheus and its companions, on the loopback."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.support.checkout import REPO
from tests.support.program import PATIENCE, clean_environment, run, wait_until
from tests.support.servers import answers, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPLOY: Final = REPO / "deploy" / "prometheus"
DASHBOARD: Final = DEPLOY / "grafana" / "dashboards" / "peaktrade.json"
DAYS: Final = 7
NODE_JOB: Final = """
  - job_name: node
    static_configs:
      - targets: ["NODE"]
"""

_NAMES: Final = {
    "alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "amtool": ("amtool",),
    "node_exporter": ("prometheus-node-exporter", "node_exporter"),
    "prometheus": ("prometheus",),
    "promtool": ("promtool",),
}
"""Each program with the name that Debian gives it, and its own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder `monitoring`, so that other sessions skip it."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.monitoring)


def tool(name: str) -> str:
    """Return the path of a program."""
    found = next(filter(None, map(shutil.which, _NAMES[name])), None)
    assert found, f"{name} is not installed; on Debian it is in the package {_NAMES[name][0]}"
    return found


def checked(name: str, *arguments: str | Path, text: str = "") -> str:
    """Run a tool that checks something; return what it prints, and fail if it finds a fault."""
    outcome = subprocess.run(
        [tool(name), *arguments], input=text, capture_output=True, text=True, check=False
    )
    told = outcome.stdout + outcome.stderr
    assert outcome.returncode == 0, told
    return told


class Webhook:
    """A receiver of alerts, which keeps what it receives."""

    def __init__(self) -> None:
        """Listen on any free port of the loopback."""
        self.messages: list[dict[str, Any]] = []
        messages = self.messages

        class _Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                messages.append(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Print nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts"

    def received(self, status: str, **labels: str) -> list[dict[str, str]]:
        """Return the labels of the alerts with a status and these labels, as last received."""
        latest: dict[str, tuple[str, dict[str, str]]] = {}
        for message in list(self.messages):
            for alert in message["alerts"]:
                latest[alert["fingerprint"]] = alert["status"], alert["labels"]
        return [
            found
            for state, found in latest.values()
            if state == status and labels.items() <= found.items()
        ]


@dataclass
class Stack:
    """A reports root, and everything that watches it.

    Attributes:
        root: The reports root.
        telemetry: The telemetry, of which only one early day has a critical event.
        today: The day on which the tests began.
        webhook: The receiver of alerts.
        urls: The base address of each server by its name.
    """

    root: Path
    telemetry: Path
    today: date
    webhook: Webhook
    urls: dict[str, str] = field(default_factory=dict)

    def report(self, days_ago: int) -> None:
        """Make the reports and the file of metrics as the daily job of a day does."""
        options = ("--reports-root", self.root)
        day = self.today - timedelta(days=days_ago)
        daily = ("--repo", self.telemetry, "--date", str(day), "--days", str(DAYS), "--quiet")
        assert run("stage1-run", *daily, *options, cwd=self.root).code == 0
        output = self.root / "textfile" / "peaktrade.prom"
        assert run("metrics", "--output", output, *options, cwd=self.root).code == 0

    def fetch(self, server: str, path: str, **query: str) -> str:
        """Return an answer of a server as text."""
        address = f"{self.urls[server]}{path}" + (f"?{urlencode(query)}" if query else "")
        with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 (our own)
            content: bytes = answer.read()
        return content.decode()

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the samples of an expression in Prometheus."""
        answer = json.loads(self.fetch("prometheus", "api/v1/query", query=expression))
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start everything as the documentation says, with shorter intervals."""
    folder = tmp_path_factory.mktemp("monitoring")
    with contextlib.ExitStack() as ending:
        made = Stack(folder / "reports", folder / "telemetry", datetime.now(UTC).date(), Webhook())
        (made.root / "textfile").mkdir(parents=True)
        _write_telemetry(made)
        made.report(days_ago=2)
        server = made.webhook.server
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ending.callback(server.server_close)
        ending.callback(server.shutdown)
        ports = {name: free_port() for name in ("serve", "node", "alertmanager", "prometheus")}
        made.urls |= {name: f"http://127.0.0.1:{port}/" for name, port in ports.items()}
        commands = _commands(made, folder, ports)
        for name in ports:
            ending.enter_context(
                running(commands[name], log=folder / f"{name}.log", variables=clean_environment())
            )
        for name, port in ports.items():
            wait_until(partial(_answers, port, folder / f"{name}.log"))
        yield made


def _write_telemetry(stack: Stack) -> None:
    """Write one quiet event a day, and one critical event on the first day of the first range."""
    lines = [
        {
            "ts": f"{stack.today - timedelta(days=back)}T12:00:00Z",
            "type": "heartbeat",
            "severity": "info",
        }
        for back in reversed(range(1, DAYS + 3))
    ]
    critical = stack.today - timedelta(days=DAYS + 1)
    lines.append({"ts": f"{critical}T13:00:00Z", "type": "failure", "severity": "critical"})
    (stack.telemetry / "obs").mkdir(parents=True)
    (stack.telemetry / "obs" / "events.jsonl").write_text(
        "".join(f"{json.dumps(line)}\n" for line in sorted(lines, key=lambda line: line["ts"]))
    )


def _commands(stack: Stack, folder: Path, ports: dict[str, int]) -> dict[str, list[str]]:
    """Return the command line of each server; the configurations are those of the repo."""
    listen = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    shutil.copy(DEPLOY / "peaktrade.rules.yml", folder)
    scrape = changed(
        (DEPLOY / "prometheus.yml").read_text("utf-8"),
        ("scrape_interval: 15s", "scrape_interval: 1s"),
        ("evaluation_interval: 15s", "evaluation_interval: 1s"),
        ("peaktrade-ops-serve:8787", listen["serve"]),
        ("peaktrade-ops-alertmanager:9093", listen["alertmanager"]),
        ("\nalerting:", NODE_JOB.replace("NODE", listen["node"]) + "\nalerting:"),
    )
    (folder / "prometheus.yml").write_text(scrape)
    alerting = changed(
        (DEPLOY / "alertmanager.yml").read_text("utf-8"),
        ("group_wait: 30s", "group_wait: 1s"),
        ("group_interval: 5m", "group_interval: 1s"),
        ("http://host.docker.internal:9095/alerts", stack.webhook.url),
    )
    (folder / "alertmanager.yml").write_text(alerting)
    return {
        "serve": [
            *(sys.executable, "-m", "peaktrade_ops", "serve", "--port", str(ports["serve"])),
            *("--reports-root", os.fspath(stack.root)),
        ],
        "node": [
            tool("node_exporter"),
            "--collector.disable-defaults",
            "--collector.textfile",
            f"--collector.textfile.directory={stack.root / 'textfile'}",
            f"--web.listen-address={listen['node']}",
        ],
        "alertmanager": [
            tool("alertmanager"),
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'alertmanager'}",
            f"--web.listen-address={listen['alertmanager']}",
            # No cluster: it would look for an address of this machine.
            "--cluster.listen-address=",
        ],
        "prometheus": [
            tool("prometheus"),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'prometheus'}",
            f"--web.listen-address={listen['prometheus']}",
            "--rules.alert.resend-delay=1s",
        ],
    }


def changed(text: str, *changes: tuple[str, str]) -> str:
    """Replace parts of a text, each of which it must have."""
    for old, new in changes:
        assert old in text, f"{old} is not in the configuration any more"
        text = text.replace(old, new)
    return text


def _answers(port: int, log: Path) -> bool:
    """Return whether a server accepts connections; an error in its log fails the tests."""
    assert "level=error" not in log.read_text("utf-8", "replace"), log.read_text()
    return answers(port)
