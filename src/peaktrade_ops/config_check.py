"""Check a TOML document against the models of the configuration, key by key.

The checks of msgspec are not enough: they ignore unknown keys, and their messages name types of
Python. Here every message names the dotted key and what is allowed.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from msgspec import inspect

from peaktrade_ops.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MOST_SHOWN: Final = 60
_LARGE: Final = 10**18


class Problem(Exception):  # noqa: N818 (a part of a `ConfigError`, which names the file)
    """A key or a value of a document that is not allowed.

    Args:
        message: The key and what is wrong with it.
        hint: What to write instead; empty if there is nothing to suggest.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Store the message and the hint."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class Place:
    """The place of a value in a document: its dotted key, and the entry of an array of tables.

    Attributes:
        key: The dotted key; empty for the whole document.
        entry: Which entry of which array of tables the key is in, in brackets; may be empty.
    """

    def __init__(self, key: str = "", entry: str = "") -> None:
        """Store the key and the entry."""
        self.key = key
        self.entry = entry

    def of(self, name: str) -> Place:
        """Return the place of a key of this table."""
        return Place(f"{self.key}.{name}" if self.key else name, self.entry)

    def at(self, number: int) -> Place:
        """Return the place of an entry of this array of tables, counted from 1."""
        return Place(self.key, f" (entry {number} of [[{self.key}]])")

    @property
    def header(self) -> str:
        """The header of this table."""
        return f"[[{self.key}]]" if f"[[{self.key}]]" in self.entry else f"[{self.key}]"

    def refuse(self, value: object, hint: str, *, verb: str = "cannot be") -> Problem:
        """Return the problem that this key has a value, and what to write instead."""
        return Problem(f"{self.key} {verb} {_shown(value)}{self.entry}", hint=hint)


