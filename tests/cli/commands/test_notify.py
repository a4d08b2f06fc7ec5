"""`notify`: who is told when, its exit codes, and that no secret shows."""

from __future__ import annotations

import importlib.util
import json
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.cli.commands import notify as notify_module
from peaktrade_ops.notices import delivery
from tests.cli.helpers import CRITICAL, DAY, one_line
from tests.support.commands import long_name, options_of, variable_of
from tests.support.program import (
    COMMAND,
    Workplace,
    clean_environment,
    epoch,
    quiet_days,
    set_clock,
    tree,
)
from tests.support.webhooks import SECRETS, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.program import Outcome, Program
    from tests.support.webhooks import Server

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("empty_pages")]

LATER = "2025-12-22T06:00:01Z"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Yield a server on the loopback address, the only target."""
    monkeypatch.setattr(delivery, "_FIRST_PAUSE", 0.01)
    monkeypatch.delenv("PEAK_NOTIFY_APPRISE", raising=False)
    with serving() as running:
        monkeypatch.setenv("PEAK_NOTIFY_WEBHOOK", running.address)
        yield running


@pytest.fixture
def reported(program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """Return a workplace with 14 quiet days and a GO, which is current."""
    set_clock(monkeypatch, "2025-12-21T06:00:00Z")
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14))
    assert run_daily(program).code == 0
    return workplace


def run_daily(program: Program, *options: str) -> Outcome:
    """Run the daily routine."""
    return program("stage1-run", "--repo", "../telemetry", "--date", DAY, *options)


def states(server: Server) -> list[str]:
    """Return the states that the server was told."""
    return [post.document["state"] for post in server.posts]


def no_secret(*outcomes: Outcome) -> None:
    """Check that no output contains a part of the address."""
    for outcome in outcomes:
        assert not any(secret in outcome.out + outcome.err for secret in SECRETS)


@pytest.mark.usefixtures("reported")
def test_without_a_target_it_does_nothing_and_says_so(
    program: Program, monkeypatch: pytest.MonkeyPatch, workplace: Workplace
) -> None:
    """Notices are opt-in; a blank variable counts as not set."""
    monkeypatch.setenv("PEAK_NOTIFY_WEBHOOK", " \n")
    before = tree(workplace.folder)

    code, out, err = program("notify")

    assert (code, err) == (0, "")
    assert out.startswith("state: GO\nno target is configured, so nobody is told: give --webhook-")
    assert tree(workplace.folder) == before


def test_it_tells_a_change_once(program: Program, server: Server, reported: Workplace) -> None:
    """The first call tells the state, the next only a change, and a GO again too."""
    first = program("notify")
    second = program("notify")
    reported.write("obs/late.jsonl", CRITICAL)
    run_daily(program)
    third = program("notify")
    fourth = program("notify")

    assert [each.code for each in (first, second, third, fourth)] == [0, 0, 0, 0]
    assert first.out == f"state: GO\n{server.shown}: told\n"
    assert second.out == f"state: GO\n{server.shown}: knows this already\n"
    assert states(server) == ["GO", "NO_GO"]
    assert server.posts[1].document["before"] == "GO"
    assert f"critical alerts on 1 day: {DAY}" in server.posts[1].document["reasons"]


def test_more_critical_alerts_are_told(
    program: Program, server: Server, reported: Workplace
) -> None:
    """NO_GO that becomes worse is news."""
    reported.write("obs/late.jsonl", CRITICAL)
    run_daily(program)
    program("notify")
    reported.write("obs/later.jsonl", {**CRITICAL, "ts": "2025-12-19T12:00:00Z"})
    run_daily(program)
    program("notify")
    program("notify")

    assert states(server) == ["NO_GO", "NO_GO"]


@pytest.mark.usefixtures("reported")
def test_a_verdict_that_is_not_current_is_told(
    program: Program, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that no longer runs changes nothing but the time."""
    set_clock(monkeypatch, "2025-12-21T06:00:00Z")
    program("notify")
    set_clock(monkeypatch, LATER)
    program("notify")
    program("notify")

    assert states(server) == ["GO", "out of date"]
    assert server.posts[1].document["verdict"] is None


def test_a_trend_that_was_changed_is_told(
    program: Program, server: Server, reported: Workplace
) -> None:
    """A GO that somebody wrote into the file is no verdict."""
    reported.write("obs/late.jsonl", CRITICAL)
    run_daily(program)
    trend = reported.reports / "stage1_trend.json"
    document = json.loads(trend.read_bytes())
    document["rollups"]["go_no_go"] = "GO"
    trend.write_text(json.dumps(document))

    assert program("notify").code == 0

    assert states(server) == ["unreadable"]
    assert "GO" not in server.posts[0].document["text"]


