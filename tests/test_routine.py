"""The steps of the commands, from telemetry to the verdict."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.errors import ReportsError, TelemetryError
from peaktrade_ops.reports.store import archive
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.reading import BlockedError, read_bytes
from peaktrade_ops.reports.store.recover import is_temporary
from peaktrade_ops.reports.views.render import all_views
from peaktrade_ops.routine import (
    RunResult,
    check_reports,
    make_snapshots,
    make_trend,
    recent_days,
    run_daily,
)
from peaktrade_ops.scanning import Place, Telemetry
from peaktrade_ops.window import window_of
from tests.support.artifacts import names_of, old_markdown
from tests.support.failing import failing_at, no_space
from tests.support.injection import hostile_telemetry
from tests.support.program import Workplace, epoch, quiet_days, set_clock, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from peaktrade_ops.window import Window
    from tests.support.program import Outcome, Program

pytestmark = pytest.mark.usefixtures("empty_pages")

DAY = "2025-12-20"
WINDOW = window_of(date.fromisoformat(DAY))
NOW = datetime(2025, 12, 21, 6, 30, 45, tzinfo=UTC)
WEEK = ("stage1-run", "--repo", "../telemetry", "--date", DAY, "--days", "7")
CRITICAL = {"ts": f"{DAY}T13:00:00Z", "type": "failure", "severity": "critical"}


def alerts(count: int) -> list[Mapping[str, object]]:
    """Return alerts of the last day."""
    return [{"ts": f"{DAY}T13:00:00Z", "type": "risk_alert", "severity": "warn"}] * count


def day_before(back: int) -> str:
    """Return the day a number of days before the last one."""
    return str(date.fromisoformat(DAY) - timedelta(days=back))


def verdict_of(outcome: Outcome) -> tuple[str, list[str]]:
    """Return the verdict and its reasons from the JSON of a command."""
    document = json.loads(outcome.out)
    rollups = document.get("trend", document)["rollups"]
    return rollups["go_no_go"], rollups["reasons"]


def summary_of(workplace: Workplace, day: str = DAY) -> Any:  # noqa: ANN401 (JSON)
    """Read the stored summary of a day."""
    return json.loads((workplace.reports / f"{day}_summary.json").read_text())


def days_of(workplace: Workplace) -> list[str]:
    """Return the days that have a summary."""
    return sorted(path.name[:10] for path in workplace.reports.glob("*_summary.json"))


# The verdict, from telemetry.


@pytest.mark.pages
def test_seven_quiet_days_are_go(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven days with events and without findings are GO, and the folder is verified."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch("2025-12-21T06:00:00Z"))
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7))
    set_clock(monkeypatch)

    outcome = program(*WEEK, "--fail-on", "hold")

    assert outcome.code == 0
    assert "Verdict: **GO** (every check passed)" in outcome.out
    assert outcome.out.endswith(f"reports in {workplace.reports}: verified\n")
    assert verdict_of(program(*WEEK, "--format", "json")) == ("GO", ["all checks passed"])


def test_what_policy_allows_is_go(program: Program, workplace: Workplace) -> None:
    """Five new alerts are within the policy."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14), *alerts(5))

    outcome = program(*WEEK[:-2], "--format", "json")

    assert verdict_of(outcome) == ("GO", ["all checks passed"])


def _append(*records: Mapping[str, object] | bytes) -> Callable[[Workplace], object]:
    def change(workplace: Workplace) -> None:
        workplace.write("obs/more_events.jsonl", *records)

    return change


def _without(*back: int) -> Callable[[Workplace], object]:
    def change(workplace: Workplace) -> None:
        quiet = [event for i, event in enumerate(reversed(quiet_days(DAY, 7))) if i not in back]
        workplace.write("obs/events.jsonl", *quiet)

    return change


def _cut_archive(workplace: Workplace) -> None:
    path = workplace.telemetry / "obs" / "events.jsonl.1.gz"
    path.write_bytes(gzip.compress(b'{"ts":"2025-12-20T10:00:00Z"}\n' * 9)[:-9])


