"""Tests of `peaktrade_ops.cli.commands.inspect`, through the program."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.text import toml_array
from tests.support.formats import PRESETS, FormatExample

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.program import Program, Workplace

NOON = "2025-12-20T12:00:00Z"
"""The keys of the time that are tried without a configuration."""

OWN = {
    "logs/own.log": [
        {"when": f"2025-12-20T12:00:0{k}Z", "ctx": {"rank_level": word}, "n": 1}
        for k, word in enumerate(("info", "fatal"))
    ],
    "logs/other.txt": [
        {"when": f"2025-12-20T12:00:0{k}Z", "ctx": {"rank_level": word}, "n": 1}
        for k, word in enumerate(("info", "warn"))
    ],
    "telemetry/third.jsonl": [{"epoch": 1_766_232_000, "sev_name": "FATAL", "n": 1}],
}
"""Files with keys of their own; a scan takes only the last by its name."""


def put(workplace: Workplace, name: str) -> Path:
    """Write one of these files, which was changed at noon; return its path."""
    place = workplace.write(name, *OWN[name])
    os.utime(place, (1_766_232_000, 1_766_232_000))
    return place


def proposed(out: str) -> str:
    """Return what stands below the line that says where to put it."""
    _, found, rest = out.partition("\nput into stage1.toml:\n\n")
    return rest if found else ""


def paste(workplace: Workplace, program: Program, *places: Path) -> Path:
    """Write what is proposed for files into a configuration, as it stands; return its path."""
    result = program("inspect", "--repo", workplace.telemetry, *places)
    assert result.code == 0
    lines = proposed(result.out)
    assert lines
    config = workplace.folder / "stage1.toml"
    config.write_text(lines, "utf-8")
    return config


def understood(workplace: Workplace, program: Program, config: Path, *places: Path) -> list[str]:
    """Return the paths of files that are taken and understood, and that need no other lines."""
    seen = program(
        "inspect", "--repo", workplace.telemetry, "--config", config, "--format", "json", *places
    )
    document = json.loads(seen.out)
    assert document["proposal"] == []
    return [
        each["path"]
        for each in document["files"]
        if each["taken"] == "scanned"
        and not (each["untimed"] or each["unknown"] or each["unread"] or each["proposal"]["lines"])
    ]


def snapshot(workplace: Workplace, program: Program, config: Path) -> dict[str, object]:
    """Report the day of the files; return what the report says of them."""
    arguments = ("--repo", workplace.telemetry, "--config", config, "--date", "2025-12-20")
    result = program("stage1-snapshot", *arguments)
    assert result.code == 0, result.err
    summary = json.loads((workplace.reports / "2025-12-20_summary.json").read_text("utf-8"))
    coverage, understanding = summary["coverage"], summary["understanding"]
    return {
        "scanned": sorted(each["path"] for each in coverage["files"]),
        "left_out": coverage["left_out"],
        "untimed": coverage["untimed"],
        "not_understood": understanding["unknown_severity"] + understanding["unread_severity"],
    }


def all_understood(*paths: str) -> dict[str, object]:
    """Return what a report says of files when all of them are scanned and understood."""
    return {"scanned": sorted(paths), "left_out": [], "untimed": 0, "not_understood": 0}


@pytest.mark.parametrize("example", PRESETS, ids=lambda example: str(example.preset))
@pytest.mark.parametrize("folder", ["", "other/"])
def test_what_is_printed_for_a_format_can_be_pasted_as_it_stands(
    workplace: Workplace, program: Program, example: FormatExample, folder: str
) -> None:
    """The file is scanned and understood, also where no scan takes its name."""
    name = example.file if not folder else f"{folder}{example.preset}.log"
    if "alert" in example.file:
        name = example.file
    place = workplace.write(name, *map(json.loads, example.lines))

    config = paste(workplace, program, place)

    assert understood(workplace, program, config, place) == [name]
    assert snapshot(workplace, program, config) == all_understood(name)


def test_the_proposals_for_all_formats_are_one_block(
    workplace: Workplace, program: Program
) -> None:
    """The entries of several files do not disturb each other."""
    places = [workplace.write(each.file, *map(json.loads, each.lines)) for each in PRESETS]

    config = paste(workplace, program, *places)

    names = sorted(each.file for each in PRESETS)
    assert sorted(understood(workplace, program, config, *places)) == names
    assert snapshot(workplace, program, config) == all_understood(*names)


@pytest.mark.parametrize("names", [[name] for name in OWN] + [list(OWN)], ids=len)
def test_keys_of_ones_own_can_be_pasted_as_they_stand(
    workplace: Workplace, program: Program, names: list[str]
) -> None:
    """One file and several are scanned and understood by what is printed."""
    places = [put(workplace, name) for name in names]

    config = paste(workplace, program, *places)

    assert sorted(understood(workplace, program, config, *places)) == sorted(names)
    assert snapshot(workplace, program, config) == all_understood(*names)


def test_files_with_the_same_proposal_share_an_entry(
    workplace: Workplace, program: Program
) -> None:
    """The block has one entry for them, and one list of what to include, below it."""
    places = [put(workplace, name) for name in OWN]

    result = program("inspect", "--repo", workplace.telemetry, *places)

    names = ("logs/other.txt", "logs/own.log")
    files = toml_array(f"{name}{end}" for name in names for end in ("", ".*", "-*"))
    assert proposed(result.out).splitlines() == [
        "[[formats]]",
        f"files = {files}",
        'fields.more.time = ["when"]',
        'fields.more.severity = ["ctx.rank_level"]',
        "",
        "[[formats]]",
        'files = ["telemetry/third.jsonl*"]',
        'fields.more.time = ["epoch"]',
        'fields.more.severity = ["sev_name"]',
        "",
        "[sources]  # once in a file: if it is there already, put the next line below it",
        f"include = {files}",
    ]


def test_what_is_included_already_is_repeated(workplace: Workplace, program: Program) -> None:
    """The new list can stand in place of the old one."""
    config = workplace.folder / "stage1.toml"
    config.write_text('[sources]\ninclude = ["**/x.log"]\n', "utf-8")
    place = workplace.write("logs/a.log", {"ts": NOON, "level": "info"})

    result = program("inspect", "--repo", workplace.telemetry, "--config", config, place)

    assert proposed(result.out).splitlines()[-2:] == [
        "[sources]  # put the next line in place of the include that is there",
        'include = ["**/x.log", "logs/a.log", "logs/a.log.*", "logs/a.log-*"]',
    ]


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (json.dumps({"ts": NOON, "a": [1]}, indent=2).encode(), "jq -c . converts"),
        (json.dumps([{"ts": NOON}]).encode(), "jq -c '.[]' converts"),
        (json.dumps({"ts": NOON}).encode("utf-16"), "iconv -f UTF-16 -t UTF-8 converts"),
        (json.dumps({"ts": NOON}).encode("utf-16-le"), "iconv -f UTF-16LE -t UTF-8 converts"),
        (f"{json.dumps({'ts': NOON})}\n".encode("utf-16-be") * 9, "is UTF-16BE: the writer"),
        (f"{json.dumps({'ts': NOON})}\n".encode("utf-16-be") * 9, "iconv -f UTF-16BE -t UTF-8"),
        (b"\x7fELF\x02\x01\x01" + bytes(40), "this is not text"),
        (b"\x7fELF\x02\x01\x01\xf0\x81\n" * 9, "this is not text"),
        ("na\u00efve text of old\n".encode("latin-1") * 9, "no line is a JSON object"),
        (b"it began\nit ended\n", "no line is a JSON object"),
        (b"\n\n", "there is nothing to read yet"),
        (b"", "there is nothing to read yet"),
    ],
)
def test_a_file_without_json_lines_is_not_included(
    workplace: Workplace, program: Program, content: bytes, advice: str
) -> None:
    """One sentence says what is wrong and what to do, and nothing is proposed."""
    place = workplace.telemetry / "app.log"
    place.write_bytes(content)

    result = program("inspect", "--repo", workplace.telemetry, place)

    assert advice in result.out.splitlines()[-1]
    assert "include" not in result.out


def test_it_shows_a_file_on_one_screen_with_the_proposal_last(
    workplace: Workplace, program: Program
) -> None:
    """Lines, keys, severities and what to write stand in 24 lines or fewer."""
    place = workplace.write(
        "telemetry/a.jsonl", {"time": NOON, "level": 60, "pid": 1, "hostname": "h"}
    )

    result = program("inspect", place)

    assert result.code == 0
    lines = result.out.splitlines()
    assert len(lines) <= 24
    assert lines[-3:] == ["[[formats]]", f'files = ["{place}*"]', 'preset = "pino"']


def test_json_has_the_same_for_programs(workplace: Workplace, program: Program) -> None:
    """Programs get the numbers and the lines of the proposal."""
    place = workplace.write("telemetry/a.jsonl", {"ts": NOON, "level": "info"})

    result = program("inspect", place, "--format", "json")

    [file] = json.loads(result.out)["files"]
    assert (file["path"], file["events"]) == (str(place), 1)
    assert file["taken"].startswith("scanned, outside of ")
    assert file["severities"] == [{"value": "info", "taken_for": "info", "count": 1}]
    assert file["proposal"] == {"preset": None, "lines": [], "is_complete": True}


@pytest.mark.parametrize("path", ["telemetry/none.jsonl", "telemetry/*.nothing"])
def test_a_path_that_is_not_there_is_an_error(
    workplace: Workplace, program: Program, path: str
) -> None:
    """A missing file and a glob without a match exit with 1 and one line."""
    workplace.write("telemetry/a.jsonl", {"ts": NOON})

    result = program("inspect", path)

    assert result.code == 1
    assert result.err.startswith(f"peaktrade-ops: {path}: ")
    assert len(result.err.splitlines()) <= 2


@pytest.mark.parametrize("path", ["telemetry/a.jsonl", "telemetry/*.jsonl"])
def test_a_path_that_is_below_the_telemetry_root_only_is_explained(
    workplace: Workplace, program: Program, path: str
) -> None:
    """Paths are relative to the current directory, which the hint says."""
    workplace.write("telemetry/a.jsonl", {"ts": NOON})

    result = program("inspect", "--repo", workplace.telemetry, "telemetry/none.jsonl")
    below = program("inspect", "--repo", workplace.telemetry, path)

    assert "paths are relative" not in result.err
    said = f"there is {workplace.telemetry / path}: paths are relative to the current directory"
    assert (below.code, below.err.startswith(f"peaktrade-ops: {path}: ")) == (1, True)
    assert said in below.err


def test_a_name_without_an_ending_says_so(workplace: Workplace, program: Program) -> None:
    """The file is named in include all the same."""
    bare = workplace.write("logs/prog", {"ts": NOON, "level": "info"})
    other = workplace.write("logs/prog.out", {"ts": NOON, "level": "info"})

    result = program("inspect", "--repo", workplace.telemetry, bare)
    ending = program("inspect", "--repo", workplace.telemetry, other)

    assert "no name of telemetry: it lacks an ending, such as .jsonl\n" in result.out
    assert 'include = ["logs/prog"]' in result.out
    assert "lacks an ending" not in ending.out


def test_a_call_without_a_path_is_a_wrong_command_line(program: Program) -> None:
    """At least one path is needed."""
    assert program("inspect").code == 64


def test_text_of_telemetry_does_not_control_the_terminal(
    workplace: Workplace, program: Program
) -> None:
    """Values and keys are shown with control characters escaped."""
    place = workplace.write("telemetry/a.jsonl", {"ts": NOON, "level": "x\x1b]0;y\x07\n[severity]"})

    result = program("inspect", place)

    assert "\x1b" not in result.out
    assert "[severity]" not in result.out.splitlines()


def test_nothing_is_written(workplace: Workplace, program: Program) -> None:
    """The folder is as it was."""
    place = workplace.write("telemetry/a.jsonl", {"ts": NOON})
    before = sorted(workplace.folder.rglob("*"))

    program("inspect", place)

    assert sorted(workplace.folder.rglob("*")) == before


def test_a_url_is_not_inspected(program: Program) -> None:
    """Files are read from this machine only, and the error says what to do."""
    outcome = program("inspect", "--repo", "s3://bucket/x", "a.jsonl")

    assert outcome.code == 64
    told = "inspect reads files of this machine only, and --repo is s3://bucket/x; copy"
    assert told in outcome.err


def test_a_file_with_a_key_like_a_level_is_not_called_understood(
    workplace: Workplace, program: Program
) -> None:
    """The last sentence says that no event can be critical, and each value has its count."""
    ranks = ["SEV1", "client_error", "ok", "ok"]
    place = workplace.write("telemetry/a.jsonl", *({"ts": NOON, "rank": each} for each in ranks))

    result = program("inspect", "--repo", workplace.telemetry, place)

    assert "nothing to write" not in result.out
    assert "no event of this file can be critical unless a key of its severity" in result.out
    assert "like a level  rank = SEV1 (1), client_error (1), ok (2)\n" in result.out


def test_a_scan_reads_the_words_in_an_object_as_proposed(
    workplace: Workplace, program: Program
) -> None:
    """What is proposed for an object at a severity key counts the critical event, and no other."""
    words = ["INFO", "FATAL", "WARN"]
    place = workplace.write(
        "telemetry/a.jsonl", *({"ts": NOON, "level": {"no": 1, "levelStr": each}} for each in words)
    )
    out = program("inspect", "--repo", workplace.telemetry, place).out
    _, _, lines = out.partition("choose where a line begins with #:\n\n")
    assert '\n# severity.not = ["level"]' in lines
    config = workplace.folder / "stage1.toml"
    config.write_text(lines.replace("# severity.not", "severity.not"), "utf-8")

    assert snapshot(workplace, program, config) == all_understood("telemetry/a.jsonl")
    summary = json.loads((workplace.reports / "2025-12-20_summary.json").read_text("utf-8"))
    assert [each["line"] for each in summary["evidence"]["critical"]] == [2]


def test_the_configuration_in_use_is_the_first_row(workplace: Workplace, program: Program) -> None:
    """The file is named, and if there is none, the folder where it would be."""
    place = workplace.write("telemetry/a.jsonl", {"ts": NOON, "level": "info"})
    config = workplace.folder / "own.toml"
    config.write_text("", "utf-8")

    without = program("inspect", "--repo", workplace.telemetry, place)
    named = program("inspect", "--repo", workplace.telemetry, "--config", config, place)
    document = program("inspect", "--config", config, place, "--format", "json")

    first = without.out.splitlines()[0]
    assert first == f"configuration none: no stage1.toml in the repo root {workplace.repo}"
    assert named.out.splitlines()[0] == f"configuration {config}"
    assert json.loads(document.out)["configuration"] == str(config)
    assert (without.err, named.err) == ("", "")


def test_a_configuration_in_the_telemetry_root_is_said_to_be_unused(
    workplace: Workplace, program: Program
) -> None:
    """It is never read from there, so what was pasted into it would do nothing."""
    place = workplace.write("telemetry/a.jsonl", {"ts": NOON, "level": "info"})
    config = workplace.telemetry / "stage1.toml"
    config.write_text('[fields.more]\nseverity = ["x"]\n', "utf-8")

    unused = program("inspect", "--repo", workplace.telemetry, place)
    used = program("inspect", "--repo", workplace.telemetry, "--config", config, place)

    [line] = unused.err.splitlines()
    assert f"{config} is not used: it is never read from the telemetry root" in line
    assert "name it with --config, or put it into a repo root outside of it" in line
    assert used.err == ""


def test_a_repo_root_in_the_telemetry_root_is_said_to_be_unused(
    workplace: Workplace, program: Program
) -> None:
    """A file there is not told to be missing."""
    place = workplace.write("telemetry/a.jsonl", {"ts": NOON, "level": "info"})
    config = workplace.repo / "stage1.toml"
    config.write_text("", "utf-8")

    seen = program("inspect", "--repo", workplace.folder, place)

    first = seen.out.splitlines()[0]
    assert first == f"configuration none: the repo root {workplace.repo} lies in the telemetry root"


def test_it_says_that_a_preset_may_fit(workplace: Workplace, program: Program) -> None:
    """Then what it proposes is to be chosen."""
    pino = {"time": NOON, "level": 50, "pid": 1, "hostname": "h"}
    place = workplace.write("telemetry/a.jsonl", pino, pino, {"time": NOON, "level": 50})

    out = program("inspect", "--repo", workplace.telemetry, place).out

    assert "the preset pino may fit: choose below" in out
    assert '# preset = "pino"' in out
