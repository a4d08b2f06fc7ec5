"""Text from outside in the configuration: in its comments and values, and in proposed lines."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.text import printable, toml_string

if TYPE_CHECKING:
    from tests.support.program import Program, Workplace

pytestmark = pytest.mark.one_python

DAY = "2025-12-20"
ATTACKS = (
    'x" ]\n[policy]\nmax_new_alerts = 999\n#',
    "x\n[[accepted]]\nrule = 'critical'\n",
    "x'''\nmax_new_alerts = 999",
    'x"""\nmax_new_alerts = 999',
    "x\\",
    "x\r\nmax_new_alerts = 999",
    "x\x1b[2J",
    "\u202exx",
    "# x",
    "x\u2028max_new_alerts = 999",
)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_a_proposed_value_is_one_string(text: str) -> None:
    """What `inspect` and a hint propose is read by TOML as this string, and as nothing more."""
    line = f"map.{toml_string(text)} = {toml_string(text)}"

    assert tomllib.loads(line) == {"map": {text: text}}
    assert printable(line) == line


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_proposed_lines_are_what_they_propose(
    program: Program, workplace: Workplace, text: str
) -> None:
    """All lines that `inspect` writes about hostile telemetry are TOML, without a policy."""
    workplace.write(
        "obs/events.jsonl",
        *({"when": f"{DAY}T10:00:00Z", "how": text, "type": text, text: "critical"},) * 5,
    )
    outcome = program("inspect", "--format", "json", workplace.telemetry)

    assert outcome.code == 0, outcome.err
    proposed = tomllib.loads("\n".join(json.loads(outcome.out)["proposal"]))
    assert proposed
    assert proposed.keys() <= {"fields", "severity", "sources", "formats"}


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_a_wrong_value_is_told_in_one_line(
    program: Program, workplace: Workplace, text: str
) -> None:
    """A message about a value, a key or a comment shows it as text."""
    for written in (
        f"[policy]\nmax_new_alerts = {toml_string(text)}\n",
        f"[policy]\n{toml_string(text)} = 1\n",
        f"[{toml_string(text)}]\nx = 1\n",
        f"[policy]\nmax_new_alerts = 'x'  # {printable(text)}\n",
    ):
        config = workplace.repo / "stage1.toml"
        config.write_text(written, "utf-8")
        outcome = program("stage1-snapshot", "--repo", workplace.telemetry, "--config", config)

        assert outcome.code in {1, 64}
        assert outcome.err.count("\n") == 1
        assert printable(outcome.err[:-1]) == outcome.err[:-1]


def test_a_value_without_escapes_would_be_noticed() -> None:
    """TOML reads the policy of the attack, so the tests above can fail."""
    assert "policy" in tomllib.loads(f'[severity]\ndanger = [ "{ATTACKS[0]}\n')
