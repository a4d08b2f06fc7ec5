"""Results as a terminal shows them: as pure functions, and on real terminals."""

from __future__ import annotations

import functools
import re
import shutil
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.cli import terminal
from peaktrade_ops.cli.terminal import BARS, GAP, sparkline
from peaktrade_ops.config import Config
from peaktrade_ops.reports.store.verify import Mismatch
from peaktrade_ops.reports.views.words import VERDICT_MEANINGS
from peaktrade_ops.routine import Report, RunResult, TrendResult
from peaktrade_ops.stage1.day import Day, day_of_summary, missing_day, unreadable_day
from peaktrade_ops.stage1.findings import hint_parts, reason_of
from peaktrade_ops.stage1.metrics import View, shown_in
from peaktrade_ops.stage1.models import Evidence, Understanding
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.cli.helpers import ALERT, CRITICAL, MAKES
from tests.support.artifacts import (
    DAY,
    END,
    coverage,
    days_until,
    metrics,
    named_everywhere,
    quiet_day,
    quiet_days,
    seen,
    summary,
)
from tests.support.program import Workplace, tree
from tests.support.program import quiet_days as records_of
from tests.support.terminal import run_on_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.stage1.models import Verdict
    from tests.support.program import Program

pytestmark = pytest.mark.one_python

YESTERDAY = DAY - timedelta(days=1)
FOLDER = Path("/srv/reports/obs/stage1")
HOSTILE = "\x1b[2J\x9b31m\nGO\u202e"
NUMBERS = st.one_of(st.none(), st.just(0), st.integers(0, 20), st.integers(0, 10**30))


def trend_of(days: Sequence[Day], *, stored: bool = True) -> TrendResult:
    """Judge days, the last of which is that of the report."""
    window = window_until(END + (days[-1].date - DAY))
    return TrendResult(build_trend(days, window=window, config=Config()), stored)


def text_of(shown: str) -> str:
    """Take the colours out."""
    return click.unstyle(shown)


def colour_of(shown: str, text: str) -> set[str]:
    """Return the styles of a text in the output."""
    found = re.findall(rf"((?:\x1b\[\d+m)*)[^\x1b]*?{re.escape(text)}", shown)
    assert found, text
    codes = {"31": "red", "32": "green", "33": "yellow", "1": "bold", "2": "dim"}
    return {codes[code] for code in re.findall(r"\[(\d+)m", found[0]) if code != "0"}


# The sparkline.


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([None], "·"),
        ([None, None], "··"),
        ([0], "▁"),
        ([0, 0, 0], "▁▁▁"),
        ([5, 5, 5], "███"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([0, None, 7], "▁·█"),
        ([1, 10**30], "▂█"),
        ([10**30 - 1, 10**30], "██"),
        ([3, 0, 1], "█▁▄"),
    ],
)
def test_a_sparkline_has_a_character_for_each_number(
    values: Sequence[int | None], drawn: str
) -> None:
    """A sparkline has one character for each number, measured from zero, and a gap if unknown."""
    assert sparkline(values) == drawn


@given(st.lists(NUMBERS, max_size=60))
def test_a_sparkline_is_exact(values: list[int | None]) -> None:
    """A bar is as high as its share of the highest number, rounded up to an eighth of the scale."""
    drawn = sparkline(values)
    known = [value for value in values if value is not None]

    assert len(drawn) == len(values)
    for value, character in zip(values, drawn, strict=True):
        assert (character == GAP) == (value is None)
        if value is None:
            continue
        assert (character == BARS[0]) == (value == 0)
        share = Fraction(value, max(known)) if value else Fraction()
        height = BARS.index(character)
        assert height - 1 < share * 7 <= height
        assert character == BARS[-1] or value < max(known) or value == 0


@given(st.lists(st.integers(0, 10**20), min_size=2, max_size=30))
def test_a_sparkline_keeps_the_order(values: list[int]) -> None:
    """No number has a lower bar than a smaller one."""
    pairs = sorted(zip(values, map(BARS.index, sparkline(values)), strict=True))

    assert [height for _, height in pairs] == sorted(height for _, height in pairs)


