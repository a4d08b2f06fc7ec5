"""The page about notices: its units, schedules and tables fit the program."""

from __future__ import annotations

import os
import plistlib
import re
import shlex
from typing import Any

import pytest

from peaktrade_ops import cli
from peaktrade_ops.notices.situation import MOST_REASONS, Notice
from peaktrade_ops.notices.targets import MOST_TARGETS, VARIABLES
from tests.support.commands import command_of
from tests.support.pages import BLOCKS, NOTICES
from tests.support.program import steers

pytestmark = pytest.mark.one_python

PROGRAM = "/opt/peaktrade-ops/.venv/bin/peaktrade-ops"
PAGE = NOTICES.read_text("utf-8")


def block_of(language: str, word: str = "") -> str:
    """Return the only block of a language with a word in it."""
    [text] = [
        block.text
        for block in BLOCKS
        if block.page == NOTICES and block.language == language and word in block.text
    ]
    return text


def first_column(*heads: str) -> list[str]:
    """Return the first column of the table with these heads."""
    table = PAGE.partition(f"| {' | '.join(heads)} |")[2].partition("\n\n")[0]
    return [row.split("|")[1].strip() for row in table.splitlines()[2:]]


def launchd_job(label: str) -> dict[str, Any]:
    """Return the job of launchd with a label; its property list is the only one that has it."""
    job: dict[str, Any] = plistlib.loads(block_of("xml", f"<string>{label}</string>").encode())
    assert job["Label"] == label
    return job


def lines_of_shell() -> dict[str, str]:
    """Return the command lines of the schedules that a shell runs, by kind."""
    first, second = [line for line in block_of("crontab").splitlines() if "peaktrade-ops" in line]
    launchd = launchd_job("peaktrade-ops")["ProgramArguments"]
    assert launchd[:2] == ["/bin/sh", "-c"]
    # A percent sign would end the command of cron.
    assert "%" not in first + second
    return {
        "cron": first.split(maxsplit=6)[6],
        "cron, later": second.split(maxsplit=6)[6],
        "launchd": launchd[2],
    }


def parsed(command: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, Any]]:
    """Return the name of a command and its options as the program reads them."""
    for name in filter(steers, list(os.environ)):
        monkeypatch.delenv(name)
    program, name, *options = command
    assert program == PROGRAM
    return name, command_of(name).make_context(name, options).params


@pytest.mark.parametrize("kind", ["cron", "launchd"])
def test_a_schedule_runs_tells_and_keeps_the_exit_code(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run fails on HOLD too; its code goes to `notify` and is that of the job."""
    run, kept, notify, ended = lines_of_shell()[kind].split("; ")

    name, chosen = parsed(shlex.split(run), monkeypatch)
    teller, told = parsed(shlex.split(notify), monkeypatch)

    assert (name, chosen["fail_on"], chosen["day"]) == ("stage1-run", "hold", None)
    assert (teller, told["run_code"]) == ("notify", "$code")
    assert str(told["webhook_file"]) == "/etc/peaktrade-ops/webhook"
    assert chosen["reports_root"] == told["reports_root"]
    assert (kept, ended) == ("code=$?", "exit $code")


def test_cron_asks_between_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that does not run tells nobody, so another line asks."""
    command, _, output = lines_of_shell()["cron, later"].partition(" >")

    name, chosen = parsed(shlex.split(command), monkeypatch)

    assert (name, chosen["run_code"], output) == ("notify", "", "/dev/null")


def test_launchd_asks_between_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of its own tells of the same reports, at other times than the run and far apart."""
    run, later = launchd_job("peaktrade-ops"), launchd_job("peaktrade-ops-notify")
    name, chosen = parsed(later["ProgramArguments"], monkeypatch)
    _, told = parsed(shlex.split(lines_of_shell()["launchd"].split("; ")[2]), monkeypatch)

    # Without the code of a run, what is known of the last one is kept.
    assert (name, chosen["run_code"]) == ("notify", "")
    assert {**chosen, "run_code": told["run_code"]} == told
    times = later["StartCalendarInterval"]
    assert [each["Hour"] for each in times] == [1, 7, 13, 19]
    assert run["StartCalendarInterval"] not in times
    assert all(each.keys() == {"Hour", "Minute"} for each in times)
    # A machine that was off at these times asks when its user is there again.
    assert later["RunAtLoad"] is True
    assert later["StandardOutPath"] != run["StandardOutPath"]


def test_the_unit_tells_with_the_exit_code_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret is a credential, and the memory is in a folder of the unit."""
    unit = block_of("ini", "ExecStart=")
    [command] = re.findall("^ExecStart=(.*)$", unit, re.MULTILINE)
    name, chosen = parsed(shlex.split(command), monkeypatch)

    assert name == "notify"
    assert chosen["run_code"] == "${MONITOR_EXIT_STATUS}"
    assert str(chosen["webhook_file"]) == "%d/webhook"
    assert "LoadCredential=webhook:/etc/peaktrade-ops/webhook\n" in unit
    assert str(chosen["state"]) == "%S/peaktrade-ops/told.json"
    assert "StateDirectory=peaktrade-ops\n" in unit


def test_every_field_of_a_notice_is_in_the_table() -> None:
    """The fields are those of the JSON, in its order."""
    cells = first_column("field", "content")

    assert re.findall("`([^`]+)`", " ".join(cells)) == list(Notice.__struct_fields__)


def test_the_variables_and_the_bounds_are_those_of_the_program() -> None:
    """The page names the variables that hold addresses, and how many there may be."""
    assert all(f"`{variable}`" in PAGE for variable in VARIABLES.values())
    assert f"At most {MOST_TARGETS} are told" in PAGE
    assert f"up to {MOST_REASONS} reasons" in PAGE


def test_the_exit_codes_are_those_of_the_command() -> None:
    """A verdict is no exit code of `notify`."""
    codes = [int(cell) for cell in first_column("code", "meaning")]

    assert codes == [cli.OK, cli.FAILED, cli.USAGE]


def test_no_example_has_an_address_that_is_a_secret() -> None:
    """Addresses on command lines are those of this machine."""
    text = "".join(b.text for b in BLOCKS if b.page == NOTICES and b.language != "xml")

    assert set(re.findall(r"https?://\S+", text)) == {"http://127.0.0.1:18788/hook"}
