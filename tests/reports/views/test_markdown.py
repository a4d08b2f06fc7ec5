"""Models as Markdown: labels, structure, and untrusted text."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from peaktrade_ops.config import Config, Policy
from peaktrade_ops.reports.views.markdown import snapshot_markdown, trend_markdown
from peaktrade_ops.stage1.day import missing_day, unreadable_day
from peaktrade_ops.stage1.models import (
    Evidence,
    Finding,
    LeftOut,
    NamedCount,
    Summary,
    Top,
    Trend,
    Understanding,
)
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.text import printable, toml_string
from peaktrade_ops.window import window_until
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
from tests.support.examples import examples

if TYPE_CHECKING:
    from markdown_it.token import Token

pytestmark = pytest.mark.one_python

OLD_READERS = {
    "new_alerts": r"New-alerts heuristic.*\*\*(\d+)\*\*",
    "operator_actions": r"ack/snooze/resolve/silence in last 24h:.*\*\*(\d+)\*\*",
    "legacy_alerts": r"Legacy-keyword hits.*\*\*(\d+)\*\*",
    "lines": r"Total JSONL lines scanned.*\*\*(\d+)\*\*",
}
LABELS = (
    r"New-alerts heuristic \(last 24h, [^\n]*\): \*\*(\d+)\*\*",
    r"ack/snooze/resolve/silence in last 24h: \*\*(\d+)\*\*",
    r"Legacy-keyword hits \(heuristic\): \*\*(\d+)\*\*",
    r"Total JSONL lines scanned [^\n]*: \*\*(\d+)\*\*",
)
HOSTILE = (
    "**99**",
    "New-alerts heuristic (last 24h, x): **99**",
    "- ack/snooze/resolve/silence in last 24h: **99**",
    "x\n- Legacy-keyword hits (heuristic): **99**\n",
    "x\r- Total JSONL lines scanned (all): **99**",
    "x\u2028- Severity top: []\u2029",
    "x\x85# heading",
    "\n\n# heading\n\n| a | b |\n|---|---|\n",
    "# heading",
    "> quote",
    "- item",
    "1. item",
    "---",
    "===",
    "    code",
    "```\ncode",
    "~~~",
    "a | b | c",
    "a \\| b",
    "\\",
    "`",
    "`a | b`",
    "<b>bold</b><script>alert(1)</script>",
    "<!--",
    "<details><summary>",
    "&#42;&#42;99&#42;&#42;",
    "[click](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "[x]: https://example.org",
    "https://example.org/?a=b|c",
    "www.example.org",
    "\x1b[2J\x1b]0;title\x07",
    "\u202eetirw\u2066\u200b",
    "\x00\x7f",
    "",
    "   ",
    "x" * 10_000,
    # Not longer, because the parser of the tests needs seconds for more of it.
    "**|\n" * 300,
)


def parsed(text: str) -> list[Token]:
    """Parse as the usual renderers do, tables and strikethrough included."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def structure(text: str) -> list[str]:
    """Return everything that a parser finds in a document except its words."""
    return [
        f"{token.nesting:+}{token.type}.{token.tag}"
        + "".join(f" {piece.type}" for piece in token.children or () if piece.type != "text")
        for token in parsed(text)
    ]


def cells(text: str) -> list[str]:
    """Return the words of every inline stretch of a document, as a reader sees them."""
    return [
        "".join(piece.content for piece in token.children or ())
        for token in parsed(text)
        if token.type == "inline"
    ]


def bold(text: str) -> list[str]:
    """Return all bold texts as rendered."""
    found = []
    for token in parsed(text):
        pieces = token.children or []
        found += [
            pieces[i + 1].content for i, piece in enumerate(pieces) if piece.type == "strong_open"
        ]
    return found


# --- the snapshot --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["quiet", *HOSTILE])
def test_the_four_labels_are_found_once_each_with_their_number(text: str) -> None:
    """The four labels of the earlier reports occur once each, with their numbers."""
    report = snapshot_markdown(
        msgspec.structs.replace(
            named_everywhere(text),
            metrics=metrics(new_alerts=21, operator_actions=22, legacy_alerts=23),
        )
    )
    expected = {"new_alerts": "21", "operator_actions": "22", "legacy_alerts": "23", "lines": "2"}

    assert {name: re.findall(regex, report) for name, regex in OLD_READERS.items()} == {
        name: [number] for name, number in expected.items()
    }
    assert [re.findall(label, report) for label in LABELS] == [["21"], ["22"], ["23"], ["2"]]