# A snapshot.


def shown_snapshot(
    *,
    before: Day | None = None,
    **changes: Any,  # noqa: ANN401 (the fields have their own types)
) -> list[str]:
    """Show a snapshot after 13 days, of which the last one is given."""
    earlier = quiet_days(DAY - timedelta(days=1), terminal.EARLIER_DAYS)
    if before:
        earlier[-1] = before
    return text_of(terminal.snapshot(summary(**changes), earlier, FOLDER, 80)).splitlines()


def test_a_snapshot_is_shown_with_its_changes() -> None:
    """A snapshot shows date, window, coverage, numbers with their change, notes, days and files."""
    before = day_of_summary(
        summary(
            END - timedelta(days=1),
            metrics=metrics(new_alerts=4, critical_alerts=1, operator_actions=2, legacy_alerts=8),
        )
    )
    numbers = metrics(new_alerts=7, operator_actions=2, parse_errors=1, legacy_alerts=12)

    alerts = (seen(severity="warn"), seen(time=None, line=2))

    shown = shown_snapshot(
        metrics=numbers, notes=("A note.",), evidence=Evidence(alerts=alerts), before=before
    )

    assert shown == [
        "Stage 1 snapshot of 2025-12-20",
        "window 2025-12-19T08:00:00Z to 2025-12-20T08:00:00Z",
        "coverage complete: 1 of 1 file, 1 line, 1 event in the window",
        "",
        "new alerts: 7 (the first 2)",
        "  12-20 07:00:00 telemetry/a.jsonl:1 warn order_rejected R1 no margin left",
        "  no time telemetry/a.jsonl:2 critical order_rejected R1 no margin left",
        "rejected records: 1",
        "",
        "2025-12-20, and the change from 2025-12-19",
        "  new alerts         7  +3",
        "  critical           0  -1",
        "  parse errors       1  +1",
        "  operator actions   2  =",
        "  legacy hits       12  +4",
        "note: A note.",
        "",
        "new alerts a day, 2025-12-07 to 2025-12-20",
        "  ▁▁▁▁▁▁▁▁▁▁▁▁▅█",
        "  lowest 0, highest 7",
        "",
        "wrote /srv/reports/obs/stage1/2025-12-20_snapshot.html",
        "wrote /srv/reports/obs/stage1/2025-12-20_snapshot.md",
        "wrote /srv/reports/obs/stage1/2025-12-20_summary.json",
        "wrote /srv/reports/obs/stage1/index.html",
    ]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (missing_day(YESTERDAY), "2025-12-20 (no report of 2025-12-19)"),
        (unreadable_day(YESTERDAY), "2025-12-20 (unreadable report of 2025-12-19)"),
        (quiet_day(YESTERDAY, empty=True), "2025-12-20 (no events on 2025-12-19)"),
        (
            quiet_day(YESTERDAY, empty=True, complete=False),
            "2025-12-20 (no events on 2025-12-19)",
        ),
    ],
)
def test_nothing_is_compared_with_a_number_that_is_not_there(before: Day, said: str) -> None:
    """No change is shown against a day without data."""
    shown = shown_snapshot(metrics=metrics(new_alerts=3), before=before)

    at = shown.index(said)
    assert shown[at + 1 : at + 6] == [
        "  new alerts        3",
        "  critical          0",
        "  parse errors      0",
        "  operator actions  0",
        "  legacy hits       0",
    ]
    assert shown[-7:-5] == ["  ▁▁▁▁▁▁▁▁▁▁▁▁·█", "  lowest 0, highest 3; · is a day without data"]


def test_a_number_that_the_day_before_does_not_tell_has_no_change() -> None:
    """The earlier scripts' Markdown holds four of the five."""
    shown = shown_snapshot(metrics=metrics(legacy_alerts=3), before=quiet_day(YESTERDAY))

    assert "  operator actions  0  =" in shown
    assert "  legacy hits       3" in shown


