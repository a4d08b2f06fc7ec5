"""The documentation: every command in it runs, every table is complete, every link leads on."""

from __future__ import annotations

import json
import os
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from peaktrade_ops import cli
from peaktrade_ops.config import Config, Format, Policy
from peaktrade_ops.config_file import load_configuration
from peaktrade_ops.inspecting import inspect_files
from peaktrade_ops.reports.views.pages.marks import MARKS
from peaktrade_ops.serve.health import Decided, Judged, Latest, health_of
from peaktrade_ops.serve.metrics import exposition
from peaktrade_ops.stage1.day import PRUNED
from peaktrade_ops.stage1.models import ScannedFolder, Understanding
from peaktrade_ops.stage1.policy import judge
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import DAY, coverage, decision, end_of, quiet_days, summary
from tests.support.checkout import REPO, copy_repo, plain_environment, repo_files
from tests.support.commands import all_commands, command_of
from tests.support.pages import (
    ARCHITECTURE,
    BLOCKS,
    KUBERNETES,
    OPERATE,
    PAGES,
    READ,
    README,
    RECOVERY,
    REFERENCE,
    RUN,
    Block,
)
from tests.support.program import steers

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Summary
    from tests.support.program import Program, Workplace

pytestmark = pytest.mark.one_python

# Installs uv, which needs a network; the copies that the tests make have one already.
SETUP = re.compile(r"python3 -m pip install -qq --upgrade --target \.uv --requirement uv\.txt && ")

LETTERS = {
    "H": "doctor",
    "I": "inspect",
    "M": "render",
    "P": "metrics",
    "N": "notify",
    "S": "stage1-snapshot snapshot",
    "T": "stage1-trends trends",
    "R": "stage1-run run",
    "U": "prune",
    "V": "verify",
    "W": "serve",
    "D": "decide",
    "s": "snapshot",
    "t": "trends",
    "r": "run",
}


