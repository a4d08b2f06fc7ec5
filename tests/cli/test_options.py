"""The options: their defaults, their variables, and that each of them does something."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.cli.option_groups import fill
from peaktrade_ops.cli.options import LoudnessOptions, ScanOptions
from peaktrade_ops.errors import UsageError
from peaktrade_ops.locations import Url
from tests.cli.helpers import ALERT, CRITICAL, DAY, HEARTBEAT, JUDGES, MAKES, NOW, SCANS
from tests.support.commands import (
    COMMANDS,
    ENDING,
    arguments_of,
    command_of,
    long_name,
    options_of,
    variable_of,
)
from tests.support.program import Workplace, epoch, tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.program import Program

pytestmark = pytest.mark.usefixtures("empty_pages")


@pytest.mark.parametrize(
    ("option", "default"),
    [
        ("--repo", Path()),
        # The default in `--help` applies only if the option is given.
        ("--out-dir", None),
        ("--max-depth", 10),
        ("--max-files", 0),
        ("--legacy-regex", r"(legacy|risk[_ -]?limit|old[_ -]?alert|v1|previous)"),
        ("--days", 14),
        ("--format", "text"),
        ("--stage", "stage1"),
        ("--log-format", "text"),
        *(
            (flag, False)
            for flag in (
                *("--adopt", "--delete", "--dry-run", "--fail-on-new-alerts", "--no-cache"),
                *("--replace", "--quiet", "--verbose", "--override"),
            )
        ),
        *(
            (option, None)
            for option in (
                *("--reports-root", "--as-of", "--date", "--cache", "--config", "--dir"),
                *("--fail-on", "--scheduler", "--note"),
                *("--webhook-file", "--apprise-file", "--state"),
            )
        ),
        ("--input", ()),
        ("--run-code", ""),
        ("--run-id", ""),
        ("--attempts", 3),
        ("--timeout", 10),
        ("--lock-timeout", 600),
        ("--host", "127.0.0.1"),
        ("--port", 8787),
        ("--max-age", 30),
        ("--refresh", 60),
        ("--trusted-host", ()),
    ],
)
@pytest.mark.usefixtures("program")
def test_options_have_the_defaults_of_the_contract(option: str, default: object) -> None:
    """An option has the default of the contract in every command."""
    found = [
        command_of(command).make_context(command, arguments_of(command)).params[each.name]
        for command in COMMANDS
        for each in options_of(command)
        if long_name(each) == option
    ]

    assert found
    assert all(value == default for value in found)


@pytest.mark.parametrize("command", SCANS)
def test_help_shows_where_reports_go_by_default(program: Program, command: str) -> None:
    """The help shows the default of `--out-dir`, although the option applies only when given."""
    assert "default: reports/obs/stage1]" in " ".join(program(command, "--help").out.split())


@pytest.mark.parametrize("value", ["", " ", "\t"])
@pytest.mark.parametrize("option", ["--reports-root", "--out-dir"])
def test_a_blank_folder_counts_as_not_given(option: str, value: str) -> None:
    """A blank value of a folder option counts as not given."""
    context = command_of("stage1-run").make_context("stage1-run", [option, value])

    assert context.params["reports_root"] is None
    assert context.params["out_dir"] is None


def test_an_out_dir_counts_even_where_it_says_the_default() -> None:
    """An explicit `--out-dir` is relative to the telemetry root, even if equal to the default."""
    arguments = ["--repo", "telemetry", "--out-dir", "reports/obs/stage1"]
    context = command_of("stage1-run").make_context("stage1-run", arguments)

    assert fill(ScanOptions, context.params).out_folder == Path("telemetry/reports/obs/stage1")


def test_an_out_dir_is_not_relative_to_a_url() -> None:
    """Reports are written to a local folder, so only an absolute folder goes with a URL."""
    found = [
        fill(ScanOptions, command_of("stage1-run").make_context("stage1-run", arguments).params)
        for arguments in (
            ["--repo", "s3://bucket/x", "--out-dir", "/srv/reports"],
            ["--repo", "s3://bucket/x"],
            ["--repo", "s3://bucket/x", "--out-dir", "reports"],
        )
    ]

    assert [each.repo for each in found] == [Url("s3", "s3://bucket/x")] * 3
    assert found[0].out_folder == Path("/srv/reports")
    assert found[1].out_folder is None
    with pytest.raises(UsageError, match=r"--out-dir is relative to --repo, .*; give --reports"):
        _ = found[2].out_folder


def test_a_url_of_this_machine_is_a_wrong_command_line(program: Program) -> None:
    """A folder of this machine has a path."""
    outcome = program("stage1-run", "--repo", "file:///srv")

    assert outcome.code == 64
    assert "'file:///srv': a folder of this machine is named by its path" in outcome.err


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("hold", "hold"),
        ("HOLD", "hold"),
        ("no-go", "no-go"),
        ("NO-GO", "no-go"),
        ("NO_GO", "no-go"),
    ],
)
def test_a_gate_is_named_as_reports_write_the_verdict(value: str, verdict: str) -> None:
    """`--fail-on` takes a verdict in any case, and with the line of a report."""
    context = command_of("stage1-run").make_context("stage1-run", ["--fail-on", value])

    assert context.params["fail_on"] == verdict


@pytest.mark.parametrize(
    ("arguments", "verbosity"), [([], 0), (["-q"], -1), (["-v"], 1), (["-q", "-v"], 1)]
)
def test_verbose_wins_over_quiet(arguments: list[str], verbosity: int) -> None:
    """`--verbose` wins over `--quiet`, also when a variable sets either of them."""
    context = command_of("verify").make_context("verify", arguments)

    assert fill(LoudnessOptions, context.params).verbosity == verbosity


@dataclass(frozen=True)
class Case:
    """An option, a value for it, and what else is set so that the value makes a difference."""

    option: str
    value: str | None
    commands: Sequence[str] = ENDING
    variable_value: str = ""
    visible: bool = True
    also: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        """The option on a command line."""
        if self.value is None:
            return [self.option]
        return [word for value in self.value.split("|") for word in (self.option, value)]

    def variable(self, command: str) -> dict[str, str]:
        """The option as a variable."""
        (option,) = (each for each in options_of(command) if long_name(each) == self.option)
        return {variable_of(option): self.variable_value or self.value or "1"}


CASES = [
    Case("--repo", "../telemetry/deep", SCANS),
    Case(
        "--input",
        "../telemetry/deep|../telemetry/obs/events.jsonl",
        SCANS,
        variable_value="../telemetry/deep\n \n../telemetry/obs/events.jsonl\n",
    ),
    # The variable is relative to the repo root, which here is the current directory.
    Case("--reports-root", "other"),
    Case("--out-dir", "elsewhere", SCANS),
    Case("--max-depth", "2", SCANS),
    Case("--max-files", "1", SCANS),
    Case("--legacy-regex", "heartbeat", SCANS),
    Case("--cache", "kept", SCANS),
    Case("--no-cache", None, SCANS, visible=False),
    # An error at once, with Dask and without it.
    Case("--scheduler", "abc://nowhere", SCANS),
    Case("--fail-on-new-alerts", None, SCANS),
    Case("--days", "3", JUDGES),
    Case("--fail-on", "hold", JUDGES),
    Case("--replace", None, JUDGES, also={"PEAK_DATE": "2025-12-19"}),
    Case("--replace", None, ("stage1-snapshot",), also={"PEAK_MAX_FILES": "1"}),
    Case("--adopt", None, JUDGES, also={"PEAK_REPORTS_DIR": "unlisted"}),
    Case("--dir", "other/obs/stage1", ("render", "stage1-run", "stage1-trends", "verify")),
    Case("--as-of", f"{DAY}T08:00:00Z", MAKES, also={"PEAK_DATE": ""}),
    Case("--date", "2025-12-19", MAKES),
    Case(
        "--from",
        "2025-12-19",
        ("stage1-snapshot",),
        also={"PEAK_DATE": "", "PEAK_TO": "2025-12-20"},
    ),
    Case(
        "--to",
        "2025-12-20",
        ("stage1-snapshot",),
        also={"PEAK_DATE": "", "PEAK_FROM": "2025-12-19"},
    ),
    Case("--config", "mine.toml", MAKES),
    Case("--config", "mine.toml", ("render", "verify"), also={"PEAK_STAGE": "stage2"}),
    Case("--stage", "stage2", ("render", "verify")),
    Case("--format", "json"),
    # Nobody holds the lock in this case.
    Case("--lock-timeout", "5", visible=False),
    Case("--quiet", None, ("stage1-run",), also={"PEAK_MAX_FILES": "1"}),
    # The others have no note to leave out in this case.
    Case("--quiet", None, ("render", "stage1-snapshot", "stage1-trends", "verify"), visible=False),
    Case("--verbose", None, MAKES),
    Case("--log-format", "json"),
    Case("--run-id", "mine", also={"PEAK_LOG_FORMAT": "json"}),
    Case("--verbose", None, ("render", "verify"), also={"PEAK_DIR": "nowhere"}),
]


def test_every_option_is_tried_by_its_variable() -> None:
    """The table of the next test contains every option but those of `notify` and `serve`."""
    tried = {(command, case.option) for case in CASES for command in case.commands}

    assert tried == {(name, long_name(each)) for name in ENDING for each in options_of(name)}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a workplace with telemetry, two folders of reports, and two configurations."""
    workplace = Workplace.made(tmp_path_factory.mktemp("template"))
    older = workplace.write("obs/events.jsonl", HEARTBEAT, ALERT, CRITICAL)
    os.utime(older, (1, 1))
    workplace.write("deep/obs/events.jsonl", {**HEARTBEAT, "ts": "2025-12-19T10:00:00Z"})
    (workplace.repo / "stage1.toml").write_text("[stages.stage2]\n")
    (workplace.repo / "mine.toml").write_text(
        '[sources]\nlegacy = ["obs/**"]\n[policy]\nmax_new_alerts = 0\n'
    )
    run = ("stage1-run", "--repo", "../telemetry", "--days", "2", "--date")
    assert workplace.run(*run, DAY).code == 0
    assert workplace.run(*run, "2025-12-19", "--reports-root", "other").code == 0
    assert workplace.run(*run, DAY, "--reports-root", "unlisted").code == 0
    index = workplace.repo / "unlisted" / "obs" / "stage1" / "index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "entries": []}))
    return workplace.folder


