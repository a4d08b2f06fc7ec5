"""Test the form of a diagnosis, which programs rely on."""

from __future__ import annotations

import json

import jsonschema
import pytest

from peaktrade_ops.diagnosis.findings import (
    Diagnosis,
    Finding,
    Result,
    error,
    ok,
    to_json,
    warning,
    worst_of,
)
from tests.diagnosis.helpers import NOW
from tests.support.golden import DIAGNOSIS_SCHEMAS, REGENERATE, diagnosis_schemas

OK = ok("lock", "folder", "nobody holds it")
WARNING = warning("lock", "folder", "held", "wait")
ERROR = error("lock", "a name\udcff", "not\x1bopened", "remove it")


def diagnosis(*findings: Finding) -> Diagnosis:
    """Return a diagnosis with some findings."""
    return Diagnosis("doctor.v1", NOW, "1.0", worst_of(findings), findings)


@pytest.mark.parametrize(
    ("findings", "worst"),
    [
        ((), "ok"),
        ((OK,), "ok"),
        ((OK, WARNING, OK), "warning"),
        ((WARNING, ERROR, OK), "error"),
    ],
)
def test_a_diagnosis_is_as_bad_as_its_worst_finding(
    findings: tuple[Finding, ...], worst: Result
) -> None:
    """A program needs to look at one field only."""
    assert worst_of(findings) == worst


def test_the_stored_schema_is_that_of_the_model() -> None:
    """Other programs use the stored one."""
    assert {path.name for path in DIAGNOSIS_SCHEMAS.iterdir()} == set(diagnosis_schemas())
    for name, schema in diagnosis_schemas().items():
        assert (DIAGNOSIS_SCHEMAS / name).read_bytes() == schema, REGENERATE


def test_the_json_fits_the_schema_and_is_ascii() -> None:
    """No text of a finding controls a terminal that shows the JSON."""
    text = to_json(diagnosis(OK, WARNING, ERROR))
    [schema] = map(json.loads, diagnosis_schemas().values())

    jsonschema.validate(json.loads(text), schema)
    assert text.isascii()
    assert "\\\\xff" in text
    assert "\\ud" not in text
    assert "\x1b" not in text
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(text) | {"result": "fine"}, schema)