@pytest.mark.parametrize("label", LABELS)
def test_every_label_begins_an_item(label: str) -> None:
    """Every label is at the beginning of a list item."""
    assert len(re.findall(rf"(?m)^- {label}$", snapshot_markdown(summary()))) == 1


@pytest.fixture(scope="module")
def harmless() -> list[str]:
    """Return the structure of a report in which every text is a word."""
    return structure(snapshot_markdown(named_everywhere("name")))


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_telemetry_changes_no_structure(harmless: list[str], text: str) -> None:
    """No name can begin a line, a heading, a cell, bold text, a link or markup."""
    assert structure(snapshot_markdown(named_everywhere(text))) == harmless


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_telemetry_can_be_read(text: str) -> None:
    """An escaped name still shows all of its characters."""
    shown = cells(snapshot_markdown(named_everywhere(text)))

    # Severity, type, rule, file, rejected, three left out (one is shown twice); an unknown value
    # and a key; type, rule and text of three criticals; these and the severity of four events.
    assert shown.count(printable(text).strip()) == 8 + 2 + 3 * 3 + 4 * 4
    assert shown.count(f"{printable(text)}:1".strip()) == 7
    assert f"That is: {printable(text)}".strip() in shown
    assert f"Note {printable(text)}".strip() in shown


@settings(max_examples=examples(100))
@given(
    st.text(
        st.one_of(
            st.sampled_from("*_|\\`#<>[]()!&~\n\r\t -+.:/1w"),
            st.characters(),
        ),
        max_size=40,
    )
)
def test_no_text_at_all_changes_the_structure(harmless: list[str], text: str) -> None:
    """No text changes the structure of the report."""
    assert structure(snapshot_markdown(named_everywhere(text))) == harmless


@pytest.mark.parametrize("text", ["quiet", *HOSTILE])
def test_only_the_numbers_are_bold(text: str) -> None:
    """Only the ten numbers are bold."""
    report = snapshot_markdown(
        msgspec.structs.replace(
            named_everywhere(text),
            metrics=metrics(
                new_alerts=11,
                critical_alerts=12,
                parse_errors=13,
                operator_actions=14,
                legacy_alerts=15,
            ),
        )
    )

    assert bold(report) == ["11", "12", "13", "14", "15", "1", "4", "1", "1", "2"]


def test_the_report_begins_with_its_day_and_its_window() -> None:
    """The first lines contain the day, the time of the report and its window."""
    lines = snapshot_markdown(summary()).splitlines()

    assert lines[:4] == [
        "# Peak_Trade: Stage 1 (dry run) daily snapshot, 2025-12-20",
        "",
        "- Reported at (UTC): 2025-12-20T08:00:00Z",
        "- Window (last 24h): 2025-12-19T08:00:00Z to 2025-12-20T08:00:00Z",
    ]


EVENT = "2025-12-20T07:00:00Z"


def test_the_evidence_comes_before_the_numbers() -> None:
    """Each concern has its number as a heading, advice, and a table with file and line."""
    critical = seen(path="a|b.jsonl", line=7, rule=None)
    report = snapshot_markdown(
        summary(
            metrics=metrics(critical_alerts=3),
            understanding=Understanding(untimed_serious=1, unknown_values=(NamedCount("60", 2),)),
            evidence=Evidence(critical=(critical,), not_understood=(seen(time=None),)),
        )
    )

    found = report[report.index("## What asks") : report.index("## Summary")]
    assert found.splitlines()[:10] == [
        "## What asks for attention",
        "",
        "### 3 Critical alerts",
        "",
        "Find the cause of each before you go on.",
        "",
        "The first 1 of 3:",
        "",
        "| Time (UTC) | Severity | Type | Rule | Text | File and line |",
        "|---|---|---|---|---|---|",
    ]
    assert (
        f"| {EVENT} | critical | order\\_rejected | - | no margin left | a\\|b.jsonl:7 |" in found
    )
    assert "- 1 serious, but without a usable time" in found
    assert "| 60 | 2 |" in found
    assert "| no time | critical | order\\_rejected | R1 |" in found


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Nothing asks for attention: no critical event, danger or alert in the window"),
        ({"coverage": None}, "Nothing asks for attention in what this report knows;"),
    ],
)
def test_a_quiet_day_says_so(changes: dict[str, Any], sentence: str) -> None:
    """A day without concerns has one sentence instead of headings."""
    report = snapshot_markdown(summary(**changes))

    assert f"\n{sentence}" in report
    assert "What asks" not in report


