"""Test the summary of a tally; the golden files contain complete summaries."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest

from peaktrade_ops.config import (
    Config,
    Fields,
    Sources,
)
from peaktrade_ops.stage1.models import (
    Evidence,
    Hour,
    LeftOut,
    Metrics,
    NamedCount,
    RejectedLine,
    ScannedFile,
    ScannedFolder,
    Seen,
    Span,
    Summary,
    Understanding,
)
from peaktrade_ops.stage1.settings import settings_of
from peaktrade_ops.stage1.snapshot import Scan, folder_of, summarise
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.exhibits import Exhibit, Exhibits
from peaktrade_ops.telemetry.counting.tally import PARTIAL, REJECTED, UNTIMED, FileTally, Standing
from peaktrade_ops.telemetry.files import search
from peaktrade_ops.telemetry.files.search import Discovery
from peaktrade_ops.telemetry.files.source import Source
from peaktrade_ops.window import HOUR, Window, epoch_ns, window_of, window_until
from tests.support.artifacts import DAY, END
from tests.support.golden import tally_of

if TYPE_CHECKING:
    from collections.abc import Mapping


START = END - timedelta(hours=24)
# The cells before, in and after the window that ends with END.
BEFORE, FIRST, LAST, AFTER = 0, 1, 24, 25


def summarised(  # noqa: PLR0913 (each is a part of a scan)
    files: Mapping[str, FileTally] | None = None,
    *,
    window: Window | None = None,
    now: datetime = END,
    left_out: Mapping[str, str] | None = None,
    config: Config | None = None,
    ahead: datetime | None = None,
    **counts: Any,  # noqa: ANN401 (see `tally_of`)
) -> Summary:
    """Make a summary of files by path, of what was left out, and of the counts of a tally."""
    window = window or window_until(END)
    cells = Cells([window], ahead)
    tally = tally_of(cells, window, **counts)
    tally.files = dict(files or {})
    for path in tally.files:
        tally.collect(path)
    found = Discovery(
        [Source(path, f"/{path}", 1, 1, 100, epoch_ns(window.start) - 1) for path in tally.files],
        [search.LeftOut(path, reason) for path, reason in (left_out or {}).items()],
    )
    found.candidates = len(found.sources) + len(found.left_out)
    return summarise(
        Scan.of(found, tally, cells),
        window,
        settings=settings_of(config or Config(), "(v1)", scope="root"),
        report_dir="obs/stage1",
        now=now,
    )


def between(cell: int, count: int, **ends: int) -> Standing:
    """Return records between two events of one cell, with others at the ends of the file."""
    return Standing(Counter({cell: count}), Counter({cell: count}), **ends)


def coverage_of(summary: Summary) -> Any:  # noqa: ANN401 (what is optional to readers is there)
    """Return the coverage that every new summary has."""
    assert summary.coverage is not None
    return summary.coverage


def test_a_summary_says_which_window_it_is_about() -> None:
    """Date, end and window come from the window of the tally."""
    summary = summarised()

    assert (summary.date, summary.created_at_utc, summary.window) == (DAY, END, Span(START, END))
    assert summary.report_dir == "obs/stage1"


def test_the_summary_of_a_whole_day_ends_at_midnight() -> None:
    """The summary of a whole day has that date and ends at the next midnight."""
    midnight = datetime(2025, 12, 21, tzinfo=UTC)
    summary = summarised(window=window_of(DAY), now=midnight)

    assert (summary.date, summary.created_at_utc) == (DAY, midnight)


def test_the_books_of_all_files_are_added_up() -> None:
    """The totals are the sums over the files, which are listed in their order."""
    summary = summarised(
        {
            "a.jsonl": FileTally(
                lines=10, blank=1, events=5, rejected=3, partial=1, untimed=2, naive=3
            ),
            "b.jsonl": FileTally(
                lines=4, blank=2, events=2, untimed=1, naive=1, timed=Counter({AFTER: 2})
            ),
        },
        events={FIRST: 3},
    )
    coverage = coverage_of(summary)

    assert (coverage.lines, coverage.blank, coverage.events) == (14, 3, 7)
    assert (coverage.rejected, coverage.partial) == (3, 1)
    assert (coverage.untimed, coverage.naive, coverage.future) == (3, 4, 2)
    assert (coverage.in_window, coverage.candidates, coverage.complete) == (3, 2, True)
    assert coverage.files == (
        ScannedFile("a.jsonl", 100, 10, 1, 5, 3, 1),
        ScannedFile("b.jsonl", 100, 4, 2, 2, 0, 0),
    )


def test_the_metrics_are_taken_from_the_tally() -> None:
    """Counts of the window come from the tally, counts of lines from its files."""
    summary = summarised(
        {
            "a.jsonl": FileTally(
                lines=4,
                rejected=4,
                hits=2,
                standing={REJECTED: between(FIRST, 3, leading=1)},
                opening=FIRST,
                closing=LAST,
            ),
            "b.jsonl": FileTally(
                lines=8,
                events=4,
                rejected=4,
                hits=3,
                standing={
                    REJECTED: Standing(leading=4),
                    "critical": between(LAST, 1, leading=1, trailing=1),
                },
                opening=BEFORE,
                closing=LAST,
            ),
        },
        events={FIRST: 4},
        alerts={FIRST: 2, LAST: 1},
        critical={FIRST: 2},
        actions={LAST: 1},
    )

    # Records before the first timed event count in the window of that event.
    assert summary.metrics == Metrics(
        new_alerts=3,
        critical_alerts=2,
        parse_errors=4,
        operator_actions=1,
        legacy_alerts=5,
    )
    assert coverage_of(summary).untimed_critical == 2


def test_first_and_last_are_over_all_files_with_times() -> None:
    """`first` and `last` span the times of all files, or are `None` without any time."""
    summary = summarised(
        {
            "a.jsonl": FileTally(first=START, last=END + HOUR),
            "b.jsonl": FileTally(),
            "c.jsonl": FileTally(first=START - HOUR, last=END),
        }
    )

    assert coverage_of(summary).first == START - HOUR
    assert coverage_of(summary).last == END + HOUR
    assert (coverage_of(summarised()).first, coverage_of(summarised()).last) == (None, None)


@pytest.mark.parametrize(("reason", "effect"), [("ignored", "complete"), ("x", "incomplete")])
def test_what_was_left_out_decides_about_completeness(
    reason: str, effect: Literal["complete", "incomplete"]
) -> None:
    """Coverage is incomplete when an event of the window may be missing for one entry."""
    summary = summarised(left_out={"x.jsonl": reason, "y.jsonl": "ignored"})

    assert coverage_of(summary).complete is (effect == "complete")
    assert coverage_of(summary).left_out == (
        LeftOut("x.jsonl", reason, effect),
        LeftOut("y.jsonl", "ignored", "complete"),
    )


@pytest.mark.parametrize(
    ("file", "listed"),
    [
        (FileTally(), True),
        (FileTally(lines=1, events=1), True),
        (FileTally(problem="broken compression"), True),
        (FileTally(lines=1, events=1, problem="changed while it was read"), True),
        (FileTally(problem="changed while it was read"), False),
        (FileTally(problem="not readable"), False),
    ],
)
def test_only_files_that_were_looked_into_are_listed_as_scanned(
    file: FileTally, *, listed: bool
) -> None:
    """A file that could not even be opened was not scanned."""
    assert bool(coverage_of(summarised({"a.jsonl": file})).files) is listed


@pytest.mark.parametrize(
    ("now", "complete"),
    [(END, True), (END + HOUR, True), (END - timedelta(microseconds=1), False)],
)
def test_a_window_that_is_not_over_is_incomplete(now: datetime, *, complete: bool) -> None:
    """Events of it may still come; that is the one thing taken from the clock."""
    coverage = coverage_of(summarised(now=now))

    assert coverage.complete is complete
    assert coverage.left_out == (
        () if complete else (LeftOut(".", "window not over", "incomplete"),)
    )


def test_what_was_left_out_is_in_path_order() -> None:
    """Files left out by the search and files that were not read are listed in path order."""
    summary = summarised(
        {
            "b.jsonl": FileTally(problem="changed while it was read"),
            "d.jsonl": FileTally(problem="not readable"),
        },
        left_out={"c.jsonl": "too deep", "a.jsonl": "ignored"},
        now=START,
    )

    assert coverage_of(summary).left_out == (
        LeftOut(".", "window not over", "incomplete"),
        LeftOut("a.jsonl", "ignored", "complete"),
        LeftOut("b.jsonl", "changed while it was read", "incomplete"),
        LeftOut("c.jsonl", "too deep", "incomplete"),
        LeftOut("d.jsonl", "not readable", "incomplete"),
    )


def test_top_lists_hold_the_commonest_by_count_and_then_by_name() -> None:
    """8 severities, 10 types and 12 rules, equal counts ordered by name."""
    names = {f"n{i:02}": 5 if i == 19 else 1 for i in reversed(range(20))}
    summary = summarised(names={"severities": names, "types": names, "rules": names})
    expected = (NamedCount("n19", 5), *(NamedCount(f"n{i:02}", 1) for i in range(19)))

    assert summary.top is not None
    assert summary.top.severities == expected[:8]
    assert summary.top.types == expected[:10]
    assert summary.top.rules == expected[:12]


def test_hours_begin_with_the_window() -> None:
    """24 hours, each with its start, from the start of the window."""
    summary = summarised(
        {"a.jsonl": FileTally(lines=276, events=276)},
        events={FIRST + i: i for i in range(24)},
        alerts={FIRST + i: 23 - i for i in range(24)},
    )

    assert summary.hourly == tuple(Hour(START + i * HOUR, i, 23 - i) for i in range(24))


def test_the_first_20_rejected_records_are_listed_over_all_files() -> None:
    """The first 20 rejected records are listed in the order of files and lines."""
    summary = summarised(
        {
            "a.jsonl": FileTally(rejects=[(i, "not JSON") for i in range(1, 16)]),
            "b.jsonl": FileTally(rejects=[(i, "too deep") for i in range(1, 16)]),
        }
    )

    assert summary.rejected == (
        *(RejectedLine("a.jsonl", i, "not JSON") for i in range(1, 16)),
        *(RejectedLine("b.jsonl", i, "too deep") for i in range(1, 6)),
    )


def test_the_settings_are_stated() -> None:
    """The summary contains the settings that the numbers depend on."""
    config = Config(
        fields=Fields(("t",), ("s",), ("k",), ("r.id",)), sources=Sources(("old/**",), ("x/**",))
    )
    settings = summarised(config=config).settings

    assert settings is not None
    assert (settings.fields.time, settings.fields.severity) == (("t",), ("s",))
    assert (settings.fields.type, settings.fields.rule) == (("k",), ("r.id",))
    assert (settings.sources.legacy, settings.sources.ignore) == (("old/**",), ("x/**",))
    assert settings.legacy_regex == "(v1)"


# --- files, folders and unfinished lines ----------------------------------------------------------


def test_a_line_that_was_cut_off_makes_a_window_that_is_over_incomplete() -> None:
    """A cut line makes only its own window incomplete, and only after the window is over."""
    file = FileTally(
        lines=2,
        events=1,
        partial=1,
        standing={PARTIAL: Standing(trailing=1)},
        opening=FIRST,
        closing=FIRST,
    )
    cut_off = LeftOut("a.jsonl", "cut off", "incomplete")

    assert coverage_of(summarised({"a.jsonl": file})).left_out == (cut_off,)
    not_over = coverage_of(summarised({"a.jsonl": file}, now=START))
    assert not_over.left_out == (LeftOut(".", "window not over", "incomplete"),)
    later = msgspec.structs.replace(file, opening=AFTER, closing=AFTER)
    assert coverage_of(summarised({"a.jsonl": later})).left_out == ()


def test_files_and_folders_have_their_events_of_the_window() -> None:
    """Those of a legacy source count in no window but one of their own."""
    coverage = coverage_of(
        summarised(
            {
                "a/x.jsonl": FileTally(lines=3, events=3, timed=Counter({FIRST: 2, AFTER: 1})),
                "a/y.jsonl": FileTally(lines=1, events=1, timed=Counter({LAST: 1})),
                "b/z.jsonl": FileTally(lines=4, events=4, timed=Counter({LAST: 4}), counts=False),
            }
        )
    )

    assert [file.in_window for file in coverage.files] == [2, 1, 0]
    assert coverage.folders == (
        ScannedFolder("a", files=2, lines=4, events=4, in_window=3),
        ScannedFolder("b", files=1, lines=4, events=4, in_window=0),
    )
    assert coverage.legacy_in_window == 4


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("a.jsonl", "."),
        ("alerts/a.jsonl", "alerts"),
        ("events/2025-12-15/a.jsonl", "events/*"),
        ("events/2025/12/15T10_00/a.jsonl", "events/*/*/*"),
        ("events/day=2025-12-15/a.jsonl", "events/day=*"),
        ("events/run1/a.jsonl", "events/run1"),
        ("events/day=x/2.jsonl", "events/day=x"),
        ("events/T/_-_/a.jsonl", "events/*/*"),
        ("events/day=2025=12/a.jsonl", "events/day=2025=12"),
        ("2025\n/a.jsonl", "2025\n"),
    ],
)
def test_dated_folders_are_one(path: str, folder: str) -> None:
    """The folder of a day is compared with that of another day."""
    assert folder_of(path) == folder


def test_a_report_lists_1000_files_and_all_folders() -> None:
    """Files with rejected lines come before all others."""
    files = {f"f{i:04}/a.jsonl": FileTally(lines=1, events=1) for i in range(1200)}
    files["f1100/a.jsonl"] = FileTally(lines=1, rejected=1)
    coverage = coverage_of(summarised(files))

    assert (len(coverage.files), len(coverage.folders)) == (1000, 1200)
    assert [file.path for file in coverage.files[-2:]] == ["f0998/a.jsonl", "f1100/a.jsonl"]


def test_a_file_that_could_not_be_opened_makes_no_folder() -> None:
    """A folder whose files could not be opened is not listed."""
    files = {
        "a/x.jsonl": FileTally(problem="not readable"),
        "b/x.jsonl": FileTally(lines=1, events=1, problem="not readable"),
    }

    assert coverage_of(summarised(files)).folders == (
        ScannedFolder("b", files=1, lines=1, events=1, in_window=0),
    )


def test_what_was_not_understood_is_counted() -> None:
    """Events of the window by their marks; those of legacy sources, and untimed ones, too."""
    files = {
        "a.jsonl": FileTally(
            unpacked=7,
            standing={
                "serious": between(FIRST, 2),
                "legacy_critical": between(LAST, 4),
                "critical": between(AFTER, 1),
            },
        ),
        "b.jsonl": FileTally(unpacked=4),
    }
    summary = summarised(
        files,
        unknown_severity={BEFORE: 1, FIRST: 2},
        unread_severity={LAST: 3},
        danger={FIRST: 4},
        critical_actions={FIRST: 5},
        legacy_critical={LAST: 6, AFTER: 1},
        serious={FIRST: 20},
        names={
            "unknown_values": {"p1": 2},
            "unread_keys": {"state": 2, "(text)": 1},
            "danger_words": {"halted": 3, "killed": 1},
        },
    )

    assert summary.understanding == Understanding(
        unknown_severity=2,
        unread_severity=3,
        untimed_serious=2,
        danger=4,
        critical_actions=5,
        legacy_critical=10,
        unpacked=11,
        unknown_values=(NamedCount("p1", 2),),
        unread_keys=(NamedCount("state", 2), NamedCount("(text)", 1)),
        danger_words=(NamedCount("halted", 3), NamedCount("killed", 1)),
    )


def test_serious_events_ahead_of_the_clock_are_counted() -> None:
    """They lie in no window; where the clock is unknown, none is ahead."""
    ahead = END + timedelta(hours=24)
    summary = summarised(ahead=ahead, serious={FIRST: 1, AFTER: 2, AFTER + 1: 3})

    assert summary.understanding == Understanding(ahead_serious=3)
    assert summarised(serious={FIRST: 1, AFTER: 2}).understanding == Understanding()


def test_what_was_not_understood_is_listed_by_the_8_commonest() -> None:
    """Equal counts are ordered by name."""
    names = {f"n{number:02}": 1 for number in reversed(range(12))}
    columns = ("unknown_values", "unread_keys", "danger_words")
    understanding = summarised(names=dict.fromkeys(columns, names)).understanding

    first = tuple(NamedCount(f"n{number:02}", 1) for number in range(8))
    assert [getattr(understanding, column) for column in columns] == [first] * 3


def exhibit_of(line: int, moment: datetime | None, **labels: str | None) -> Exhibit:
    """Make an event as evidence."""
    known = {"severity": None, "type": None, "rule": None} | labels
    return Exhibit(moment, line, tuple(known.items()), f"text {line}")


def seen(line: int, moment: datetime | None, path: str = "a.jsonl", **labels: str) -> Seen:
    """Make the entry of a report for such an event."""
    known = {"severity": None, "type": None, "rule": None} | labels
    return Seen(moment, path, line, **known, text=f"text {line}")


def test_evidence_is_listed_by_kind() -> None:
    """Each event has its place, its labels and its text, in the order of time and path."""
    labels = {"severity": "critical", "type": "t", "rule": "r"}
    first = Exhibits(
        timed={
            ("critical", 1): [exhibit_of(2, START + HOUR, **labels)],
            ("danger", 1): [exhibit_of(3, START)],
            ("alerts", 1): [exhibit_of(4, START)],
            ("actions", 1): [exhibit_of(5, START)],
            ("critical", 2): [exhibit_of(6, END)],
        }
    )
    second = Exhibits(timed={("critical", 1): [exhibit_of(1, START), exhibit_of(9, START + HOUR)]})
    evidence = summarised(
        {"a.jsonl": FileTally(exhibits=first), "b.jsonl": FileTally(exhibits=second)}
    ).evidence

    assert evidence == Evidence(
        critical=(
            seen(1, START, "b.jsonl"),
            seen(2, START + HOUR, **labels),
            seen(9, START + HOUR, "b.jsonl"),
        ),
        danger=(seen(3, START),),
        alerts=(seen(4, START),),
        actions=(seen(5, START),),
    )


def test_only_what_is_not_understood_shows_events_without_a_time() -> None:
    """They stand last, where they stand in the window at all."""
    exhibits = Exhibits(
        timed={("not_understood", 1): [exhibit_of(8, END - HOUR)]},
        placed={
            ("not_understood", 0, 1): [exhibit_of(3, None)],
            ("not_understood", 2, 2): [exhibit_of(4, None)],
            ("critical", 1, 1): [exhibit_of(5, None)],
        },
    )
    evidence = summarised({"a.jsonl": FileTally(exhibits=exhibits)}).evidence

    assert evidence == Evidence(not_understood=(seen(8, END - HOUR), seen(3, None)))


def test_rejected_records_of_the_window_are_listed_first() -> None:
    """The hint of a finding names them, so that an operator mends the right ones."""
    elsewhere = FileTally(
        lines=1, rejected=1, rejects=[(1, "not JSON")], standing={REJECTED: between(BEFORE, 1)}
    )
    here = FileTally(
        lines=1, rejected=1, rejects=[(1, "not JSON")], standing={REJECTED: between(FIRST, 1)}
    )
    summary = summarised({"a.jsonl": elsewhere, "b.jsonl": here})

    assert [line.path for line in summary.rejected or ()] == ["b.jsonl", "a.jsonl"]


# --- notes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("summary", "notes"),
    [
        pytest.param(
            summarised({"a.jsonl": FileTally(lines=1, events=1)}, events={FIRST: 1}), (), id="quiet"
        ),
        pytest.param(summarised(), ("No telemetry file was found.",), id="no file"),
        pytest.param(
            summarised({"a.jsonl": FileTally()}), ("No event lies in the window.",), id="no event"
        ),
        pytest.param(
            summarised(
                {"a.jsonl": FileTally(lines=2, events=2)}, events={FIRST: 2}, critical={FIRST: 2}
            ),
            ("2 critical alerts in the window.",),
            id="critical",
        ),
        pytest.param(
            summarised(
                {
                    "a.jsonl": FileTally(
                        lines=2,
                        events=2,
                        opening=FIRST,
                        closing=FIRST,
                        untimed=1,
                        standing={
                            "critical": Standing(leading=1),
                            UNTIMED: Standing(leading=1),
                        },
                    )
                },
                events={FIRST: 1},
            ),
            ("1 critical event without a usable time.", "1 event without a time in the window."),
            id="untimed critical",
        ),
        pytest.param(
            summarised(
                {"a.jsonl": FileTally(lines=1, events=1)},
                events={FIRST: 1},
                now=END - timedelta(hours=1),
            ),
            ("The window was not over when the report was made.",),
            id="not over",
        ),
        pytest.param(
            summarised(
                {"a.jsonl": FileTally(lines=1, events=1)},
                events={FIRST: 1},
                left_out={"b.jsonl": "ignored", "c": "too deep", "d": "not readable"},
            ),
            ("Coverage is incomplete: 2 paths left out or not read to the end.",),
            id="left out",
        ),
        pytest.param(
            summarised(
                {
                    "a.jsonl": FileTally(
                        lines=8,
                        events=6,
                        rejected=2,
                        standing={REJECTED: between(FIRST, 2)},
                        timed=Counter({FIRST: 1, AFTER: 2}),
                        naive=1,
                    )
                },
                events={FIRST: 1},
            ),
            (
                "2 rejected records in the window.",
                "1 event without a UTC offset, read as UTC.",
            ),
            id="lines",
        ),
        pytest.param(
            summarised(
                {
                    "a.jsonl": FileTally(
                        lines=3,
                        events=2,
                        untimed=1,
                        partial=1,
                        standing={PARTIAL: between(LAST, 1)},
                    )
                },
                events={FIRST: 1},
                now=START,
            ),
            (
                "The window was not over when the report was made.",
                "1 line at the end of a file, still being written.",
            ),
            id="unfinished",
        ),
        pytest.param(
            summarised(
                {
                    "a.jsonl": FileTally(
                        lines=4,
                        events=3,
                        untimed=1,
                        partial=1,
                        standing={PARTIAL: between(AFTER, 1), UNTIMED: between(BEFORE, 1)},
                        timed=Counter({BEFORE: 1, AFTER: 1}),
                    )
                },
                events={FIRST: 1},
            ),
            (),
            id="of other windows",
        ),
    ],
)
def test_notes_say_what_a_reader_must_know_first(summary: Summary, notes: tuple[str, ...]) -> None:
    """The notes are short sentences, with the most severe first."""
    assert summary.notes == notes