def _link_away(workplace: Workplace) -> None:
    (workplace.telemetry / "obs" / "away.jsonl").symlink_to("/dev/null")


HOLDS: list[tuple[str, Callable[[Workplace], object], str]] = [
    ("alerts", _append(*alerts(6)), f"6 new alerts, more than 5: {DAY}"),
    ("rejected", _append({"ts": f"{DAY}T13:00:00Z"}, b"{"), f"parse errors on 1 day: {DAY}"),
    ("cut archive", _cut_archive, "incomplete coverage on 7 days: 2025-12-14 to 2025-12-20"),
    ("link", _link_away, "incomplete coverage on 7 days: 2025-12-14 to 2025-12-20"),
    (
        "untimed critical",
        _append({"ts": f"{DAY}T13:00:00Z"}, {"severity": "fatal", "ts": "noon"}),
        f"events that were not understood on 1 day (serious without a time 1): {DAY}",
    ),
    ("last day empty", _without(0), f"the last day is missing or empty: {DAY}"),
    ("two days empty", _without(2, 4), "2 missing or empty days: 2025-12-16, 2025-12-18"),
    ("few days", _without(3), "6 days with data, 7 wanted"),
]


@pytest.mark.parametrize(
    ("change", "reason"), [hold[1:] for hold in HOLDS], ids=[hold[0] for hold in HOLDS]
)
def test_whatever_may_hide_a_problem_is_hold(
    program: Program, workplace: Workplace, change: Callable[[Workplace], object], reason: str
) -> None:
    """Each rule that telemetry can trigger turns seven quiet days into HOLD, with a reason."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7))
    change(workplace)

    outcome = program(*WEEK, "--format", "json", "--fail-on", "hold")

    verdict, reasons = verdict_of(outcome)
    assert (outcome.code, outcome.err) == (2, "")
    assert verdict == "HOLD"
    assert any(each.startswith(reason) for each in reasons)


def test_a_folder_that_cannot_be_read_is_hold(
    program: Program, workplace: Workplace, unprivileged: int
) -> None:
    """A folder that the program cannot read may contain anything."""
    root = workplace.folder / "closed"
    (root / "obs").mkdir(parents=True)
    (root / "obs" / "events.jsonl").write_text("\n".join(map(json.dumps, quiet_days(DAY, 7))))
    (root / "secret").mkdir(mode=0)
    arguments = ("--repo", root, "--reports-root", workplace.folder / "r", "--format", "json")

    outcome = program("stage1-run", "--date", DAY, "--days", "7", *arguments)

    verdict, reasons = verdict_of(outcome)
    assert unprivileged == os.geteuid()
    assert verdict == "HOLD"
    assert reasons[0].startswith("incomplete coverage on 7 days: ")


def test_critical_alerts_are_no_go_and_keep_the_other_reasons(
    program: Program, workplace: Workplace
) -> None:
    """One critical event decides the verdict; the other reasons are listed too."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7), *alerts(6), CRITICAL, b"{")

    outcome = program(*WEEK, "--format", "json")

    assert verdict_of(outcome) == (
        "NO_GO",
        [
            f"critical alerts on 1 day: {DAY}",
            f"6 new alerts, more than 5: {DAY}",
            f"parse errors on 1 day: {DAY}",
        ],
    )


@pytest.mark.parametrize("files", [{}, {"notes.txt": b"x"}, {"obs/events.jsonl": b""}])
def test_telemetry_that_is_not_there_is_hold(
    program: Program, workplace: Workplace, files: dict[str, bytes]
) -> None:
    """An empty telemetry folder is HOLD."""
    for path, content in files.items():
        workplace.write(path).write_bytes(content)

    outcome = program(*WEEK, "--format", "json")

    verdict, reasons = verdict_of(outcome)
    assert outcome.code == 0
    assert verdict == "HOLD"
    assert f"the last day is missing or empty: {DAY}" in reasons
    assert any(reason.startswith("0 days with data, 7 wanted") for reason in reasons)


def test_a_window_that_is_not_over_is_hold(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window that ends in the future has incomplete coverage."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(f"{DAY}T23:59:59Z"))

    early = program(*WEEK, "--format", "json")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch("2025-12-21T00:00:00Z"))
    in_time = program(*WEEK, "--format", "json")

    assert verdict_of(early) == ("HOLD", [f"incomplete coverage on 1 day: {DAY}"])
    assert json.loads(early.out)["summaries"][-1]["coverage"]["left_out"] == [
        {"path": ".", "reason": "window not over", "effect": "incomplete"}
    ]
    assert verdict_of(in_time)[0] == "GO"


def test_windows_that_drift_apart_are_hold(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows that drift apart are HOLD, because some minutes are in no window."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 9))
    for back in reversed(range(7)):
        # Later on the last day only.
        minute = 5 if back == 0 else 0
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(f"{day_before(back)}T08:{minute:02}:30Z"))
        assert program("stage1-snapshot", "--repo", "../telemetry").code == 0

    outcome = program("stage1-trends", "--days", "7", "--format", "json")

    assert verdict_of(outcome) == (
        "HOLD",
        [f"time that no window covers between: {day_before(1)} and {DAY}"],
    )


@pytest.mark.parametrize("last_day", [DAY, "2025-12-22"])
def test_a_later_run_of_the_same_day_cannot_lose_a_critical_event(
    program: Program, workplace: Workplace, last_day: str
) -> None:
    """The second window leaves it out, so the report of the day before must be made first."""
    workplace.write(
        "obs/events.jsonl",
        *quiet_days("2025-12-22", 12),
        {"ts": f"{day_before(1)}T09:00:00Z", "severity": "critical"},
    )
    week = ("stage1-run", "--repo", "../telemetry", "--days", "7", "--format", "json")
    first = program(*week, "--as-of", f"{last_day}T08:00:00Z")
    assert verdict_of(first)[0] == "NO_GO"
    later = ("--as-of", f"{DAY}T11:00:00Z")
    snapshot = ("stage1-snapshot", "--repo", "../telemetry")
    code, _, err = program(*snapshot, *later)
    assert (code, summary_of(workplace)["metrics"]["critical_alerts"]) == (1, 1)
    first_command = f"stage1-snapshot --date {day_before(1)}"
    assert f"first make that of {day_before(1)} with {first_command}" in err

    assert program(*snapshot, *first_command.split()[1:]).code == 0
    assert program(*snapshot, *later).code == 0

    trend = program(
        "stage1-trends", "--days", "7", "--format", "json", "--as-of", f"{last_day}T11:00:00Z"
    )
    assert summary_of(workplace)["metrics"]["critical_alerts"] == 0
    assert verdict_of(trend)[0] == "NO_GO"


# The daily routine.


def test_the_routine_reports_yesterday_and_the_days_before(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a date it reports the last complete UTC day, after the earlier days of the range."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch("2025-12-21T00:00:00Z"))
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14))

    code, out, _ = program("stage1-run", "--repo", "../telemetry", "--format", "json")

    document = json.loads(out)
    dates = [day_before(back) for back in reversed(range(14))]
    assert code == 0
    assert [each["date"] for each in document["summaries"]] == dates
    assert days_of(workplace) == dates
    assert document["trend"]["range"] == {"days": 14, "start": "2025-12-07", "end": DAY}
    assert document["trend"]["rollups"]["go_no_go"] == "GO"
    assert document["findings"] == []