def test_a_day_without_events_is_compared_with_nothing() -> None:
    """A day without events is compared with no other day."""
    before = quiet_day(YESTERDAY, new_alerts=3)

    shown = shown_snapshot(coverage=coverage(in_window=0), before=before)

    at = shown.index("no events on 2025-12-20")
    assert shown[at + 1] == "  new alerts        0"
    assert "  ▁▁▁▁▁▁▁▁▁▁▁▁█·" in shown


def test_a_quiet_day_says_that_nothing_asks_for_attention() -> None:
    """A day without concerns has a sentence in place of their lines."""
    shown = " ".join(shown_snapshot())

    assert "nothing asks for attention: no critical event, danger or alert" in shown


@pytest.mark.parametrize("width", [20, 80])
def test_evidence_is_as_wide_as_the_terminal(width: int) -> None:
    """Whatever an event contains, it is one line that fits the terminal."""
    shown = text_of(terminal.snapshot(named_everywhere("x" * 200), [], FOLDER, width)).splitlines()

    first = shown.index("critical alerts: 1")
    events = shown[first : shown.index("", first)]
    assert any(line.startswith("  12-20 07:00:00") for line in events)
    assert max(map(len, events)) == width


def test_numbers_that_may_be_too_low_are_marked() -> None:
    """The numbers of an incomplete day are marked as incomplete."""
    both = shown_snapshot(
        coverage=coverage(complete=False), before=quiet_day(YESTERDAY, complete=False)
    )

    assert "coverage INCOMPLETE: 1 of 1 file, 1 line, 1 event in the window" in both
    assert "2025-12-20 (incomplete), and the change from 2025-12-19 (incomplete)" in both


def test_an_old_snapshot_is_shown_without_what_it_does_not_have() -> None:
    """A summary may lack window and coverage."""
    shown = shown_snapshot(window=None, coverage=None)

    assert shown[:2] == ["Stage 1 snapshot of 2025-12-20", ""]


# A trend.


def test_a_trend_begins_with_the_verdict_and_its_reasons() -> None:
    """A trend begins with its verdict and the reasons, before all numbers."""
    days = quiet_days(count=8)
    days[2] = missing_day(days[2].date)
    days[3] = unreadable_day(days[3].date)
    days[4] = quiet_day(days[4].date, empty=True)
    days[6] = quiet_day(days[6].date, new_alerts=2, operator_actions=1)
    days[7] = quiet_day(days[7].date, new_alerts=4, critical_alerts=1)

    result = trend_of(days)
    shown = text_of(terminal.trend(result, FOLDER, 60)).splitlines()

    assert shown[:4] == [
        f"NO_GO: {VERDICT_MEANINGS['NO_GO']}",
        "  - critical alerts on 1 day: 2025-12-20",
        "    find the cause in the reports of these days; the verdict",
        "    changes when they have left the range",
    ]
    assert shown[shown.index("") :] == [
        "",
        "2025-12-20, and the change from 2025-12-19",
        "  new alerts        4  +2",
        "  critical          1  +1",
        "  parse errors      0  =",
        "  operator actions  0  -1",
        "",
        "new alerts a day, 2025-12-13 to 2025-12-20",
        "  ▁▁···▁▅█",
        "  lowest 0, highest 4; · is a day without data",
        "",
        "wrote /srv/reports/obs/stage1/stage1_trend.html",
        "wrote /srv/reports/obs/stage1/stage1_trend.md",
        "wrote /srv/reports/obs/stage1/stage1_trend.json",
        "wrote /srv/reports/obs/stage1/index.html",
    ]
    said = " ".join(" ".join(shown).split())
    assert "- passed: Events that were not understood (0 events); Dangers (0 events);" in said
    assert "New alerts in total (6 alerts)" not in said
    for finding in result.trend.rollups.findings or ():
        sentence, lines = hint_parts(finding)
        assert f"- {reason_of(finding)} {sentence}" in said
        # Lines to paste are never broken.
        assert all(f"    {line}" in shown for line in lines)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([quiet_day()], "2025-12-20, the only day of the range"),
        ([quiet_day(YESTERDAY), missing_day(DAY)], "no report of 2025-12-20"),
        ([quiet_day(YESTERDAY), unreadable_day(DAY)], "unreadable report of 2025-12-20"),
        ([quiet_day(YESTERDAY), quiet_day(empty=True)], "no events on 2025-12-20"),
        (
            [quiet_day(YESTERDAY), quiet_day(empty=True, complete=False)],
            "no events on 2025-12-20",
        ),
        (
            [quiet_day(YESTERDAY, complete=False), quiet_day()],
            "2025-12-20, and the change from 2025-12-19 (incomplete)",
        ),
    ],
)
def test_the_last_day_is_told_as_it_is(days: list[Day], said: str) -> None:
    """A day without data shows no numbers, and no other day is compared with it."""
    shown = text_of(terminal.trend(trend_of(days), FOLDER, 80)).splitlines()

    assert said in shown
    assert ("  new alerts        0" in shown) == (days[-1].found and "change" not in said)
    assert ("  new alerts        0  =" in shown) == ("change" in said)


