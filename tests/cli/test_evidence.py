"""Evidence as short lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.cli.evidence import MOST_LINES, MOST_WORST, evidence_lines, worst_lines
from peaktrade_ops.stage1.models import Evidence, LeftOut, NamedCount, Understanding
from peaktrade_ops.text import printable
from tests.support.artifacts import coverage, metrics, named_everywhere, seen, summary
from tests.support.injection import HOSTILE


def test_a_concern_is_a_line_with_its_evidence_below_it() -> None:
    """The lines have the number, the names that were not understood, and the events."""
    day = summary(
        metrics=metrics(critical_alerts=1),
        understanding=Understanding(
            unknown_severity=3, unknown_values=(NamedCount("60", 2), NamedCount("p9", 1))
        ),
        evidence=Evidence(
            critical=(seen(type=None),), not_understood=(seen(time=None, severity="60"),)
        ),
        coverage=coverage(in_window=0, left_out=(LeftOut("b", "cut off", "incomplete"),)),
    )

    assert list(evidence_lines(day, 80)) == [
        "critical alerts: 1",
        "  12-20 07:00:00 telemetry/a.jsonl:1 critical R1 no margin left",
        "not understood: 3 (the first 1)",
        "  severities that are not understood: 60 (2), p9 (1)",
        "  no time telemetry/a.jsonl:1 60 order_rejected R1 no margin left",
        "left out, not read or cut off: 1",
        "  cut off: b",
        "no event in the window",
    ]


def test_a_long_list_is_cut_and_counted() -> None:
    """Only the first events have a line."""
    events = tuple(seen(line=i + 1) for i in range(20))
    lines = list(
        evidence_lines(
            summary(metrics=metrics(critical_alerts=23), evidence=Evidence(critical=events)), 80
        )
    )

    assert lines[0] == f"critical alerts: 23 (the first {MOST_LINES})"
    assert len(lines) == 1 + MOST_LINES


def test_a_report_without_evidence_says_why() -> None:
    """A report of an earlier version has a sentence in place of events."""
    day = summary(metrics=metrics(critical_alerts=1), evidence=None)

    assert list(evidence_lines(day, 40)) == [
        "critical alerts: 1",
        "  This report does not list them, bec...",
    ]


def test_the_end_of_a_long_path_is_kept() -> None:
    """The name of a file and the line tell more than the folders before them."""
    day = summary(
        metrics=metrics(critical_alerts=1),
        evidence=Evidence(critical=(seen(path="folder/" * 30 + "risk.jsonl", line=1234),)),
    )

    assert list(evidence_lines(day, 60))[1] == (
        "  12-20 07:00:00 ...r/risk.jsonl:1234 critical order_reje..."
    )


def test_the_worst_of_a_day_is_a_few_lines() -> None:
    """Alerts are not among the worst, and an event of two kinds is shown once."""
    day = summary(
        metrics=metrics(critical_alerts=2, new_alerts=1),
        understanding=Understanding(danger=3),
        evidence=Evidence(
            critical=(seen(line=1), seen(line=2)),
            danger=(seen(line=1), seen(line=3), seen(line=4)),
            alerts=(seen(line=5),),
        ),
    )

    lines = worst_lines(day, 80)

    assert [line.split(":")[3].split()[0] for line in lines] == ["1", "2", "3"]
    assert len(lines) == MOST_WORST
    assert worst_lines(summary(), 80) == []


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:40])
@pytest.mark.parametrize("width", [1, 20, 160])
def test_text_of_telemetry_stays_on_its_line(text: str, width: int) -> None:
    """No text of an event breaks a line, controls the terminal, or makes a line too wide."""
    day = named_everywhere(text)

    for line in (*evidence_lines(day, width), *worst_lines(day, width)):
        assert len(line) <= max(width, 3)
        assert line == printable(line)
        assert len(line.splitlines()) == 1


@given(st.text(max_size=300), st.integers(20, 200))
def test_no_text_at_all_is_wider(text: str, width: int) -> None:
    """Every line fits, and there are as many lines as for a harmless text."""
    lines = list(evidence_lines(named_everywhere(text), width))

    assert max(map(len, lines)) <= width
    assert not text or len(lines) == len(list(evidence_lines(named_everywhere("x"), width)))