@pytest.mark.parametrize(
    ("case", "command"),
    [
        pytest.param(case, command, id=f"{command}{case.option}")
        for case in CASES
        for command in case.commands
    ],
)
def test_every_option_works_by_its_variable(  # noqa: PLR0913 (fixtures and parameters)
    program: Program,
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    template: Path,
    *,
    case: Case,
    command: str,
) -> None:
    """An option has the same effect by its variable as on the command line."""
    base = {"PEAK_TELEMETRY_DIR": "../telemetry", "PEAK_DAYS": "2", "PEAK_DATE": DAY}
    for name, value in (base | {"SOURCE_DATE_EPOCH": epoch(NOW)} | case.also).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(workplace.folder)

    def outcome(arguments: Sequence[str], variables: Mapping[str, str]) -> object:
        for folder in (workplace.repo, workplace.telemetry):
            shutil.rmtree(folder)
            shutil.copytree(template / folder.name, folder)
        with monkeypatch.context() as patch:
            patch.chdir(workplace.repo)
            for name, value in variables.items():
                patch.setenv(name, value)
            code, out, err = program(command, *arguments)
            # Times, and the random id of a call.
            err = re.sub(r'"(?:time": "[^"]*"|seconds": [^,}]*|run": "[0-9a-f]{16}")', "", err)
            # A date that comes from a variable is reported, see below.
            told = [line for line in err.splitlines() if not re.match("PEAK_[A-Z_]+ sets -", line)]
            return code, out, told, tree(workplace.folder)

    by_variable = case.variable(command)
    plain = outcome([], {})
    with_option = outcome(case.arguments, dict.fromkeys(by_variable, ""))
    with_variable = outcome([], by_variable)

    assert with_option == with_variable
    assert (with_option != plain) == case.visible