def test_a_trend_without_data_draws_gaps_alone() -> None:
    """A trend without data shows gaps and no scale."""
    shown = text_of(terminal.trend(trend_of([missing_day(DAY)]), FOLDER, 80)).splitlines()

    assert shown[0] == "HOLD: do not go on before each reason is understood"
    assert shown[-7:-5] == ["  ·", "  · is a day without data"]


def test_a_trend_that_is_not_stored_says_so() -> None:
    """The summary of a trend that is not stored does not list the stored files."""
    shown = text_of(terminal.trend(trend_of(quiet_days(), stored=False), FOLDER, 80))

    assert shown.startswith("GO: every check passed\n  - all checks passed\n")
    assert shown.endswith("\n\nnot stored: the stored trend ends later")


@functools.cache
def long_trend(count: int) -> tuple[Sequence[Day], TrendResult]:
    """Return days, some of them missing, and their trend."""
    days = [
        quiet_day(day, new_alerts=n) if n % 3 else missing_day(day)
        for n, day in enumerate(days_until(DAY, count))
    ]
    return days, trend_of(days)


@pytest.mark.parametrize("width", [1, 20, 40, 80, 200])
@pytest.mark.parametrize("count", [1, 14, 37, 38, 39, 3660])
def test_nothing_is_wider_than_the_terminal(width: int, count: int) -> None:
    """The last days that fit are drawn, with a note; only paths may exceed the width."""
    days, result = long_trend(count)

    shown = text_of(terminal.trend(result, FOLDER, width)).splitlines()

    # A number is never broken, and the narrowest terminals have no room for a row.
    whole = (
        "wrote "
        if width >= 40
        else ("wrote ", *(f"  {metric.short} " for metric in shown_in(View.TERMINAL)))
    )
    pasted = {
        f"    {line}"
        for finding in result.trend.rollups.findings or ()
        for line in hint_parts(finding)[1]
    }
    assert all(
        len(line) <= max(width, 20) or line in pasted
        for line in shown
        if not line.startswith(whole)
    )
    (drawn,) = (line.strip() for line in shown if set(line) <= {" ", GAP, *BARS} and line.strip())
    fitting = min(max(width, 20) - 2, count)
    assert len(drawn) == fitting
    said = " ".join(" ".join(shown).split())
    assert (f"(the last {fitting} of {count} days)" in said) == (fitting < count)
    assert f"{days[-fitting].date} to {DAY}" in said


# A verdict that is not current.

DOUBTS = ["it was valid until 2025-12-21T14:00:00Z", "reports came: 2025-12-20"]


