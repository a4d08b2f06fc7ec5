"""Test messages as lines of JSON."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops import scanning
from peaktrade_ops.cli.logs import MOST_TEXT, Log, bounded
from peaktrade_ops.telemetry.engines import caching
from peaktrade_ops.telemetry.files.pin import judged_again
from tests.cli.helpers import CRITICAL, DAY, HEARTBEAT
from tests.support.program import set_clock, tree

if TYPE_CHECKING:
    from peaktrade_ops.telemetry.files.search import Discovery
    from peaktrade_ops.telemetry.files.store import Store
    from tests.support.program import Outcome, Program, Workplace

pytestmark = pytest.mark.usefixtures("empty_pages")

RUN = ("stage1-run", "--repo", "../telemetry", "--date", DAY)
JSON = ("--log-format", "json")
HOSTILE = 'obs/a"}\n{"level": "error", "x": "\x1b[2J\u202eevil.jsonl'


def records(outcome: Outcome) -> list[dict[str, Any]]:
    """Return the lines of standard error; each has the fields that all have, in their order."""
    found = [json.loads(line) for line in outcome.err.splitlines()]
    for record in found:
        assert list(record)[:5] == ["time", "level", "run", "command", "message"]
        assert datetime.fromisoformat(record["time"]).utcoffset() is not None
    return found


def test_every_message_of_a_run_is_a_line_with_its_id(
    program: Program, workplace: Workplace
) -> None:
    """The steps come in their order, with their times; the last line has the exit code."""
    workplace.write("obs/a.jsonl", HEARTBEAT)

    found = records(program(*RUN, *JSON))

    assert [each["step"] for each in found if "step" in each] == [
        "discover",
        "scan",
        "merge",
        "check again",
        "render",
        "publish",
    ]
    assert all(each["seconds"] >= 0 for each in found if "step" in each)
    [scan] = [each for each in found if each.get("step") == "scan"]
    assert (scan["files"], scan["known"]) == (1, 0)
    assert {each["command"] for each in found} == {"stage1-run"}
    [run] = {each["run"] for each in found}
    assert re.fullmatch("[0-9a-f]{16}", run)
    assert (found[-1]["code"], found[-1]["level"]) == (0, "info")


def test_the_cache_is_seen_in_the_next_run(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of the log knows why it took less time."""
    monkeypatch.setattr(caching, "_SETTLED_NS", 0)
    workplace.write("obs/a.jsonl", HEARTBEAT)
    program(*RUN)

    [scan] = [each for each in records(program(*RUN, *JSON)) if each.get("step") == "scan"]

    assert scan["known"] == 1


