"""Test all commands for a stage other than the first."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import Client

from peaktrade_ops.cli.options import StageOptions
from tests.cli.helpers import ALERT, CRITICAL, DAY, HEARTBEAT, NOW, one_line
from tests.support.commands import OF_ANY_STAGE, command_of, long_name, options_of
from tests.support.program import epoch, quiet_days

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from peaktrade_ops.serve.app import Application
    from tests.support.program import Program, Workplace

CONFIG = """
[policy]
max_new_alerts = 5

[stages.stage2]
title = "Stage 2 (paper trading)"

[stages.stage2.policy]
max_new_alerts = 0

[stages.other]
folder = "else/where"
"""
RUN = ("--repo", "../telemetry", "--date", DAY, "--days", "8")


@pytest.fixture
def place(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """Return a workplace with two further stages and eight days, the last of which has an alert."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(NOW))
    (workplace.repo / "stage1.toml").write_text(CONFIG)
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 8), ALERT)
    return workplace


def folder_of(workplace: Workplace, stage: str = "stage2") -> Path:
    """Return the folder of the reports of a stage."""
    return workplace.repo / "reports" / "obs" / stage


def trend_in(folder: Path, stage: str) -> dict[str, Any]:
    """Return the stored trend of a stage."""
    document: dict[str, Any] = json.loads((folder / f"{stage}_trend.json").read_bytes())
    return document


def test_a_stage_has_its_own_folder_names_and_policy(program: Program, place: Workplace) -> None:
    """The same day is a GO for stage 1 and a HOLD under the policy of stage 2."""
    assert program("stage1-run", *RUN, "--fail-on", "hold").code == 0
    assert program("run", "--stage", "stage2", *RUN, "--fail-on", "hold").code == 2

    folder = folder_of(place)
    assert {path.name for path in folder.iterdir() if not path.name[0].isdigit()} == {
        *("index.html", "index.json"),
        *(f"stage2_trend.{suffix}" for suffix in ("html", "json", "md")),
    }
    summary = json.loads((folder / f"{DAY}_summary.json").read_bytes())
    assert (summary["stage"], summary["report_dir"]) == ("stage2", "obs/stage2")
    assert json.loads((folder / "index.json").read_bytes())["schema_version"] == "stage2_index.v1"
    trend = trend_in(folder, "stage2")
    assert (trend["stage"], trend["rollups"]["go_no_go"]) == ("stage2", "HOLD")
    assert trend["rollups"]["policy"]["max_new_alerts"] == 0
    [finding] = trend["rollups"]["findings"]
    assert "max_new_alerts under [stages.stage2.policy]" in finding["hint"]
    assert "\n[[stages.stage2.accepted]]\n" in finding["hint"]
    assert trend_in(place.reports, "stage1")["rollups"]["go_no_go"] == "GO"
    assert "stage" not in trend_in(place.reports, "stage1")


def test_nothing_of_a_stage_names_another(program: Program, place: Workplace) -> None:
    """All views and results of stage 2 speak of stage 2, and all links lead to its files."""
    outcome = program("run", "--stage", "stage2", *RUN)
    texts = {path.name: path.read_text("utf-8") for path in folder_of(place).iterdir()}
    texts["output"] = outcome.out + outcome.err

    for name, text in texts.items():
        # The name of the configuration file is the same for all stages.
        assert not re.search(r"stage ?1(?!\.toml)", text, re.IGNORECASE), name
    assert "<h1>Stage 2 (paper trading) reports</h1>" in texts["index.html"]
    assert "Stage 2 (paper trading) daily snapshot" in texts[f"{DAY}_snapshot.md"]
    assert 'href="stage2_trend.html"' in texts[f"{DAY}_snapshot.html"]


def test_the_commands_of_stage1_are_those_of_any_stage(program: Program, place: Workplace) -> None:
    """`run` without a stage writes the same bytes as `stage1-run`, and prints the same."""
    known = program("stage1-run", *RUN)
    files = {path.name: path.read_bytes() for path in place.reports.iterdir()}
    for path in place.reports.iterdir():
        path.unlink()

    assert program("run", *RUN) == known
    assert {path.name: path.read_bytes() for path in place.reports.iterdir()} == files


@pytest.mark.parametrize("name", OF_ANY_STAGE)
def test_a_command_has_the_options_of_its_twin_and_the_stage(name: str) -> None:
    """The twin of stage 1 is the same command, so that its tests count for both."""
    twin = {long_name(each) for each in options_of(f"stage1-{name}")}

    assert {long_name(each) for each in options_of(name)} == twin | {"--stage"}
    assert command_of(name).help != command_of(f"stage1-{name}").help


@pytest.mark.usefixtures("place")
def test_metrics_and_notices_are_those_of_the_stage(program: Program) -> None:
    """Each stage has its own verdict, label and memory of what was told."""
    assert program("run", "--stage", "stage2", *RUN).code == 0
    metrics = program("metrics", "--stage", "stage2").out
    notice = json.loads(program("notify", "--stage", "stage2", "--dry-run", "--format", "json").out)

    assert 'peaktrade_verdict{stage="2",verdict="HOLD"} 1' in metrics
    assert 'stage="1"' not in metrics
    assert (notice["state"], notice["notice"]["stage"]) == ("HOLD, out of date", "2")
    assert notice["notice"]["title"] == "Stage 2: HOLD, out of date"


