"""`doctor`: its exit codes, its forms, and that it changes nothing."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import TYPE_CHECKING

import jsonschema
import pytest

from peaktrade_ops.cli import main
from peaktrade_ops.errors import ReportsError
from tests.cli.helpers import DAY
from tests.support.golden import diagnosis_schemas
from tests.support.mounts import put_on_disk
from tests.support.program import call, quiet_days, set_clock, tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.program import Outcome, Program, Workplace

pytestmark = pytest.mark.usefixtures("empty_pages")

DOCTOR = ("doctor", "--repo", "../telemetry")
NOW = "2025-12-21T06:30:45Z"


@pytest.fixture
def site(program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """Return a workplace with two weeks of telemetry and their reports, the morning after."""
    set_clock(monkeypatch, NOW)
    put_on_disk(monkeypatch, workplace.folder)
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14))
    assert program("stage1-run", "--repo", "../telemetry").code == 0
    for path in (*workplace.telemetry.rglob("*"), *workplace.reports.iterdir()):
        os.utime(path, (1766298000, 1766298000))
    return workplace


def wrong(outcome: Outcome) -> list[str]:
    """Return the lines of a diagnosis about what is not in order."""
    *lines, _ = outcome.out.splitlines()
    return [line for line in lines if not line.startswith("ok: ")]


def test_a_site_in_order_is_0_and_stays_as_it_is(program: Program, site: Workplace) -> None:
    """Every check has a line."""
    before = tree(site.folder)

    outcome = program(*DOCTOR)

    assert (outcome.code, outcome.err) == (0, "")
    assert wrong(outcome) == []
    assert "ok: verdict: stage1_trend.json: GO, current until 2025-12-22T06:00:00Z" in outcome.out
    assert outcome.out.endswith(" in order\n")
    assert tree(site.folder) == before


def test_something_wrong_is_2_and_has_what_to_do(program: Program, site: Workplace) -> None:
    """A warning alone is 0."""
    (site.reports / "notes.txt").touch()
    warned = program(*DOCTOR)
    (site.reports / f"{DAY}_summary.json").write_text("{}")

    failed = program(*DOCTOR)

    assert (warned.code, len(wrong(warned))) == (0, 1)
    assert failed.code == 2
    assert f"error: index: {DAY}_summary.json: changed: " in failed.out
    assert "; restore it from a backup, or run peaktrade-ops stage1-run, " in failed.out


def test_the_json_is_as_documented(program: Program, site: Workplace) -> None:
    """The schema is that of the repo, and the exit code the same."""
    (site.reports / f"{DAY}_summary.json").unlink()

    code, out, err = program(*DOCTOR, "--format", "json")

    document = json.loads(out)
    [schema] = map(json.loads, diagnosis_schemas().values())
    jsonschema.validate(document, schema)
    assert (code, err, document["result"]) == (2, "", "error")
    assert document["checked_at"] == NOW


@pytest.mark.usefixtures("site")
def test_an_unknown_variable_is_told(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of all commands are known."""
    for name in ("PEAK_OWNER", "PEAK_PORT", "PEAK_NOTIFY_WEBHOOK", "PEAK_CPUS"):
        monkeypatch.setenv(name, "8080")
    assert wrong(program(*DOCTOR)) == []
    monkeypatch.setenv("PEAK_FAILON", "hold")

    [line] = wrong(program(*DOCTOR))
    assert line.startswith("warning: environment: PEAK_FAILON: nothing reads this variable; ")
    assert "PEAK_FAIL_ON?" in line


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PEAK_FAIL_ON", "bad"),
        ("PEAK_LOCK_TIMEOUT", "-1"),
        ("PEAK_LEGACY_REGEX", "("),
        ("PEAK_DATE", "tomorrow"),
        ("PEAK_AS_OF", "2025-12-20T08:00:00"),
        ("PEAK_REPLACE", "perhaps"),
        ("PEAK_FAIL_ON_NEW_ALERTS", "2"),
    ],
)
def test_a_variable_that_ends_every_run_is_an_error(
    program: Program, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The run has options that a diagnosis has not."""
    monkeypatch.setenv(name, value)

    [line] = wrong(program(*DOCTOR))

    assert line.startswith(f"error: environment: {name}: every run ends with it: ")
    assert line.endswith("; correct it, or unset it")
    assert ".; " not in line
    assert program("stage1-run", "--repo", "../telemetry").code == 64


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("PEAK_DATE", "2025-12-20", "--date"),
        ("PEAK_AS_OF", "2025-12-20T08:00:00Z", "--as-of"),
        ("PEAK_REPLACE", "1", "--replace"),
        ("PEAK_ADOPT", "yes", "--adopt"),
    ],
)
def test_a_variable_that_every_run_should_not_have_is_a_warning(
    program: Program, monkeypatch: pytest.MonkeyPatch, name: str, value: str, option: str
) -> None:
    """It was meant for one run."""
    monkeypatch.setenv(name, value)

    outcome = program(*DOCTOR)

    assert outcome.code == 0
    [line] = wrong(outcome)
    assert line.startswith(f"warning: environment: {name}: sets {option} of every run")
    assert line.endswith("; unset it, unless it is meant for every run")


@pytest.mark.usefixtures("site")
def test_variables_that_a_run_may_have_are_in_order(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty one is none, and the day of the routine is its own default."""
    for name, value in {
        "PEAK_FAIL_ON": "HOLD",
        "PEAK_LEGACY_REGEX": "old",
        "PEAK_LOCK_TIMEOUT": "9",
        "PEAK_DATE": "yesterday",
        "PEAK_AS_OF": "",
        "PEAK_REPLACE": "0",
    }.items():
        monkeypatch.setenv(name, value)

    assert wrong(program(*DOCTOR)) == []


@pytest.mark.usefixtures("site")
def test_two_variables_that_exclude_each_other_are_an_error(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by itself could be meant."""
    monkeypatch.setenv("PEAK_DATE", "2025-12-20")
    monkeypatch.setenv("PEAK_AS_OF", "2025-12-20T08:00:00Z")

    assert "--as-of and --date exclude each other" in wrong(program(*DOCTOR))[0]
    assert program("stage1-run", "--repo", "../telemetry").code == 64


@pytest.mark.parametrize("stage", [(), ("--stage", "stage2")])
def test_a_configuration_that_is_refused_is_a_finding(
    program: Program, site: Workplace, stage: tuple[str, ...]
) -> None:
    """The other checks go on with the defaults."""
    (site.repo / "stage1.toml").write_text("[policy]\nmax = 1\nmin = 2\n")

    outcome = program(*DOCTOR, *stage)

    assert outcome.code == 2
    assert [line.split(";")[0] for line in wrong(outcome) if line.startswith("error")] == [
        f"error: configuration: {site.repo}/stage1.toml: unknown key 'policy.{key}'"
        for key in ("max", "min")
    ]


def test_a_stage_of_the_configuration_is_diagnosed(program: Program, site: Workplace) -> None:
    """One that it does not have is a wrong command line."""
    (site.repo / "stage1.toml").write_text("[stages.stage2]\n")

    outcome = program(*DOCTOR, "--stage", "stage2")

    assert "/obs/stage2: is missing; a run makes it" in outcome.out
    assert "run peaktrade-ops run --stage stage2" in outcome.out
    assert program(*DOCTOR, "--stage", "stage3").code == 64


def test_a_refusal_of_the_container_is_a_finding(
    site: Workplace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run would end with it, and nobody would see what else is wrong."""

    def refuse(_folder: Path) -> None:
        raise ReportsError("nothing is mounted at /reports", hint="mount a folder")

    monkeypatch.setattr("tests.support.program.main", partial(main, settle=refuse))

    run = call(capsys, "stage1-run", "--repo", "../telemetry")
    outcome = call(capsys, *DOCTOR)

    assert (run.code, outcome.code) == (1, 2)
    assert wrong(outcome) == [
        f"error: mounts: {site.reports}: nothing is mounted at /reports; mount a folder"
    ]


def test_telemetry_in_the_folder_of_another_user_is_one_finding(
    unprivileged: int, site: Workplace, program: Program
) -> None:
    """A folder that cannot be read or written ends no other check."""
    closed = [site.telemetry, site.reports]
    for folder in closed:
        folder.chmod(0)
    try:
        outcome = program(*DOCTOR)
    finally:
        for folder in closed:
            folder.chmod(0o755)

    errors = [line for line in wrong(outcome) if line.startswith("error: ")]
    assert outcome.code == 2
    assert errors[0].startswith(f"error: telemetry: {site.telemetry}: cannot be read by uid")
    assert any(line.startswith("error: reports: ") for line in errors)
    assert "Traceback" not in outcome.out + outcome.err
    assert unprivileged == os.geteuid()


def test_no_cache_and_another_cache_are_options(program: Program, site: Workplace) -> None:
    """They are those of the run."""
    assert "ok: cache: --no-cache: " in program(*DOCTOR, "--no-cache").out
    other = program(*DOCTOR, "--cache", "kept").out
    assert f"ok: cache: {site.repo}/kept: is not there yet" in other
