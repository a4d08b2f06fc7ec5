"""`stage1.toml` of the repo: every key, with its default and an explanation."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from peaktrade_ops.config import Config, SeverityRules
from peaktrade_ops.config_file import CONFIG_NAME, load_config, load_configuration
from tests.support.checkout import REPO

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python

TEXT = (REPO / CONFIG_NAME).read_text("utf-8")
DEFAULTS = msgspec.json.decode(msgspec.json.encode(Config()))
# TOML has no null: a scale that is not given stands in a comment.
del DEFAULTS["severity"]["scale"]
EXAMPLE = re.compile(r"^# ((?:\[\[|\w+(?:\.\w+)* = |\"\w+\" = |# ).*)$", re.MULTILINE)


def leaves(table: dict[str, Any]) -> list[str]:
    """Return the keys of a table that hold no table, at any depth."""
    return [
        leaf
        for key, value in table.items()
        for leaf in (leaves(value) if isinstance(value, dict) else [key])
    ]


def test_every_key_is_written_out_with_its_default() -> None:
    """The file contains the whole default configuration, without arrays of tables."""
    assert tomllib.loads(TEXT) | {"accepted": [], "formats": []} == DEFAULTS


def test_the_copy_for_kubernetes_is_the_same() -> None:
    """Kustomize reads no file of a folder above, so the base of the manifests has a copy."""
    copy = REPO / "deploy" / "kubernetes" / "base" / CONFIG_NAME
    assert copy.read_text("utf-8") == TEXT, f"cp {CONFIG_NAME} {copy.relative_to(REPO)}"


def test_every_key_is_explained() -> None:
    """Above each key is a comment, or keys with the same comment, or the header of their table."""
    lines = TEXT.splitlines()
    keys = [number for number, line in enumerate(lines) if re.match(r"\w+ = ", line)]
    assert [lines[number].split(" = ")[0] for number in keys] == [
        key for key in leaves(DEFAULTS) if key not in {"formats", "accepted"}
    ]
    explained = {-1}
    for number, line in enumerate(lines):
        is_below = number - 1 in explained and (number in keys or line.startswith("["))
        if line.startswith("#") or is_below:
            explained.add(number)
    assert set(keys) <= explained


def test_the_examples_in_comments_can_be_uncommented(tmp_path: Path) -> None:
    """Every example is a line that the program reads; each table of section 8 has one."""
    path = tmp_path / CONFIG_NAME
    path.write_text(EXAMPLE.sub(r"\1", TEXT), "utf-8")

    config = load_config(path)

    assert config.severity == SeverityRules({"risk": "warn", "60": "critical"}, "python", ())
    assert [layout.preset for layout in config.formats] == ["pino", None]
    assert [entry.rule for entry in config.accepted] == ["parse_errors"]
    assert config.formats[1].severity.scale == "python"
    assert load_configuration(path).stages["stage2"].config.policy.max_new_alerts == 2
