"""What a diagnosis finds, as data with a stable form."""

# Without `annotations` of `__future__`: msgspec would have to compile the text of each annotation.
import inspect
import json
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from peaktrade_ops.text import shown

Result = Literal["ok", "warning", "error"]

MOST_ALIKE: Final = 10
"""The maximum number of findings of one kind."""


class Finding(msgspec.Struct, frozen=True):
    """What one check found at one place.

    Attributes:
        check: The name of the check.
        result: ``error`` where a run fails, or its verdict cannot be GO; ``warning`` where that may
            come, or something is not as it seems; else ``ok``.
        where: The file, the folder, or another place.
        what: What is there, or what is wrong with it.
        advice: What to do about it; empty if it is in order.
    """

    check: str
    result: Result
    where: str
    what: str
    advice: str


class Diagnosis(msgspec.Struct, frozen=True):
    """The result of ``doctor --format json``.

    Attributes:
        schema_version: The version of this form. Fields may be added to it.
        checked_at: The time of the diagnosis, UTC.
        version: The version of the program.
        result: The most severe of the findings.
        findings: All of them, in the order of the checks.
    """

    schema_version: Literal["doctor.v1"]
    checked_at: Annotated[datetime, msgspec.Meta(tz=True)]
    version: str
    result: Result
    findings: tuple[Finding, ...]


def ok(check: str, where: object, what: str) -> Finding:
    """Return that something is in order."""
    return Finding(check, "ok", shown(str(where)), shown(what), "")


def warning(check: str, where: object, what: str, advice: str) -> Finding:
    """Return that something may become wrong."""
    return Finding(check, "warning", shown(str(where)), shown(what), shown(advice))


def error(check: str, where: object, what: str, advice: str) -> Finding:
    """Return that something is wrong."""
    return Finding(check, "error", shown(str(where)), shown(what), shown(advice))


def worst_of(findings: tuple[Finding, ...]) -> Result:
    """Return the most severe result of some findings."""
    results: set[Result] = {each.result for each in findings}
    return "error" if "error" in results else "warning" if "warning" in results else "ok"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a diagnosis."""
    found = msgspec.json.schema(Diagnosis)
    for definition in found["$defs"].values():
        # Python 3.13 and later remove the indentation of docstrings themselves.
        definition["description"] = inspect.cleandoc(definition["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def to_json(diagnosis: Diagnosis) -> str:
    """Return a diagnosis as JSON in ASCII, so that no text of it controls a terminal."""
    document = msgspec.to_builtins(diagnosis)
    return json.dumps(document, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f")