def test_a_report_without_evidence_says_why() -> None:
    """A report of an earlier version has the number, and the reason why it lists no event."""
    report = snapshot_markdown(summary(metrics=metrics(critical_alerts=1), understanding=None))

    assert "### 1 Critical alerts" in report
    assert "This report does not list them, because an earlier version made it." in report
    assert "Dangers (last 24h)" not in report


def test_operator_actions_are_listed_below_the_numbers() -> None:
    """An operator action that is not critical asks for nothing, and is listed all the same."""
    action = seen(severity="info", type="alert_ack")
    report = snapshot_markdown(
        summary(metrics=metrics(operator_actions=1), evidence=Evidence(actions=(action,)))
    )

    assert "What asks" not in report
    assert f"| {EVENT} | info | alert\\_ack | R1 |" in report[report.index("## Operator actions") :]


def test_notes_come_before_the_numbers() -> None:
    """Notes come before the numbers; a report without notes has no heading for them."""
    report = snapshot_markdown(summary(notes=("Two things.", "One more.")))

    assert report.index("- Two things.\n- One more.\n") < report.index("## Summary")
    assert "Read this first" in report
    assert "Read this first" not in snapshot_markdown(summary())


def test_the_lines_balance_before_the_eyes_of_the_reader() -> None:
    """The report shows how every line ended."""
    report = snapshot_markdown(
        summary(
            coverage=coverage(
                complete=False,
                lines=10,
                blank=1,
                events=5,
                rejected=3,
                partial=1,
                untimed=2,
                untimed_critical=1,
                naive=1,
                future=1,
            )
        )
    )

    assert "- Complete: NO" in report
    assert "- Lines: 10 = 1 blank + 5 events + 3 rejected + 1 partial" in report
    assert (
        "- Events: 1 in the window, 1 after it, 2 without a time (1 critical in the window),"
        " 1 without an offset"
    ) in report
    assert "- Times: 2025-12-20T07:00:00Z to 2025-12-20T07:00:00Z" in report


def test_what_was_left_out_is_shown_with_its_reason() -> None:
    """Files that were not scanned are listed in a table with path and reason."""
    report = snapshot_markdown(
        summary(coverage=coverage(left_out=(LeftOut("a/b.jsonl", "over --max-files"),)))
    )

    assert "- Complete: yes" in report
    heads = "### Left out\n\n| Path | Reason | Coverage |\n|---|---|---|\n"
    assert f"{heads}| a/b.jsonl | over --max-files | - |" in report
    assert "### Left out" not in snapshot_markdown(summary())


def test_without_telemetry_the_report_is_whole() -> None:
    """An empty day has a complete report that marks its empty lists."""
    report = snapshot_markdown(
        summary(
            coverage=coverage(
                candidates=0,
                lines=0,
                events=0,
                in_window=0,
                first=None,
                last=None,
                files=(),
                folders=(),
            ),
            top=Top((), (), ()),
            rejected=(),
        )
    )

    assert report.count("None.") == 3
    assert "- Candidates: 0, scanned: 0" in report
    assert "### Files" not in report
    assert "- Times:" not in report
    assert "Total JSONL lines scanned (all ages): **0**" in report


def test_a_summary_of_the_earlier_scripts_can_be_rendered() -> None:
    """The report leaves out the sections for which the summary has no data."""
    bare = Summary(
        schema_version=1,
        date=DAY,
        created_at_utc=END,
        report_dir="reports",
        metrics=metrics(new_alerts=2),
    )

    report = snapshot_markdown(bare)

    assert "(last 24h, alerts of the window): **2**" in report
    assert not re.search("Window|Total JSONL|Coverage|By hour|Severities|keywords:", report)


def test_numbers_stand_to_the_right() -> None:
    """Columns of numbers are set to the right, names to the left."""
    assert "| Name | Events |\n|---|---:|\n| info | 1 |" in snapshot_markdown(summary())
    assert "| Hour (UTC) | Events | Alerts |\n|---|---:|---:|" in snapshot_markdown(summary())


@pytest.mark.parametrize("text", ["quiet", *HOSTILE])
def test_a_report_has_no_character_that_steers(text: str) -> None:
    """The file contains no control characters except line ends."""
    report = snapshot_markdown(named_everywhere(text))

    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", report
    )
    assert report.endswith("\n")
    assert not report.endswith("\n\n")