def rows(page: Path, *heads: str) -> list[list[str]]:
    """Return the rows of the only table of a page with these heads."""
    found = []
    tables = re.findall(r"(?:^\|.*\n)+", page.read_text("utf-8"), re.MULTILINE)
    for table in tables:
        head, _, *body = [
            [cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()
        ]
        if tuple(cell.strip("| ") for cell in head) == heads:
            found.append([[cell.strip("| ") for cell in row] for row in body])
    [table_rows] = found
    return table_rows


def code_spans(text: str) -> list[str]:
    """Return the texts between backticks."""
    return re.findall(r"`([^`]+)`", text)


def uv() -> Path:
    """Return the uv of this machine: the one that started the tests, or one on the path."""
    named = os.environ.get("UV") or shutil.which("uv")
    assert named, "these tests need uv: run them by nox, or put uv on the PATH"
    return Path(named).absolute()


@pytest.fixture
def newcomer(tmp_path: Path) -> Path:
    """Return a copy of the repo with uv and an environment, as after the first command."""
    copy = copy_repo(tmp_path / "repo")
    (copy / ".uv" / "bin").mkdir(parents=True)
    (copy / ".uv" / "bin" / "uv").symlink_to(uv())
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


def run(block: Block, copy: Path) -> subprocess.CompletedProcess[str]:
    """Run a block as a reader does, without a network."""
    program = ["sh", "-eu", "-c"] if block.language == "sh" else [sys.executable, "-c"]
    text = SETUP.sub("", block.text)
    # Nox runs these tests, so nox itself is only started here.
    text = re.sub(r"\bnox$", "nox --list", text, flags=re.MULTILINE)
    programs = [copy / folder / "bin" for folder in (".venv", ".uv")]
    environment = plain_environment(
        PATH=os.pathsep.join([*map(os.fspath, programs), os.environ["PATH"]]),
        UV_NO_SYNC="1",
        UV_OFFLINE="1",
        UV_PYTHON_DOWNLOADS="never",
    )
    return subprocess.run(
        [*program, text], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "block",
    [block for block in BLOCKS if block.language in RUN and not block.is_run_elsewhere],
    ids=str,
)
def test_every_command_runs_in_a_fresh_copy(block: Block, newcomer: Path) -> None:
    """A reader can copy a command and run it without an error."""
    outcome = run(block, newcomer)
    assert outcome.returncode == 0, outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_no_block_is_neither_run_nor_read() -> None:
    """Every fenced block has a language that a test knows; the integration tests run some."""
    assert {block.language for block in BLOCKS} == RUN | READ
    assert {block.language for block in BLOCKS if block.needs_engine} == {"sh"}
    assert {block.page for block in BLOCKS if block.needs_cluster} == {KUBERNETES}


def test_every_block_of_toml_is_a_configuration(tmp_path: Path) -> None:
    """The program reads every TOML block as a configuration."""
    blocks = [block for block in BLOCKS if block.language == "toml"]
    assert blocks
    for block in blocks:
        (tmp_path / "stage1.toml").write_text(block.text)
        read = load_configuration(tmp_path / "stage1.toml")
        assert read.base != Config() or read.stages


def test_no_command_changes_the_environment() -> None:
    """The copies share the environment of the tests, and `uv sync` would bind it to a copy."""
    assert [str(block) for block in BLOCKS if "uv sync" in block.text] == []


def test_two_commands_set_everything_up() -> None:
    """Only the first two commands of the README install uv, each on one line."""
    first, second = [block for block in BLOCKS if "python3 -m pip" in block.text]
    assert [first, second] == [b for b in BLOCKS if b.page == README and b.language == "sh"][:2]
    assert all(SETUP.match(b.text) and b.text.count("\n") == 1 for b in (first, second))


def test_the_package_session_runs_what_installs_the_wheel() -> None:
    """Nox runs the only block that needs a registry."""
    [block] = [block for block in BLOCKS if block.needs_registry]
    assert block.page == README
    noxfile = (REPO / "noxfile.py").read_text("utf-8")
    assert '[commands] = [block for block in blocks if "uv tool install" in block]' in noxfile


def test_the_first_command_shows_the_verdict_of_the_samples(newcomer: Path) -> None:
    """The first command prints the output that the README shows and writes the reports."""
    outcome = run(BLOCKS[0], newcomer)
    assert BLOCKS[1].text in outcome.stdout
    assert "Verdict: **NO_GO, out of date**" in BLOCKS[1].text
    folder = newcomer / "reports" / "sample" / "obs" / "stage1"
    assert f"reports in {folder}: verified" in outcome.stdout
    assert len(list(folder.glob("*_summary.json"))) == 8


def test_the_second_command_lists_the_sessions(newcomer: Path) -> None:
    """Nox runs the sessions whose results the README shows."""
    outcome = run(BLOCKS[2], newcomer)
    listed = re.findall(r"^\* (\S+) ", outcome.stdout, re.MULTILINE)
    assert re.findall(r"^nox > \* (.*): success$", BLOCKS[3].text, re.MULTILINE) == listed


def test_continuous_integration_runs_the_second_command() -> None:
    """CI runs exactly the command of the README on a bare machine."""
    script = (REPO / ".ci" / "run").read_text("utf-8")
    [command] = re.findall(r"^test_command='(.*)'$", script, re.MULTILINE)
    assert f"{command}\n" == BLOCKS[2].text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPO).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    """Links are relative and lead to files of the repo, and to headings that they have."""
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    """A reader who follows links from the README finds every page."""
    found: set[Path] = set()
    to_read = [README]
    while to_read:
        page = to_read.pop()
        if page not in found and page.suffix == ".md":
            found.add(page)
            to_read += [(page.parent / link.partition("#")[0]).resolve() for link in links_of(page)]
    assert {page for page in PAGES if ".github" not in page.parts} <= found


def links_of(page: Path) -> list[str]:
    """Return the targets of the links and pictures of a page, without those of other sites."""
    links = re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8"))
    return [link for link in links if not link.startswith("https://")]


