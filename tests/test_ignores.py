"""Test that whatever switches a rule of a linter off says why."""

from __future__ import annotations

import re
import tomllib
from itertools import chain

import pytest

from tests.support.checkout import REPO, repo_files

pytestmark = pytest.mark.one_python

# Only in comments: after a number sign, on the same line.
IGNORE = re.compile(r"#\s*(?:noqa|type: ignore|pragma: no|fmt: (?:off|skip)|shellcheck disable)")
WITH_REASON = re.compile(
    r"""
    \#\ noqa:\ [A-Z]+[0-9]+(?:,\ [A-Z]+[0-9]+)*\ \(.+\)$
    | \#\ type:\ ignore\[[a-z-]+\]\ \ ?\#\ (?!noqa).
    | \#\ type:\ ignore\[[a-z-]+\]\ \ ?\#\ noqa:\ [A-Z]+[0-9]+\ \(.+\)$
    | \#\ pragma:\ no\ (?:cover|branch)\ \(.+\)$
    | \#\ fmt:\ skip\ \ ?\#\ .
    | \#\ shellcheck\ disable=SC[0-9]+\ \#\ .
    """,
    re.VERBOSE,
)


def is_without_reason(line: str) -> bool:
    """Return whether a line switches a rule off and does not say why."""
    return bool(IGNORE.search(line)) and not WITH_REASON.search(line)


@pytest.mark.parametrize(
    "line",
    [
        "import x  # noqa",
        "import x  # noqa: F401",
        "import x  # noqa: F401, E402",
        "import x  # noqa: F401 ()",
        "x = y  # type: ignore",
        "x = y  # type: ignore[misc]",
        "x = y  # type: ignore[misc]  # noqa: SLF001",
        "if x:  # pragma: no cover",
        "x = [  # fmt: skip",
        "# shellcheck disable=SC2034",
    ],
)
def test_a_rule_that_is_switched_off_without_a_reason_is_noticed(line: str) -> None:
    """Negative control: the code alone, or nothing but brackets, is no reason."""
    assert is_without_reason(line)


@pytest.mark.parametrize(
    "line",
    [
        "import x",
        "import x  # noqa: F401, E402 (its effect)",
        "x = y  # type: ignore[misc]  # refused by types, too",
        "x = y  # type: ignore[misc]  # noqa: SLF001 (no public way)",
        "if x:  # pragma: no cover (the version of Python selects it)",
        "# shellcheck disable=SC2034 # another script reads it",
    ],
)
def test_a_reason_is_noticed(line: str) -> None:
    """The reason is on the line itself."""
    assert not is_without_reason(line)


def test_every_rule_that_is_switched_off_on_a_line_has_a_reason() -> None:
    """A reader need not guess why a line may do what others may not."""
    lines = [
        f"{path}:{number}: {line.strip()}"
        for path in repo_files()
        if path.endswith((".py", ".sh")) or path.startswith(("docker/", ".ci/"))
        for number, line in enumerate((REPO / path).read_text("utf-8").splitlines(), 1)
        if path != "tests/test_ignores.py" and is_without_reason(line)
    ]

    assert lines == []


def test_every_rule_that_is_switched_off_for_files_has_a_reason() -> None:
    """The settings of the linter say why, beside each rule."""
    text = (REPO / "pyproject.toml").read_text("utf-8")
    lint = tomllib.loads(text)["tool"]["ruff"]["lint"]
    rules = [*lint["ignore"], *chain.from_iterable(lint["per-file-ignores"].values())]

    assert len(rules) > 10
    assert [
        rule for rule in rules if not re.search(rf'^ *"{rule}", +# \w.+$', text, re.MULTILINE)
    ] == []


def test_every_ignored_import_of_types_has_a_reason() -> None:
    """The settings of mypy say why, above the modules that have no types."""
    text = (REPO / "pyproject.toml").read_text("utf-8")
    overrides = text.split("[[tool.mypy.overrides]]\n")[1:]

    assert len(overrides) > 1
    assert all(each.startswith("# ") for each in overrides)
