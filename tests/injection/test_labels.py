"""Text from outside in labels of Prometheus and Kubernetes: none gets there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from peaktrade_ops.config import STAGE_NAME
from tests.support.injected import FORMATS, world_of
from tests.support.injection import HOSTILE

if TYPE_CHECKING:
    from tests.support.program import Program, Workplace

pytestmark = pytest.mark.one_python

# What both take for the value of a label.
LABEL = r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?"
NAMES = (
    'stage1",verdict="GO',
    "stage1\npeaktrade_healthy 1",
    "stage1}",
    "stage1/../..",
    "stage1 stage2",
    "{{ $labels.stage }}",
    "$(POD_NAMESPACE)",
    "stage\u202e1",
    "stage1\x00",
    "-stage",
    "s" * 64,
    "",
    "STAGE1",
)


def labels_of(text: str) -> set[str]:
    """Return the values of all labels of the metrics about a text."""
    written = FORMATS["metrics"].write(world_of(text))["text"]
    families = text_string_to_metric_families(written)
    return {
        value for each in families for sample in each.samples for value in sample.labels.values()
    }


@pytest.mark.parametrize("text", [text[:200] for text in HOSTILE], ids=ascii)
def test_the_labels_do_not_depend_on_any_text(text: str) -> None:
    """All values are from a fixed set."""
    assert labels_of(text) == labels_of("x")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_stage_has_a_name_that_is_a_label(
    program: Program, workplace: Workplace, name: str
) -> None:
    """The name of a stage, the only label that a user chooses, is a plain word or refused."""
    outcome = program("metrics", "--stage", name, "--dir", workplace.folder)

    assert outcome.code == 64
    assert (outcome.out, outcome.err.count("\n")) == ("", 1)
    assert "--stage" in outcome.err


@pytest.mark.parametrize("name", ["stage1", "stage-2", "shadow_run", "s" * 32])
def test_a_name_that_is_taken_is_a_label_of_both(name: str) -> None:
    """What the program takes, Prometheus and Kubernetes take too."""
    assert re.fullmatch(STAGE_NAME, name)
    assert re.fullmatch(LABEL, name)


def test_an_attack_is_no_label() -> None:
    """Kubernetes would refuse each of these, so the names above are attacks."""
    assert [name for name in NAMES[:-2] if re.fullmatch(LABEL, name)] == []
