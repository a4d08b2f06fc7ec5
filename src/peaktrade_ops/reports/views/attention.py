"""What asks for attention on a day, with its evidence: the same for pages, Markdown and terminal.

Everything here is derived from the summary, also from those of earlier versions, which say less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from peaktrade_ops.stage1.day import contradiction_of
from peaktrade_ops.stage1.models import (
    LeftOut,
    NamedCount,
    RejectedLine,
    Seen,
    Understanding,
)
from peaktrade_ops.stage1.severity import CRITICAL
from peaktrade_ops.stage1.stage import STAGE1, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.stage1.models import (
        Coverage,
        Summary,
    )

Tone = Literal["bad", "watch"]

QUIET: Final = (
    "nothing asks for attention: no critical event, danger or alert in the window, and nothing of"
    " it rejected, left out or not understood"
)
"""The sentence about a day without concerns, for reports that know all of it."""

QUIET_SO_FAR: Final = (
    "nothing asks for attention in what this report knows; an earlier version made it, which did"
    " not record everything"
)
"""The sentence about a day without concerns in a report of an earlier version."""

OF_EARLIER_VERSION: Final = (
    "This report does not list them, because an earlier version made it. Make it again to see them."
)


class Names(msgspec.Struct, frozen=True):
    """The most frequent names of something: caption, head of the names, and the names."""

    caption: str
    head: str
    counts: Sequence[NamedCount]


class Concern(msgspec.Struct, frozen=True):
    """Something that asks for attention.

    Attributes:
        name: The anchor on the page of the day; links from other pages use it.
        title: The heading.
        count: How much of it there is.
        tone: ``bad`` if it may have cost money, else ``watch``.
        advice: What to do, as sentences.
        seen: The first events, in order; `None` if the report of an earlier version has none.
        is_listed: Whether a report lists the events at all.
        is_counted: Whether the count is worth showing; else the concern is a fact.
        parts: What the count consists of, as texts of this program with their counts.
        names: The most frequent names in it.
        rejected: The first rejected records.
        left_out: The paths that were left out with an effect on the coverage.
        texts: Untrusted texts about it.
    """

    name: str
    title: str
    count: int
    tone: Tone
    advice: str
    seen: Sequence[Seen] | None = ()
    is_listed: bool = True
    is_counted: bool = True
    parts: Sequence[tuple[str, int]] = ()
    names: Sequence[Names] = ()
    rejected: Sequence[RejectedLine] = ()
    left_out: Sequence[LeftOut] = ()
    texts: Sequence[str] = ()


class Number(msgspec.Struct, frozen=True):
    """A number of `Understanding` that is shown with the metrics of a day; `None` if not known."""

    name: str
    label: str
    noun: str
    markdown: str
    tone: Tone
    value: int | None

    @property
    def counted(self) -> str:
        """The number with its noun."""
        plural = "" if self.value == 1 or self.noun == "not understood" else "s"
        return f"{self.value} {self.noun}{plural}"


def concerns_of(summary: Summary) -> list[Concern]:
    """Return what asks for attention on a day, the most severe first; empty for a quiet day."""
    stage = stage_of(summary.stage or STAGE1.key)
    return [
        msgspec.structs.replace(concern, advice=stage.in_words(concern.advice))
        for concern in _all(summary)
        if concern.count
    ]


def quiet_sentence(summary: Summary) -> str:
    """Return the sentence about a day without concerns."""
    knows_all = summary.coverage is not None and summary.understanding is not None
    return QUIET if knows_all else QUIET_SO_FAR


def numbers_of(summary: Summary) -> tuple[Number, ...]:
    """Return the numbers of what was not understood or is too severe to tolerate."""
    known = summary.understanding
    return (
        Number(
            "danger",
            "Dangers",
            "danger",
            "Dangers (last 24h)",
            "bad",
            known.danger if known else None,
        ),
        Number(
            "not_understood",
            "Not understood",
            "not understood",
            "Not understood (last 24h)",
            "watch",
            sum(count for _, count in _not_understood_parts(summary)) if known else None,
        ),
        Number(
            "critical_actions",
            "Critical actions",
            "critical action",
            "Operator actions that are critical (last 24h)",
            "bad",
            known.critical_actions if known else None,
        ),
        Number(
            "legacy_critical",
            "Legacy criticals",
            "legacy critical",
            "Criticals of legacy sources (last 24h)",
            "bad",
            known.legacy_critical if known else None,
        ),
    )


def listing_caption(concern: Concern) -> str:
    """Return the caption of the events of a concern; it says how many more there are."""
    shown = len(concern.seen or ())
    if shown < concern.count:
        return f"The first {shown:,} of {concern.count:,}"
    return f"{shown:,} event" if shown == 1 else f"{shown:,} events"


def unlisted_sentence(concern: Concern) -> str:
    """Return why a concern has no events to show; empty if it shows some, or needs none."""
    if concern.seen or not concern.is_listed:
        return ""
    if concern.seen is None:
        return OF_EARLIER_VERSION
    return "None of them is among the first events that the report lists."


def properties_of(event: Seen) -> tuple[str | None, ...]:
    """Return the severity, type, rule and text of an event, all untrusted."""
    return event.severity, event.type, event.rule, event.text


def place_of(event: Seen) -> str:
    """Return where an event stands: its file, which is untrusted, and its line."""
    return f"{event.path}:{event.line}"


def _all(summary: Summary) -> Iterator[Concern]:
    """Yield every concern that a day can have, with its count, which may be 0."""
    known, evidence = summary.understanding, summary.evidence
    yield Concern(
        "critical",
        "Critical alerts",
        summary.metrics.critical_alerts,
        "bad",
        "Find the cause of each before you go on.",
        evidence.critical if evidence else None,
    )
    yield Concern(
        "danger",
        "Dangers",
        known.danger if known else 0,
        "bad",
        "A type or state says that trading was stopped or cut. Check each. Words that mean no"
        " danger here come off the list danger under [alerts] in stage1.toml.",
        evidence.danger if evidence else None,
    )
    yield Concern(
        "alerts",
        "New alerts",
        summary.metrics.new_alerts,
        "watch",
        "Look at each: the verdict of the trend tolerates only a few.",
        evidence.alerts if evidence else None,
    )
    yield _not_understood(summary)
    yield Concern(
        "actions",
        "Critical operator actions",
        known.critical_actions if known else 0,
        "bad",
        "An operator acted on something critical: make sure that its cause is gone.",
        [each for each in evidence.actions if each.severity == CRITICAL] if evidence else None,
    )
    yield Concern(
        "legacy-critical",
        "Criticals of legacy sources",
        known.legacy_critical if known else 0,
        "bad",
        "Look into the files that legacy under [sources] names: an event there is critical,"
        " a danger or not understood.",
        is_listed=False,
    )
    yield from _of_scan(summary, summary.coverage)
    yield from _of_report(summary)


def _of_scan(summary: Summary, coverage: Coverage | None) -> Iterator[Concern]:
    """Yield the concerns about the records and the files of the day."""
    yield Concern(
        "rejected",
        "Rejected records",
        summary.metrics.parse_errors,
        "watch",
        "These lines are no events. Mend the writer, or the lines themselves.",
        is_listed=False,
        rejected=summary.rejected or (),
    )
    left_out = harmful(coverage)
    yield Concern(
        "left-out",
        "Left out, not read or cut off",
        len(left_out) or int(coverage is not None and not coverage.complete),
        "watch",
        "Events of the window may be missing. Make these paths readable or whole, or name them"
        " under [sources] in stage1.toml, and make the report again.",
        is_listed=False,
        left_out=left_out,
    )
    yield _fact(
        "empty",
        "No event in the window",
        "Telemetry that has stopped looks like this.",
        holds=coverage is not None and not coverage.in_window,
    )


def _of_report(summary: Summary) -> Iterator[Concern]:
    """Yield the concerns about the report itself."""
    lost = summary.lost or ()
    yield Concern(
        "lost",
        "Lost since the report was made",
        0 if summary.aged is True else len(lost),
        "watch",
        "The telemetry now shows less than this report. Bring back what is gone.",
        is_listed=False,
        texts=lost,
    )
    problem = contradiction_of(summary)
    yield _fact(
        "contradiction",
        "The report contradicts itself",
        "Do not rely on its numbers. Make it again.",
        holds=bool(problem),
        texts=[problem],
    )
    yield _fact(
        "remade",
        "Made again in place of a report that was changed or gone",
        "Nothing vouches for what the earlier report showed. Compare it, then accept the day.",
        holds=summary.remade is True,
    )
    yield _fact(
        "not-known",
        "Not known what was not understood",
        "Version 0.1.0 made this report, which did not look for it. Make it again.",
        holds=summary.coverage is not None and summary.understanding is None,
    )


def _fact(name: str, title: str, advice: str, *, holds: bool, texts: Sequence[str] = ()) -> Concern:
    """Return a concern that is true or not, without a number."""
    return Concern(
        name,
        title,
        int(holds),
        "watch",
        advice,
        is_listed=False,
        is_counted=False,
        texts=texts,
    )


def _not_understood(summary: Summary) -> Concern:
    known, evidence = summary.understanding, summary.evidence
    parts = [part for part in _not_understood_parts(summary) if part[1]]
    names = (
        [
            Names("Severities that are not understood", "Severity", known.unknown_values),
            Names("Where a severity stands that is not read", "Key or place", known.unread_keys),
        ]
        if known
        else []
    )
    return Concern(
        "not-understood",
        "Not understood",
        sum(count for _, count in parts),
        "watch",
        "Run peaktrade-ops inspect on their files: it shows how they are read, and writes the"
        " lines of stage1.toml that they need.",
        evidence.not_understood if evidence else None,
        parts=parts,
        names=[each for each in names if each.counts],
    )


def _not_understood_parts(summary: Summary) -> list[tuple[str, int]]:
    """Return the counts that the rule ``not_understood`` adds up (section 7 of the contract)."""
    known, coverage = summary.understanding or Understanding(), summary.coverage
    # Version 0.1.0 counted only the critical ones of the serious events without a time.
    untimed = max(known.untimed_serious, coverage.untimed_critical if coverage else 0)
    return [
        ("of unknown severity", known.unknown_severity),
        ("with a severity that is not read", known.unread_severity),
        ("serious, but without a usable time", untimed),
        ("serious, but more than 24 hours ahead of the clock", known.ahead_serious),
    ]


def harmful(coverage: Coverage | None) -> list[LeftOut]:
    """Return the paths that were left out and make the coverage incomplete.

    Version 0.1.0 did not write the effect. Without it, every path of an incomplete day may be one.
    """
    if coverage is None:
        return []
    return [
        item
        for item in coverage.left_out
        if item.effect == "incomplete" or (not item.effect and not coverage.complete)
    ]
