"""Test what the variables of the environment do to every run."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from peaktrade_ops.cli.lazy import cli
from peaktrade_ops.cli.variables import Variables, variables_of_routine

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

TODAY = date(2025, 12, 21)


def found(
    monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], command: str = "doctor"
) -> Variables:
    """Return what variables do, as a running command sees it."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with click.Context(cli) as root:
        running = cli.get_command(root, command)
        assert running is not None
        with click.Context(running, parent=root):
            return variables_of_routine(TODAY)


def test_what_is_valid_is_told_only_if_it_is_meant_for_one_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A day of yesterday is the default; a blank value is none."""
    variables = {"PEAK_DATE": "2025-12-20", "PEAK_FAIL_ON": "hold", "PEAK_AS_OF": ""}

    assert found(monkeypatch, variables) == Variables(
        {}, {"PEAK_DATE": "--date of every run to 2025-12-20"}
    )
    assert found(monkeypatch, {"PEAK_DATE": " Yesterday"}) == Variables({}, {})


def test_what_is_refused_is_not_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sets nothing."""
    refused, fixed = found(monkeypatch, {"PEAK_DATE": "2025-13-20", "PEAK_LEGACY_REGEX": "("})

    assert refused.keys() == {"PEAK_DATE", "PEAK_LEGACY_REGEX"}
    assert refused["PEAK_DATE"].startswith("'2025-13-20' is not a day; write YYYY-MM-DD")
    assert fixed == {}


def test_what_the_running_command_reads_is_its_own_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has ended with it, or has announced it."""
    variables = {"PEAK_DAYS": "bad", "PEAK_DATE": "bad"}

    assert found(monkeypatch, variables).refused.keys() == {"PEAK_DATE"}
    assert found(monkeypatch, variables, "run") == Variables({}, {})


def test_outside_of_the_program_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command may be called by itself."""
    monkeypatch.setenv("PEAK_DATE", "bad")
    with click.Context(click.Command("doctor")):
        assert variables_of_routine(TODAY) == Variables({}, {})