def test_the_id_of_a_run_may_be_given(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job has one for several commands; it is escaped and cut like all other text."""
    assert workplace.repo.is_dir()
    monkeypatch.setenv("PEAK_LOG_FORMAT", "json")
    monkeypatch.setenv("PEAK_RUN_ID", " nightly\x1b7 ")
    by_variable = records(program("verify"))
    by_option = records(program("verify", "--run-id", "x" * 100))

    assert {each["run"] for each in by_variable} == {"nightly\\u001b7"}
    assert {each["run"] for each in by_option} == {"x" * 64}


@pytest.mark.parametrize(
    ("arguments", "variable", "is_json"),
    [
        (["verify", "--nonsense", "--log-format", "json"], "", True),
        (["verify", "--log-format=json", "--nonsense"], "", True),
        (["verfy"], "json", True),
        (["verfy", "--log-format", "text"], "json", False),
        (["verfy", "--log-format=text"], "json", False),
        (["verfy", "--log-format"], "json", False),
        (["verfy"], "", False),
        ([], "json", True),
    ],
)
def test_a_wrong_command_line_is_told_in_the_form_that_it_asks_for(
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variable: str,
    *,
    is_json: bool,
) -> None:
    """A collector of logs gets no line that it cannot read."""
    monkeypatch.setenv("PEAK_LOG_FORMAT", variable)

    outcome = program(*arguments)

    assert outcome.code == 64
    if is_json:
        assert records(outcome)[-1]["code"] == 64
    else:
        assert not outcome.err.startswith("{")


def test_a_failure_is_an_error_and_its_traceback_detail(program: Program) -> None:
    """Every line of the traceback is a line of JSON."""
    found = records(program("verify", "--dir", "nowhere", "-v", *JSON))

    levels = [each["level"] for each in found]
    assert levels[-2:] == ["error", "info"]
    assert {*levels[:-2]} == {"debug"}
    assert "Traceback" in found[0]["message"]
    assert "nowhere is missing" in found[-2]["message"]
    assert not found[-2]["message"].startswith("peaktrade-ops: ")


def test_quiet_leaves_warnings_and_errors(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No step is told."""
    workplace.write("obs/a.jsonl", HEARTBEAT)
    monkeypatch.setenv("PEAK_DATE", DAY)

    [found] = records(program("stage1-run", "--repo", "../telemetry", "--quiet", *JSON))

    assert (found["level"], found["message"]) == ("warning", f"PEAK_DATE sets --date to {DAY}")


def test_verbose_says_why_each_file_is_taken_or_left(
    program: Program, workplace: Workplace
) -> None:
    """Also what was not read to its end."""
    workplace.write("obs/a.jsonl", HEARTBEAT)
    workplace.write("obs/b.jsonl.gz").write_bytes(b"\x1f\x8b\x08broken")
    workplace.write("obs/c.zip")
    workplace.write("d.log", HEARTBEAT)
    (workplace.repo / "stage1.toml").write_text('[sources]\ninclude = ["d.log"]\n')

    found = records(program(*RUN, "-v", *JSON))
    only = records(program(*RUN, "--input", str(workplace.telemetry / "d.log"), "-v", *JSON))

    def files(some: list[dict[str, Any]]) -> list[tuple[object, ...]]:
        return [(each["path"], each["taken"], each["reason"]) for each in some if "path" in each]

    assert files(found) == [
        ("d.log", True, "include under [sources] names it"),
        ("obs/a.jsonl", True, "its name is that of telemetry"),
        ("obs/b.jsonl.gz", True, "its name is that of telemetry"),
        ("obs/c.zip", False, "archive"),
        ("obs/b.jsonl.gz", False, "broken compression"),
    ]
    assert files(only)[0] == ("d.log", True, "--input names it")
    assert not any("path" in each for each in records(program(*RUN, *JSON)))


def test_a_file_that_changes_meanwhile_is_told(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was scanned, and something may be missing."""
    place = workplace.write("obs/a.jsonl", HEARTBEAT)

    def after_it_is_gone(found: Discovery, store: Store) -> Discovery:
        place.unlink()
        return judged_again(found, store)

    monkeypatch.setattr(scanning, "judged_again", after_it_is_gone)

    assert (
        "left out: obs/a.jsonl: changed while it was read"
        in program(*RUN, "--verbose").err.splitlines()
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_name_of_a_file_forges_no_message(
    program: Program, workplace: Workplace, form: str
) -> None:
    """A line stays one line, and nothing in it controls a terminal."""
    workplace.write(HOSTILE, HEARTBEAT)

    outcome = program(*RUN, "--verbose", "--log-format", form)

    [line] = [line for line in outcome.err.splitlines() if "evil.jsonl" in line]
    assert outcome.code == 0
    assert outcome.err.isascii()
    assert "\x1b" not in outcome.err
    if form == "json":
        [found] = [each for each in records(outcome) if "path" in each]
        assert (found["level"], found["taken"]) == ("debug", True)
        assert "\\u001b[2J\\u202eevil" in found["path"]
    else:
        assert line.startswith('scanned: obs/a"}\\u000a{"level"')


def test_nothing_of_it_reaches_a_report(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes in every artifact, whatever is told."""
    set_clock(monkeypatch)
    workplace.write("obs/a.jsonl", HEARTBEAT, CRITICAL)

    plain = program(*RUN, "--reports-root", "one")
    told = program(*RUN, "--reports-root", "two", "-v", *JSON, "--run-id", "nightly")

    assert plain.out.replace("/one/", "/two/") == told.out
    assert tree(workplace.repo / "one") == tree(workplace.repo / "two")


@given(st.text(max_size=50), st.integers(0, 2))
def test_a_text_is_bounded_and_printable(text: str, factor: int) -> None:
    """A short one is whole."""
    long = text * (factor * MOST_TEXT // max(len(text), 1)) or text

    shown = bounded(long)

    assert len(shown) <= MOST_TEXT
    assert "\n" not in shown
    assert bounded(shown) == shown


def test_a_long_text_says_that_it_is_cut() -> None:
    """Also one that becomes long only by its escapes."""
    assert bounded("a" * MOST_TEXT) == "a" * MOST_TEXT
    assert bounded("a" * (MOST_TEXT + 1)).endswith("a ... (cut)")
    assert bounded("\n" * (MOST_TEXT - 1)).endswith(" ... (cut)")
    assert json.loads(Log().line("info", "m" * 10**6, {"path": "p" * 10**6}))["path"].endswith(
        "(cut)"
    )