def check(document: Mapping[str, Any], model: inspect.StructType) -> None:
    """Check a whole document.

    Args:
        document: The document.
        model: The model of the whole configuration, as `msgspec.inspect` describes it.

    Raises:
        Problem: A key is unknown, or a value is not allowed.
    """
    _check_table(document, model, Place(), list(_keys_of(model)))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like a name."""
    import difflib  # noqa: PLC0415 (only for a mistake)

    return difflib.get_close_matches(name, sorted(known), n=1, cutoff=0)[0]


def _keys_of(model: inspect.StructType, prefix: str = "") -> Iterator[str]:
    """Yield all dotted keys of a table, with those of its tables and arrays of tables."""
    for field in model.fields:
        key = prefix + field.encode_name
        yield key
        inner = _unwrapped(field.type)
        if isinstance(inner, inspect.VarTupleType):
            inner = inner.item_type
        if isinstance(inner, inspect.StructType):
            yield from _keys_of(inner, f"{key}.")


def _unwrapped(kind: inspect.Type) -> inspect.Type:
    """Return the type of a key without `None`, which TOML does not have."""
    if isinstance(kind, inspect.UnionType):
        [kind] = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
    return kind


def _check(value: object, kind: inspect.Type, place: Place, keys: list[str]) -> None:
    match _unwrapped(kind):
        case inspect.StructType() as model:
            _check_table(_as_table(value, place), model, place, keys)
        case inspect.DictType(value_type=inspect.StructType() as model):
            for name, each in _as_table(value, place).items():
                inner = place.of(name)
                _check(each, model, inner, list(_keys_of(model, f"{inner.key}.")))
        case inspect.DictType() as entries:
            for name, each in _as_table(value, place).items():
                if not name:
                    raise place.refuse(name, "write texts that are not empty", verb="cannot hold")
                _check_value(each, entries.value_type, place.of(quoted(name)))
        case inspect.VarTupleType() as entries:
            _check_list(value, entries, place, keys)
        case each:
            _check_value(value, each, place)


def _check_value(value: object, kind: inspect.Type, place: Place) -> None:
    match kind:
        case inspect.LiteralType(values=allowed):
            _check_word(value, [str(each) for each in allowed], place)
        case inspect.IntType() as number:
            _check_number(value, number, place)
        case inspect.DateType():
            if not is_date(value):
                raise place.refuse(value, "write a date such as 2025-12-20")
        case _:
            if not isinstance(value, str) or not value:
                raise place.refuse(value, "write a text that is not empty")


def _as_table(value: object, place: Place) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise place.refuse(value, f"write a table {place.header}")
    return value


def _check_table(
    table: Mapping[str, Any], model: inspect.StructType, place: Place, keys: list[str]
) -> None:
    fields = {field.encode_name: field for field in model.fields}
    for name, value in table.items():
        if name not in fields:
            raise _unknown(name, value, fields, place, keys)
        _check(value, fields[name].type, place.of(name), keys)
    for name, field in fields.items():
        if field.required and name not in table:
            raise Problem(
                f"{place.key} has no {name}{place.entry}",
                hint="stage1.toml in the repo has an example",
            )


def _unknown(
    name: str, value: object, known: Mapping[str, inspect.Field], place: Place, keys: list[str]
) -> Problem:
    """Return the problem of an unknown key, with the key that it is nearest to.

    An entry of a map that stands beside the map, or a key of another table with exactly this name,
    is nearer than a similar key of the same table.
    """
    in_maps = [place.of(f"{key}.{name}").key for key in known if _is_entry(value, known[key].type)]
    elsewhere = [key for key in keys if key.rpartition(".")[2] == name]
    near = [*in_maps, *elsewhere, place.of(nearest(name, known)).key][0]
    return Problem(
        f"unknown key {quoted(place.of(name).key)}{place.entry}",
        hint=f"did you mean {quoted(near)}?",
    )


def _is_entry(value: object, kind: inspect.Type) -> bool:
    """Return whether a type is that of a map of words, and a value is one of the words."""
    words = kind.value_type if isinstance(kind, inspect.DictType) else None
    return isinstance(words, inspect.LiteralType) and value in words.values


def _check_list(
    value: object, entries: inspect.VarTupleType, place: Place, keys: list[str]
) -> None:
    is_of_tables = isinstance(entries.item_type, inspect.StructType)
    if not isinstance(value, list):
        raise place.refuse(
            value,
            f"write a table [[{place.key}]]" if is_of_tables else 'write a list such as ["a", "b"]',
        )
    if len(value) < (entries.min_length or 0):
        raise place.refuse(value, "write at least one text, or leave the key out")
    for number, each in enumerate(value, 1):
        if is_of_tables:
            _check(each, entries.item_type, place.at(number), keys)
        elif not isinstance(each, str) or not each:
            raise place.refuse(each, "write texts that are not empty", verb="cannot hold")


def _check_word(value: object, allowed: list[str], place: Place) -> None:
    if value not in allowed:
        near = f"did you mean '{nearest(value, allowed)}'? " if isinstance(value, str) else ""
        raise place.refuse(value, f"{near}write one of {', '.join(allowed)}")


def _check_number(value: object, number: inspect.IntType, place: Place) -> None:
    least, most = number.ge or 0, number.le
    # The type exactly: `true` is an `int` of Python.
    if type(value) is not int or value < least or value > (most or _LARGE):
        upwards = f"from {least} to {most}" if most else f"from {least} on"
        raise place.refuse(value, f"write a whole number {upwards}")


def is_date(value: object) -> bool:
    """Return whether a value is a date, as TOML writes it or as text."""
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value).isoformat() == value
    return type(value) is date


def _shown(value: object) -> str:
    """Return a value of a document for a message, in one line that is not long."""
    match value:
        case str():
            return quoted(value if len(value) <= _MOST_SHOWN else f"{value[:_MOST_SHOWN]}...")
        case bool():
            return str(value).lower()
        # Python does not write numbers of thousands of digits.
        case int() if abs(value) > _LARGE:
            return "a number this large"
        case list() | dict():
            return "a table" if isinstance(value, dict) else "a list" if value else "an empty list"
        case _:
            return str(value)