def test_a_go_that_is_not_current_is_shown_as_none() -> None:
    """A GO that is not current shows why it is out of date and not its reasons."""
    shown = terminal.trend(trend_of(quiet_days()), FOLDER, 80, DOUBTS)

    assert text_of(shown).splitlines()[:4] == [
        "out of date: take it for HOLD, until a run makes it current again",
        "  - out of date: it was valid until 2025-12-21T14:00:00Z",
        "  - out of date: reports came: 2025-12-20",
        "",
    ]
    assert colour_of(shown, "out of date") == {"yellow", "bold"}
    assert "passed" not in text_of(shown)


@pytest.mark.parametrize(
    ("days", "verdict", "colour"),
    [
        ([quiet_day(YESTERDAY), missing_day(DAY)], "HOLD", "yellow"),
        ([quiet_day(critical_alerts=1)], "NO_GO", "red"),
    ],
)
def test_another_verdict_that_is_not_current_keeps_its_reasons(
    days: list[Day], verdict: Verdict, colour: str
) -> None:
    """A HOLD or NO_GO that is not current shows its reasons."""
    result = trend_of(days)
    shown = terminal.trend(result, FOLDER, 200, DOUBTS)

    assert text_of(shown).startswith(f"{verdict}, out of date: {VERDICT_MEANINGS[verdict]}\n")
    assert colour_of(shown, f"{verdict}, out of date") == {colour, "bold"}
    assert all(f"  - {reason}" in text_of(shown) for reason in result.trend.rollups.reasons)


@pytest.mark.parametrize("width", [1, 20, 30, 200])
def test_doubts_are_as_wide_as_the_terminal(width: int) -> None:
    """The doubts fit the terminal, and only the verdict may break on the narrowest one."""
    shown = text_of(terminal.trend(trend_of(quiet_days()), FOLDER, width, DOUBTS)).splitlines()

    assert " ".join(shown[0].split()).startswith("out of date")
    assert all(len(line) <= max(width, 20) for line in shown[: shown.index("")])


def test_the_routine_shows_why_its_verdict_is_not_current() -> None:
    """The routine shows the same reasons as the trend for a verdict that is not current."""
    trend = trend_of(quiet_days())

    shown = text_of(terminal.run(RunResult([], trend, []), FOLDER, 80, DOUBTS))

    assert text_of(terminal.trend(trend, FOLDER, 80, DOUBTS)) in shown


# The daily routine and the check.

EACH = {
    "new_alerts": 3,
    "critical_alerts": 1,
    "parse_errors": 2,
    "operator_actions": 4,
    "legacy_alerts": 5,
}


def test_the_routine_has_a_line_for_each_day_that_it_made() -> None:
    """The routine prints a line for each day, then the trend, the findings and the check."""
    made = [
        summary(END - timedelta(days=2), coverage=coverage(in_window=0)),
        summary(END - timedelta(days=1), coverage=coverage(complete=False)),
        summary(
            metrics=metrics(**EACH),
            understanding=Understanding(danger=1),
            evidence=Evidence(critical=(seen(line=9),), danger=(seen(line=9),)),
        ),
    ]
    trend = trend_of([day_of_summary(each) for each in made])
    findings = [
        Mismatch("error", "index.json", "missing", "missing"),
        Mismatch("warning", "x", "not ours", "foreign"),
    ]

    reports = [Report(each.date, each, written=True) for each in made]
    shown = text_of(terminal.run(RunResult(reports, trend, findings), FOLDER, 60)).splitlines()
    fine = text_of(terminal.run(RunResult([], trend, []), FOLDER, 60)).splitlines()

    assert shown[:7] == [
        "2025-12-18: no events",
        "2025-12-19: 0 new alerts, coverage INCOMPLETE",
        "2025-12-20: 3 new alerts, 1 critical, 2 parse errors,",
        "  4 operator actions, 5 legacy hits, 1 danger",
        "  12-20 07:00:00 telemetry/a.jsonl:9 critical order_rejec...",
        "",
        "NO_GO: do not go on",
    ]
    assert "\n".join(shown[6:-4]) == text_of(terminal.trend(trend, FOLDER, 60))
    assert shown[-4:] == [
        "",
        "error: index.json: missing",
        "warning: x: not ours",
        "reports in /srv/reports/obs/stage1: 1 MISMATCH",
    ]
    assert fine[-2:] == ["", "reports in /srv/reports/obs/stage1: verified"]