def test_windows_of_the_routine_touch(program: Program, workplace: Workplace) -> None:
    """The windows of `--as-of` are adjacent."""
    arguments = ("--repo", "../telemetry", "--as-of", f"{DAY}T08:15:00+02:00", "--days", "4")

    assert program("stage1-run", *arguments).code == 0

    windows = [summary_of(workplace, day)["window"] for day in days_of(workplace)]
    assert days_of(workplace) == [day_before(back) for back in (3, 2, 1, 0)]
    assert windows[-1] == {"start": f"{day_before(1)}T06:15:00Z", "end": f"{DAY}T06:15:00Z"}
    assert [each["end"] for each in windows[:-1]] == [each["start"] for each in windows[1:]]


@pytest.mark.pages
def test_reports_that_are_not_trusted_are_made_again(
    program: Program, workplace: Workplace
) -> None:
    """A report that cannot be examined is kept; without an index old Markdown is compared."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7))
    workplace.reports.mkdir(parents=True)
    old = old_markdown(date.fromisoformat(day_before(1)), severities="[('info', 7)]")
    kept = {f"{day_before(1)}_snapshot.md": old}
    for name, text in kept.items():
        (workplace.reports / name).write_text(text)
    (workplace.reports / f"{day_before(2)}_summary.json").write_text("damaged")
    (workplace.reports / f"{day_before(3)}_snapshot.md").write_text("")
    (workplace.reports / f"{day_before(4)}_summary.json").symlink_to("nowhere")

    outcome = program(*WEEK, "--format", "json")

    document = json.loads(outcome.out)
    assert [each["date"] for each in document["summaries"]] == [
        day_before(back) for back in (6, 5, 3, 2, 0)
    ]
    assert {name: (workplace.reports / name).read_text() for name in kept} == kept
    assert [row["state"] for row in document["trend"]["series"]] == [
        "ok",
        "ok",
        "unreadable",
        "ok",
        "ok",
        "ok",
        "ok",
    ]
    assert "remade" not in summary_of(workplace, day_before(2))
    assert summary_of(workplace, day_before(3))["remade"] is True
    # The pages beside the day are not listed, so that they are rendered again once it can be read.
    reported = {finding["path"] for finding in document["findings"]}
    link = f"{day_before(4)}_summary.json"
    assert {path for path in reported if not path.endswith(".html")} == {link}
    assert outcome.code == 2


def test_the_end_of_retention_is_no_news(program: Program, workplace: Workplace) -> None:
    """A report without telemetry is noted for one week."""
    events = quiet_days(DAY, 14)
    workplace.write("obs/events.jsonl", *events)
    fortnight = ("stage1-run", "--repo", "../telemetry", "--date", DAY)
    assert program(*fortnight).err == ""

    (workplace.telemetry / "obs" / "events.jsonl").unlink()
    workplace.write("obs/events.jsonl", *events[6:])
    assert program(*fortnight).err == ""

    (workplace.telemetry / "obs" / "events.jsonl").unlink()
    workplace.write("obs/events.jsonl", *events[7:])
    [noted] = program(*fortnight).err.splitlines()
    assert noted.startswith("the stored report of 2025-12-13 is kept")


def test_the_day_itself_is_made_again(program: Program, workplace: Workplace) -> None:
    """A second run includes telemetry that arrived late."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7))
    first = program(*WEEK, "--format", "json")
    workplace.write("obs/late_events.jsonl", CRITICAL)

    second = program(*WEEK, "--format", "json")

    assert verdict_of(first)[0] == "GO"
    assert verdict_of(second)[0] == "NO_GO"
    assert [each["date"] for each in json.loads(second.out)["summaries"]] == [DAY]