def test_a_folder_that_is_gone_is_told_and_is_an_error(
    program: Program, server: Server, workplace: Workplace
) -> None:
    """Nobody can read the verdict then: exit 1, and somebody is told."""
    outcome = program("notify", "--dir", "nowhere", "--state", str(workplace.folder / "told.json"))

    assert outcome.code == 1
    assert outcome.err.startswith("peaktrade-ops: reports folder ")
    assert states(server) == ["unreadable"]


@pytest.mark.usefixtures("reported")
def test_a_run_that_failed_is_told(program: Program, server: Server) -> None:
    """The verdict of the day before is current still, so the exit code tells."""
    program("notify", "--run-code", "0")
    program("notify", "--run-code", "1")
    program("notify", "--run-code", "1")
    program("notify", "--run-code", "2")

    assert [(each.document["state"], each.document["run"]) for each in server.posts] == [
        ("GO", ""),
        ("GO", "1"),
        ("GO", ""),
    ]


@pytest.mark.usefixtures("reported")
def test_a_call_that_does_not_know_the_run_forgets_nothing(
    program: Program, server: Server
) -> None:
    """A timer asks without an exit code: a failed run stays failed, and is told if it was not."""
    program("notify", "--run-code", "0")
    server.answers = [(403, {})]
    failed = program("notify", "--run-code", "1")
    by_timer = program("notify")
    again = program("notify", "--run-code", "")

    assert (failed.code, by_timer.code, again.code) == (1, 0, 0)
    assert [each.document["run"] for each in server.posts] == ["", "1", "1"]


@pytest.mark.usefixtures("reported")
def test_a_failed_delivery_is_1_and_is_tried_by_the_next_call(
    program: Program, server: Server
) -> None:
    """What was not delivered is not remembered."""
    server.answers = [(500, {})] * 2
    failed = program("notify", "--attempts", "2")
    again = program("notify")

    assert failed.code == 1
    assert failed.out == f"state: GO\n{server.shown}: not told: it answers 500 (attempt 2)\n"
    assert one_error(failed) == f"{server.shown} was not told: it answers 500 (attempt 2)"
    assert (again.code, again.out) == (0, f"state: GO\n{server.shown}: told\n")


def one_error(outcome: Outcome) -> str:
    """Return the only message on standard error."""
    return one_line(outcome._replace(out="")).removeprefix("peaktrade-ops: ").removesuffix("\n")


