"""What there is to tell: the situation of a reports folder, and whether it is news."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from peaktrade_ops.reports.store.reading import UnreadableError
from peaktrade_ops.reports.views.words import OUT_OF_DATE, verdict_meaning, verdict_word
from peaktrade_ops.stage1.current import Currency, currency_of, validity_of
from peaktrade_ops.stage1.models import Trend, Verdict
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.text import printable
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from datetime import datetime

    from peaktrade_ops.reports.store.archive import Archive

MOST_REASONS: Final = 8
MOST_CHARACTERS: Final = 240
"""The most characters of one reason."""

State = Annotated[
    str,
    msgspec.Meta(
        pattern=rf"^(?:GO|HOLD|NO_GO|(?:(?:HOLD|NO_GO), )?{OUT_OF_DATE}|unreadable|missing)\Z"
    ),
]
"""A verdict in a word, never GO for a verdict that is not current; or why there is none."""

_RUN: Final = r"[0-9A-Za-z+_-]{0,32}"
Run = Annotated[str, msgspec.Meta(pattern=rf"^{_RUN}\Z")]
"""The exit code of a run that could not do its job, or the name of a signal; else empty."""

_FINE_CODES: Final = frozenset({"0", "2"})
"""Exit codes of a run that made its reports; 2 is a gate, and the verdict says it."""

# Markup, mentions and links of chat programs: reasons may contain text from telemetry.
_ACTIVE: Final = str.maketrans(
    {"<": "{", ">": "}", "&": "+", "@": "(at)", "`": "'", "[": "(", "]": ")", "*": "'", "|": "/"}
    | {"~": "-", "#": "(hash)"}
)
_ADDRESS: Final = r"(?i)://|\bwww(?=\.)"
# An underscore within a word is none.
_EMPHASIS: Final = r"(?<![^\W_])_|_(?![^\W_])"
# Chat programs make links of bare hosts too. No host ends like a file of this program.
_HOST: Final = r"(?<=\w)[.\u3002\uff0e\uff61](?=[^\W\d_])(?!(?:jsonl?|html|toml)(?!\.?\w))"


class Told(msgspec.Struct, frozen=True):
    """The part of a situation whose change is news.

    Attributes:
        state: The verdict in a word, never GO for a verdict that is not current; or ``missing`` or
            ``unreadable``.
        critical: The critical alerts of each day, if the verdict is NO_GO.
        run: The exit code of a run that could not do its job; else empty.
    """

    state: State
    critical: dict[str, int] = {}
    run: Run = ""

    def is_news_after(self, before: Told | None) -> bool:
        """Return whether someone who was told the other situation, or none, is to be told this."""
        if before is None or (self.state, self.run) != (before.state, before.run):
            return True
        # Days that leave the range are no news.
        return any(count > before.critical.get(day, 0) for day, count in self.critical.items())


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON that a webhook receives.

    Attributes:
        verdict: The verdict; `None` where there is none to rely on, so never GO if not current.
        before: The state that this target was told before; `None` for the first time.
        id: The same for each attempt to deliver the same notice.
    """

    schema_version: Literal[1] = 1
    id: str = ""
    stage: str = STAGE1.label
    title: str
    text: str
    state: str
    verdict: Verdict | None
    current: bool
    before: str | None
    run: str
    reasons: tuple[str, ...]
    more_reasons: int
    first_day: str | None
    last_day: str | None
    valid_until: str | None
    trend_sha256: str | None