def test_the_routine_does_all_its_steps_before_a_gate_trips(
    program: Program, workplace: Workplace
) -> None:
    """New alerts of an earlier day of the range trip the gate after all steps."""
    alert = {"ts": f"{day_before(3)}T13:00:00Z", "type": "alert"}
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7), alert)

    outcome = program(*WEEK, "--fail-on-new-alerts")

    assert outcome.code == 2
    assert len(days_of(workplace)) == 7
    assert outcome.out.endswith(f"reports in {workplace.reports}: verified\n")
    assert program("verify").code == 0


def test_a_mismatch_in_the_folder_trips_the_gate_of_the_routine(
    program: Program, workplace: Workplace
) -> None:
    """The routine ends with the check of the folder, and a mismatch trips its gate."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7))
    workplace.reports.mkdir(parents=True)
    (workplace.reports / "2024-01-01_summary.json").write_text("{}")

    outcome = program(*WEEK)

    assert outcome.code == 2
    assert "error: 2024-01-01_summary.json: not a valid Summary" in outcome.out
    assert outcome.out.endswith(f"reports in {workplace.reports}: 2 MISMATCHES\n")


def test_a_range_that_begins_before_1970_writes_nothing(
    program: Program, workplace: Workplace
) -> None:
    """The range is checked as a whole before the first report is written."""
    outcome = program("stage1-run", "--repo", "../telemetry", "--date", "1970-01-05")

    assert outcome.code == 64
    assert tree(workplace.repo) == {}


# The stored trend.


@pytest.mark.parametrize("command", ["stage1-run", "stage1-trends"])
def test_the_trend_of_an_older_day_does_not_replace_the_current_one(
    program: Program, workplace: Workplace, command: str
) -> None:
    """The command prints it and says that it is not stored, and which command stores it."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14))
    assert program(*WEEK).code == 0
    current = (workplace.reports / "stage1_trend.json").read_bytes()
    older = {
        "stage1-run": ("stage1-run", "--repo", "../telemetry"),
        "stage1-trends": ("stage1-trends",),
    }[command]
    older = (*older, "--date", day_before(3), "--days", "7", "--format", "json")

    code, out, err = program(*older)

    trend = json.loads(out)
    trend = trend.get("trend", trend)
    assert code == 0
    assert (
        err
        == "the trend is not stored, because the stored one ends later, and pages show that one;"
        f" to store it: stage1-trends --date {day_before(3)} --days 7 --replace, with the"
        " --reports-root, --dir and --config of this command\n"
    )
    assert trend["range"]["end"] == day_before(3)
    assert (workplace.reports / "stage1_trend.json").read_bytes() == current
    assert program("verify").code == 0

    assert program(*older, "--replace").err == ""
    assert json.loads((workplace.reports / "stage1_trend.json").read_bytes()) == trend
    assert program("verify").code == 0