@pytest.mark.usefixtures("reported")
def test_a_target_that_was_told_is_not_told_again_for_another(
    program: Program, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each target has its own memory."""
    with serving() as other:
        monkeypatch.setenv("PEAK_NOTIFY_WEBHOOK", f"{server.address}\n{other.address}")
        other.answers = [(403, {})]
        first, second = program("notify"), program("notify")

    assert (first.code, second.code) == (1, 0)
    assert (len(server.posts), len(other.posts)) == (1, 2)


def test_lost_memory_tells_once_more(program: Program, server: Server, reported: Workplace) -> None:
    """The file may be deleted at any time."""
    program("notify")
    memory = reported.repo / "reports" / ".notify" / "stage1.json"
    memory.unlink()
    program("notify")
    program("notify")

    assert states(server) == ["GO", "GO"]
    assert memory.is_file()


@pytest.mark.usefixtures("reported")
def test_a_dry_run_sends_and_remembers_nothing(
    program: Program, server: Server, workplace: Workplace
) -> None:
    """It shows what would be sent, as text or as the JSON of a webhook."""
    before = tree(workplace.folder)
    text = program("notify", "--dry-run")
    document = json.loads(program("notify", "--dry-run", "--format", "json").out)

    assert text.code == 0
    assert f"{server.shown}: would be told\n\nStage 1: GO\nStage 1 (dry run): GO; " in text.out
    assert document["notice"]["state"] == "GO"
    assert document["targets"] == [{"target": server.shown, "outcome": "not sent", "reason": ""}]
    assert (server.posts, tree(workplace.folder)) == ([], before)


@pytest.mark.usefixtures("reported")
@pytest.mark.parametrize("loud", [(), ("--verbose",), ("--quiet",)])
@pytest.mark.parametrize("way", [(), ("--dry-run",), ("--format", "json")])
def test_secrets_never_show(
    program: Program, server: Server, loud: tuple[str, ...], way: tuple[str, ...]
) -> None:
    """Neither when it works nor when it fails, in any form."""
    server.answers = [(404, {})]
    no_secret(program("notify", *loud, *way), program("notify", *loud, *way))


@pytest.mark.usefixtures("reported")
@pytest.mark.parametrize(
    "address",
    [
        "https://us3r:pa55@127.0.0.1:t0ken/?qu3ry",
        "https://us3r:pa55@[t0ken/?qu3ry",
        "gopher://us3r:pa55@h/t0ken?qu3ry",
        "https://us3r:pa55@h/t0ken qu3ry",
        "http://us3r:pa55@no-such-host.invalid/t0ken?qu3ry",
        "http://us3r:pa55@127.0.0.1:1/t0ken?qu3ry",
    ],
)
def test_a_fault_of_an_address_shows_no_secret(
    program: Program, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Also with a traceback."""
    monkeypatch.setenv("PEAK_NOTIFY_WEBHOOK", address)

    outcome = program("notify", "--verbose", "--attempts", "1")

    assert outcome.code == 1
    no_secret(outcome)


@pytest.mark.parametrize("loud", [(), ("--verbose",)])
@pytest.mark.parametrize(
    "arguments",
    [
        ("--webhook-file", "https://h/t0ken"),
        ("--apprise-file", "tgram://1:t0ken/chat"),
        ("--state", "https://h/t0ken"),
        ("--attempts", "https://h/t0ken"),
        ("https://us3r:pa55@h/t0ken?qu3ry",),
        ("surplus", "tgram://1:pa55 )t0ken/chat"),
        ("--webhook=https://h/t0ken",),
    ],
)
def test_an_address_on_the_command_line_shows_no_secret(
    program: Program, workplace: Workplace, arguments: tuple[str, ...], loud: tuple[str, ...]
) -> None:
    """It is a wrong command line, and the message goes into logs."""
    outcome = program("notify", *arguments, *loud)

    assert outcome.code == 64
    no_secret(outcome)
    assert not (workplace.repo / "https:").exists()


@pytest.mark.parametrize("kind", ["WEBHOOK", "APPRISE"])
def test_an_address_in_the_variable_of_a_file_shows_no_secret(
    program: Program, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The variable of the address itself has nearly the same name."""
    monkeypatch.setenv(f"PEAK_NOTIFY_{kind}_FILE", "https://us3r:pa55@h/t0ken?qu3ry")

    outcome = program("notify")

    assert outcome.code == 64
    assert "is an address; write it into a file" in outcome.err
    no_secret(outcome)


@pytest.mark.parametrize("place", ["obs/stage1", "obs/stage2", "link"])
def test_its_memory_cannot_lie_among_the_reports(
    program: Program, server: Server, reported: Workplace, place: str
) -> None:
    """It would wait for its own lock for ever, and `verify` would find a foreign file."""
    root = reported.repo / "reports"
    (root / "obs" / "stage2").mkdir()
    (root / "link").symlink_to(reported.reports)
    before = tree(root)

    outcome = program("notify", "--state", str(root / place / "told.json"))

    assert outcome.code == 64
    assert "which holds only reports" in one_line(outcome)
    assert (server.posts, tree(root)) == ([], before)


def test_a_link_in_place_of_the_folder_of_its_memory_is_refused(
    program: Program, server: Server, reported: Workplace, tmp_path: Path
) -> None:
    """Whoever made the link chooses what is locked and written."""
    link = reported.repo / "reports" / ".notify"
    link.symlink_to(tmp_path)

    outcome = program("notify")

    assert outcome.code == 1
    assert one_line(outcome).startswith(f"peaktrade-ops: {link} is a link; ")
    assert server.posts == []


@pytest.mark.usefixtures("reported")
def test_an_unexpected_error_shows_no_secret(
    program: Program, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A traceback shows lines of the program, and targets without their addresses."""

    def fail(*arguments: object) -> None:
        raise RuntimeError(arguments)

    monkeypatch.setattr(notify_module, "deliver", fail)

    outcome = program("notify", "--verbose")

    assert outcome.code == 1
    assert server.shown in outcome.err
    no_secret(outcome)


@pytest.mark.usefixtures("reported")
def test_the_reports_do_not_change(program: Program, server: Server, workplace: Workplace) -> None:
    """Its memory is not among the reports, and no scan takes it for telemetry."""
    before = tree(workplace.reports)
    program("notify")
    again = program("stage1-run", "--repo", "..", "--date", DAY, "--reports-root", "one")
    one = tree(workplace.repo / "one")
    memory = workplace.repo / "reports" / ".notify" / "stage1.json"
    memory.unlink()
    program("stage1-run", "--repo", "..", "--date", DAY, "--reports-root", "one")

    assert len(server.posts) == 1
    assert again.code == 0
    assert tree(workplace.reports) == before
    assert program("verify").out.endswith(": everything matches\n")
    assert "notify" not in "".join(one)
    assert tree(workplace.repo / "one") == one
    assert b".notify" not in b"".join(one.values())


def test_the_extra_is_named_if_it_is_missing(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only addresses of apprise need it."""
    monkeypatch.setenv("PEAK_NOTIFY_APPRISE", "ntfy://t0ken")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    outcome = program("notify")

    assert outcome.code == 1
    assert 'addresses of apprise need the extra "notify"; install it: ' in outcome.err


def test_a_file_of_addresses_is_read(
    program: Program, server: Server, reported: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret does not stand on the command line."""
    monkeypatch.delenv("PEAK_NOTIFY_WEBHOOK")
    file = reported.folder / "webhook"
    file.write_text(server.address)
    file.chmod(0o600)

    outcome = program("notify", "--webhook-file", str(file))

    assert (outcome.code, outcome.err) == (0, "")
    assert states(server) == ["GO"]


@pytest.mark.parametrize("gate", [0, 2])
def test_a_chain_keeps_the_exit_code_of_the_run(
    reported: Workplace, tmp_path: Path, gate: int
) -> None:
    """A delivery that fails changes neither a verdict nor the exit code of the run."""
    if gate:
        reported.write("obs/late.jsonl", CRITICAL)
    program = shlex.join(COMMAND)
    script = (
        f"{program} stage1-run --repo ../telemetry --date {DAY} --fail-on hold --quiet; code=$?\n"
        f"{program} notify --run-code $code --attempts 1; echo $? >{tmp_path / 'code'}\n"
        "exit $code\n"
    )

    finished = subprocess.run(
        ["sh", "-c", script],  # noqa: S607 (any shell will do)
        cwd=reported.repo,
        env=clean_environment(
            PEAK_NOTIFY_WEBHOOK="http://127.0.0.1:1/t0ken",
            SOURCE_DATE_EPOCH=epoch("2025-12-21T06:00:00Z"),
        ),
        capture_output=True,
        check=False,
    )

    assert finished.returncode == gate
    assert (tmp_path / "code").read_text() == "1\n"


OPTIONS = {
    "--webhook-file": "webhook",
    "--apprise-file": "apprise",
    "--state": "told.json",
    "--run-code": "1",
    "--attempts": "2",
    "--timeout": "1",
    "--dry-run": None,
    "--reports-root": "other",
    "--dir": "other/obs/stage1",
    "--config": "missing.toml",
    "--format": "json",
    "--lock-timeout": "5",
    "--quiet": None,
    "--verbose": None,
}


@pytest.mark.usefixtures("reported")
@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_works_by_its_variable(
    program: Program,
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    server: Server,
    option: str,
) -> None:
    """An option has the same effect by its variable as on the command line."""
    # The variable of the stage is announced, as for every command, and JSON has times.
    others = {"--stage", "--log-format", "--run-id"}
    assert OPTIONS.keys() | others == {long_name(each) for each in options_of("notify")}
    (variable,) = (variable_of(each) for each in options_of("notify") if long_name(each) == option)
    for name in ("webhook", "apprise"):
        (workplace.repo / name).write_text("ftp://a fault of this file")
        (workplace.repo / name).chmod(0o600)
    value = OPTIONS[option]
    outcomes = []
    for arguments, text in (((option, *([value] if value else [])), ""), ((), value or "1")):
        server.answers = [(500, {})] * 9
        server.posts.clear()
        monkeypatch.setenv(variable, text)
        outcomes.append((program("notify", *arguments), len(server.posts)))

    assert outcomes[0] == outcomes[1]


def test_its_modules_load_no_extra(workplace: Workplace) -> None:
    """Without an address of apprise, apprise is not loaded."""
    script = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('loaded', *sys.modules, file=sys.stderr))\n"
        "from peaktrade_ops.cli import main\n"
        "main(['notify', '--dir', 'nowhere'])\n"
    )

    finished = subprocess.run(
        [sys.executable, "-c", script],
        cwd=workplace.repo,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 1
    assert not {"apprise", "requests"} & set(finished.stderr.split())