# --- the trend -----------------------------------------------------------------------------------


def trend(*, policy: Policy | None = None) -> Trend:
    """Make a trend with a day of every kind, the last one critical."""
    days = quiet_days()
    days[1] = missing_day(days[1].date)
    days[2] = unreadable_day(days[2].date)
    days[3] = quiet_day(days[3].date, empty=True)
    days[4] = quiet_day(days[4].date, complete=False, parse_errors=3)
    days[13] = quiet_day(DAY, new_alerts=4, critical_alerts=2, operator_actions=1)
    config = Config(policy=policy or Policy())
    return build_trend(days, window=window_until(END), config=config)


def test_the_verdict_comes_first_with_all_its_reasons() -> None:
    """The title and the first line contain the verdict; the reasons follow, one item each."""
    made = trend()
    lines = trend_markdown(made).splitlines()

    assert lines[0] == "# Peak_Trade: Stage 1 trend, NO_GO"
    assert lines[2] == "Verdict: **NO_GO** (do not go on)"
    reasons = lines[4 : lines.index("## Every rule of the verdict") - 1]
    hints = [finding.hint for finding in made.rollups.findings or ()]
    expected = []
    for reason, hint in zip(made.rollups.reasons, hints, strict=True):
        sentence, *pasted = hint.split("\n")
        code = ["    ```toml", *(f"    {line}" for line in pasted), "    ```"] if pasted else []
        expected += [f"- {reason}", f"  - {sentence}", *code]
    assert [line.replace("\\", "") for line in reasons] == expected
    assert len(reasons) >= 8


def test_every_rule_is_a_row() -> None:
    """A table shows every rule, those that object first; a GO that is not current has none."""
    report = trend_markdown(trend())

    assert (
        "| Rule | Measured | Threshold | Result |\n|---|---|---|---|\n"
        "| Critical alerts | 2 critical alerts on 1 day | none allowed | objects: NO\\_GO |\n"
    ) in report
    assert "| New alerts in total | 4 alerts | at most 5 | passed |" in report
    go = build_trend(quiet_days(), window=window_until(END), config=Config())
    assert "| passed |" in trend_markdown(go)
    assert "| passed |" not in trend_markdown(go, ["reports came"])


def test_a_finding_without_a_hint_has_no_empty_item() -> None:
    """A finding of another program without a hint is one item."""
    made = trend()
    bare = Finding("any", "HOLD", (DAY,), "wrong", "")
    rollups = msgspec.structs.replace(made.rollups, findings=(bare,))
    report = trend_markdown(msgspec.structs.replace(made, rollups=rollups))

    assert f"- wrong: {DAY}\n\n" in report


@pytest.mark.parametrize("text", ["a`b", "```", "````toml", "`" * 80, "~~~", *HOSTILE])
def test_the_lines_to_paste_are_code_as_they_are(text: str) -> None:
    """What a reader copies is right, and nothing in it ends the code."""
    line = f'map.{toml_string(text)} = "critical"'
    made = trend()
    finding = Finding("any", "HOLD", (DAY,), "wrong", f"do this\n[severity]\n{line}")
    rollups = msgspec.structs.replace(made.rollups, findings=(finding,))

    tokens = MarkdownIt("commonmark").parse(
        trend_markdown(msgspec.structs.replace(made, rollups=rollups))
    )

    [code] = [each for each in tokens if each.type == "fence"]
    assert (code.info, code.content) == ("toml", f"[severity]\n{line}\n")
    assert text in tomllib.loads(code.content)["severity"]["map"]


@pytest.mark.parametrize(
    ("changes", "verdict", "meaning"),
    [
        ({}, "GO", "every check passed"),
        ({"parse_errors": 1}, "HOLD", "do not go on before each reason is understood"),
        ({"critical_alerts": 1}, "NO_GO", "do not go on"),
    ],
)
def test_every_verdict_says_what_it_means(
    changes: dict[str, Any], verdict: str, meaning: str
) -> None:
    """The report explains what the verdict means."""
    days = quiet_days()
    days[-1] = quiet_day(**changes)
    report = trend_markdown(build_trend(days, window=window_until(END), config=Config()))

    assert f"Verdict: **{verdict}** ({meaning})\n" in report
    assert bold(report) == [verdict]


