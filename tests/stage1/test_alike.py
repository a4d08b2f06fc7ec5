"""Tests of `peaktrade_ops.stage1.alike`: which settings read the same events of the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from peaktrade_ops.config import Alerts, Config, Fields, Format, MoreKeys, SeverityRules, Sources
from peaktrade_ops.stage1 import alike
from peaktrade_ops.stage1.alike import are_alike, digest_of
from peaktrade_ops.stage1.snapshot import settings_of

if TYPE_CHECKING:
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
    "danger": Config(alerts=Alerts(danger=("halt",))),
    "legacy": Config(sources=Sources(legacy=("a/*",))),
    "ignore": Config(sources=Sources(ignore=("a/*",))),
    "include": Config(sources=Sources(include=("a/*",))),
}


def settings(config: Config = USUAL, regex: str = "(v1)") -> Settings:
    """Return the settings of a configuration."""
    return settings_of(config, regex, scope="root")


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_expected_changes_no_event(name: str) -> None:
    """The digest differs, but every event is read as before, from the same files."""
    other = settings(HARMLESS[name])

    assert other.digest != settings().digest
    assert are_alike(settings(), other)
    assert are_alike(other, settings())


def test_the_keyword_search_and_the_scope_change_no_event() -> None:
    """The search counts for nothing that objects."""
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
    monkeypatch.setattr(alike, "RULES_VERSION", 99)

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
