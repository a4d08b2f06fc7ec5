"""Tests of `peaktrade_ops.inspecting`: files as they are, and again with what is proposed."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Config, Limits
from peaktrade_ops.config_file import load_config
from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.inspecting import Inspected, inspect_files
from tests.support.examples import examples
from tests.support.formats import DEFAULTS, PRESETS, FormatExample
from tests.support.scanning import HOSTILE_FILES

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "telemetry/a.jsonl"
NOON = "2025-12-20T12:00:00Z"


def put(root: Path, path: str, content: bytes) -> Path:
    """Write a file below a root."""
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def written(*records: Mapping[str, object] | str) -> bytes:
    """Write records as lines."""
    lines = (each if isinstance(each, str) else json.dumps(each) for each in records)
    return "".join(f"{line}\n" for line in lines).encode()


def inspect(root: Path, path: str, content: bytes, toml: str = "") -> Inspected:
    """Inspect one file below a root, with a configuration."""
    config = Config()
    if toml:
        place = put(root, "stage1.toml", toml.encode())
        config = load_config(place)
    [found] = inspect_files([str(put(root, path, content))], root, config)
    return found


def pasted(found: Inspected) -> str:
    """Return what an operator pastes."""
    return "\n".join(found.proposal.lines)


@pytest.mark.parametrize("example", PRESETS, ids=lambda example: str(example.preset))
def test_what_is_proposed_for_a_preset_makes_the_file_understood(
    tmp_path: Path, example: FormatExample
) -> None:
    """The lines that are proposed for a well-known format are enough."""
    content = written(*example.lines)
    before = inspect(tmp_path, example.file, content)
    assert before.proposal.preset is not None
    assert before.proposal.is_complete

    after = inspect(tmp_path, example.file, content, pasted(before))

    assert after.inspection.not_understood == 0
    assert after.inspection.criticals == example.criticals
    assert after.proposal.lines == ()


@pytest.mark.parametrize("example", DEFAULTS, ids=lambda example: example.name)
def test_nothing_is_proposed_for_a_format_that_is_read_without(
    tmp_path: Path, example: FormatExample
) -> None:
    """A file that is understood needs no configuration."""
    found = inspect(tmp_path, example.file, written(*example.lines))

    assert found.inspection.not_understood == 0
    assert found.proposal.lines == ()


def test_keys_of_ones_own_are_proposed_and_then_read(tmp_path: Path) -> None:
    """A time and a severity at other keys are found by their values."""
    content = written(
        *({"when": NOON, "ctx": {"rank_level": word}, "n": 1} for word in ("info", "fatal"))
    )
    before = inspect(tmp_path, NAME, content)

    assert before.inspection.untimed == 2
    assert before.proposal.lines == (
        "[[formats]]",
        'files = ["**/a.jsonl*"]',
        'fields.more.time = ["when"]',
        'fields.more.severity = ["ctx.rank_level"]',
    )
    assert before.proposal.is_complete

    after = inspect(tmp_path, NAME, content, pasted(before)).inspection

    assert (after.not_understood, after.timed, after.criticals) == (0, 2, 1)


def test_values_that_must_be_chosen_are_comments(tmp_path: Path) -> None:
    """Nothing is guessed: an unknown word and a number are named, and the operator chooses."""
    content = written({"ts": NOON, "level": 60}, {"ts": NOON, "level": "HALT"})

    found = inspect(tmp_path, NAME, content)

    assert not found.proposal.is_complete
    text = pasted(found)
    assert '# severity.map."60" = ' in text
    assert '# severity.map."halt" = ' in text
    assert "# severity.scale = " in text
    chosen = text.replace('# severity.map."halt"', 'severity.map."halt"').replace(
        "# severity.scale", "severity.scale"
    )
    assert inspect(tmp_path, NAME, content, chosen).inspection.criticals == 2


def test_a_key_that_the_nets_find_can_be_taken_out(tmp_path: Path) -> None:
    """A key that says no severity is proposed for `not`."""
    content = written({"ts": NOON, "level": "info", "status": "critical"})
    found = inspect(tmp_path, NAME, content)

    assert [(each.name, each.count) for each in found.inspection.unread_keys] == [("status", 1)]
    line = next(each for each in found.proposal.lines if "severity.not" in each)
    after = inspect(tmp_path, NAME, content, f"{pasted(found)}\n{line.removeprefix('# ')}")
    assert after.inspection.not_understood == 0


def test_the_name_and_the_lines_of_a_file_are_told(tmp_path: Path) -> None:
    """A file that no scan takes is read all the same, with the line that includes it."""
    content = written({"ts": NOON}, "", "{", {"ts": "noon"})
    found = inspect(tmp_path, "logs/app.log", content)

    inspection = found.inspection
    assert inspection.path == "logs/app.log"
    assert inspection.taken == "not named as JSON lines"
    counts = (inspection.lines, inspection.blank, inspection.events, inspection.rejected)
    assert counts == (4, 1, 2, 1)
    assert [(each.line, each.reason) for each in inspection.rejects] == [(3, "not JSON")]
    assert [(each.line, each.value) for each in inspection.unread_times] == [(4, "noon")]
    assert found.proposal.lines[0] == '# include = ["**/app.log*"]  # under [sources]'


def test_only_the_beginning_is_read_unless_all_is_asked_for(tmp_path: Path) -> None:
    """The first lines are enough to see how a file is read."""
    place = str(put(tmp_path, NAME, written({"ts": NOON}) * 10))

    [part] = inspect_files([place], tmp_path, Config(), most_lines=4)
    [whole] = inspect_files([place], tmp_path, Config(), most_lines=None)

    assert (part.inspection.lines, part.inspection.whole) == (4, False)
    assert (whole.inspection.lines, whole.inspection.whole) == (10, True)


def test_compressed_and_broken_files_are_read_as_by_a_scan(tmp_path: Path) -> None:
    """What can be decoded is shown, and the problem."""
    data = gzip.compress(written({"ts": NOON}) * 3)

    whole = inspect(tmp_path, "telemetry/a.jsonl.gz", data)
    cut = inspect(tmp_path, "telemetry/b.jsonl.gz", data[:-4])

    assert (whole.inspection.events, whole.inspection.problem) == (3, "")
    assert cut.inspection.problem == "broken compression"


def test_containers_that_are_not_opened_are_named(tmp_path: Path) -> None:
    """Lists of objects, and strings that hold one, are shown with their paths."""
    inner = json.dumps({"a": 1})
    content = written({"ts": NOON, "data": {"items": [{"x": 1}]}, "payload": inner})

    inspection = inspect(tmp_path, NAME, content).inspection

    assert [each.key for each in inspection.lists] == ["data.items"]
    assert [each.key for each in inspection.embedded] == ["payload"]


def test_events_in_strings_are_found_before_their_numbers_are_understood(tmp_path: Path) -> None:
    """A preset that opens lines is proposed although what is in them is not understood yet."""
    content = written(
        *(
            {"log": json.dumps({"level": level, "msg": "x"}), "stream": "stdout", "time": NOON}
            for level in (30, 60)
        )
    )
    before = inspect(tmp_path, NAME, content)

    assert before.proposal.preset == "docker"
    assert not before.proposal.is_complete
    chosen = pasted(before).replace('# severity.scale = "python"', 'severity.scale = "pino"')
    after = inspect(tmp_path, NAME, content, chosen).inspection
    assert (after.not_understood, after.criticals) == (0, 1)


def test_a_root_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """Paths are relative to the root, so a wrong one would give wrong patterns."""
    place = put(tmp_path, NAME, written({"ts": NOON}))

    with pytest.raises(TelemetryError, match="is missing or is not a folder"):
        inspect_files([str(place)], tmp_path / "none", Config())


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    """Nothing to look at is said."""
    with pytest.raises(TelemetryError, match="no file in"):
        inspect_files([str(tmp_path)], tmp_path, Config())


@settings(max_examples=examples(40), deadline=None)
@given(HOSTILE_FILES | st.dictionaries(st.just(NAME), st.binary(), min_size=1))
def test_any_file_can_be_inspected_and_what_is_proposed_can_be_loaded(
    files: dict[str, bytes],
) -> None:
    """No bytes stop it, and no text from telemetry breaks the lines to paste."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, content in files.items():
            config = Config(limits=Limits(record_bytes=2048))
            [found] = inspect_files([str(put(root, path, content))], root, config)
            inspection = found.inspection
            assert inspection.lines == (
                inspection.blank + inspection.events + inspection.rejected + inspection.partial
            )
            loaded = load_config(put(root, "stage1.toml", pasted(found).encode()))
            assert len(loaded.formats) == ("[[formats]]" in found.proposal.lines)
