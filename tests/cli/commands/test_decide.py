"""Tests of ``decide``: what it writes, what it refuses, and what `verify` says later."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import Client

from peaktrade_ops.cli.clock import find_clock
from peaktrade_ops.reports.store import lock as lock_module
from tests.cli.helpers import ALERT, CRITICAL, DAY, one_line
from tests.support.program import epoch, quiet_days, set_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from peaktrade_ops.serve.app import Application
    from tests.support.program import Outcome, Program, Workplace

RUN = ("stage1-run", "--repo", "../telemetry", "--date", DAY, "--days", "8")
DECIDE = ("decide", "--owner", "A. Owner", "--decision")
OVERRIDE = ("--override", "--note", "known fault")
FILES = ("stage1_decision.html", "stage1_decision.json", "stage1_decision.md")
MORNING = "2025-12-21T06:30:45.5Z"


@pytest.fixture
def place(program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """Return a workplace with eight quiet days, whose verdict is a current GO."""
    set_clock(monkeypatch, MORNING)
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 8))
    assert program(*RUN, "--fail-on", "hold").code == 0
    return workplace


def judge(program: Program, place: Workplace, event: Mapping[str, object]) -> None:
    """Add an event and judge again; the verdict of one critical alert is NO_GO."""
    place.write("obs/more.jsonl", *[event] * 6)
    assert program(*RUN, "--quiet").code == 0


def stored(place: Workplace) -> dict[str, Any]:
    """Return the stored decision."""
    document: dict[str, Any] = json.loads((place.reports / "stage1_decision.json").read_bytes())
    return document


def content(folder: Path) -> dict[str, bytes]:
    """Return the content of every file."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refusal(program: Program) -> str:
    """Return the reason why a go is refused."""
    refused = program(*DECIDE, "go")
    assert refused.code == 1
    return one_line(refused)


def findings(program: Program) -> dict[str, list[str]]:
    """Return the problems that `verify` finds, by level."""
    found: dict[str, list[str]] = {"error": [], "warning": []}
    for each in json.loads(program("verify", "--format", "json").out):
        found[each["level"]].append(f"{each['path']}: {each['problem']}")
    return found


def test_a_go_is_bound_to_the_trend_and_the_reports(program: Program, place: Workplace) -> None:
    """The sheet holds the digests of the trend and of each day, and is listed in the index."""
    outcome = program(*DECIDE, "go", "--note", "a quiet week")

    assert outcome.code == 0
    assert outcome.out == (place.reports / "stage1_decision.md").read_text("utf-8")
    made = stored(place)
    assert made["decided_at_utc"] == "2025-12-21T06:30:45Z"
    assert (made["owner"], made["decision"], made["note"]) == ("A. Owner", "go", "a quiet week")
    assert (made["override"], made["facts"]["verdict"]) == (False, "GO")
    assert {each["path"]: each["sha256"] for each in made["rests_on"]} == {
        name: sha256(data).hexdigest()
        for name, data in content(place.reports).items()
        if name == "stage1_trend.json" or name.endswith("_summary.json")
    }
    assert len(made["rests_on"]) == 9
    listed = json.loads((place.reports / "index.json").read_bytes())["entries"]
    assert {each["path"] for each in listed} >= {*FILES}
    assert findings(program) == {"error": [], "warning": []}
    assert ">Decision</a>" in (place.reports / "index.html").read_text("utf-8")


@pytest.mark.parametrize(("event", "verdict"), [(CRITICAL, "NO_GO"), (ALERT, "HOLD")])
def test_a_go_against_the_verdict_needs_an_override_with_a_note(
    program: Program, place: Workplace, event: Mapping[str, object], verdict: str
) -> None:
    """Nothing is written without both; with both, the mark is in every view."""
    judge(program, place, event)
    known = content(place.reports)

    for arguments in ((), ("--override",), ("--note", "x")):
        outcome = program(*DECIDE, "go", *arguments)
        assert outcome.code == 64
        line = one_line(outcome)
        assert f"the facts do not support go: the verdict is {verdict};" in line
        assert "--override" in line
        assert "extend or no-go" in line
    assert content(place.reports) == known

    assert program(*DECIDE, "go", *OVERRIDE).code == 0
    made = stored(place)
    assert (made["override"], made["facts"]["verdict"]) == (True, verdict)
    assert "**OVERRIDE**" in (place.reports / "stage1_decision.md").read_text("utf-8")
    for name in ("stage1_decision.html", "index.html", "stage1_trend.html"):
        assert "go, OVERRIDE" in (place.reports / name).read_text("utf-8").replace("Go,", "go,")
    assert findings(program)["error"] == []


