"""`docs/contract.md` names what the program has: options, reasons, fields, rules and keys."""

from __future__ import annotations

import msgspec
import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.stage1.left_out import CUT_OFF, WINDOW_NOT_OVER
from peaktrade_ops.stage1.models import (
    Coverage,
    Finding,
    Hour,
    LeftOut,
    Metrics,
    RejectedLine,
    Rollups,
    ScannedFile,
    ScannedFolder,
    Settings,
    Summary,
    Trend,
    TrendRow,
    Understanding,
)
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.telemetry.files import reasons
from tests.support.checkout import REPO
from tests.support.commands import all_commands

pytestmark = pytest.mark.one_python

CONTRACT = (REPO / "docs" / "contract.md").read_text("utf-8")
MODELS = (
    Coverage,
    Finding,
    Hour,
    LeftOut,
    Metrics,
    RejectedLine,
    Rollups,
    ScannedFile,
    ScannedFolder,
    Settings,
    Summary,
    Trend,
    TrendRow,
    Understanding,
)
REASONS = [
    value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)
]
# Fields and options that the contract leaves open.
OPEN_FIELDS = {"legacy_in_window", "fields", "sources", "legacy_regex", "rolling_mean_7d"}
OPEN_FIELDS |= {"first_vs_last"}
OPEN_OPTIONS = {"--host", "--port", "--trusted-host", "--max-age", "--refresh"}


def is_named(word: str) -> bool:
    """Return whether the contract has a word as code."""
    return any(f"`{word}{end}" in CONTRACT for end in ("`", " ", "="))


@pytest.mark.parametrize(
    "reason",
    [
        *(
            value
            for name, value in vars(reasons).items()
            if name.isupper() and isinstance(value, str)
        ),
        CUT_OFF,
        WINDOW_NOT_OVER,
    ],
)
def test_every_reason_is_in_the_contract(reason: str) -> None:
    """An operator finds what it does to the coverage."""
    assert is_named(reason)


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_every_rule_is_in_the_contract(rule: str) -> None:
    """The rules of the verdict are named as findings name them."""
    assert is_named(rule)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_in_the_contract(model: type[msgspec.Struct]) -> None:
    """Programs that read the artifacts find each field."""
    names = {field.name for field in msgspec.structs.fields(model)}

    assert [name for name in sorted(names - OPEN_FIELDS) if not is_named(name)] == []


def test_every_option_is_in_the_contract() -> None:
    """The options of the commands that read telemetry and reports."""
    options = {option.opts[0] for command in all_commands() for option in command.params}

    assert [name for name in sorted(options - OPEN_OPTIONS) if name not in CONTRACT] == []


def test_every_key_of_the_configuration_is_in_the_contract() -> None:
    """Each key but those of the limits, which the contract names together."""
    sections = msgspec.to_builtins(Config())
    keys = {key for name, body in sections.items() if name != "limits" for key in body}

    assert [key for key in sorted(keys) if not is_named(key)] == []
