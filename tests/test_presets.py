"""Files in well-known formats are read as their documents say: times, severities, alerts."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.stage1.models import Summary
from tests.support.formats import DAY, DEFAULTS, EXAMPLES, LAST, PRESETS, FormatExample
from tests.support.program import quiet_days, set_clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.program import Program, Workplace

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("empty_pages")]

_WEEK = 7
# The hour of the quiet event of each day, and of the critical event.
_NOON = 12
_CONFIG = """
[sources]
include = ["{file}"]

[[formats]]
files = ["{file}"]
preset = "{preset}"
{more}
"""


@pytest.fixture(autouse=True)
def _next_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch)


def name_of(each: FormatExample) -> str:
    """Return the name of a test."""
    return each.name


def report(
    example: FormatExample,
    workplace: Workplace,
    program: Program,
    *,
    preset: str | None,
    more: str = "",
) -> tuple[Summary, str]:
    """Report a week with a quiet event on each day, and the example on the last day.

    Returns:
        The summary of the last day, and the verdict.
    """
    workplace.write("telemetry/heartbeat.jsonl", *quiet_days(DAY, count=_WEEK))
    workplace.write(example.file, *(f"{line}\n".encode() for line in example.lines))
    # The example was last written on its day: a file that is not recent is asked less.
    os.utime(workplace.telemetry / example.file, (LAST.timestamp(), LAST.timestamp()))
    if preset is not None:
        config = _CONFIG.format(file=example.file, preset=preset, more=more)
        (workplace.repo / "stage1.toml").write_text(config)
    outcome = program(
        "stage1-run", "--repo", workplace.telemetry, "--date", DAY, "--days", str(_WEEK)
    )
    assert outcome.code == 0, outcome.err
    summary = (workplace.reports / f"{DAY}_summary.json").read_bytes()
    trend = json.loads((workplace.reports / "stage1_trend.json").read_text())
    return msgspec.json.decode(summary, type=Summary), trend["rollups"]["go_no_go"]


def _file_of(file: str, record: Mapping[str, object]) -> FormatExample:
    """Return an example with one line, of which no test expects anything by itself."""
    line = json.dumps(record)
    return FormatExample(file, None, file, (line,), events=1, critical=None, criticals=0)


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_a_format_is_understood(
    example: FormatExample, workplace: Workplace, program: Program
) -> None:
    """Every event has its time, nothing is unknown, and only the critical one is shown as such."""
    summary, verdict = report(example, workplace, program, preset=example.preset)

    assert summary.coverage is not None
    assert summary.understanding is not None
    assert summary.coverage.left_out == ()
    assert summary.coverage.in_window == example.events + 1
    assert summary.coverage.untimed == 0
    assert summary.coverage.last is not None
    assert summary.coverage.last.replace(microsecond=0) == LAST
    assert summary.hourly is not None
    counted = {hour.start.hour: hour.events for hour in summary.hourly if hour.events}
    assert counted == {0: 1, 8: 1, 11: 1, _NOON: 1 + example.criticals, 16: 1, 23: 1}
    counts = msgspec.structs.asdict(summary.understanding)
    counts["unpacked"] -= example.events if example.unpacked else 0
    assert not any(counts.values()), counts
    assert summary.metrics.critical_alerts == example.criticals
    assert summary.metrics.new_alerts == example.alerts
    assert summary.metrics.operator_actions == 0
    assert verdict == ("NO_GO" if example.criticals else "GO")
    assert summary.evidence is not None
    shown = [(each.path, f"{each.time:%H:%M:%S}", each.text) for each in summary.evidence.critical]
    assert shown == [(example.file, "12:00:00", example.critical)] * example.criticals


@pytest.mark.parametrize("example", PRESETS, ids=name_of)
def test_a_format_that_needs_a_preset_is_never_go_without(
    example: FormatExample, workplace: Workplace, program: Program
) -> None:
    """What the defaults do not understand is an objection, so the preset is not optional."""
    _, verdict = report(example, workplace, program, preset=None)

    assert verdict in {"HOLD", "NO_GO"}


def test_a_scale_comes_on_top_of_a_preset(workplace: Workplace, program: Program) -> None:
    """Docker holds the lines of pino: the preset finds the line, the scale reads its number."""
    inner = {"level": 60, "time": 1766232000125, "msg": "position limit exceeded"}
    outer = {"log": json.dumps(inner) + "\n", "stream": "stdout", "time": f"{DAY}T12:00:00.2Z"}
    example = _file_of("containers/telemetry.jsonl", outer)

    known, _ = report(example, workplace, program, preset="docker", more='severity.scale = "pino"')

    assert known.metrics.critical_alerts == 1
    assert known.evidence is not None
    assert known.evidence.critical[0].text == "position limit exceeded"


def test_json_that_a_service_prints_into_the_journal_is_read(
    workplace: Workplace, program: Program
) -> None:
    """The priority of the stream does not hide the level of the service."""
    example = _file_of(
        "telemetry/journal.jsonl",
        {
            "__REALTIME_TIMESTAMP": "1766232000125000",
            "_BOOT_ID": "124c781146e841ae8d9b4590df8b",
            "PRIORITY": "6",
            "MESSAGE": json.dumps({"level": "fatal", "msg": "position limit exceeded"}),
        },
    )

    summary, verdict = report(example, workplace, program, preset="journald")

    assert summary.metrics.critical_alerts == 1
    assert verdict == "NO_GO"


def test_messages_of_grafana_are_alerts_by_their_title(
    workplace: Workplace, program: Program
) -> None:
    """Grafana adds a title to the message, which each of its alerts has as well."""
    labels = {"alertname": "QuoteLate", "severity": "warning"}
    alert = {"status": "firing", "labels": labels, "startsAt": f"{DAY}T12:00:00Z"}
    message = {"receiver": "desk", "orgId": 1, "alerts": [alert, alert], "groupLabels": {}}
    example = _file_of("telemetry/grafana.jsonl", message | {"title": "[FIRING:2] QuoteLate"})

    summary, _ = report(example, workplace, program, preset="alertmanager")

    assert summary.metrics.new_alerts == 2


def test_a_critical_word_inside_of_a_cloudwatch_message_is_an_objection(
    workplace: Workplace, program: Program
) -> None:
    """The preset does not read JSON inside of messages, but nothing in them is lost."""
    event = {"id": "1", "timestamp": 1766232000125, "message": json.dumps({"level": "fatal"})}
    record = {"messageType": "DATA_MESSAGE", "logGroup": "a", "logStream": "b"}
    example = _file_of("telemetry/aws.jsonl", record | {"logEvents": [event]})

    summary, verdict = report(example, workplace, program, preset="cloudwatch")

    assert summary.understanding is not None
    assert summary.understanding.unread_severity == 1
    assert verdict == "HOLD"


def test_the_defaults_read_their_formats_without_configuration() -> None:
    """An example of the defaults names no preset, so that the tests above use none."""
    assert [each.name for each in DEFAULTS if each.preset is not None] == []