def test_a_go_needs_a_verdict_that_is_current(
    program: Program, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GO whose validity has passed, or whose reports changed, supports no go."""
    set_clock(monkeypatch, "2025-12-23T00:00:00Z")

    outcome = program(*DECIDE, "go")

    assert outcome.code == 64
    assert "not support go: the verdict is out of date (it was valid until" in one_line(outcome)
    assert program(*DECIDE, "go", *OVERRIDE).code == 0
    assert stored(place)["facts"]["doubts"]


def test_a_clock_that_was_replaced_is_a_doubt(
    program: Program, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chosen time makes no expired GO valid again: it needs an override, and is on the sheet."""
    monkeypatch.setattr("peaktrade_ops.cli.request.find_clock", find_clock)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(MORNING))

    outcome = program(*DECIDE, "go")

    assert outcome.code == 64
    assert "SOURCE_DATE_EPOCH stood in for the clock" in outcome.err.splitlines()[-1]
    for choice, options in (("extend", ()), ("go", OVERRIDE)):
        assert program(*DECIDE, choice, *options).code == 0
        assert stored(place)["override"] is (choice == "go")
        for name in FILES:
            text = (place.reports / name).read_text("utf-8")
            assert "stood in for the clock" in text.replace("\\", "")


@pytest.mark.parametrize("clock", ["2025-12-20T23:59:59Z", "1970-01-01T00:00:00Z"])
def test_a_clock_that_is_behind_the_verdict_is_a_doubt(
    program: Program, place: Workplace, monkeypatch: pytest.MonkeyPatch, clock: str
) -> None:
    """By a clock that was set back no verdict ever expires: it needs an override, and a hint."""
    set_clock(monkeypatch, clock)

    outcome = program(*DECIDE, "go")

    assert outcome.code == 64
    line = one_line(outcome)
    said = "its last window ends only at 2025-12-21T00:00:00Z, after the clock"
    assert said in line
    assert "check the clock of this machine" in line
    for choice, options in (("extend", ()), ("go", OVERRIDE)):
        assert program(*DECIDE, choice, *options).code == 0
        assert stored(place)["override"] is (choice == "go")
        for name in FILES:
            text = (place.reports / name).read_text("utf-8")
            assert said in text.replace("\\", "")


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        ("", "[policy]\nmax_new_alerts = 0\n", "it was given with max_new_alerts = 5 instead of 0"),
        ("[policy]\nmax_new_alerts = 9\n", "", "it was given with max_new_alerts = 9 instead of 5"),
        (
            f"[[accepted]]\ndate = {DAY}\nrule = 'parse_errors'\nreason = 'known'\n",
            "",
            "by it the verdict is HOLD (parse_errors)",
        ),
    ],
)
def test_a_configuration_that_is_stricter_now_is_a_doubt(
    program: Program, place: Workplace, then: str, now: str, said: str
) -> None:
    """The trend is to be made again first; with the configuration of then there is no doubt."""
    if "accepted" in then:
        place.write("obs/more.jsonl", quiet_days(DAY, 1)[0], b"{")
    config = place.telemetry.parent / "of-the-operator.toml"
    config.write_text(then)
    assert program(*RUN, "--config", str(config), "--fail-on", "hold").code == 0
    assert program(*DECIDE, "go", "--config", str(config)).code == 0
    config.write_text(now)

    outcome = program(*DECIDE, "go", "--config", str(config))

    assert outcome.code == 64
    assert f"(the configuration is stricter now, so make the trend again: {said})" in one_line(
        outcome
    )
    assert program(*DECIDE, "go", "--config", str(config), *OVERRIDE).code == 0
    assert any(said in each for each in stored(place)["facts"]["doubts"])
    assert program("stage1-trends", "--config", str(config), "--date", DAY, "--days", "8").code == 0
    again = program(*DECIDE, "go", "--config", str(config))
    assert "stricter" not in again.err


def test_a_configuration_that_reads_otherwise_is_a_doubt(
    program: Program, place: Workplace
) -> None:
    """A critical that a map hid is none until the routine has counted it: the hint helps."""
    place.write("obs/more.jsonl", CRITICAL)
    hidden = place.telemetry.parent / "of-the-operator.toml"
    hidden.write_text("[severity]\nmap = {critical = 'info'}\n")
    assert program(*RUN, "--config", str(hidden), "--fail-on", "hold").code == 0
    assert program(*DECIDE, "go", "--config", str(hidden)).code == 0

    outcome = program(*DECIDE, "go")

    assert outcome.code == 64
    assert "another configuration, or by other rules, so give both commands the same --config" in (
        one_line(outcome)
    )
    assert program(*RUN, "--fail-on", "no-go").code == 2
    assert "the verdict is NO_GO" in one_line(program(*DECIDE, "go"))