def test_the_command_that_stores_an_older_trend_leaves_the_reports(
    program: Program, workplace: Workplace
) -> None:
    """A critical that only a report still shows stays: the command stores no poorer report."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14))
    lost = workplace.write("obs/more.jsonl", {"ts": f"{day_before(4)}T12:00:00Z", "level": "fatal"})
    assert program(*WEEK).code == 0
    lost.unlink()
    assert program("stage1-trends").code == 0

    told = program(*WEEK).err.partition("to store it: ")[2].partition(", with the")[0]

    assert program(*told.split()).err == ""
    trend = json.loads((workplace.reports / "stage1_trend.json").read_bytes())
    assert trend["range"]["end"] == DAY
    assert trend["rollups"]["go_no_go"] == "NO_GO"


def test_the_command_that_stores_less_keeps_the_window_of_the_report(
    program: Program, workplace: Workplace
) -> None:
    """A critical of the evening before, which is in no other report, stays."""
    workplace.write(
        "obs/events.jsonl",
        {"ts": f"{day_before(1)}T20:00:00Z", "level": "fatal"},
        *quiet_days(DAY, 2),
    )
    lost = workplace.write("obs/more.jsonl", {"ts": f"{DAY}T03:00:00Z", "level": "info"})
    snapshot = ("stage1-snapshot", "--repo", "../telemetry")
    assert program(*snapshot, "--as-of", f"{DAY}T08:00:00Z").code == 0
    lost.unlink()

    kept = program(*snapshot, "--date", DAY)

    assert kept.code == 1
    told = f"if less is right, store what it shows with stage1-snapshot --as-of {DAY}T08:00:00Z"
    assert f"{told} --replace\n" in kept.err
    assert program(*snapshot, "--as-of", f"{DAY}T08:00:00Z", "--replace").code == 0
    stored = json.loads((workplace.reports / f"{DAY}_summary.json").read_bytes())
    assert stored["metrics"]["critical_alerts"] == 1


def test_an_older_trend_still_trips_the_gate(program: Program, workplace: Workplace) -> None:
    """The gate uses the verdict, whether or not it is stored."""
    workplace.reports.mkdir(parents=True)
    assert program("stage1-trends", "--date", DAY).code == 0

    assert program("stage1-trends", "--date", day_before(1), "--fail-on", "hold").code == 2


def test_a_stored_trend_that_cannot_be_read_is_replaced(
    program: Program, workplace: Workplace
) -> None:
    """The next run repairs damage, whatever its day."""
    workplace.reports.mkdir(parents=True)
    (workplace.reports / "stage1_trend.json").write_text("damaged")

    assert program("stage1-trends", "--date", "2000-01-01")[::2] == (0, "")

    trend = json.loads((workplace.reports / "stage1_trend.json").read_text())
    assert trend["range"]["end"] == "2000-01-01"


# The steps as functions.


def place_of(workplace: Workplace) -> Place:
    """Return the place of the reports."""
    return Place(workplace.reports, "obs/stage1")


def test_a_run_gives_what_it_did(workplace: Workplace) -> None:
    """The functions return the models that they wrote."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7))
    telemetry = Telemetry(workplace.telemetry)

    result = run_daily(telemetry, place_of(workplace), WINDOW, Config(), days=7, now=NOW)

    assert isinstance(result, RunResult)
    assert [str(each.date) for each in result.summaries] == [
        day_before(back) for back in reversed(range(7))
    ]
    assert all(report.written and not report.losses for report in result.reports)
    assert result.trend is not None
    assert result.trend.stored
    assert result.trend.trend.rollups.go_no_go == "GO"
    assert result.findings == check_reports(workplace.reports) == []