def test_what_a_verdict_let_pass_is_listed() -> None:
    """A verdict lists what it tolerates, and the time until which it is valid."""
    days = [quiet_day(day, new_alerts=int(day == DAY)) for day in days_until(DAY, 14)]
    report = trend_markdown(build_trend(days, window=window_until(END), config=Config()))

    assert "\n## Let pass\n\n- 1 new alert: 2025-12-20\n" in report
    assert "- Valid until (UTC): 2025-12-21T14:00:00Z\n" in report
    assert "## Let pass" not in trend_markdown(
        build_trend(quiet_days(), window=window_until(END), config=Config())
    )


def test_every_day_is_a_row_that_says_its_state() -> None:
    """A day without data shows dashes; zeros would look like a quiet day."""
    report = trend_markdown(trend())

    assert "| 2025-12-08 | missing | - | 0.00 | - | - | - |" in report
    assert "| 2025-12-09 | unreadable | - | 0.00 | - | - | - |" in report
    assert "| 2025-12-10 | empty | 0 | 0.00 | 0 | 0 | 0 |" in report
    assert "| 2025-12-11 | incomplete, parse errors | 0 | 0.00 | 0 | 3 | 0 |" in report
    assert "| 2025-12-20 | critical, alerts | 4 | 0.57 | 2 | 0 | 1 |" in report


@pytest.mark.parametrize("first", [0, 1])
def test_columns_are_laid_out_alike_whatever_the_first_day_is(first: int) -> None:
    """A range that begins with a missing day looks like one that does not."""
    days = quiet_days()
    days[first] = missing_day(days[first].date)
    report = trend_markdown(build_trend(days, window=window_until(END), config=Config()))

    assert "|---|---|---:|---|---:|---:|---:|" in report


def test_the_range_and_the_rollups_are_shown() -> None:
    """The report shows the range and the rollups."""
    report = trend_markdown(trend())

    assert "- Generated at (UTC): 2025-12-20T08:00:00Z" in report
    assert "- Days: 14, from 2025-12-07 to 2025-12-20" in report
    assert "- New alerts: 4 in total, 0.36 a day" in report
    assert "- Days with critical alerts: 1" in report
    assert "- Days with parse errors: 1" in report
    assert "- Days with operator actions: 1" in report
    assert (
        "- New alerts a day, first 3 with data against the last 3: 0.00 against 1.33 (+1.33)"
    ) in report


@pytest.mark.parametrize(("days_off", "words"), [((), "none"), (("sat", "sun"), "sat, sun")])
def test_the_policy_is_shown(days_off: tuple[str, ...], words: str) -> None:
    """A reader sees which thresholds the verdict was made with."""
    policy = Policy(7, 2, 9, 4, days_off, 5)

    assert trend_markdown(trend(policy=policy)).endswith(
        "## Policy\n\n"
        "- New alerts allowed in total: 7\n"
        "- Missing days allowed in any 9: 2\n"
        "- Days with data wanted: 4\n"
        f"- Days off: {words}\n"
        "- Days that telemetry is kept at least: 5\n"
    )


def test_a_trend_of_the_earlier_scripts_can_be_rendered() -> None:
    """Rollups that a file does not have are left out, and the means are dashes."""
    made = trend()
    bare = msgspec.structs.replace(
        made,
        rollups=msgspec.structs.replace(
            made.rollups, rolling_mean_7d=None, first_vs_last=None, policy=None
        ),
    )

    report = trend_markdown(bare)

    assert "| 2025-12-20 | critical, alerts | 4 | - | 2 | 0 | 1 |" in report
    assert "## Policy" not in report
    assert "against" not in report


def test_a_trend_without_any_data_is_whole() -> None:
    """The mean of no days is a dash in its row and 0.00 over all."""
    days = [missing_day(DAY - timedelta(days=1)), missing_day(DAY)]
    report = trend_markdown(build_trend(days, window=window_until(END), config=Config()))

    assert "| 2025-12-20 | missing | - | - | - | - | - |" in report
    assert "0 in total, 0.00 a day" in report


@pytest.mark.parametrize("text", HOSTILE)
def test_reasons_change_no_structure(text: str) -> None:
    """Untrusted text in a reason does not change the structure of the report."""
    made = trend()

    def reasoned(reason: str) -> str:
        rollups = msgspec.structs.replace(made.rollups, reasons=(f"reason {reason}",))
        return trend_markdown(msgspec.structs.replace(made, rollups=rollups))

    assert structure(reasoned(text)) == structure(reasoned("name"))