@pytest.mark.parametrize("choice", ["go", "extend", "no-go"])
def test_a_decision_rests_on_no_report_that_cannot_be_read(
    program: Program, place: Workplace, choice: str
) -> None:
    """Nobody knows what it says; a moment later it may be there again."""
    report = place.reports / f"{DAY}_summary.json"
    moved = report.rename(place.telemetry.parent / "moved.json")
    report.mkdir()
    before = {path.name for path in place.reports.iterdir()}

    outcome = program(*DECIDE, choice, *OVERRIDE)

    assert outcome.code == 1
    line = one_line(outcome)
    assert f"{report} cannot be read: " in line
    assert "move it away" in line
    assert "nothing is changed" in line
    assert {path.name for path in place.reports.iterdir()} == before
    report.rmdir()
    moved.rename(report)
    assert program(*DECIDE, choice).code == 0


def test_the_end_of_the_last_window_is_no_doubt(
    program: Program, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decision may be made at the moment for which the verdict was given."""
    set_clock(monkeypatch, "2025-12-21T00:00:00Z")

    assert program(*DECIDE, "go").code == 0
    assert stored(place)["facts"]["doubts"] == []


def test_a_clock_that_is_behind_the_decision_before_is_a_doubt(
    program: Program, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock was set back between the two, though not behind the verdict."""
    assert program(*DECIDE, "extend").code == 0
    set_clock(monkeypatch, "2025-12-21T06:30:44Z")

    outcome = program(*DECIDE, "go")

    assert outcome.code == 64
    line = one_line(outcome)
    assert "the clock says 2025-12-21T06:30:44Z, but the decision before is of" in line
    assert "2025-12-21T06:30:45Z" in line
    assert program(*DECIDE, "go", *OVERRIDE).code == 0
    assert stored(place)["override"] is True


def test_a_verdict_that_expires_while_another_run_is_waited_for_supports_no_go(
    program: Program, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is read once the folder is free, not when the command is started."""
    times = [datetime.fromisoformat(MORNING)]
    lock = lock_module.locked

    @contextlib.contextmanager
    def locked(*arguments: Any, **options: Any) -> Iterator[None]:  # noqa: ANN401 (as it is called)
        with lock(*arguments, **options):
            times.append(datetime.fromisoformat("2025-12-23T00:00:00Z"))
            yield

    monkeypatch.setattr("peaktrade_ops.routine.locked", locked)
    monkeypatch.setattr("peaktrade_ops.cli.request.find_clock", lambda _console: lambda: times[-1])

    outcome = program(*DECIDE, "go")

    assert outcome.code == 64
    assert "out of date (it was valid until" in one_line(outcome)
    assert program(*DECIDE, "extend").code == 0
    assert stored(place)["decided_at_utc"] == "2025-12-23T00:00:00Z"


@pytest.mark.parametrize("choice", ["extend", "no-go", "NO_GO"])
def test_a_decision_not_to_go_needs_nothing(
    program: Program, place: Workplace, choice: str
) -> None:
    """Only a go can be too mild; an override that is not needed leaves no mark."""
    judge(program, place, CRITICAL)

    outcome = program(*DECIDE, choice, "--override", "--note", "x")

    assert outcome.code == 0
    assert "--override has no effect" in outcome.err
    assert stored(place)["override"] is False


def test_earlier_decisions_are_kept(program: Program, place: Workplace) -> None:
    """The history has each earlier one with the digest of its file, the oldest first."""
    digests = []
    for choice in ("extend", "no-go", "go"):
        assert program(*DECIDE, choice).code == 0
        digests.append(sha256((place.reports / "stage1_decision.json").read_bytes()).hexdigest())

    history = stored(place)["history"]
    assert [each["decision"] for each in history] == ["extend", "no-go"]
    assert [each["sha256"] for each in history] == digests[:2]


def test_verify_says_when_what_a_decision_rests_on_has_changed(
    program: Program, place: Workplace
) -> None:
    """The next run may change reports; the decision says that its facts are of its time."""
    assert program(*DECIDE, "go").code == 0
    judge(program, place, ALERT)

    found = findings(program)

    assert found["error"] == []
    problem = "stage1_decision.json: rests on another {} than there is now"
    assert found["warning"] == [
        problem.format(f"{DAY}_summary.json"),
        problem.format("stage1_trend.json"),
    ]
    for name in ("stage1_decision.md", "stage1_decision.html", "index.html"):
        assert "hanged since" in (place.reports / name).read_text("utf-8") or (
            "has changed since" in (place.reports / name).read_text("utf-8")
        )
    assert stored(place)["decision"] == "go"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda path: path.write_bytes(path.read_bytes().replace(b"extend", b"no-go")), "changed"),
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_text("{}"), "not a valid Decision"),
    ],
    ids=["changed", "gone", "no decision"],
)
def test_a_decision_that_was_changed_is_no_decision(
    program: Program,
    place: Workplace,
    change: Callable[[Path], object],
    problem: str,
) -> None:
    """Nobody sees it, `verify` finds it, and a new one says that the history is lost."""
    assert program(*DECIDE, "extend").code == 0
    change(place.reports / "stage1_decision.json")

    assert any(problem in each for each in findings(program)["error"])
    assert program(*RUN, "--quiet").code == 2
    for name in ("stage1_decision.html", "index.html"):
        assert "can be relied on" in (place.reports / name).read_text("utf-8")
    assert "stage1_decision.json cannot be relied on" in refusal(program)

    assert program(*DECIDE, "go", *OVERRIDE).code == 0
    assert stored(place)["history_lost"] is True
    assert program(*DECIDE, "go").code == 0
    assert stored(place)["history_lost"] is True
    assert findings(program)["error"] == []


@pytest.mark.parametrize("view", ["stage1_decision.html", "stage1_decision.md"])
@pytest.mark.parametrize("index", [None, b"junk"], ids=["no index", "a damaged index"])
def test_a_decision_whose_views_are_left_is_lost_also_without_an_index(
    program: Program, place: Workplace, view: str, index: bytes | None
) -> None:
    """No later run and no later decision hides that there was an earlier one."""
    assert program(*DECIDE, "no-go").code == 0
    for name in {*FILES, "index.json"} - {view}:
        (place.reports / name).unlink()
    if index is not None:
        (place.reports / "index.json").write_bytes(index)
    problem = f"{view}: without stage1_decision.json, so a decision is lost"
    assert problem in findings(program)["error"]

    assert program(*RUN, "--quiet", "--adopt").code == 2
    assert problem in findings(program)["error"]
    assert "can be relied on" in (place.reports / view).read_text("utf-8")

    assert "stage1_decision.json cannot be relied on: is not in the folder" in refusal(program)

    assert program(*DECIDE, "go", *OVERRIDE).code == 0
    assert stored(place)["history_lost"] is True
    assert findings(program)["error"] == []


@pytest.mark.parametrize("page", ["index.html", "stage1_trend.html"])
@pytest.mark.parametrize("index", [None, "without them"])
def test_a_decision_that_only_another_page_links_is_lost(
    program: Program, place: Workplace, page: str, index: str | None
) -> None:
    """The next run makes that page again, and the new one still says that there was a decision."""
    assert program(*DECIDE, "no-go").code == 0
    listed = json.loads((place.reports / "index.json").read_bytes())
    gone = {*FILES, "index.html", "stage1_trend.html", "index.json"} - {page}
    for name in gone:
        (place.reports / name).unlink()
    if index is not None:
        listed["entries"] = [each for each in listed["entries"] if each["path"] not in gone]
        (place.reports / "index.json").write_text(json.dumps(listed))
    problem = "{}: links a decision without stage1_decision.json, so a decision is lost"
    assert problem.format(page) in findings(program)["error"]

    for _ in range(2):
        assert program(*RUN, "--quiet", "--adopt").code == 2
        assert problem.format(page) in findings(program)["error"]
    assert "none that can be relied on" in (place.reports / page).read_text("utf-8")

    assert "stage1_decision.json cannot be relied on: is not in the folder" in refusal(program)

    assert program(*DECIDE, "go", *OVERRIDE).code == 0
    assert stored(place)["history_lost"] is True
    assert findings(program)["error"] == []


def test_no_text_of_telemetry_looks_like_a_lost_decision(
    program: Program, place: Workplace
) -> None:
    """A name that spells the link of a decision is text on every page."""
    judge(program, place, {**ALERT, "event_type": '<a href="stage1_decision.html">'})

    assert findings(program)["error"] == []
    assert program(*DECIDE, "extend").code == 0


def test_there_is_no_decision_without_a_trend(program: Program, workplace: Workplace) -> None:
    """A decision rests on a trend; the folder is not made."""
    missing = program(*DECIDE, "extend")
    workplace.reports.mkdir(parents=True)
    without = program(*DECIDE, "extend", *OVERRIDE)

    assert (missing.code, without.code) == (1, 1)
    assert "has no trend, so there is nothing to decide by; make it with stage1-run" in (
        one_line(without)
    )
    assert not [*workplace.reports.iterdir()]


def test_a_changed_trend_is_nothing_to_decide_by(program: Program, place: Workplace) -> None:
    """Also an override rests on a trend that is as the index says."""
    path = place.reports / "stage1_trend.json"
    path.write_bytes(path.read_bytes() + b"\n")

    outcome = program(*DECIDE, "go", *OVERRIDE)

    assert outcome.code == 1
    assert "stage1_trend.json cannot be relied on: is not as the index says" in one_line(outcome)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--decision", "go"), "Missing option '--owner'"),
        (("--owner", "x"), "(env var: 'PEAK_DECISION'). Choose from: go, extend, no-go"),
        (("--owner", "x", "--decision", "maybe"), "'maybe' is not one of"),
        (("--owner", " ", "--decision", "go"), "--owner is blank"),
        (("--owner", "x" * 101, "--decision", "go"), "--owner has 101 characters"),
        (("--owner", "x", "--decision", "go", "--note", ""), "--note is blank"),
        (("--owner", "x", "--decision", "go", "--note", "x" * 2001), "write at most 2,000"),
    ],
)
@pytest.mark.usefixtures("place")
def test_a_wrong_command_line_is_refused(
    program: Program, arguments: tuple[str, ...], message: str
) -> None:
    """Owner and note have bounds, and nothing is decided without both options."""
    outcome = program("decide", *arguments)

    assert outcome.code == 64
    assert message in one_line(outcome)


def test_text_of_the_owner_is_text(program: Program, place: Workplace) -> None:
    """Bytes that are not UTF-8, control characters and markup change nothing but themselves."""
    owner = "\x1b[31m<b>**x**</b>\udcff\u202e"

    outcome = program("decide", "--owner", owner, "--decision", "extend", "--note", "a\n# b")

    assert outcome.code == 0
    assert "\x1b" not in outcome.out
    assert stored(place)["owner"] == "\x1b[31m<b>**x**</b>\\xff\u202e"
    page = (place.reports / "stage1_decision.html").read_text("utf-8")
    assert "<b>**" not in page
    assert "\x1b" not in page
    assert findings(program)["error"] == []


def test_a_stage_has_its_own_decision(
    program: Program, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision of stage 2 is in its folder, under its name, and served from there."""
    (place.repo / "stage1.toml").write_text("[stages.stage2]\n")
    assert program("run", *RUN[1:], "--stage", "stage2").code == 0
    known = content(place.reports)

    assert program(*DECIDE, "go", "--stage", "stage2").code == 0

    folder = place.repo / "reports" / "obs" / "stage2"
    made = json.loads((folder / "stage2_decision.json").read_bytes())
    assert (made["stage"], made["decision"]) == ("stage2", "go")
    assert content(place.reports) == known
    (folder / "stage1_decision.json").write_text("{}")
    assert program("verify", "--stage", "stage2").code == 2
    served: list[Application] = []
    monkeypatch.setattr(
        "peaktrade_ops.serve.server.serve", lambda served_, *_, **__: served.append(served_)
    )
    program("serve", "--stage", "stage2")
    client = Client(served[0])
    assert (
        client.get("/stage2_decision.html").data == (folder / "stage2_decision.html").read_bytes()
    )
    assert client.get("/stage2_decision.json").json == made
    assert client.get("/stage1_decision.json").status_code == 404


def test_views_are_rendered_again_without_a_change(program: Program, place: Workplace) -> None:
    """`render` gives the bytes that `decide` wrote."""
    assert program(*DECIDE, "go").code == 0
    known = content(place.reports)
    (place.reports / "stage1_decision.html").unlink()

    assert program("render").code == 0

    assert content(place.reports) == known


def test_a_folder_without_a_decision_has_no_file_of_one(program: Program, place: Workplace) -> None:
    """Nothing changes for who never decides."""
    assert program("render").code == 0
    assert not {*FILES} & {*content(place.reports)}
    outcome: Outcome = program("verify")
    assert outcome.code == 0


def test_json_and_the_terminal_show_the_decision(
    program: Program, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs get the artifact; a terminal gets a summary, with an override in red."""
    judge(program, place, ALERT)
    outcome = program(*DECIDE, "go", *OVERRIDE, "--format", "json")
    assert json.loads(outcome.out) == stored(place)

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    shown = program(*DECIDE, "go", *OVERRIDE)
    assert "Stage 1 decision: go, by A. Owner" in shown.out
    assert "OVERRIDE: the owner went on against the facts" in shown.out
    assert "note: known fault" in shown.out
    assert f"wrote {place.reports / 'stage1_decision.json'}" in shown.out