def test_recent_days_are_read_as_the_trend_reads_them(workplace: Workplace) -> None:
    """The recent days end with the named day and include days without a report."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 2), *alerts(3))
    telemetry, place = Telemetry(workplace.telemetry), place_of(workplace)
    make_snapshots(telemetry, place, [WINDOW.earlier(3), WINDOW], Config(), now=NOW)
    (workplace.reports / f"{day_before(2)}_summary.json").write_text("{")
    before = tree(workplace.reports)

    days = recent_days(workplace.reports, WINDOW.date, 4)

    assert [(str(day.date), day.state, day.new_alerts) for day in days] == [
        (day_before(3), "empty", 0),
        (day_before(2), "unreadable", 0),
        (day_before(1), "missing", 0),
        (DAY, "ok", 3),
    ]
    assert tree(workplace.reports) == before
    with pytest.raises(ReportsError):
        recent_days(workplace.folder / "none", WINDOW.date, 1)


def test_errors_of_the_steps_say_what_is_wrong(workplace: Workplace) -> None:
    """Each step raises its own error, and writes nothing before it has all it needs."""
    place = place_of(workplace)

    with pytest.raises(TelemetryError):
        make_snapshots(Telemetry(workplace.folder / "none"), place, [WINDOW], Config(), now=NOW)
    with pytest.raises(ReportsError):
        check_reports(workplace.reports)
    assert not workplace.reports.exists()
    (workplace.repo / "reports").touch()
    with pytest.raises(ReportsError):
        make_trend(place, WINDOW, Config(), days=1, replace=False)


# The views.


def stale(workplace: Workplace) -> set[str]:
    """Return the views that differ from those of the stored JSON."""
    there = tree(workplace.reports)
    views = all_views(Archive(workplace.reports))
    return {name for name, data in views.items() if there.get(name) != data}


@pytest.mark.pages
def test_the_views_are_those_of_the_last_run(program: Program, workplace: Workplace) -> None:
    """After runs of several days, one repeated with other telemetry, no page is out of date."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 9))
    assert program(*WEEK[:-3], day_before(1), *WEEK[-2:]).code == 0
    assert program(*WEEK).code == 0
    workplace.write("obs/late_events.jsonl", *alerts(2))
    again = ("stage1-snapshot", "--repo", "../telemetry", "--date", day_before(4))
    assert program(*again).code == 0
    assert program(*WEEK).code == 0

    assert stale(workplace) == set()
    assert program("verify").code == 0