def test_each_command_of_a_stage_works_on_its_folder(program: Program, place: Workplace) -> None:
    """Reports, trend, views and check of a stage; the variable is as good as the option."""
    arguments = ("--stage", "stage2", "--repo", "../telemetry", "--from", "2025-12-13", "--to", DAY)
    assert program("snapshot", *arguments).code == 0
    assert program("trends", "--stage", "stage2", "--date", DAY, "--days", "8").code == 0
    page = folder_of(place) / "stage2_trend.html"
    known = page.read_bytes()
    page.unlink()
    assert program("render", "--stage", "stage2").code == 0
    assert page.read_bytes() == known
    assert program("verify", "--stage", "stage2").code == 0
    assert not place.reports.exists()


def test_the_variable_names_the_stage(
    program: Program, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`PEAK_STAGE` counts, and is announced: a reader must know what a verdict is about."""
    monkeypatch.setenv("PEAK_STAGE", "stage2")

    outcome = program("run", *RUN, "--quiet")

    assert "PEAK_STAGE sets --stage to stage2\n" in outcome.err
    assert trend_in(folder_of(place), "stage2")["stage"] == "stage2"
    assert program("stage1-run", *RUN, "--quiet").code == 0
    assert place.reports.is_dir()


def test_a_stage_can_have_another_folder(program: Program, place: Workplace) -> None:
    """The folder of the configuration is below the reports root."""
    assert program("run", "--stage", "other", *RUN).code == 0

    folder = place.repo / "reports" / "else" / "where"
    assert json.loads((folder / f"{DAY}_summary.json").read_bytes())["report_dir"] == "else/where"
    assert program("verify", "--stage", "other").code == 0


def test_an_unknown_stage_is_a_wrong_command_line(program: Program, place: Workplace) -> None:
    """A mistyped stage makes no folder, and the nearest one is named."""
    outcome = program("run", "--stage", "stage3", *RUN)

    assert outcome.code == 64
    assert "the configuration has no stage 'stage3'; did you mean stage" in outcome.err
    assert "[stages.stage3]" in outcome.err
    assert not (place.repo / "reports").exists()


@pytest.mark.parametrize("name", ["", "../x", "Stage2", "2", "a/b", "x" * 33, "stage2\n", "-x"])
@pytest.mark.usefixtures("place")
def test_a_name_that_could_leave_the_folder_is_refused(program: Program, name: str) -> None:
    """A name becomes a part of paths, so it has only a few characters."""
    outcome = program("verify", f"--stage={name}")

    assert outcome.code == 64
    assert "is no name of a stage" in one_line(outcome)


def test_verify_objects_to_reports_of_another_stage(program: Program, place: Workplace) -> None:
    """Files of stage 1 in the folder of stage 2, and the other way round, are errors."""
    assert program("stage1-run", *RUN).code == 0
    assert program("run", "--stage", "stage2", *RUN).code == 0
    folder = folder_of(place)

    whole = program("verify", "--stage", "stage2", "--dir", str(place.reports))
    assert whole.code == 2
    assert "error: index.json: of another stage than stage2: stage1_index.v1\n" in whole.out
    assert "error: stage1_trend.json: of another stage: stage1, not stage2\n" in whole.out
    assert f"error: {DAY}_summary.json: is the summary of another stage\n" in whole.out

    (folder / f"{DAY}_summary.json").write_bytes(
        (place.reports / f"{DAY}_summary.json").read_bytes()
    )
    (folder / "stage2_trend.json").write_bytes((place.reports / "stage1_trend.json").read_bytes())
    mixed = program("verify", "--stage", "stage2")
    assert mixed.code == 2
    assert f"error: {DAY}_summary.json: is the summary of another stage\n" in mixed.out
    assert "error: stage2_trend.json: is the trend of another stage\n" in mixed.out


def test_no_command_writes_into_the_folder_of_another_stage(
    program: Program, place: Workplace
) -> None:
    """The index says whose folder it is; nothing is changed in that of another stage."""
    assert program("stage1-run", *RUN).code == 0
    known = {path.name: path.read_bytes() for path in place.reports.iterdir()}

    for command in (("run", *RUN), ("trends", "--date", DAY), ("render",)):
        outcome = program(*command, "--stage", "stage2", "--dir", str(place.reports))
        assert outcome.code == 1
        assert "is of another stage than stage2: its index is stage1_index.v1" in outcome.err

    assert {path.name: path.read_bytes() for path in place.reports.iterdir()} == known


@pytest.mark.parametrize(
    ("left", "index"),
    [
        ("*", None),
        ("*", b"junk"),
        ("*_summary.json", None),
        ("stage1_trend.md", b"junk"),
        ("stage1_decision.json", None),
    ],
)
def test_the_folder_of_another_stage_is_known_without_its_index(
    program: Program, place: Workplace, left: str, index: bytes | None
) -> None:
    """A trend or a decision by its name, or a summary, says whose folder it is."""
    assert program("stage1-run", *RUN).code == 0
    assert program("decide", "--owner", "x", "--decision", "no-go").code == 0
    kept = {*place.reports.glob(left)}
    for path in [*place.reports.iterdir()]:
        if path not in kept or path.name == "index.json":
            path.unlink()
    if index is not None:
        (place.reports / "index.json").write_bytes(index)
    known = {path.name: path.read_bytes() for path in place.reports.iterdir()}

    for command in (
        ("run", *RUN, "--replace", "--dir"),
        ("snapshot", *RUN[:4], "--out-dir"),
        ("trends", "--date", DAY, "--adopt", "--dir"),
        ("render", "--dir"),
        ("decide", "--owner", "x", "--decision", "no-go", "--dir"),
    ):
        outcome = program(*command, str(place.reports), "--stage", "stage2")
        assert outcome.code == 1
        assert "of another stage than stage2; nothing is changed; check --stage" in outcome.err

    assert {path.name: path.read_bytes() for path in place.reports.iterdir()} == known


def test_a_folder_without_an_index_is_still_that_of_its_stage(
    program: Program, place: Workplace
) -> None:
    """Only files of other stages are refused; those of the stage itself are used as before."""
    for stage, folder in (("stage2", folder_of(place)), ("stage1", place.reports)):
        assert program("run", "--stage", stage, *RUN).code == 0
        (folder / "index.json").unlink()
        assert program("run", "--stage", stage, *RUN, "--adopt").code == 0
        assert program("verify", "--stage", stage).code == 0


def test_a_summary_of_another_stage_never_counts(program: Program, place: Workplace) -> None:
    """A report of another stage cannot be read, which is HOLD."""
    assert program("run", "--stage", "stage2", *RUN).code == 0
    place.write("obs/events.jsonl", *quiet_days(DAY, 8), CRITICAL)
    assert program("stage1-run", *RUN).code == 0
    for path in folder_of(place).glob("*_summary.json"):
        (place.reports / path.name).write_bytes(path.read_bytes())

    outcome = program("stage1-trends", "--date", DAY, "--days", "8", "--adopt", "--format", "json")

    rollups = json.loads(outcome.out)["rollups"]
    assert rollups["go_no_go"] == "NO_GO"
    assert "unreadable" in {finding["rule"] for finding in rollups["findings"]}


def test_the_files_of_all_stages_are_no_telemetry(
    program: Program, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the reports lie in the telemetry, no stage scans the files of another."""
    (place.repo / "stage1.toml").write_text(f'[sources]\ninclude = ["**/*.json"]\n{CONFIG}')
    monkeypatch.setenv("PEAK_REPORTS_DIR", str(place.telemetry / "reports"))
    assert program("stage1-run", *RUN).code == 0
    assert program("run", "--stage", "stage2", *RUN).code == 0

    for command in (("run", "--stage", "stage2"), ("stage1-run",)):
        outcome = program(*command, *RUN, "--format", "json")
        last = json.loads(outcome.out)["summaries"][-1]
        assert last["metrics"]["parse_errors"] == 0
        assert [each["path"] for each in last["coverage"]["files"]] == ["obs/events.jsonl"]


def test_inspect_proposes_lines_for_the_stage(program: Program, place: Workplace) -> None:
    """The lines to paste are those of the table of the stage."""
    path = place.write("odd.jsonl", {**HEARTBEAT, "severity": "weird"})

    outcome = program("inspect", "--stage", "stage2", "--repo", "../telemetry", str(path))

    assert "\n[[stages.stage2.formats]]\n" in outcome.out
    assert "\n[[formats]]\n" not in outcome.out


@pytest.mark.usefixtures("place")
def test_the_server_shows_the_stage(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages, addresses and series are those of the stage."""
    assert program("run", "--stage", "stage2", *RUN).code == 0
    made: list[Application] = []

    def serve(
        served: Application,
        _host: str,
        _port: int,
        *,
        ready: Callable[[str], object],
        **_told: object,
    ) -> None:
        made.append(served)
        ready("http://localhost/")

    monkeypatch.setattr("peaktrade_ops.serve.server.serve", serve)
    program("serve", "--stage", "stage2")
    [application] = made

    client = Client(application)
    assert client.get("/stage2_trend.json").status_code == 200
    assert client.get("/stage1_trend.json").status_code == 404
    assert "Stage 2 (paper trading) reports" in client.get("/").text
    metrics = client.get("/metrics").text
    assert 'peaktrade_verdict{stage="2",verdict="HOLD"} 1.0' in metrics
    assert 'stage="1"' not in metrics


def test_the_stage_is_one_option() -> None:
    """Every command that has the option has it from one group."""
    assert [*StageOptions.__annotations__] == ["stage"]
