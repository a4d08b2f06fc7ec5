"""What there is to tell, when it is news, and that its text is harmless."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.notices.situation import (
    MOST_CHARACTERS,
    MOST_REASONS,
    Notice,
    Situation,
    Told,
    failure_of,
    harmless,
)
from tests.notices.helpers import LATER, situation, write_reports

if TYPE_CHECKING:
    from pathlib import Path


def test_a_current_verdict_is_its_own_state(tmp_path: Path) -> None:
    """GO is GO while it is current, with the digest of its trend."""
    found = situation(write_reports(tmp_path))
    notice = found.notice(None)

    assert found.told == Told("GO")
    assert (notice.state, notice.verdict, notice.current) == ("GO", "GO", True)
    assert notice.trend_sha256 is not None
    assert (notice.first_day, notice.last_day) == ("2025-12-07", "2025-12-20")
    assert notice.valid_until == "2025-12-22T06:00:00Z"


def test_a_verdict_that_is_not_current_is_never_go(tmp_path: Path) -> None:
    """An expired GO is a state of its own, without a verdict to rely on."""
    notice = situation(write_reports(tmp_path), LATER).notice(Told("GO"))

    assert (notice.state, notice.verdict, notice.current) == ("out of date", None, False)
    assert notice.before == "GO"
    assert "take it for HOLD" in notice.text
    assert "it was valid until 2025-12-22T06:00:00Z" in notice.reasons[0]
    assert ": GO" not in notice.title + notice.text.partition("Before")[0]


def test_a_verdict_of_a_time_to_come_is_never_go(tmp_path: Path) -> None:
    """A clock that was ahead gave it."""
    folder, end = write_reports(tmp_path), datetime(2025, 12, 21, tzinfo=UTC)
    assert situation(folder, end).told == Told("GO")

    notice = situation(folder, end - timedelta(seconds=1)).notice(None)

    assert (notice.state, notice.verdict, notice.current) == ("out of date", None, False)
    assert "its last window ends only at 2025-12-21T00:00:00Z" in notice.reasons[0]


def test_no_go_stays_no_go_when_it_is_out_of_date(tmp_path: Path) -> None:
    """A NO_GO does not become milder by its age."""
    found = situation(write_reports(tmp_path, d18=1), LATER)

    assert found.told == Told("NO_GO, out of date", {"2025-12-18": 1})
    assert found.notice(None).verdict == "NO_GO"


@pytest.mark.parametrize(
    ("damage", "state", "problem"),
    [
        ("gone", "unreadable", "is in the index and not in the folder"),
        ("changed", "unreadable", "stage1_trend.json cannot be read"),
        ("never", "missing", "there is no trend"),
    ],
)
def test_a_trend_that_is_not_what_the_index_says_is_no_verdict(
    tmp_path: Path, damage: str, state: str, problem: str
) -> None:
    """The stored trend is untrusted until its digest matches: a forged GO is not told."""
    folder = write_reports(tmp_path, d18=1)
    trend = folder / "stage1_trend.json"
    if damage == "changed":
        document = json.loads(trend.read_bytes())
        document["rollups"]["go_no_go"] = "GO"
        trend.write_text(json.dumps(document))
    else:
        trend.unlink()
    if damage == "never":
        for path in folder.iterdir():
            path.unlink()

    found = situation(folder)
    notice = found.notice(None)

    assert found.told == Told(state)
    assert (notice.verdict, notice.current, notice.trend_sha256) == (None, False, None)
    assert problem in notice.reasons[0]
    assert "take it for HOLD" in notice.text


@pytest.mark.parametrize(
    ("before", "now", "is_news"),
    [
        (None, Told("GO"), True),
        (Told("GO"), Told("GO"), False),
        (Told("GO"), Told("HOLD"), True),
        (Told("HOLD"), Told("HOLD, out of date"), True),
        (Told("out of date"), Told("GO"), True),
        (Told("NO_GO", {"a": 1}), Told("NO_GO", {"a": 1}), False),
        (Told("NO_GO", {"a": 1}), Told("NO_GO", {"a": 2}), True),
        (Told("NO_GO", {"a": 1}), Told("NO_GO", {"a": 1, "b": 1}), True),
        (Told("NO_GO", {"a": 1, "b": 1}), Told("NO_GO", {"b": 1}), False),
        (Told("GO"), Told("GO", run="1"), True),
        (Told("GO", run="1"), Told("GO", run="1"), False),
        (Told("GO", run="1"), Told("GO", run="130"), True),
        (Told("GO", run="1"), Told("GO"), True),
    ],
)
def test_only_a_change_is_news(before: Told | None, now: Told, *, is_news: bool) -> None:
    """Another state, more critical alerts, and another end of the run are news."""
    assert now.is_news_after(before) is is_news


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        *(("", None), (" ", None), ("0", ""), ("2", ""), ("1", "1"), ("64", "64")),
        *(("KILL", "KILL"), ("RTMIN+1", "RTMIN+1"), ("1\n*GO*", "unknown"), ("x" * 33, "unknown")),
    ],
)
def test_a_run_that_made_its_reports_has_not_failed(code: str, failure: str | None) -> None:
    """Exit code 2 is a gate, and the verdict says it; a signal is named by systemd."""
    assert failure_of(code) == failure


def test_a_run_that_failed_is_told_beside_the_verdict(tmp_path: Path) -> None:
    """The stored verdict is still current, but nobody made a new one."""
    notice = situation(write_reports(tmp_path), run="1").notice(Told("GO"))

    assert notice.title == "Stage 1: GO, run failed"
    assert notice.reasons[0] == "the run before failed: exit code 1"
    assert situation(tmp_path, run="KILL").reasons[0] == "the run before failed: ended by KILL"


@pytest.mark.parametrize(
    ("text", "harmful"),
    [
        ("@everyone", "@"),
        ("<!channel> <http://a.example|b>", "<"),
        ("[go](https://a.example)", "]("),
        ("see HTTPS://a.example or www.a.example", "HTTPS://a"),
        ("a\nStage 1: GO", "\n"),
        ("\x1b[31mred", "\x1b"),
        ("\u202eOG", "\u202e"),
        ("`code` *bold*", "`"),
        ("&lt;b&gt;", "&"),
    ],
)
def test_text_of_telemetry_cannot_be_markup(text: str, harmful: str) -> None:
    """No mention, link, markup, line end, control or direction character is left."""
    assert harmful not in harmless(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("~a~ _b_ __c__ #general", "-a- 'b' ''c'' (hash)general"),
        ("evil.com/x", "evil. com/x"),
        ("a.b.evil1.io", "a. b. evil1. io"),
        ("trend.json.evil.com x.jsonl.", "trend. json. evil. com x.jsonl."),
        ("a.htmlevil", "a. htmlevil"),
        (
            "m\u00fcll.\u0440\u0444 \uff0eevil\u3002com",
            "m\u00fcll. \u0440\u0444 \uff0eevil\u3002 com",
        ),
        ("a\uff0ecom", "a\uff0e com"),
        (
            "NO_GO: stage1_trend.json, 1.5 of 2.0 at 06:00:00.123Z.",
            "NO_GO: stage1_trend.json, 1.5 of 2.0 at 06:00:00.123Z.",
        ),
    ],
)
def test_other_markup_and_bare_hosts_are_broken(text: str, shown: str) -> None:
    """Numbers, names of fields and of this program's files stay readable."""
    assert harmless(text) == shown


