"""Records that hold events: `embedded` and `unpack` (section 5 of the contract)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.oracle.json_text import NotJsonError, opens_too_deep, parse_json
from tests.support.oracle.properties import values_of_key

if TYPE_CHECKING:
    from peaktrade_ops.formats import Reading


def records_in(record: dict[str, object], reading: Reading) -> tuple[list[dict[str, object]], bool]:
    """Return the records to read in place of a record, and whether it was unpacked.

    Section 5: "`embedded` goes before `unpack`. A record that should hold something and does not is
    read as it stands."
    """
    for key in reading.embedded:
        inner = embedded_at(record, key)
        if inner is not None:
            record = laid_over(record, inner)
    found = [each for path in reading.unpack for each in objects_at(record, path)]
    if found == []:
        return [record], False
    return [laid_over(record, each) for each in found], True


def laid_over(record: dict[str, object], inner: dict[str, object]) -> dict[str, object]:
    """Return a record with the keys of an object before its own.

    A null of the object falls through to the record, as an absent key does.
    """
    return record | {key: value for key, value in inner.items() if value is not None}


def embedded_at(record: dict[str, object], key: str) -> dict[str, object] | None:
    """Return the object in the string at a key.

    Section 5: "reads the string at this key as JSON and, if it is an object, takes its keys".
    """
    for value in values_of_key(record, key):
        if not isinstance(value, str) or opens_too_deep(value):
            continue
        try:
            inner = parse_json(value)
        except NotJsonError:
            continue
        if isinstance(inner, dict):
            return inner
    return None


def objects_at(record: dict[str, object], path: str) -> list[dict[str, object]]:
    """Return the objects of the list, or lists, at a path.

    Section 5: "each object of the list at this path (a path goes through lists:
    `resourceLogs.scopeLogs.logRecords`)". Other elements are ignored.
    """
    places: list[dict[str, object]] = [record]
    steps = path.split(".")
    for step in steps[:-1]:
        inner = [place[step] for place in places if step in place]
        places = []
        for value in inner:
            if isinstance(value, dict):
                places.append(value)
            elif isinstance(value, list):
                places.extend(objects_of(value))
    found = []
    for place in places:
        value = place.get(steps[-1])
        if isinstance(value, list):
            found.extend(objects_of(value))
    return found


def objects_of(values: list[object]) -> list[dict[str, object]]:
    """Return the elements that are objects."""
    return [value for value in values if isinstance(value, dict)]
