"""One calendar day: from a summary, from old Markdown, or absent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from peaktrade_ops.reports.views.markdown import snapshot_markdown
from peaktrade_ops.stage1.day import (
    PRUNED,
    Day,
    day_of_row,
    day_of_summary,
    gone_day,
    lacks_of_row,
    missing_day,
    not_understood_of,
    pruned_day,
    records_of,
    unreadable_day,
    untimed_serious_of,
    with_count,
    with_row,
)
from peaktrade_ops.stage1.models import NamedCount, Top, TrendRow, Understanding
from peaktrade_ops.stage1.old_markdown import day_of_old_markdown
from tests.support.artifacts import DAY, END, coverage, metrics, old_markdown, summary
from tests.support.examples import examples

EXACT = datetime(2025, 12, 20, 8, 0, 0, 123456, tzinfo=UTC)
MIDNIGHT = datetime(2025, 12, 21, tzinfo=UTC)
DAY_LENGTH = timedelta(hours=24)


def old_day(**changes: Any) -> Day:  # noqa: ANN401 (the lines of a report)
    """Read the Markdown of the earlier scripts, changed."""
    return day_of_old_markdown(DAY, old_markdown(**changes))


def is_unreadable(day: Day) -> bool:
    """Return whether a day is unreadable, and has no number at all."""
    return day == unreadable_day(DAY)


# --- states --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (Day(DAY), "ok"),
        (missing_day(DAY), "missing"),
        (unreadable_day(DAY), "unreadable"),
        (Day(DAY, empty=True), "empty"),
        (Day(DAY, complete=False), "incomplete"),
        (Day(DAY, empty=True, complete=False), "incomplete"),
        (Day(DAY, readable=False, complete=False, empty=True), "unreadable"),
    ],
)
def test_every_day_has_the_state_that_weighs_most(day: Day, state: str) -> None:
    """A day has one state, which is the most severe one that applies."""
    assert day.state == state


@pytest.mark.parametrize(
    ("day", "statuses"),
    [
        (Day(DAY), ("clean",)),
        (Day(DAY, operator_actions=3), ("clean",)),
        (missing_day(DAY), ("missing",)),
        (unreadable_day(DAY), ("unreadable",)),
        (Day(DAY, found=False, new_alerts=1), ("missing",)),
        (Day(DAY, readable=False), ("unreadable",)),
        (
            Day(DAY, found=False, readable=False, complete=False, critical_alerts=1),
            ("unreadable", "critical", "incomplete"),
        ),
        (Day(DAY, trust="unlisted"), ("unlisted",)),
        (Day(DAY, lost=("alerts 2, now 1",)), ("lost",)),
        (Day(DAY, critical_alerts=1), ("critical",)),
        (Day(DAY, not_understood=1), ("not understood",)),
        (Day(DAY, danger=1), ("danger",)),
        (Day(DAY, critical_actions=1), ("critical actions",)),
        (Day(DAY, legacy_critical=1), ("legacy criticals",)),
        (
            Day(DAY, not_understood=1, danger=1, critical_actions=1, trust="unlisted"),
            ("critical actions", "not understood", "danger", "unlisted"),
        ),
        (Day(DAY, complete=False), ("incomplete",)),
        (Day(DAY, parse_errors=1), ("parse errors",)),
        (Day(DAY, new_alerts=1), ("alerts",)),
        (Day(DAY, empty=True), ("empty",)),
        (Day(DAY, complete=False, empty=True), ("incomplete", "empty")),
        (Day(DAY, parse_errors=1, empty=True), ("parse errors", "empty")),
        (Day(DAY, critical_alerts=1, new_alerts=1), ("critical", "alerts")),
        (
            Day(
                DAY,
                new_alerts=1,
                critical_alerts=1,
                parse_errors=1,
                operator_actions=1,
                empty=True,
                complete=False,
            ),
            ("critical", "incomplete", "parse errors", "alerts", "empty"),
        ),
    ],
)
def test_every_day_says_all_that_is_to_be_said(day: Day, statuses: tuple[str, ...]) -> None:
    """The statuses of a day are listed by severity; only a day without any is clean."""
    assert day.statuses == statuses


@given(
    st.builds(
        Day,
        st.just(DAY),
        st.booleans(),
        st.booleans(),
        *[st.integers(0, 2)] * 4,
        not_understood=st.integers(0, 2),
        danger=st.integers(0, 2),
        critical_actions=st.integers(0, 2),
        legacy_critical=st.integers(0, 2),
        empty=st.booleans(),
        complete=st.booleans(),
    )
)
def test_no_bad_day_is_clean(day: Day) -> None:
    """A day is clean only where its state is good and every number that counts is 0."""
    clean = day.statuses == ("clean",)

    assert clean == (
        day.state == "ok"
        and not any((day.new_alerts, day.critical_alerts, day.parse_errors))
        and not any((day.not_understood, day.danger, day.critical_actions, day.legacy_critical))
    )
    assert clean or "clean" not in day.statuses


# --- from a summary ------------------------------------------------------------------------------


def test_a_day_takes_its_numbers_from_the_summary() -> None:
    """Four of the five metrics and five counts of the understanding decide about a day."""
    report = summary(
        metrics=metrics(
            new_alerts=1,
            critical_alerts=2,
            parse_errors=3,
            operator_actions=4,
            legacy_alerts=5,
        ),
        coverage=coverage(untimed=7, untimed_critical=6),
        understanding=Understanding(
            unknown_severity=10,
            unread_severity=20,
            untimed_serious=7,
            ahead_serious=40,
            danger=8,
            critical_actions=9,
            legacy_critical=11,
        ),
    )
    day = day_of_summary(report, sha256="a" * 64)

    assert day == Day(
        DAY,
        new_alerts=1,
        critical_alerts=2,
        parse_errors=3,
        operator_actions=4,
        legacy_alerts=5,
        not_understood=77,
        danger=8,
        critical_actions=9,
        legacy_critical=11,
        start=END - DAY_LENGTH,
        end=END,
        sha256="a" * 64,
        records=4,
        summary=report,
    )


def test_a_changed_report_is_unreadable_and_keeps_its_numbers() -> None:
    """A changed report is unreadable, and its critical alerts still count."""
    day = day_of_summary(summary(metrics=metrics(critical_alerts=1)), trust="changed")

    assert (day.state, day.critical_alerts, day.problem) == ("unreadable", 1, "changed")
    assert day_of_summary(summary(), trust="unlisted").state == "ok"


def test_a_report_that_contradicts_itself_is_unreadable() -> None:
    """A report with more critical events in its top list than in its metrics is unreadable."""
    top = Top((NamedCount("critical", 3),), (), ())

    def state(critical: int, actions: int | None) -> str:
        understanding = None if actions is None else Understanding(critical_actions=actions)
        return day_of_summary(
            summary(
                top=top,
                metrics=metrics(critical_alerts=critical),
                understanding=understanding,
            )
        ).state

    assert state(2, 1) == "ok"
    assert state(2, 0) == "unreadable"
    assert state(3, None) == "incomplete"
    assert state(2, None) == "unreadable"


def test_the_criticals_of_a_contradicting_report_count() -> None:
    """An unreadable report that shows critical events is still NO_GO."""
    top = Top((NamedCount("critical", 3),), (), ())
    understanding = Understanding(critical_actions=1)

    day = day_of_summary(summary(top=top, understanding=understanding))

    assert (day.state, day.critical_alerts) == ("unreadable", 2)


def test_a_report_that_does_not_say_what_was_not_understood_is_incomplete() -> None:
    """A report with coverage but without `understanding`, as of version 0.1.0, is incomplete."""
    assert day_of_summary(summary(understanding=None)).state == "incomplete"
    assert day_of_summary(summary(understanding=None, coverage=None)).state == "ok"


def test_what_was_not_understood_is_counted_by_kind() -> None:
    """An event that is not understood in two ways counts in both."""
    understanding = Understanding(
        unknown_severity=1, unread_severity=2, untimed_serious=3, ahead_serious=4
    )

    assert not_understood_of(summary(understanding=understanding)) == {
        "unknown severity": 1,
        "unread severity": 2,
        "serious without a time": 3,
        "serious and ahead of the clock": 4,
    }


@pytest.mark.parametrize("understanding", [None, Understanding()])
def test_critical_events_without_a_time_are_not_understood(
    understanding: Understanding | None,
) -> None:
    """Version 0.1.0 wrote them alone, and a report that leaves them out is not believed."""
    report = summary(understanding=understanding, coverage=coverage(untimed_critical=3))

    assert untimed_serious_of(report) == 3
    assert day_of_summary(report).not_understood == 3


def test_a_row_shows_what_the_rules_object_to() -> None:
    """A row has no numbers of what was not understood, but the findings name its day."""
    row = TrendRow(DAY, 0, 0, 0, 0)
    rules = ("not_understood", "danger", "critical_actions", "legacy_critical")

    assert day_of_row(row).statuses == ("clean",)
    assert [getattr(day_of_row(row, objections=rules), rule) for rule in rules] == [1, 1, 1, 1]
    assert day_of_row(row, objections=rules[:2]).statuses == ("not understood", "danger")


def test_a_row_has_the_state_and_the_numbers_of_its_day() -> None:
    """A view that has only the trend shows the same day."""
    row = TrendRow(DAY, 1, 2, 3, 4)

    assert day_of_row(row) == Day(
        DAY, new_alerts=1, critical_alerts=2, parse_errors=3, operator_actions=4
    )
    lost = day_of_row(row, objections=("lost", "unlisted"))
    assert (lost.lost, lost.trust) == (("less",), "unlisted")
    # The earlier scripts wrote no states.
    assert not day_of_row(TrendRow(DAY, 0, 0, 0, 0, missing=True)).found
    unreadable = day_of_row(TrendRow(DAY, 0, 0, 0, 0, state="unreadable"))
    assert (unreadable.found, unreadable.readable) == (False, False)


# --- days without a report that can be trusted ---------------------------------------------------


def test_a_day_that_cannot_be_read_says_why() -> None:
    """Without more words it cannot be read, and has no digest."""
    assert unreadable_day(DAY) == Day(
        DAY, found=False, readable=False, trust="listed", problem="cannot be read"
    )
    assert unreadable_day(DAY, "no JSON", trust="changed", sha256="a" * 64) == Day(
        DAY, found=False, readable=False, trust="changed", problem="no JSON", sha256="a" * 64
    )


def test_a_report_that_is_gone_is_unreadable() -> None:
    """The index lists it, or the trend showed it."""
    assert gone_day(DAY) == Day(DAY, found=False, readable=False, trust="gone", problem="gone")
    assert gone_day(DAY, "unlisted").trust == "unlisted"


def test_a_report_that_is_pruned_is_gone() -> None:
    """What it said is as unknown as that of any report that is gone, and the reason is told."""
    assert pruned_day(DAY) == replace(gone_day(DAY), problem=PRUNED)


@pytest.mark.parametrize("field", ["new_alerts", "critical_alerts", "parse_errors"])
def test_what_a_trend_showed_makes_no_day_milder(field: str) -> None:
    """Each number is the higher one of the report and the row."""
    gone, more = gone_day(DAY), replace(gone_day(DAY), **{field: 3})
    row = TrendRow(DAY, 2, 2, 2, 2, state="unreadable", records=9)

    assert [getattr(with_row(day, row), field) for day in (gone, more)] == [2, 3]
    assert with_row(more, row).operator_actions == 2
    assert with_row(replace(gone, operator_actions=5), row).operator_actions == 5


@pytest.mark.parametrize(
    "rule", ["not_understood", "danger", "critical_actions", "legacy_critical"]
)
def test_what_a_trend_found_makes_no_day_milder(rule: str) -> None:
    """A row has no number of it, so one is known at least."""
    row = TrendRow(DAY, 0, 0, 0, 0)
    day, more = gone_day(DAY), replace(gone_day(DAY), **{rule: 3})

    assert getattr(with_row(day, row), rule) == 0
    assert with_row(day, row, objections={rule}) == replace(with_row(day, row), **{rule: 1})
    assert getattr(with_row(more, row, objections={rule}), rule) == 3


def test_the_records_of_a_lost_report_are_the_most_that_is_known() -> None:
    """Nothing known is not a number."""
    gone = gone_day(DAY)

    def records(own: int | None, of_row: int | None) -> int | None:
        return with_row(
            replace(gone, records=own), TrendRow(DAY, 0, 0, 0, 0, records=of_row)
        ).records

    assert records(None, None) is None
    assert (records(4, None), records(None, 5), records(4, 5), records(6, 5)) == (4, 5, 5, 6)


def test_a_lost_report_was_empty_if_its_row_says_so() -> None:
    """What is left of the report itself is known better than the row."""
    empty = TrendRow(DAY, 0, 0, 0, 0, missing=True, state="empty")
    unreadable = TrendRow(DAY, 0, 0, 0, 0, missing=True, state="unreadable")
    full = TrendRow(DAY, 0, 0, 0, 0)
    changed = day_of_summary(summary(), trust="changed")

    assert with_row(gone_day(DAY), empty).empty
    assert not with_row(gone_day(DAY), full).empty
    assert not with_row(gone_day(DAY), unreadable).empty
    assert not with_row(changed, empty).empty
    assert not with_row(changed, full).empty
    assert with_row(replace(gone_day(DAY), empty=True), full).empty


def test_a_report_without_coverage_has_the_records_that_it_names() -> None:
    """The earlier scripts counted parse errors alone, and nothing that was not understood."""
    old = summary(coverage=None, understanding=None, metrics=metrics(parse_errors=2))

    assert records_of(old) == 2
    assert untimed_serious_of(old) == 0
    assert day_of_summary(old).records is None


def test_a_window_is_in_utc() -> None:
    """Reports show the end of a window, whatever its offset in the file."""
    zone = timezone(timedelta(hours=2))

    end = day_of_summary(summary(END.astimezone(zone))).end

    assert end == END
    assert end.tzinfo is UTC


def test_a_report_that_contradicts_itself_is_not_found() -> None:
    """No rule about reports that are there may look at it."""
    contradicting = summary(top=Top((NamedCount("critical", 1),), (), ()))

    assert not day_of_summary(contradicting).found
    assert not day_of_summary(summary(), trust="changed").found
    assert day_of_summary(summary()).found


def test_a_report_that_has_aged_out_has_lost_nothing() -> None:
    """A report that has aged out has no losses."""
    assert day_of_summary(summary(aged=True, lost=("alerts 2, now 1",))).lost == ()
    assert day_of_summary(summary(lost=("alerts 2, now 1",))).lost == ("alerts 2, now 1",)
    assert day_of_summary(summary(aged=True)).lost == ()


def test_a_day_without_an_event_in_the_window_is_empty() -> None:
    """A day without an event in the window is empty, whatever its number of old lines."""
    assert day_of_summary(summary(coverage=coverage(in_window=0))).state == "empty"
    assert day_of_summary(summary(coverage=coverage(in_window=1))).state == "ok"


def test_a_day_with_incomplete_coverage_is_incomplete() -> None:
    """A day with incomplete coverage is incomplete."""
    assert day_of_summary(summary(coverage=coverage(complete=False))).state == "incomplete"


def test_absent_coverage_is_taken_as_complete() -> None:
    """Absent coverage, as in reports of the earlier scripts, counts as complete."""
    day = day_of_summary(summary(coverage=None))

    assert day.state == "ok"


def test_an_absent_window_is_the_24_hours_before_the_report() -> None:
    """The earlier scripts looked at the last 24 hours and did not write down which."""
    day = day_of_summary(summary(window=None))

    assert (day.start, day.end) == (END - DAY_LENGTH, END)


def test_the_window_of_a_whole_day_is_that_day() -> None:
    """A report by `--date` ends at midnight and is dated the day before."""
    day = day_of_summary(summary(MIDNIGHT, date=DAY))

    assert day.date == DAY
    assert (day.start, day.end) == (datetime(2025, 12, 20, tzinfo=UTC), MIDNIGHT)


# --- from old Markdown ---------------------------------------------------------------------------


def test_old_markdown_is_read_by_its_labels() -> None:
    """Old Markdown is read by its labels."""
    assert old_day() == Day(
        DAY,
        new_alerts=2,
        critical_alerts=1,
        operator_actions=1,
        start=EXACT - DAY_LENGTH,
        end=EXACT,
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_line_ends_of_both_kinds_are_read(line_end: str) -> None:
    """Old Markdown is read with both kinds of line ends."""
    day = day_of_old_markdown(DAY, old_markdown().replace("\n", line_end))

    assert (day.new_alerts, day.critical_alerts, day.operator_actions) == (2, 1, 1)


@pytest.mark.parametrize(
    ("severities", "critical"),
    [
        ("[('critical', 1), ('info', 7)]", 1),
        ("[('info', 7)]", 0),
        ("{'critical': 2, 'info': 1}", 2),
        ("[['critical', 3]]", 3),
        ("[('CRITICAL', 1), (' Crit ', 2), ('fatal', 4), ('emerg', 8)]", 15),
        ("[('emergency', 16), ('Panic', 32), ('critical', 1)]", 49),
        ("[('critically', 1), ('uncritical', 1), ('error', 1), ('None', 3)]", 0),
        ("[('alert', 1), ('FTL', 2), ('dpanic', 4), ('disaster', 8), ('catastrophic', 16)]", 31),
        ("[('CRITICAL ERROR', 1), ('LogLevel.Fatal', 2), ('fatal3', 4), ('[31mcrit', 8)]", 7),
        ("[('non-critical', 1), ('risk', 2), ('60', 4), ('alerts', 8)]", 0),
        ("[('critical', 0)]", 0),
        ('[("critical", 5)]  ', 5),
        ("[('a', 1), ('b', 1), ('c', 1), ('d', 1), ('e', 1), ('f', 1), ('g', 1)]", 0),
        (
            "[('a', 9), ('b', 8), ('c', 7), ('d', 6), ('e', 5), ('f', 4), ('g', 3), ('fatal', 2)]",
            2,
        ),
        ("[('critical', 999999999999999999)]", 999999999999999999),
    ],
)
def test_critical_alerts_come_from_the_list_of_severities(severities: str, critical: int) -> None:
    """Every severity of the class critical counts; no other name that contains the word does."""
    day = old_day(severities=severities)

    assert (day.state, day.critical_alerts) == ("ok", critical)


@pytest.mark.parametrize(
    "severities",
    [
        "",
        "none",
        "None",
        "7",
        "'critical'",
        "[('critical', 1), ('info', 7)",
        "[('critical',)]",
        "[('critical', 1, 2)]",
        "[('critical', '1')]",
        "[('critical', True)]",
        "[('critical', 1.0)]",
        "[('critical', -1)]",
        "[('critical', 1000000000000000000)]",
        "[(None, 3)]",
        "['critical']",
        "[[]]",
        "(('critical', 1),)",
        "{'critical'}",
        "Counter({'critical': 1})",
        "__import__('os').getpid()",
        "[('critical', 1)] or []",
        "[('a', 1)] * 2",
        "...",
        # The earlier scripts cut their list to eight, so critical may be missing from it.
        "[('a', 8), ('b', 7), ('c', 6), ('d', 5), ('e', 4), ('f', 3), ('g', 2), ('h', 1)]",
        "{'a': 8, 'b': 7, 'c': 6, 'd': 5, 'e': 4, 'f': 3, 'g': 2, 'h': 1}",
        pytest.param("[" * 50_000 + "]" * 50_000, id="deep"),
        pytest.param("-" * 90_000 + "1", id="deep signs"),
        pytest.param("[" + "('info', 1), " * 20_000 + "]", id="long"),
        pytest.param("[('critical', " + "9" * 5_000 + ")]", id="many digits"),
    ],
)
def test_a_list_that_does_not_say_makes_the_day_unreadable(severities: str) -> None:
    """A malformed list of severities makes the day unreadable."""
    assert is_unreadable(old_day(severities=severities))


@pytest.mark.parametrize("new_alerts", ["", "2", "**-2**", "**2.5**", "**two**", "** 2**"])
def test_without_the_number_of_new_alerts_the_day_is_unreadable(new_alerts: str) -> None:
    """A report that has lost its first number is not one of a day without alerts."""
    assert is_unreadable(old_day(new_alerts=new_alerts))


@pytest.mark.parametrize(
    "label", ["- New-alerts heuristic", "- Severity top:", "New-alerts heuristic", "Severity"]
)
def test_without_a_label_the_day_is_unreadable(label: str) -> None:
    """The two labels that the verdict needs must be there, at the beginning of a line."""
    text = old_markdown().replace(label, "x")

    assert is_unreadable(day_of_old_markdown(DAY, text))


@pytest.mark.parametrize(
    "forged",
    [
        "- New-alerts heuristic (last 24h, event_type contains 'alert'): **0**",
        "- New-alerts heuristic (last 24h, x): **2**",
        "- Severity top: []",
        "- Severity top: [('info', 1)]",
        "- ack/snooze/resolve/silence in last 24h: **0**",
        "- Total JSONL lines scanned (best-effort): **12**",
        "- Reported at (UTC): 2025-12-20T09:00:00+00:00",
    ],
)
def test_a_label_that_is_there_twice_makes_the_day_unreadable(forged: str) -> None:
    """A name out of telemetry that passes for a line of the report is not believed."""
    assert is_unreadable(old_day(more=forged))
    assert is_unreadable(day_of_old_markdown(DAY, f"{forged}\n{old_markdown()}"))


@pytest.mark.parametrize(
    "inside",
    [
        "  - New-alerts heuristic (last 24h, x): **0**",
        "| - Severity top: [] |",
        "x - Severity top: []",
        "> - ack/snooze/resolve/silence in last 24h: **0**",
        "* New-alerts heuristic (last 24h, x): **0**",
    ],
)
def test_a_label_inside_a_line_is_none(inside: str) -> None:
    """Only what begins a line is a line of the report."""
    assert old_day(more=inside) == old_day()


def test_no_line_at_all_is_an_empty_day() -> None:
    """A report without lines is an empty day."""
    assert old_day(lines="**0**").state == "empty"
    assert old_day(lines="**1**").state == "ok"


@pytest.mark.parametrize("lines", ["", "0", "**many**"])
def test_without_the_number_of_lines_the_day_is_not_empty(lines: str) -> None:
    """The number of lines is not needed; the day counts by its other numbers."""
    assert old_day(lines=lines).state == "ok"


def test_without_operator_actions_there_are_none() -> None:
    """The number of operator actions may be absent, because no rule uses it."""
    assert old_day(actions="").operator_actions == 0


@pytest.mark.parametrize(
    ("reported_at", "end"),
    [
        ("2025-12-20T08:00:00.123456+00:00", EXACT),
        ("2025-12-20T08:00:00Z", END),
        ("2025-12-20T09:00:00+01:00", END),
        ("2025-12-20 08:00:00Z", END),
        (None, MIDNIGHT),
    ],
)
def test_the_window_ends_when_the_report_was_made(reported_at: str | None, end: datetime) -> None:
    """The window ends at the time of the report, or with the day if that time is missing."""
    day = old_day(reported_at=reported_at)

    assert (day.start, day.end) == (end - DAY_LENGTH, end)


@pytest.mark.parametrize(
    "reported_at",
    [
        "2025-12-20T01:00:00+02:00",
        "2025-12-20T23:30:00-01:00",
        "2025-12-19T08:00:00Z",
        "2025-12-20T08:00:00",
        "0001-01-01T00:00:00+05:00",
        "yesterday",
    ],
)
def test_a_time_that_cannot_be_makes_the_day_unreadable(reported_at: str) -> None:
    """A report that was made on another day, or never, could hide a gap between windows."""
    assert is_unreadable(old_day(reported_at=reported_at))


@pytest.mark.parametrize("severities", ["[]", "{}"])
def test_a_list_without_severities_is_an_empty_day(severities: str) -> None:
    """A list without severities means a window without events."""
    assert old_day(severities=severities).state == "empty"


@pytest.mark.parametrize("text", ["", "\n", "\x00", "# Stage 1\n", "- Severity top: []\n"])
def test_a_text_that_is_no_report_is_unreadable(text: str) -> None:
    """A text that is not a report makes the day unreadable."""
    assert is_unreadable(day_of_old_markdown(DAY, text))


def test_this_programs_own_markdown_is_unreadable_without_its_summary() -> None:
    """Markdown of this program does not replace a lost summary."""
    assert is_unreadable(day_of_old_markdown(DAY, snapshot_markdown(summary())))


@settings(max_examples=examples(100))
@given(
    st.lists(
        st.one_of(
            st.sampled_from(old_markdown().split("\n")),
            st.sampled_from(
                [
                    "- Severity top: [",
                    "- Severity top: [('\\N', 1)]",
                    "- New-alerts heuristic (last 24h, ): **999999999999999999**",
                    "- Reported at (UTC): 9999-12-31T23:59:59-05:00",
                ]
            ),
            st.text(max_size=30),
        ),
        max_size=12,
    )
)
def test_any_text_makes_a_day(lines: list[str]) -> None:
    """Any text is read as a day without an error, and a day without data has no numbers."""
    day = day_of_old_markdown(DAY, "\n".join(lines))

    assert day.date == date(2025, 12, 20)
    assert day.state in {"ok", "empty", "unreadable"}
    if day.state == "unreadable":
        assert is_unreadable(day)


FOUND: dict[str, dict[str, Any]] = {
    "not_understood": {"not_understood": 1},
    "danger": {"danger": 1},
    "critical_actions": {"critical_actions": 1},
    "legacy_critical": {"legacy_critical": 1},
    "incomplete": {"complete": False},
    "lost": {"lost": ("folder a",)},
}
"""What a day shows of which a rule found something."""


@pytest.mark.parametrize("rule", FOUND)
def test_a_day_lacks_what_a_rule_found_in_its_report(rule: str) -> None:
    """A file that shows nothing of it is another one than the report."""
    row = TrendRow(DAY, 0, 0, 0, 0)
    quiet = day_of_summary(summary())
    other = {name: changes for name, changes in FOUND.items() if name != rule}

    assert lacks_of_row(quiet, row, objections={rule})
    assert not lacks_of_row(quiet, row)
    assert not lacks_of_row(quiet, row, objections={"missing"})
    assert not lacks_of_row(replace(quiet, **FOUND[rule]), row, objections={rule})
    for changes in other.values():
        assert lacks_of_row(replace(quiet, **changes), row, objections={rule})


def test_a_report_that_has_aged_out_lacks_no_loss() -> None:
    """The loss became its age."""
    aged = day_of_summary(summary(aged=True))

    assert not lacks_of_row(aged, TrendRow(DAY, 0, 0, 0, 0), objections={"lost"})


@pytest.mark.parametrize("field", ["new_alerts", "critical_alerts", "parse_errors"])
def test_a_day_lacks_the_numbers_of_its_row(field: str) -> None:
    """What it shows more of, or of another kind, makes up for nothing."""
    row = replace(TrendRow(DAY, 0, 0, 0, 0), **{field: 2})
    day = replace(day_of_summary(summary()), operator_actions=9)

    found = [lacks_of_row(replace(day, **{field: number}), row) for number in (1, 2, 3)]

    assert found == [True, False, False]


SHOWN: dict[str, dict[str, Any]] = {
    "new_alerts": {"metrics": metrics(new_alerts=2)},
    "critical_alerts": {"metrics": metrics(critical_alerts=2)},
    "parse_errors": {"metrics": metrics(parse_errors=2)},
    "operator_actions": {"metrics": metrics(operator_actions=2)},
    "not_understood": {"understanding": Understanding(unknown_severity=2)},
    "danger": {"understanding": Understanding(danger=2)},
    "critical_actions": {"understanding": Understanding(critical_actions=2)},
    "legacy_critical": {"understanding": Understanding(legacy_critical=2)},
}
"""A count that shows two of what a number of a day counts."""


@pytest.mark.parametrize("field", SHOWN)
def test_a_count_makes_no_day_milder(field: str) -> None:
    """Each number is the higher one of the report and the count."""
    count = summary(**SHOWN[field])
    gone = gone_day(DAY)

    assert with_count(gone, count) == replace(gone, **{field: 2})
    assert with_count(replace(gone, **{field: 1}), count) == replace(gone, **{field: 2})
    assert with_count(replace(gone, **{field: 3}), count) == replace(gone, **{field: 3})
