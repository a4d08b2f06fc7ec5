"""Models as Markdown: pure functions, without access to files or to a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.reports.views.attention import (
    concerns_of,
    listing_caption,
    numbers_of,
    place_of,
    properties_of,
    quiet_sentence,
    unlisted_sentence,
)
from peaktrade_ops.reports.views.escape import code_fence, markdown_text
from peaktrade_ops.reports.views.words import (
    OUT_OF_DATE,
    in_order,
    result_in_words,
    rule_in_words,
    verdict_meaning,
    verdict_word,
)
from peaktrade_ops.stage1.current import validity_of
from peaktrade_ops.stage1.findings import hint_parts, reason_of
from peaktrade_ops.stage1.metrics import NEW_ALERTS, View, shown_in
from peaktrade_ops.stage1.stage import PROJECT, STAGE1, Stage
from peaktrade_ops.stage1.trend import days_of
from peaktrade_ops.text import printable
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from peaktrade_ops.reports.views.attention import Concern
    from peaktrade_ops.stage1.models import (
        Coverage,
        Finding,
        NamedCount,
        RejectedLine,
        Rollups,
        Seen,
        Summary,
        Trend,
        TrendRow,
    )


def snapshot_markdown(summary: Summary, stage: Stage = STAGE1) -> str:
    """Render the report of a day.

    Other programs search for the labels of the numbers. Each number is in bold after its label, and
    nothing else in the report is bold.
    """
    return document(_snapshot(summary, stage))


def trend_markdown(trend: Trend, doubts: Sequence[str] = (), stage: Stage = STAGE1) -> str:
    """Render the trend, the verdict first.

    Args:
        trend: The trend.
        doubts: The reasons why the verdict is not current, one sentence each; empty if it is.
        stage: The stage.
    """
    return document(_trend(trend, doubts, stage))


def no_trend_markdown(problem: str, stage: Stage = STAGE1) -> str:
    """Render the report for a trend that cannot be read or trusted."""
    return document(
        (
            f"# {PROJECT}: {stage.name} trend, no verdict",
            "",
            f"Take it for HOLD: {markdown_text(problem)}. Make the trend again.",
        )
    )


def _snapshot(summary: Summary, stage: Stage) -> Iterator[str]:
    yield f"# {PROJECT}: {markdown_text(stage.title)} daily snapshot, {summary.date}"
    yield ""
    yield f"- Reported at (UTC): {iso_utc(summary.created_at_utc)}"
    if summary.window:
        start, end = iso_utc(summary.window.start), iso_utc(summary.window.end)
        yield f"- Window (last 24h): {start} to {end}"
    if summary.notes:
        yield from ("", "## Read this first", "")
        yield from (f"- {markdown_text(note)}" for note in summary.notes)
    yield from _attention(summary)
    yield from _numbers(summary)
    if summary.top:
        yield from _top("Severities", summary.top.severities)
        yield from _top("Types", summary.top.types)
        yield from _top("Rules", summary.top.rules)
    if summary.hourly:
        yield from ("", "## By hour", "")
        yield from table(
            ("Hour (UTC)", "Events", "Alerts"),
            ((iso_utc(hour.start), hour.events, hour.alerts) for hour in summary.hourly),
        )
    if summary.coverage:
        yield from _coverage(summary.coverage)
    yield from _asking_nothing(summary)


def _numbers(summary: Summary) -> Iterator[str]:
    """Yield the numbers of a day, each of them in bold after its label."""
    yield from ("", "## Summary", "")
    for metric in shown_in(View.MARKDOWN):
        yield f"- {metric.markdown}: **{getattr(summary.metrics, metric.name)}**"
    for known in numbers_of(summary):
        if known.value is not None:
            yield f"- {known.markdown}: **{known.value}**"
    if summary.coverage:
        yield f"- Total JSONL lines scanned (all ages): **{summary.coverage.lines}**"
    if summary.settings:
        yield f"- Legacy keywords: {markdown_text(summary.settings.legacy_regex)}"


def _asking_nothing(summary: Summary) -> Iterator[str]:
    """Yield records and events that are listed, but ask for no attention."""
    if summary.rejected and not summary.metrics.parse_errors:
        yield from ("", "## Rejected records of other days (the first of them)", "")
        yield from _rejected(summary.rejected)
    if summary.evidence and summary.evidence.actions:
        yield from ("", "## Operator actions (the first of them)", "")
        yield from _events(summary.evidence.actions)


def _attention(summary: Summary) -> Iterator[str]:
    """Yield what asks for attention, with its evidence, or the sentence of a quiet day."""
    concerns = concerns_of(summary)
    if not concerns:
        yield from ("", f"{quiet_sentence(summary).capitalize()}.")
        return
    yield from ("", "## What asks for attention")
    for concern in concerns:
        count = f"{concern.count} " if concern.is_counted else ""
        yield from ("", f"### {count}{concern.title}", "", markdown_text(concern.advice))
        yield from _evidence(concern)


def _evidence(concern: Concern) -> Iterator[str]:
    """Yield what is known of a concern: what it consists of, names, events, records, paths."""
    items = [f"- {count} {what}" for what, count in concern.parts]
    # A text at the start of an item could begin a list of its own.
    items += [f"- That is: {markdown_text(text)}" for text in concern.texts]
    yield from ["", *items] if items else ()
    for names in concern.names:
        yield from ("", f"{names.caption}:", "")
        yield from table((names.head, "Events"), ((each.name, each.count) for each in names.counts))
    if concern.seen:
        yield from ("", f"{listing_caption(concern)}:", "")
        yield from _events(concern.seen)
    elif sentence := unlisted_sentence(concern):
        yield from ("", sentence)
    if concern.rejected:
        yield from ("", "The first of them, those of the window first:", "")
        yield from _rejected(concern.rejected)
    if concern.left_out:
        yield ""
        yield from table(
            ("Path", "Reason"), ((item.path, item.reason) for item in concern.left_out)
        )


def _events(events: Iterable[Seen]) -> Iterator[str]:
    yield from table(
        ("Time (UTC)", "Severity", "Type", "Rule", "Text", "File and line"),
        (
            (
                iso_utc(event.time) if event.time else "no time",
                *("-" if text is None else text for text in properties_of(event)),
                place_of(event),
            )
            for event in events
        ),
    )


def _rejected(rejected: Iterable[RejectedLine]) -> Iterator[str]:
    yield from table(
        ("File", "Line", "Reason"), ((item.path, item.line, item.reason) for item in rejected)
    )


def _top(title: str, counts: Sequence[NamedCount]) -> Iterator[str]:
    yield from ("", f"## {title} in the window", "")
    if not counts:
        yield "None."
        return
    yield from table(("Name", "Events"), ((item.name, item.count) for item in counts))


def _coverage(coverage: Coverage) -> Iterator[str]:
    yield from ("", "## Coverage", "")
    yield f"- Complete: {'yes' if coverage.complete else 'NO'}"
    yield f"- Candidates: {coverage.candidates}, scanned: {coverage.scanned}"
    yield (
        f"- Lines: {coverage.lines} = {coverage.blank} blank + {coverage.events} events"
        f" + {coverage.rejected} rejected + {coverage.partial} partial"
    )
    yield (
        f"- Events: {coverage.in_window} in the window, {coverage.future} after it,"
        f" {coverage.untimed} without a time ({coverage.untimed_critical} critical in the window),"
        f" {coverage.naive} without an offset"
    )
    if coverage.first and coverage.last:
        yield f"- Times: {iso_utc(coverage.first)} to {iso_utc(coverage.last)}"
    if coverage.files:
        yield from ("", "### Files", "")
        yield from table(
            ("File", "Bytes", "Lines", "Blank", "Events", "Rejected", "Partial"),
            (
                (f.path, f.bytes, f.lines, f.blank, f.events, f.rejected, f.partial)
                for f in coverage.files
            ),
        )
    if coverage.left_out:
        yield from ("", "### Left out", "")
        yield from table(
            ("Path", "Reason", "Coverage"),
            ((item.path, item.reason, item.effect or "-") for item in coverage.left_out),
        )


def _trend(trend: Trend, doubts: Sequence[str], stage: Stage) -> Iterator[str]:
    rollups = trend.rollups
    word = verdict_word(rollups.go_no_go, is_current=not doubts)
    yield f"# {PROJECT}: {stage.name} trend, {word}"
    yield ""
    yield f"Verdict: **{word}** ({verdict_meaning(rollups.go_no_go, is_current=not doubts)})"
    yield ""
    yield from (f"- {OUT_OF_DATE}: {markdown_text(doubt)}" for doubt in doubts)
    # A GO that may be wrong must not claim that there is no problem.
    if rollups.go_no_go != "GO" or not doubts:
        yield from _reasons(rollups)
        yield from _checks(rollups)
    yield from _tolerated(rollups)
    yield from ("", "## Range", "")
    yield f"- Generated at (UTC): {iso_utc(trend.generated_at_utc)}"
    yield f"- Valid until (UTC): {iso_utc(validity_of(trend))}"
    yield f"- Days: {trend.range.days}, from {trend.range.start} to {trend.range.end}"
    yield from ("", "## Days", "")
    means = {mean.date: mean.new_alerts for mean in rollups.rolling_mean_7d or ()}
    yield from table(
        _days_heads(),
        (
            (str(row.date), ", ".join(day.statuses), *_days_numbers(row, means.get(row.date)))
            for row, day in zip(trend.series, days_of(trend), strict=True)
        ),
    )
    yield from ("", "## Rollups", "")
    yield f"- New alerts: {rollups.new_alerts_total} in total, {rollups.new_alerts_avg:.2f} a day"
    yield f"- Days with critical alerts: {rollups.critical_days}"
    yield f"- Days with parse errors: {rollups.parse_error_days}"
    yield f"- Days with operator actions: {rollups.operator_action_days}"
    compared = rollups.first_vs_last
    if compared:
        yield (
            f"- New alerts a day, first {len(compared.first_days)} with data against the"
            f" last {len(compared.last_days)}: {compared.first_avg:.2f} against"
            f" {compared.last_avg:.2f} ({compared.change:+.2f})"
        )
    policy = rollups.policy
    if policy:
        yield from ("", "## Policy", "")
        yield f"- New alerts allowed in total: {policy.max_new_alerts}"
        yield (
            f"- Missing days allowed in any {policy.missing_window_days}: {policy.max_missing_days}"
        )
        yield f"- Days with data wanted: {policy.min_days_with_data}"
        yield f"- Days off: {', '.join(policy.days_off) or 'none'}"
        yield f"- Days that telemetry is kept at least: {policy.retention_days}"


def _days_heads() -> list[str]:
    heads = ["Day", "State"]
    for metric in shown_in(View.TREND):
        heads += [metric.column, "7-day mean"] if metric is NEW_ALERTS else [metric.column]
    return heads


def _reasons(rollups: Rollups) -> Iterator[str]:
    """Yield the reasons of a verdict; those from findings have hints."""
    if not rollups.findings:
        yield from (f"- {markdown_text(reason)}" for reason in rollups.reasons)
    for finding in rollups.findings or ():
        yield f"- {markdown_text(reason_of(finding))}"
        yield from _hint(finding)


def _hint(finding: Finding) -> Iterator[str]:
    """Yield the hint of a finding, with the lines to paste as code."""
    sentence, lines = hint_parts(finding)
    if sentence:
        yield f"  - {markdown_text(sentence)}"
    if lines:
        code = [printable(line) for line in lines]
        fence = code_fence(code)
        yield f"    {fence}toml"
        yield from (f"    {line}" for line in code)
        yield f"    {fence}"


def _checks(rollups: Rollups) -> Iterator[str]:
    """Yield every rule of the verdict; trends of earlier versions do not have them."""
    if rollups.checks:
        yield from ("", "## Every rule of the verdict", "")
        yield from table(
            ("Rule", "Measured", "Threshold", "Result"),
            (
                (
                    rule_in_words(check.rule),
                    check.measured,
                    check.threshold,
                    result_in_words(check),
                )
                for check in in_order(rollups.checks)
            ),
        )


def _tolerated(rollups: Rollups) -> Iterator[str]:
    """Yield the findings that the verdict tolerates, if there are any."""
    if rollups.tolerated:
        yield from ("", "## Let pass", "")
        yield from (f"- {markdown_text(reason_of(each))}" for each in rollups.tolerated)


def _days_numbers(row: TrendRow, mean: float | None) -> Iterator[str | int]:
    absent = row.state in {"missing", "unreadable"}
    for metric in shown_in(View.TREND):
        yield "-" if absent else getattr(row, metric.name)
        if metric is NEW_ALERTS:
            yield _mean(mean)


def _mean(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Iterator[str]:
    """Yield the lines of a table, with the first column aligned left and numbers right."""
    rows = list(rows)
    numeric = [any(isinstance(row[i], int) for row in rows) for i in range(len(heads))]
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "|".join("---:" if number else "---" for number in numeric) + "|"
    for row in rows:
        yield "| " + " | ".join(markdown_text(str(cell)) for cell in row) + " |"


def document(lines: Iterable[str]) -> str:
    """Return the lines as a document that ends with a line end."""
    return "\n".join(lines) + "\n"