def test_what_was_told_before_cannot_be_markup(tmp_path: Path) -> None:
    """It is from a file that others may write."""
    before = Told("GO\n- <!channel>", run="1\n@all")

    notice = situation(write_reports(tmp_path)).notice(before)

    assert r"Before: GO\u000a- {!channel}, ended by 1\u000a(at)all" in notice.text.splitlines()
    assert not any(mark in notice.text + str(notice.before) for mark in "<@")


def test_text_is_bounded(tmp_path: Path) -> None:
    """A notice has a few short reasons, and says how many more there are."""
    found = situation(write_reports(tmp_path, d18=1))
    assert found.trend
    rollups = msgspec.structs.replace(found.trend.rollups, reasons=("x" * 100_000,) * 1000)
    trend = msgspec.structs.replace(found.trend, rollups=rollups)

    notice = Situation(trend).notice(None)

    assert len(notice.reasons) == MOST_REASONS
    assert notice.more_reasons == 1000 - MOST_REASONS
    assert max(map(len, notice.reasons)) == MOST_CHARACTERS
    assert len(notice.text) < 2500
    assert notice.text.endswith("- and 992 more")


def test_a_notice_has_an_id_of_its_content(tmp_path: Path) -> None:
    """Attempts share the id, and another situation has another."""
    found = situation(write_reports(tmp_path))
    first = found.notice(None)

    assert first == found.notice(None)
    assert first.id != found.notice(Told("HOLD")).id
    assert msgspec.json.decode(msgspec.json.encode(first), type=Notice) == first
