"""`docs/contract.md` names each command, option, reason, field, rule and key of the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

import click
import msgspec
import pytest
from msgspec import inspect

from peaktrade_ops.config import Accepted, Config, Format, Scale, SeverityClass
from peaktrade_ops.stage1.day import WINDOW_NOT_OVER
from peaktrade_ops.stage1.left_out import CUT_OFF
from peaktrade_ops.stage1.models import Decision, Index, Summary, Trend
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.telemetry.files import reasons
from tests.support.checkout import REPO
from tests.support.commands import all_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.one_python

CONTRACT = (REPO / "docs" / "contract.md").read_text("utf-8")
SECTIONS = {
    int(number): body
    for number, body in re.findall(
        r"^## (\d+)\. .*?\n(.*?)(?=^## )", CONTRACT, re.MULTILINE | re.DOTALL
    )
}
REASONS = [
    value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)
]
# Fields and options that the contract leaves open.
OPEN_FIELDS = {
    "Comparison": {"first_days", "last_days", "first_avg", "last_avg", "change"},
    "Coverage": {"legacy_in_window"},
    "FieldSettings": {"time", "severity", "type", "rule", "text"},
    "FormatSettings": {"files", "preset", "fields", "severity", "unpack", "embedded"},
    "Rollups": {"rolling_mean_7d", "first_vs_last"},
    "Settings": {"fields", "sources", "legacy_regex", "severity", "danger", "formats"},
    "SeveritySettings": {"map", "scale", "not_keys"},
    "SourceSettings": {"legacy", "ignore", "include", "expect", "expect_events"},
}
OPEN_OPTIONS = {"--host", "--no-access-log", "--port", "--trusted-host", "--max-age", "--refresh"}


def is_named(word: str, *sections: int) -> bool:
    """Return whether one of the sections has a word as code, alone or before a value."""
    return any(
        re.search(rf"[`/]{re.escape(word)}[` =/]", SECTIONS[number]) is not None
        for number in sections
    )


def structs_in(kind: inspect.Type) -> Iterator[inspect.StructType]:
    """Yield the struct types of a type, at any depth."""
    match kind:
        case inspect.StructType(fields=fields):
            yield kind
            for field in fields:
                yield from structs_in(field.type)
        case inspect.VarTupleType(item_type=item):
            yield from structs_in(item)
        case inspect.UnionType(types=types):
            for each in types:
                yield from structs_in(each)
        case _:
            pass


# `policy` of a trend holds the thresholds, which another test looks for in sections 7 and 8.
MODELS = {
    struct.cls.__name__: struct.cls
    for artifact in (Summary, Trend, Index, Decision)
    for struct in structs_in(inspect.type_info(artifact))
    if struct.cls is not type(Config().policy)
}


def test_the_contract_has_twelve_sections() -> None:
    """Docstrings and tests refer to the sections by number, so none is renumbered."""
    assert list(SECTIONS) == list(range(1, 13))


def test_a_word_is_named_only_as_code_and_as_a_whole() -> None:
    """The tests below can fail: prose, a part of a word and another section do not count."""
    assert is_named("lost", 7)
    assert not is_named("losses", 7)
    assert not is_named("los", 7)
    assert not is_named("verdict", 11)


@pytest.mark.parametrize("command", [str(command.name) for command in all_commands()])
def test_every_command_is_in_the_contract(command: str) -> None:
    """Section 1 has the job of each command."""
    assert is_named(command, 1)


@pytest.mark.parametrize("reason", [*REASONS, WINDOW_NOT_OVER])
def test_every_reason_is_in_the_contract(reason: str) -> None:
    """Section 3 has the effect of each reason on the coverage."""
    assert is_named(reason, 3)


def test_the_reason_of_a_partial_record_is_in_the_contract() -> None:
    """Section 4 names the reason for a last line that is cut off."""
    assert is_named(CUT_OFF, 4)


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_every_rule_is_in_the_contract(rule: str) -> None:
    """Section 7 has a row for each rule; the note at the top names what stands in for one."""
    note = CONTRACT[: CONTRACT.index("## 1. ")]
    assert f"\n| `{rule}` | " in SECTIONS[7] or f"`{rule}`" in note


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.__name__)
def test_every_field_is_in_the_contract(model: type[msgspec.Struct]) -> None:
    """Section 6 has each field of the artifacts; section 5 has the names of the metrics."""
    names = {field.name for field in msgspec.structs.fields(model)}
    names -= OPEN_FIELDS.get(model.__name__, set())

    assert [name for name in sorted(names) if not is_named(name, 5, 6)] == []


def test_every_option_is_in_the_contract() -> None:
    """Section 1 has each option; the address of `serve` and what it shows are left open."""
    options = {
        name
        for command in all_commands()
        for option in command.params
        for name in option.opts
        if isinstance(option, click.Option)
    }

    assert [name for name in sorted(options - OPEN_OPTIONS) if not is_named(name, 1)] == []


def test_every_key_of_the_configuration_is_in_the_contract() -> None:
    """Sections 7 and 8 have each key but those of the limits, which are named together."""
    sections = msgspec.to_builtins(Config())
    keys = {key for name, body in sections.items() if name != "limits" for key in body}
    keys |= {field.name for model in (Accepted, Format) for field in msgspec.structs.fields(model)}

    assert [key for key in sorted(keys) if not is_named(key, 7, 8)] == []
    assert [name for name in sections if f"[{name}]" not in SECTIONS[8]] == []


def test_every_scale_and_class_is_in_the_contract() -> None:
    """Section 8 has a row for each scale, and a column for each class."""
    [head] = re.findall(r"^\| scale \| (.*) \|$", SECTIONS[8], re.MULTILINE)
    rows = re.findall(r"^\| `(\w+)` \| ", SECTIONS[8], re.MULTILINE)

    assert tuple(head.split(" | ")) == get_args(SeverityClass)
    assert sorted(rows) == sorted(get_args(Scale))