def anchors(page: Path) -> set[str]:
    """Return the names by which links refer to the headings of a page."""
    heads = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}


def named_paths(page: Path) -> list[str]:
    """Return the code spans of a page that are paths with a slash."""
    spans = code_spans(page.read_text("utf-8"))
    return [span for span in spans if re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*/?", span) and "/" in span]


def test_every_path_of_the_architecture_exists() -> None:
    """The map names folders and modules of the package, relative to it."""
    package = REPO / "src" / "peaktrade_ops"
    named = named_paths(ARCHITECTURE)
    assert len(named) > 20
    assert [
        path for path in named if not any((root / path).exists() for root in (package, REPO))
    ] == []


def test_every_canonical_file_of_the_container_side_exists() -> None:
    """The recovery page lists files of the repo, and every script and Compose file is in it."""
    listed = {code_spans(row[0])[0] for row in rows(RECOVERY, "path", "content")}
    kept = {
        name
        for name in repo_files()
        if name.startswith(("docker", "scripts/docker/", "scripts/obs/"))
    }
    assert listed <= set(repo_files())
    assert kept - listed == {"scripts/obs/_shim.py"}


def test_every_command_is_in_the_readme() -> None:
    """The table of commands lists what the program has, and nothing else."""
    listed = {name for row in rows(README, "command", "job") for name in code_spans(row[0])}
    assert listed == {command.name for command in all_commands()}


def test_every_option_is_in_the_reference() -> None:
    """The table of options says which command has which, and by which variable."""
    documented = {}
    for row in rows(REFERENCE, "option", "of", "variable", "default", "meaning"):
        name = code_spans(row[0])[0].split()[0]
        [variable] = code_spans(row[2])
        commands = {name for letter in row[1].split() for name in LETTERS[letter].split()}
        documented[name] = (variable, commands)
    actual: dict[str, tuple[str, set[str]]] = {}
    for command in all_commands():
        for option in command.params:
            if isinstance(option, click.Argument):
                continue
            variable = str(option.envvar or "PEAK_REPORTS_DIR")
            actual.setdefault(option.opts[0], (variable, set()))[1].add(str(command.name))
    assert documented == actual


def test_every_command_and_option_has_help() -> None:
    """`--help` explains every command and every option."""
    for command in all_commands():
        assert command.help, command.name
        options = [option for option in command.params if isinstance(option, click.Option)]
        assert [option.name for option in options if not option.help] == []


def test_every_metric_is_in_the_reference() -> None:
    """The table of metrics lists what a complete folder exports, in its order, with the labels."""
    exported = [
        [family.name, {label for each in family.samples for label in each.labels} - {"stage"}]
        for family in text_string_to_metric_families(complete_metrics())
    ]

    assert [
        [code_spans(row[0])[0], set(code_spans(row[1]))]
        for row in rows(REFERENCE, "metric", "labels", "meaning")
    ] == exported


def complete_metrics() -> str:
    """Return the metrics of a report and a trend that have all fields."""
    trend = build_trend(quiet_days(DAY, 7), window=window_until(end_of(DAY)), config=Config())
    report = summary(understanding=Understanding())
    latest, judged, now = Latest(DAY, report), Judged(trend), end_of(DAY)
    health = health_of(latest, judged, now, timedelta(hours=30))
    return exposition(latest, judged, health, Decided(decision()))[0].decode()


def test_every_exit_code_is_explained() -> None:
    """The table lists the exit codes that the program has."""
    table = rows(REFERENCE, "code", "meaning", "what a scheduled job should do")
    codes = {int(code) for row in table for code in row[0].split(",")}
    ended = {cli.HUNG_UP, cli.INTERRUPTED, cli.TERMINATED}
    assert codes == {cli.OK, cli.FAILED, cli.GATE, cli.USAGE, *ended}


def test_every_key_of_the_configuration_is_in_the_reference() -> None:
    """The table of keys lists each key of each section once."""
    sections = msgspec.to_builtins(Config())
    sections["accepted"] = ["date", "rule", "reason", "count"]
    sections["formats"] = [field.name for field in msgspec.structs.fields(Format)]
    keys = [f"{section}.{key}" for section, body in sections.items() for key in body]
    listed = [code_spans(row[0])[0] for row in rows(REFERENCE, "key", "default", "meaning")]
    assert listed == keys


def of_other_folder_and_settings() -> Summary:
    """Return a summary with a folder that no other has, made with other settings."""
    report = summary(coverage=coverage(folders=(ScannedFolder("gone", 1, 1, 1, 1),)))
    assert report.settings
    settings = msgspec.structs.replace(report.settings, scope="input")
    return msgspec.structs.replace(report, settings=settings)


def test_every_reason_of_a_verdict_is_in_the_guide() -> None:
    """A range in which everything is wrong has exactly the reasons of the guide."""
    wrong: list[dict[str, Any]] = [
        {"critical_alerts": 1},
        {"new_alerts": 6},
        {"parse_errors": 1, "end": end_of(date(2025, 12, 5), 7)},
        {"not_understood": 1},
        {"danger": 1},
        {"critical_actions": 1},
        {"legacy_critical": 1},
        {"complete": False},
        {"readable": False, "found": False},
        {"readable": False, "found": False, "problem": PRUNED},
        {"summary": summary(remade=True)},
        {"trust": "unlisted"},
        {"lost": ("records 2, now 1",)},
        {"summary": of_other_folder_and_settings()},
        {"empty": True},
    ]
    days = [
        replace(day, **changes)
        for day, changes in zip(quiet_days(DAY, len(wrong)), wrong, strict=True)
    ]
    policy = Policy(min_days_with_data=14)
    reasons = judge(days, policy, end=end_of(DAY)).reasons
    rows_of = rows(OPERATE, "reason", "verdict", "look at", "do")
    listed = [code_spans(row[0])[0] for row in rows_of]
    explained = [[text for text in listed if text in reason] for reason in reasons]
    assert all(explained)
    assert sorted(text for texts in explained for text in texts) == sorted(listed)
    assert [row[1] for row in rows_of] == ["NO_GO"] + ["HOLD"] * (len(rows_of) - 1)


def test_every_reason_to_leave_a_file_out_is_in_the_guide() -> None:
    """The reasons are those of the contract."""
    listed = [
        code_spans(row[0])[0]
        for row in rows(OPERATE, "reason", "what happened", "coverage", "what to do")
    ]
    assert sorted(listed) == sorted(
        [
            "archive",
            "broken compression",
            "changed while it was read",
            "compression not supported",
            "cut off",
            "expected and missing",
            "expected and silent",
            "folder not readable",
            "ignored",
            "link leaves the root",
            "link to a file that is not scanned",
            "name not recognised",
            "no time understood",
            "not a regular file",
            "not data",
            "not named as JSON lines",
            "not readable",
            "only what --input names",
            "over --max-files",
            "path not selected",
            "the same file",
            "too deep",
            "window not over",
        ]
    )


def started_by(what: str) -> list[str]:
    """Return the command line of the only systemd unit of the guide with this text in it."""
    units = "".join(block.text for block in BLOCKS if block.language == "ini")
    [command] = [
        line for line in re.findall(r"^ExecStart=(.*)$", units, re.MULTILINE) if what in line
    ]
    return shlex.split(command)


def scheduled_commands() -> dict[str, list[str]]:
    """Return the command lines of the schedules in the guide, by kind of schedule."""
    guide = [block for block in BLOCKS if block.page == OPERATE]
    [cron] = [block.text for block in guide if block.language == "crontab"]
    [plist] = [block.text for block in guide if block.language == "xml"]
    return {
        "cron": shlex.split(cron.splitlines()[-1])[6:],
        "systemd": started_by(" stage1-run "),
        "launchd": plistlib.loads(plist.encode())["ProgramArguments"],
    }


@pytest.mark.parametrize("kind", ["cron", "systemd", "launchd"])
def test_the_schedules_start_the_daily_routine(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each runs the same program for the last finished day, and fails on HOLD too."""
    for name in filter(steers, list(os.environ)):
        monkeypatch.delenv(name)
    program, name, *options = scheduled_commands()[kind]
    assert program == "/opt/peaktrade-ops/.venv/bin/peaktrade-ops"
    assert name == "stage1-run"
    chosen = command_of(name).make_context(name, options).params
    assert chosen["fail_on"] == "hold"
    assert (chosen["day"], chosen["as_of"]) == (None, None)


@pytest.mark.parametrize(
    ("command", "fail_on"), [("stage1-snapshot", None), ("stage1-trends", "hold")]
)
def test_the_unit_of_the_container_starts_both_wrappers(
    command: str, fail_on: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wrapper is executable and takes the last finished day; the trend fails on HOLD too."""
    for name in filter(steers, list(os.environ)):
        monkeypatch.delenv(name)
    program, *options = started_by(command.replace("stage1-", "run_stage1_") + "_docker.sh")
    wrapper = REPO / Path(program).relative_to("/opt/peaktrade-ops")
    assert os.access(wrapper, os.X_OK)
    assert f"run_in_container {command} " in wrapper.read_text("utf-8")
    chosen = command_of(command).make_context(command, options).params
    assert (chosen["day"], chosen["as_of"]) == ("yesterday", None)
    assert chosen.get("fail_on") == fail_on


def test_the_unit_of_the_view_serves_the_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit of the view listens on loopback, and its options exist."""
    for name in filter(steers, list(os.environ)):
        monkeypatch.delenv(name)
    program, name, *options = started_by(" serve ")

    chosen = command_of(name).make_context(name, options).params

    assert program == "/opt/peaktrade-ops/.venv/bin/peaktrade-ops"
    assert (chosen["reports_root"], chosen["host"]) == ("/srv/reports", "127.0.0.1")


def test_every_state_of_a_day_is_in_the_guide() -> None:
    """The marks are those of the calendar, in its order."""
    listed = [(row[0], row[1]) for row in rows(OPERATE, "mark", "state of a day", "means")]

    assert listed == [(mark, status) for status, mark in MARKS.items()]


def test_the_readme_shows_what_inspect_proposes() -> None:
    """The lines of the configuration in the README are those that the command prints."""
    root = REPO / "samples" / "formats"
    [found] = inspect_files([str(root / "telemetry" / "gateway-pino.jsonl")], root, Config())
    lines = "\n".join(found.proposal.lines)

    assert f"```toml\n{lines}\n```" in (REPO / "README.md").read_text("utf-8")


def test_the_reference_names_the_fields_of_every_document(
    program: Program, workplace: Workplace
) -> None:
    """A row names the fields of the object that its command prints, and of those in a list."""
    place = workplace.write("telemetry/a.jsonl", {"ts": f"{DAY}T10:00:00Z", "level": "info"})
    webhook = workplace.write("webhook", b"https://hook.example/")
    telemetry = ("--repo", workplace.telemetry)
    commands: dict[str, tuple[str | Path, ...]] = {
        "stage1-run": (*telemetry, "--date", str(DAY)),
        "verify": (),
        "render": (),
        "prune": ("--keep-days", "1"),
        "notify": ("--webhook-file", webhook, "--dry-run"),
        "inspect": (*telemetry, place),
    }
    cells = {row[0].strip("`"): row[1] for row in rows(REFERENCE, "command", "document")}

    for command, options in commands.items():
        document = json.loads(program(command, *options, "--format", "json").out)
        objects = document if isinstance(document, list) else [document]
        objects += document["targets"] if command == "notify" else []
        fields = {field for each in objects for field in each}
        assert set(code_spans(cells[command])) == fields, command

    assert set(cells) - set(commands) == {"stage1-snapshot", "stage1-trends", "decide", "doctor"}