def test_an_empty_variable_counts_as_not_given(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty variable counts as not set, because Compose passes unset ones as empty."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    for command in COMMANDS:
        for option in options_of(command):
            monkeypatch.setenv(variable_of(option), "")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")

    assert program("stage1-run", "--repo", "../telemetry", "--date", DAY).code == 0
    assert program("verify").code == 0


def test_flags_can_be_switched_off_by_their_variables(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable with the value 0 leaves a flag off."""
    workplace.write("obs/events.jsonl", ALERT)
    monkeypatch.setenv("PEAK_FAIL_ON_NEW_ALERTS", "0")

    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", DAY).code == 0


def test_input_by_its_variable_is_a_path_a_line(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The input variable has one path on each line, so a name may contain a colon."""
    first = workplace.write("a 12:30:00.jsonl", HEARTBEAT)
    second = workplace.write("b.jsonl", ALERT)
    monkeypatch.setenv("PEAK_INPUT", f"{first}\n\n{second}\n")

    assert program("stage1-snapshot", "--date", DAY).code == 0

    summary = json.loads((workplace.reports / f"{DAY}_summary.json").read_text())
    assert [each["path"] for each in summary["coverage"]["files"]] == [first.name, second.name]


def test_a_blank_input_variable_counts_as_not_given(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that contains only blanks and line ends names no input."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    monkeypatch.setenv("PEAK_INPUT", " \n\n")

    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", DAY).code == 0

    summary = json.loads((workplace.reports / f"{DAY}_summary.json").read_text())
    assert summary["settings"]["scope"] == "root"


# Dates that come from variables.


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
@pytest.mark.parametrize(
    ("command", "variables", "told"),
    [
        ("stage1-run", {"PEAK_DATE": DAY}, [f"PEAK_DATE sets --date to {DAY}"]),
        (
            "stage1-run",
            {"PEAK_AS_OF": f"{DAY}T08:00:00Z", "PEAK_DAYS": "3"},
            ["PEAK_DAYS sets --days to 3", f"PEAK_AS_OF sets --as-of to {DAY}T08:00:00Z"],
        ),
        (
            "stage1-snapshot",
            {"PEAK_FROM": "2025-12-19", "PEAK_TO": DAY},
            ["PEAK_FROM sets --from to 2025-12-19", f"PEAK_TO sets --to to {DAY}"],
        ),
        ("stage1-snapshot", {"PEAK_DAYS": "3", "PEAK_FAIL_ON": "hold"}, []),
    ],
)
def test_a_date_from_a_variable_is_told(  # noqa: PLR0913 (fixtures and parameters)
    program: Program,
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    *,
    command: str,
    variables: dict[str, str],
    told: list[str],
    quiet: tuple[str, ...],
) -> None:
    """A date that comes from a variable is reported on standard error."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    outcome = program(command, "--repo", "../telemetry", *quiet)

    assert outcome.code == 0
    assert outcome.err.splitlines() == told


def test_a_date_on_the_command_line_is_not_told(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A date on the command line overrides its variable and is not reported."""
    monkeypatch.setenv("PEAK_DATE", "2025-12-01")

    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", DAY).err == ""


def test_the_clock_that_was_set_is_told_when_quiet(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fixed clock is reported even with `--quiet`."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(NOW))

    outcome = program("stage1-snapshot", "--repo", "../telemetry", "--quiet")

    assert outcome.err == f"SOURCE_DATE_EPOCH stands in for the clock: {NOW}\n"