@pytest.mark.pages
def test_a_report_that_comes_during_the_scan_is_not_replaced(workplace: Workplace) -> None:
    """A report that comes during the scan is not replaced by the older scan."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7))
    telemetry, place = Telemetry(workplace.telemetry), place_of(workplace)
    other = WINDOW.earlier(3)

    @contextlib.contextmanager
    def progress(_windows: Sequence[Window], _total: int) -> Iterator[Callable[[int], object]]:
        yield lambda _done: None
        workplace.write("obs/late.jsonl", {**CRITICAL, "ts": f"{other.date}T13:00:00Z"})
        make_snapshots(telemetry, place, [other], Config(), now=NOW)

    result = run_daily(telemetry, place, WINDOW, Config(), days=7, now=NOW, progress=progress)

    assert summary_of(workplace, f"{other.date}")["metrics"]["critical_alerts"] == 1
    assert result.trend.trend.rollups.go_no_go == "NO_GO"
    assert other.date not in {report.date for report in result.reports if report.written}


@pytest.mark.pages
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_run_that_breaks_off_is_put_right_by_the_next(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """An error at any write leaves complete files, and a run of another day repairs the rest."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 4))
    assert program(*WEEK[:-1], "4").code == 0
    before = tree(workplace.reports)
    workplace.write("obs/late_events.jsonl", {**CRITICAL, "ts": f"{day_before(2)}T13:00:00Z"})
    late = ("stage1-snapshot", "--repo", "../telemetry", "--date", day_before(2))
    assert program(*late).code == 0
    after = tree(workplace.reports)
    changed = [name for name in after if after[name] != before[name]]
    # The report and its views, the pages beside it, the index, and that the trend is out of date.
    assert len(changed) == 9
    for count in range(1, len(changed) + 1):
        for name, data in before.items():
            (workplace.reports / name).write_bytes(data)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing_at(count, getattr(os, call), no_space()))
            assert program(*late).code == 1

        # Complete files are left for the next run, which finishes the renames.
        left = {
            name: data for name, data in tree(workplace.reports).items() if not is_temporary(name)
        }
        assert left.keys() == before.keys()
        assert all(left[name] in {before[name], after[name]} for name in left)
        assert program("stage1-trends", "--days", "4", "--date", DAY).code == 0
        assert stale(workplace) == set()
        assert program("verify").code == 0


@pytest.mark.pages
def test_a_failed_read_leaves_no_wrong_page(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run after it renders the pages again that lacked the report."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7), *alerts(2))
    assert program(*WEEK).code == 0
    before = tree(workplace.reports)
    workplace.write("obs/late_events.jsonl", {**CRITICAL, "severity": "info", "type": "late"})
    real = read_bytes

    def failing(path: Path) -> bytes:
        if path.name.startswith(day_before(2)) and path.name.endswith(".json"):
            raise BlockedError("Input/output error")
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(archive, "read_bytes", failing)
        assert program(*WEEK, "--fail-on", "hold").code == 2

    assert program(*WEEK).code == 0
    after = tree(workplace.reports)
    unchanged = [f"{day_before(back)}_snapshot.html" for back in (3, 2)]
    assert [after[name] == before[name] for name in unchanged] == [True, True]
    assert program("render").code == 0
    assert tree(workplace.reports) == after


# Telemetry as the world delivers it.


LABELS = (
    ("legacy_alerts", r"Legacy-keyword hits \(heuristic\): \*\*(\d+)\*\*"),
    ("new_alerts", r"New-alerts heuristic \(last 24h, [^\n]*\): \*\*(\d+)\*\*"),
    ("operator_actions", r"ack/snooze/resolve/silence in last 24h: \*\*(\d+)\*\*"),
    ("lines", r"Total JSONL lines scanned[^\n]*: \*\*(\d+)\*\*"),
)
# All but printable characters and the line feed; the characters that hide or reverse text are
# those of the Unicode categories Cc, Cf, Zl and Zp.
STEERING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe"
    "\U000e0000-\U000e007f]"
)