def test_a_check_shows_its_findings() -> None:
    """The lines of a check are those of a pipe, with a colour for the level."""
    findings = [
        Mismatch("error", "a", "gone", "missing"),
        Mismatch("warning", "b", "not an artifact", "foreign"),
    ]

    shown = terminal.check(findings, FOLDER)

    assert text_of(shown) == "error: a: gone\nwarning: b: not an artifact"
    assert colour_of(shown, "error") == {"red"}
    assert colour_of(shown, "warning") == {"yellow"}
    assert terminal.check([], FOLDER) == f"{FOLDER}: everything matches"


# Colours and untrusted text.


def test_colours_follow_what_is_alarming() -> None:
    """Red for critical, yellow for alerts and parse errors, each only where there are any."""
    alarming = metrics(new_alerts=1, critical_alerts=2, parse_errors=3, operator_actions=4)
    shown = terminal.snapshot(summary(metrics=alarming), [], FOLDER, 80)
    calm = terminal.snapshot(summary(), [], FOLDER, 80)

    assert colour_of(shown, "critical alerts: 2") == {"red"}
    assert colour_of(shown, "new alerts: 1") == {"yellow"}
    assert colour_of(shown, "  critical ") == {"red"}
    assert colour_of(shown, "  new alerts ") == colour_of(shown, "  parse errors ") == {"yellow"}
    assert colour_of(shown, "  operator actions ") == {"dim"}
    for label in ("  critical ", "  new alerts ", "  parse errors ", "coverage", "wrote"):
        assert colour_of(calm, label) == {"dim"}
    incomplete = summary(coverage=coverage(complete=False))
    assert colour_of(terminal.snapshot(incomplete, [], FOLDER, 80), "coverage") == {"yellow"}


@pytest.mark.parametrize(
    ("days", "verdict", "colour"),
    [
        (quiet_days(), "GO", "green"),
        ([quiet_day(YESTERDAY), missing_day(DAY)], "HOLD", "yellow"),
        ([quiet_day(critical_alerts=1)], "NO_GO", "red"),
    ],
)
def test_the_verdict_is_in_its_colour(days: list[Day], verdict: str, colour: str) -> None:
    """The verdict has a colour and is also written as a word."""
    shown = terminal.trend(trend_of(days), FOLDER, 80)

    assert text_of(shown).startswith(f"{verdict}: ")
    assert colour_of(shown, verdict) == {colour, "bold"}


def test_untrusted_text_stays_text() -> None:
    """A note or a name cannot control the terminal, start a line or look like a verdict."""
    folder = Path(f"/srv/{HOSTILE}")
    hostile = named_everywhere(HOSTILE)
    trend = trend_of(quiet_days())
    findings = [Mismatch("warning", HOSTILE, HOSTILE, "foreign")]

    for shown in (
        terminal.snapshot(hostile, [], folder, 80),
        terminal.trend(trend, folder, 80),
        terminal.run(
            RunResult([Report(hostile.date, hostile, written=True)], trend, findings), folder, 80
        ),
        terminal.check(findings, folder),
        terminal.check([], folder),
    ):
        assert not set(text_of(shown)) & set("\x1b\x9b\u202e\r")
        assert not re.search(r"^GO(?!: every)", text_of(shown), re.MULTILINE)


# On real terminals.

