"""Tests of `peaktrade_ops.stage1.settings`: what they hold, and which read the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from peaktrade_ops.config import (
    Alerts,
    Config,
    Fields,
    Format,
    Limits,
    MoreKeys,
    Policy,
    SeverityRules,
    Sources,
)
from peaktrade_ops.stage1 import names
from peaktrade_ops.stage1 import settings as settings_module
from peaktrade_ops.stage1.models import FieldSettings, SeveritySettings
from peaktrade_ops.stage1.settings import are_alike, digest_of, settings_of

if TYPE_CHECKING:
    from peaktrade_ops.config import SeverityClass
    from peaktrade_ops.stage1.models import Settings

USUAL = Config()
HARMLESS = {
    "expect": Config(sources=Sources(expect=("a/*",))),
    "expect_events": Config(sources=Sources(expect_events=("a/*",))),
}
OTHER = {
    "fields": Config(fields=Fields(time=("t",))),
    "more fields": Config(fields=Fields(more=MoreKeys(time=("t",)))),
    "map": Config(severity=SeverityRules(map={"risk": "warn"})),
    "scale": Config(severity=SeverityRules(scale="pino")),
    "not": Config(severity=SeverityRules(not_=("status",))),
    "formats": Config(formats=(Format(files=("a/*",), preset="pino"),)),
    "text": Config(fields=Fields(text=("t",))),
    "danger": Config(alerts=Alerts(danger=("halt",))),
    "no danger": Config(alerts=Alerts(danger=())),
    "legacy": Config(sources=Sources(legacy=("a/*",))),
    "ignore": Config(sources=Sources(ignore=("a/*",))),
    "include": Config(sources=Sources(include=("a/*",))),
}


def settings(config: Config = USUAL, regex: str = "(v1)") -> Settings:
    """Return the settings of a configuration."""
    return settings_of(config, regex, scope="root")


def test_the_settings_state_how_events_are_read() -> None:
    """The meaning of severities, the dangers, and each format with the keys of its preset."""
    config = Config(
        severity=SeverityRules({"risk": "warn"}, "python", ("status",)),
        alerts=Alerts(("halt",)),
        formats=(Format(files=("p/**",), preset="pino"), Format(files=("x",), unpack=("r",))),
    )
    settings = settings_of(config, "", scope="root")
    formats = settings.formats or ()

    assert settings.severity == SeveritySettings({"risk": "warn"}, "python", ("status",))
    assert settings.danger == ("halt",)
    assert [(each.files, each.preset, each.unpack) for each in formats] == [
        (("p/**",), "pino", ()),
        (("x",), None, ("r",)),
    ]
    assert [each.severity.scale for each in formats] == ["pino", "python"]


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_expected_changes_no_event(name: str) -> None:
    """The digest differs, but every event is read as before, from the same files."""
    other = settings(HARMLESS[name])

    assert other.digest != settings().digest
    assert are_alike(settings(), other)
    assert are_alike(other, settings())


def test_the_settings_hold_every_list_of_keys() -> None:
    """They also hold the keyword search, what formats open, and the scope."""
    config = Config(
        fields=Fields(("t",), ("s",), ("k",), ("r",), ("x",)),
        formats=(Format(files=("a",), unpack=("u",), embedded=("e",)),),
    )
    whole = settings_of(config, "(old)", scope="input")

    assert whole.fields == FieldSettings(("t",), ("s",), ("k",), ("r",), ("x",))
    assert (whole.legacy_regex, whole.scope) == ("(old)", "input")
    [entry] = whole.formats or ()
    assert (entry.unpack, entry.embedded) == (("u",), ("e",))


def test_a_digest_stays_the_same_in_other_versions_of_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only another version of the rules changes it, or a new setting."""
    monkeypatch.setattr(settings_module, "RULES_VERSION", 0)

    assert (
        digest_of(settings_of(USUAL, "(old)", scope="root"))
        == "e49becb98378146202a176d5a4fb5f62175001a5a7579a5a2a430e12c6867c2c"
    )


def test_the_order_of_a_table_changes_no_setting() -> None:
    """Only lists have an order."""
    levels: list[tuple[str, SeverityClass]] = [("risk", "warn"), ("halt", "critical")]
    rules = [SeverityRules(map=dict(pairs)) for pairs in (levels, levels[::-1])]
    one, other = (settings(Config(severity=each)) for each in rules)

    assert one.digest == other.digest


def test_the_keyword_search_and_the_scope_change_no_event() -> None:
    """The search counts for nothing that objects."""
    for config in HARMLESS.values():
        assert are_alike(settings(), replace(settings(config), scope="input"))
    assert are_alike(settings(), settings(regex="(old)"))
    assert are_alike(settings(), replace(settings(), scope="input"))


@pytest.mark.parametrize("name", OTHER)
def test_what_says_what_an_event_is_makes_other_settings(name: str) -> None:
    """So does what says which files are read."""
    assert not are_alike(settings(), settings(OTHER[name]))
    assert not are_alike(settings(OTHER[name]), settings())
    assert are_alike(settings(OTHER[name]), settings(OTHER[name]))


def test_other_rules_make_other_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where what is expected changed with the version."""
    before = settings()
    monkeypatch.setattr(settings_module, "RULES_VERSION", 99)

    assert not are_alike(before, settings())
    assert not are_alike(before, settings(HARMLESS["expect"]))
    assert are_alike(settings(), settings(HARMLESS["expect"]))


def test_settings_that_say_too_little_are_not_alike() -> None:
    """The earlier scripts wrote none, and version 0.1.0 no digest."""
    old = replace(settings(), digest=None)

    assert not are_alike(None, settings())
    assert not are_alike(settings(), None)
    assert not are_alike(old, settings())
    assert not are_alike(settings(), old)
    assert not are_alike(old, old)


def test_the_digest_is_that_of_all_settings_but_the_scope() -> None:
    """It is what a report holds as its digest."""
    whole = settings()

    assert digest_of(whole) == whole.digest == digest_of(replace(whole, scope="input"))
    assert digest_of(settings(HARMLESS["expect"])) != whole.digest


def test_thresholds_and_limits_change_no_number() -> None:
    """They are in no digest; the version of the rules is."""
    softer = Config(policy=Policy(max_new_alerts=9), limits=Limits(processes=1))

    assert settings(softer) == settings()
    assert names.RULES_VERSION == 3