@pytest.mark.pages
def test_hostile_telemetry_is_text_in_every_artifact(workplace: Workplace) -> None:
    """A name from telemetry cannot become a heading, a number, markup or a control sequence."""
    hostile_telemetry(workplace, DAY)

    outcome = workplace.run("stage1-run", "--repo", "../telemetry", "--date", DAY, "--days", "1")

    assert (outcome.code, outcome.err) == (0, "")
    assert not STEERING.search(outcome.out)
    artifacts = tree(workplace.reports)
    assert artifacts.keys() == names_of(DAY)
    for content in artifacts.values():
        assert not STEERING.search(content.decode())
    assert all(b.isascii() for name, b in artifacts.items() if name.endswith(".json"))
    summary = summary_of(workplace)
    numbers = summary["metrics"] | summary["coverage"]
    markdown = artifacts[f"{DAY}_snapshot.md"].decode()
    for name, label in LABELS:
        assert re.findall(label, markdown) == [str(numbers[name])]
    assert len(re.findall(r"\*\*", markdown)) == 2 * 10
    assert max(map(len, markdown.splitlines())) < 2_000
    headings = [line for line in markdown.splitlines() if line.startswith("#")]
    assert headings[0].startswith("# Peak_Trade: Stage 1 (dry run) daily snapshot")
    assert all(not line.startswith("# ") for line in headings[1:])
    assert "<" not in re.sub(r"\\<", "", markdown)


def test_hostile_names_of_telemetry_are_counted_by_their_first_200_characters(
    workplace: Workplace,
) -> None:
    """Long names are cut in the report, and counted."""
    hostile_telemetry(workplace, DAY)

    outcome = workplace.run(
        "stage1-snapshot", "--repo", "../telemetry", "--date", DAY, "--format", "json"
    )

    top = json.loads(outcome.out)["top"]
    names = [item["name"] for item in top["types"]]
    assert [len(top[key]) for key in ("severities", "types", "rules")] == [8, 10, 12]
    assert "x" * 200 in names
    assert "**99**" in names


def test_hostile_names_are_text_on_standard_error(workplace: Workplace) -> None:
    """The error message shows the name of an unusable telemetry file without control characters."""
    name = "\x1b[31mred\n\u202eevents.jsonl"
    os.mkfifo(workplace.telemetry / name)

    outcome = workplace.run("stage1-snapshot", "--input", workplace.telemetry / name)

    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert "\\u001b[31mred\\u000a\\u202eevents.jsonl is not a regular file" in outcome.err
    assert not STEERING.search(outcome.out + outcome.err)


def states(rows: Sequence[Mapping[str, object]]) -> list[object]:
    """Return the states of the days of a trend."""
    return [row["state"] for row in rows]


def test_legacy_sources_alone_are_an_empty_day(program: Program, workplace: Workplace) -> None:
    """Events of systems that are out of use do not hide that the others have stopped."""
    workplace.write("live_runs/alerts/old.jsonl", *quiet_days(DAY, 7), CRITICAL)

    outcome = program(*WEEK, "--format", "json")

    document = json.loads(outcome.out)
    assert verdict_of(outcome)[0] == "HOLD"
    assert states(document["trend"]["series"]) == ["empty"] * 7
    assert document["summaries"][-1]["metrics"]["legacy_alerts"] == 8
