"""The golden files: one for each kind of output, byte by byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from tests.support.golden import GOLDEN, KINDS, REGENERATE, SCHEMAS, golden_files

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Make every kind of output from the small telemetry."""
    return golden_files(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", KINDS)
def test_an_output_has_the_bytes_of_its_golden_file(made: Mapping[str, bytes], name: str) -> None:
    """The same telemetry gives the same bytes."""
    assert (GOLDEN / name).read_text("utf-8") == made[name].decode(), REGENERATE


def test_each_kind_of_output_has_one_golden_file() -> None:
    """No other file is stored."""
    assert sorted(KINDS) == sorted(path.name for path in GOLDEN.iterdir())


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("summary", "2025-12-20_summary.json"),
        ("trend", "stage1_trend.json"),
        ("index", "index.json"),
    ],
)
def test_golden_json_validates_against_its_stored_schema(schema: str, name: str) -> None:
    """What the program writes is what its schemas say."""
    stored = json.loads((SCHEMAS / f"{schema}.schema.json").read_bytes())
    jsonschema.Draft202012Validator(stored).validate(json.loads((GOLDEN / name).read_bytes()))