COMMANDS = (*MAKES, "verify")
ESCAPE = "\x1b"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Make a workplace with the reports of a week that ends with an alert and a critical event."""
    made = Workplace.made(tmp_path_factory.mktemp("reports"))
    made.write("obs/events.jsonl", *records_of(f"{DAY}", 7), ALERT, CRITICAL)
    made.reports.mkdir(parents=True)
    (made.reports / "notes.txt").touch()
    assert made.run("stage1-run", *options_of("stage1-run")).code == 0
    return made


@pytest.fixture
def reports(made_once: Workplace, workplace: Workplace) -> Workplace:
    """Return a copy of the workplace with reports."""
    shutil.copytree(made_once.folder, workplace.folder, dirs_exist_ok=True)
    return workplace


def options_of(command: str) -> list[str]:
    """Return the options with which a command works on the workplace."""
    if command == "verify":
        return []
    scan = [] if command == "stage1-trends" else ["--repo", "../telemetry"]
    return [*scan, "--date", f"{DAY}"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_terminal_shows_a_summary_and_a_pipe_the_plain_text(
    program: Program, reports: Workplace, command: str
) -> None:
    """A terminal shows a short summary in colour; a pipe gets the plain text, byte for byte."""
    arguments = [command, *options_of(command)]
    before = tree(reports.repo)
    plain = program(*arguments)

    seen = run_on_terminal(*arguments, cwd=reports.repo)
    piped = reports.run(*arguments, TERM="xterm-256color", FORCE_COLOR="1", COLUMNS="40")

    first = {
        "stage1-run": "2025-12-20: 1 new alert, 1 critical",
        "stage1-snapshot": "Stage 1 snapshot of 2025-12-20",
        "stage1-trends": "NO_GO, out of date: do not go on",
        "verify": "warning: notes.txt: not an artifact",
    }
    assert (seen.code, seen.err) == (0, "")
    assert ESCAPE in seen.out
    assert text_of(seen.out).splitlines()[0] == first[command]
    assert piped == plain
    assert ESCAPE not in piped.out
    assert (text_of(seen.out) == piped.out) == (command == "verify")
    assert tree(reports.repo) == before


@pytest.mark.parametrize(
    ("arguments", "variables", "coloured"),
    [
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": "0"}, False),
        ([], {"NO_COLOR": ""}, True),
        ([], {"TERM": "dumb"}, False),
        (["--quiet"], {}, False),
        (["--verbose"], {}, True),
    ],
)
def test_colours_can_be_done_without(
    reports: Workplace, arguments: list[str], variables: dict[str, str], *, coloured: bool
) -> None:
    """`NO_COLOR`, a terminal without colours and `--quiet` change only the colours."""
    trends = ["stage1-trends", *options_of("stage1-trends")]
    usual = run_on_terminal(*trends, cwd=reports.repo)

    seen = run_on_terminal(*trends, *arguments, cwd=reports.repo, variables=variables)

    assert (ESCAPE in seen.out) == coloured
    assert text_of(seen.out) == text_of(usual.out)


@pytest.mark.parametrize("command", COMMANDS)
def test_json_is_json_on_a_terminal_too(reports: Workplace, command: str) -> None:
    """`--format json` prints the same bytes to a terminal and to a pipe."""
    arguments = [command, *options_of(command), "--format", "json"]

    assert run_on_terminal(*arguments, cwd=reports.repo).out == reports.run(*arguments).out


@pytest.mark.parametrize("columns", [40, 120])
def test_the_summary_is_as_wide_as_the_terminal(reports: Workplace, columns: int) -> None:
    """Long reasons break on a narrow terminal and do not on a wide one."""
    trends = ["stage1-trends", *options_of("stage1-trends"), "--days", "100"]

    lines = text_of(run_on_terminal(*trends, cwd=reports.repo, columns=columns).out).splitlines()

    widest = max(len(line) for line in lines if not line.startswith("wrote "))
    assert 0.8 * columns < widest <= columns
    assert ("new alerts a day, 2025-09-12 to 2025-12-20" in lines) == (columns == 120)


def test_what_a_reader_of_a_terminal_must_know_is_told_beside_it(
    program: Program, reports: Workplace
) -> None:
    """The summary says that the trend is not stored; standard error says how to store it."""
    seen = run_on_terminal("stage1-trends", "--date", "2025-12-18", cwd=reports.repo)

    assert text_of(seen.out).endswith("not stored: the stored trend ends later\n")
    assert "; to store it: stage1-trends --date 2025-12-18 --days 14 --replace, " in seen.err
    assert program("verify").code == 0
