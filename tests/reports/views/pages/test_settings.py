"""The settings of a day on its page."""

from __future__ import annotations

import msgspec
import pytest

from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.stage1.models import (
    FieldSettings,
    FormatSettings,
    Settings,
    SeveritySettings,
    SourceSettings,
)
from tests.support.artifacts import summary
from tests.support.html import check_rules, rows

pytestmark = pytest.mark.one_python

KEYS = FieldSettings(("ts",), ("level",), ("type",), ("rule",), ("text",))
PINO = FormatSettings(
    files=("obs/*.jsonl",),
    preset="pino",
    fields=msgspec.structs.replace(KEYS, time=("time", "ts")),
    severity=SeveritySettings({}, "pino", ()),
    unpack=("Records",),
    embedded=("log",),
)
SETTINGS = Settings(
    KEYS,
    SourceSettings(("old/**",), ("tmp/**",), expect=("obs/**",)),
    "(legacy)",
    severity=SeveritySettings({"risk": "warn", "60": "critical"}, None, ("status",)),
    danger=("kill_switch", "margin_call"),
    formats=(PINO,),
    scope="input",
)


def page_of(settings: Settings) -> str:
    """Return the page of a day that was read with some settings."""
    page = snapshot_page(summary(settings=settings), Neighbours())
    check_rules(page)
    return page


def test_everything_that_the_numbers_depend_on_is_shown() -> None:
    """The page shows keys, severities, words of a danger, sources and the scope."""
    assert rows(page_of(SETTINGS), "Settings: all files") == [
        ["Keys of the time", "ts"],
        ["Keys of the severity", "level"],
        ["Keys of the type", "type"],
        ["Keys of the rule", "rule"],
        ["Keys of the text", "text"],
        ["Severities mapped", "60 is critical, risk is warn"],
        ["Scale of numbers", "none: a number is not understood"],
        ["Keys that are no severity", "status"],
        ["Words of a danger", "kill_switch margin_call"],
        ["Legacy sources", "old/**"],
        ["Ignored", "tmp/**"],
        ["Expected", "obs/**"],
        ["Legacy keywords", "(legacy)"],
        ["Scanned", "the --input paths"],
    ]


def test_a_format_shows_only_where_it_differs() -> None:
    """The table of a format has its files, and only the settings that are its own."""
    assert rows(page_of(SETTINGS), "Settings: format 1, where it differs") == [
        ["Files", "obs/*.jsonl"],
        ["Preset", "pino"],
        ["Keys of the time", "time ts"],
        ["Severities mapped", "none"],
        ["Scale of numbers", "pino"],
        ["Keys that are no severity", "none"],
        ["Unpacked lists", "Records"],
        ["Embedded JSON", "log"],
    ]


def test_settings_of_an_earlier_version_are_shown() -> None:
    """A setting that an earlier version did not write is not shown as if it were empty."""
    old = Settings(FieldSettings(("ts",), (), (), ()), SourceSettings((), ()), "x")

    assert rows(page_of(old), "Settings: all files") == [
        ["Keys of the time", "ts"],
        ["Keys of the severity", "none"],
        ["Keys of the type", "none"],
        ["Keys of the rule", "none"],
        ["Legacy sources", "none"],
        ["Ignored", "none"],
        ["Legacy keywords", "x"],
    ]