class Situation(msgspec.Struct, frozen=True):
    """What a reader of the reports folder has to know.

    Attributes:
        trend: The stored trend; `None` if there is none that can be trusted.
        currency: Whether its verdict is current.
        problem: The reason why there is no trend; else empty.
        is_there: Whether the trend exists.
        sha256: The digest of the trend.
        run: The exit code of the run before, if it could not do its job; else empty.
        stage: The stage of the reports.
    """

    trend: Trend | None
    currency: Currency = Currency()
    problem: str = ""
    is_there: bool = True
    sha256: str | None = None
    run: str = ""
    stage: Stage = STAGE1

    @property
    def is_current(self) -> bool:
        """Whether there is a current verdict."""
        return self.trend is not None and self.currency.is_current

    @property
    def told(self) -> Told:
        """The part whose change is news."""
        if self.trend is None:
            return Told("unreadable" if self.is_there else "missing", run=self.run)
        verdict = self.trend.rollups.go_no_go
        rows = self.trend.series if verdict == "NO_GO" else ()
        critical = {str(row.date): row.critical_alerts for row in rows if row.critical_alerts}
        return Told(verdict_word(verdict, is_current=self.is_current), critical, self.run)

    @property
    def reasons(self) -> list[str]:
        """All reasons, the most urgent first; text that is not trusted."""
        found = [f"the run before failed: {_exit(self.run)}"] if self.run else []
        found += [self.problem] if self.problem else []
        found += [f"the verdict is out of date: {each}" for each in self.currency.reasons]
        found += self.trend.rollups.reasons if self.trend else ()
        return found

    def notice(self, before: Told | None) -> Notice:
        """Return the notice for someone who was told the other situation, or none, before."""
        found = self.reasons
        reasons = [harmless(each) for each in found[:MOST_REASONS]]
        told, trend, more = self.told, self.trend, len(found) - len(reasons)
        verdict = trend.rollups.go_no_go if trend else None
        title = f"{self.stage.name}: {told.state}"
        meaning = _what_to_do(verdict, is_current=self.is_current)
        lines = [f"{self.stage.title}: {told.state}{meaning}"]
        if before is not None:
            end = f", {_exit(before.run)}" if before.run else ""
            lines.append(f"Before: {harmless(before.state + end)}")
        if trend is not None:
            lines.append(
                f"Days {trend.range.start} to {trend.range.end},"
                f" valid until {iso_utc(validity_of(trend))}"
            )
        lines += [f"- {reason}" for reason in reasons]
        lines += [f"- and {more} more"] if more else []
        notice = Notice(
            stage=self.stage.label,
            title=f"{title}, run failed" if self.run else title,
            text="\n".join(lines),
            state=told.state,
            verdict=None if verdict == "GO" and not self.is_current else verdict,
            current=self.is_current,
            before=harmless(before.state) if before else None,
            run=self.run,
            reasons=tuple(reasons),
            more_reasons=more,
            first_day=_text(trend and trend.range.start),
            last_day=_text(trend and trend.range.end),
            valid_until=iso_utc(validity_of(trend)) if trend else None,
            trend_sha256=self.sha256,
        )
        digest = hashlib.blake2b(msgspec.json.encode(notice), digest_size=16).hexdigest()
        return msgspec.structs.replace(notice, id=digest)


def situation_of(archive: Archive, now: datetime, run: str = "") -> Situation:
    """Return the situation of a reports folder.

    Args:
        archive: The reports.
        now: The current time, aware.
        run: The exit code of the run before, if it could not do its job; else empty.

    Raises:
        ReportsError: The folder cannot be read.
    """
    stage = archive.stage
    try:
        trend = archive.trend()
    except UnreadableError as error:
        problem = f"{stage.trend_json} cannot be read: {error}"
        return Situation(None, problem=problem, run=run, stage=stage)
    if trend is None:
        return Situation(None, problem="there is no trend", is_there=False, run=run, stage=stage)
    currency = currency_of(trend, archive.outdated(trend, now), now)
    sha256 = archive.digest(stage.trend_json)
    return Situation(trend, currency, sha256=sha256, run=run, stage=stage)


def failure_of(run_code: str) -> str | None:
    """Return the exit code of a run that could not do its job.

    Args:
        run_code: The exit code, as a scheduler names it; blank if it is not known.

    Returns:
        The code; ``unknown`` for what cannot be one; empty for a run that could; `None` if it is
        not known.
    """
    code = run_code.strip()
    if not code:
        return None
    if code in _FINE_CODES:
        return ""
    return code if re.fullmatch(_RUN, code) else "unknown"


def harmless(text: str) -> str:
    """Return untrusted text as one short line that no chat program reads as markup or a link."""
    # Cut it first, because it may be very long; what follows makes it no shorter.
    start = printable(text[: MOST_CHARACTERS + 1])
    line = re.sub(f"{_ADDRESS}|{_HOST}", lambda found: f"{found[0]} ", start)
    line = re.sub(_EMPHASIS, "'", line).translate(_ACTIVE)
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


def _what_to_do(verdict: Verdict | None, *, is_current: bool) -> str:
    if verdict is None:
        return "; take it for HOLD"
    return f"; {verdict_meaning(verdict, is_current=is_current)}"


def _exit(code: str) -> str:
    return f"exit code {code}" if code.isdecimal() else f"ended by {code}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
