"""Cases of real programs in two weeks of honest telemetry, each with its verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.lives import LAST_DAY, at, day_of
from tests.support.test_oracle_cases import (
    ACTIONS_AND_NONE,
    CONTAINERS,
    DANGERS,
    HONEST,
    NUMBERS_AND_NAMES,
)

if TYPE_CHECKING:
    from tests.support.lives import Life

pytestmark = pytest.mark.one_python

DAY = day_of("12-15")
PATH = "telemetry/program.jsonl"
OBJECTIONS = {
    "critical": ("NO_GO", {"critical"}),
    "critical action": ("HOLD", {"critical_actions"}),
    "danger": ("HOLD", {"danger"}),
    "unknown": ("HOLD", {"not_understood"}),
    "unread": ("HOLD", {"not_understood"}),
    "alert": ("GO", set()),
    "action": ("GO", set()),
    "quiet": ("GO", set()),
}


@pytest.mark.parametrize(
    ("record", "kind"),
    [*ACTIONS_AND_NONE, *NUMBERS_AND_NAMES, *CONTAINERS, *DANGERS, *HONEST],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value)[:60],
)
def test_a_line_of_a_program_gives_its_verdict(
    life: Life, record: dict[str, Any], kind: str
) -> None:
    """A real critical never passes, what is not understood is asked about, honest lines are not."""
    verdict, rules = OBJECTIONS[kind]
    line = {"ts": f"{DAY}T12:00:00Z"} | record
    if "time" in record or "@timestamp" in record:
        line.pop("ts")
        line |= {key: f"{DAY}T12:00:00Z" for key in ("time", "@timestamp") if key in record}
    life.write(PATH, line, when=at(DAY, "12:01"))

    judged = life.run(LAST_DAY)

    assert judged.verdict == verdict
    assert set(judged.findings) == rules
    for rule in rules:
        assert judged.why[rule] == ["12-15"]


@pytest.mark.parametrize(
    ("record", "kind"),
    [each for each in (*NUMBERS_AND_NAMES, *CONTAINERS, *DANGERS) if each[1] != "critical"],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value)[:60],
)
def test_what_the_hint_says_ends_the_objection(
    life: Life, record: dict[str, Any], kind: str
) -> None:
    """The lines to paste into the configuration are enough, and every verdict says so."""
    line = {"ts": f"{DAY}T12:00:00Z"} | record
    line |= {key: f"{DAY}T12:00:00Z" for key in ("time", "@timestamp") if key in record}
    life.write(PATH, line, when=at(DAY, "12:01"))
    [rule] = OBJECTIONS[kind][1]
    life.paste(life.run(LAST_DAY).hint(rule))

    judged = life.run(LAST_DAY)

    assert rule not in judged.findings
    assert judged.verdict != "NO_GO" or judged.why == {"critical": ["12-15"]}


def test_a_fill_or_kill_order_is_asked_about_once(life: Life) -> None:
    """The hint names the word of a state that is meant, and without it the days are GO."""
    order = {"type": "order", "status": "killed", "tif": "FOK"}
    life.write(PATH, {"ts": f"{DAY}T12:00:00Z"} | order, when=at(DAY, "12:01"))
    judged = life.run(LAST_DAY)
    assert judged.why == {"danger": ["12-15"]}
    assert '# if these are harmless, the list without "killed":' in judged.hint("danger")
    lines = judged.hint("danger").split("[[accepted]]")[0]
    life.paste(lines)

    again = life.run(LAST_DAY)

    assert again.verdict == "GO"
    assert "danger_words" in again.tolerated
