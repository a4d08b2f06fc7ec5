"""`stage1.toml` of the repo: every key, with its default and an explanation."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from peaktrade_ops.config import CONFIG_NAME, Config
from tests.support.checkout import REPO

pytestmark = pytest.mark.one_python

TEXT = (REPO / CONFIG_NAME).read_text("utf-8")
DEFAULTS = msgspec.json.decode(msgspec.json.encode(Config()))


def test_every_key_is_written_out_with_its_default() -> None:
    """The file contains the whole default configuration, with an example of `accepted`."""
    assert tomllib.loads(TEXT) | {"accepted": []} == DEFAULTS
    assert "# [[accepted]]\n" in TEXT


def test_every_key_is_explained() -> None:
    """Above each key is a comment, or a key with the same comment."""
    lines = TEXT.splitlines()
    keys = [number for number, line in enumerate(lines) if " = " in line and line[0].isalpha()]
    assert len(keys) == sum(len(section) for section in DEFAULTS.values())
    explained = {number for number in keys if lines[number - 1].startswith("#")}
    shared = {number for number in keys if number - 1 in explained}
    assert set(keys) == explained | shared
