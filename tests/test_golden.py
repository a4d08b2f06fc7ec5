"""The golden files: one for each kind of output, compared byte by byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from tests.support.golden import DECISIONS, GOLDEN, KINDS, REGENERATE, SCHEMAS, golden_files

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Return every kind of output for the small telemetry, by file name."""
    return golden_files(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", [*KINDS, *DECISIONS])
def test_an_output_has_the_bytes_of_its_golden_file(made: Mapping[str, bytes], name: str) -> None:
    """The small telemetry gives the bytes of the golden file."""
    assert (GOLDEN / name).read_text("utf-8") == made[name].decode(), REGENERATE


def test_each_kind_of_output_has_one_golden_file() -> None:
    """The folder of golden files has exactly these files."""
    assert sorted([*KINDS, *DECISIONS]) == sorted(path.name for path in GOLDEN.iterdir())


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("summary", "2025-12-20_summary.json"),
        ("trend", "stage1_trend.json"),
        ("index", "index.json"),
        ("decision", "stage1_decision.json"),
    ],
)
def test_golden_json_validates_against_its_stored_schema(schema: str, name: str) -> None:
    """The JSON of the program is valid according to its stored schemas."""
    stored = json.loads((SCHEMAS / f"{schema}.schema.json").read_bytes())
    jsonschema.Draft202012Validator(stored).validate(json.loads((GOLDEN / name).read_bytes()))
