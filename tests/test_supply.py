"""The supply chain: everything that is installed has a hash, and a bot renews it after a wait."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

import pytest
from packaging.requirements import Requirement
from ruamel.yaml import YAML

from tests.support.checkout import REPO, repo_files
from tests.support.workflows import workflow

pytestmark = pytest.mark.one_python

LOCK: Final[dict[str, Any]] = tomllib.loads((REPO / "uv.lock").read_text("utf-8"))
NPM_LOCKS: Final = [name for name in repo_files() if name.endswith("package-lock.json")]
UPDATES: Final[list[dict[str, Any]]] = YAML(typ="safe", pure=True).load(
    (REPO / ".github" / "dependabot.yml").read_text("utf-8")
)["updates"]

INSTALLING: Final = re.compile(
    r"(?<![`\w-])((?:pip3? install|npm (?:install|ci|i|exec)|npx|uvx|uv (?:pip |tool )?"
    r"(?:install|add|sync|run))\b.*)"
)
"""A command that may install packages, up to the end of its line."""

HASHED: Final = re.compile(
    r"pip install .*--requirement uv\.txt|uv (sync|run) .*--locked|uv run (nox|--no-dev peaktrade)"
)
"""Such a command that takes hashes; plain `uv run` takes those of the lock file too."""


def artifacts(package: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the files of a package of the lock file of uv."""
    return [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]


def unhashed(package: dict[str, Any]) -> bool:
    """Return whether a package of the lock file can be installed without a check of its bytes."""
    files = artifacts(package)
    sound = [file for file in files if re.fullmatch("sha256:[0-9a-f]{64}", file.get("hash", ""))]
    return "registry" not in package["source"] or not files or sound != files


def test_every_locked_package_of_python_has_hashes() -> None:
    """All come from a package index, and each of their files has a hash."""
    [project] = [package for package in LOCK["package"] if "editable" in package["source"]]
    assert project["name"] == "peaktrade-ops"
    others = [package for package in LOCK["package"] if package is not project]
    assert len(others) > 100
    assert [package["name"] for package in others if unhashed(package)] == []


@pytest.mark.parametrize(
    "source",
    [
        {"source": {"registry": "https://index.example"}, "wheels": [{"url": "a.whl"}]},
        {"source": {"registry": "https://index.example"}, "wheels": [{"hash": "md5:00"}]},
        {"source": {"registry": "https://index.example"}},
        {"source": {"git": "https://repo.example"}},
    ],
)
def test_a_package_without_a_hash_is_noticed(source: dict[str, Any]) -> None:
    """A file without a hash, or with a weak one, and a source that has none, are found."""
    assert unhashed(source)


def test_every_locked_package_of_npm_has_its_integrity() -> None:
    """Each package of each lock file has a digest, and none runs a script when it is installed."""
    assert {str(PurePosixPath(name).parent) for name in NPM_LOCKS} == {
        *("tests/browser", "tests/monitoring")
    }
    for name in NPM_LOCKS:
        packages = json.loads((REPO / name).read_text("utf-8"))["packages"]
        del packages[""]
        assert packages
        assert [
            path for path, each in packages.items() if not each["integrity"].startswith("sha512-")
        ] == []
    assert '"npm", "ci", ' in (REPO / "noxfile.py").read_text("utf-8")
    assert '"--ignore-scripts"' in (REPO / "noxfile.py").read_text("utf-8")


def test_every_direct_dependency_has_its_reason() -> None:
    """The page about the tools has a row for each, whose first cell names it."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))
    direct = chain(
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    )
    names = {Requirement(each).name for each in direct if isinstance(each, str)}
    page = (REPO / "docs" / "ops" / "ADR_0001_Peak_Tool_Stack.md").read_text("utf-8")
    cells = "\n".join(re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)).lower()

    assert len(names) > 40
    # The types of a package belong to mypy, and a package of programs may be called by their name.
    assert [
        name
        for name in sorted(names)
        if not name.startswith("types-")
        and not re.search(rf"\b{re.escape(re.sub('-(bin|py)$', '', name))}\b", cells)
    ] == []


def commands() -> list[str]:
    """Return all commands of scripts, workflows and image that may install packages."""
    files = [
        name
        for name in repo_files()
        if name.startswith((".ci/", ".github/workflows/", "docker/", "scripts/"))
        or name == "README.md"
    ]
    lines = [
        line
        for name in files
        for line in re.sub(r"\\\n\s*", "", (REPO / name).read_text("utf-8")).splitlines()
        if not line.lstrip().startswith("#")
    ]
    return [
        found[1]
        for line in lines
        for part in line.split("&&")
        if (found := INSTALLING.search(part))
    ]


def test_every_command_that_installs_takes_hashes() -> None:
    """Image, workflows and scripts install uv by its hashes, and all else by the lock file."""
    found = commands()
    assert len(found) > 10
    # Installs what the user has built, with the versions that were tested.
    own = [each for each in found if each.startswith("uv tool install --constraints dist/")]
    assert [each for each in found if not HASHED.search(each) and each not in own] == []


@pytest.mark.parametrize(
    "command",
    [
        *("python3 -m pip install uv", "  npm install", "RUN npx cowsay", "uvx ruff"),
        *("uv pip install click", "uv sync --quiet"),
    ],
)
def test_a_command_without_hashes_is_noticed(command: str) -> None:
    """Commands that take whatever an index has today are found."""
    found = INSTALLING.search(command)
    assert found
    assert not HASHED.search(found[1])


def test_the_whole_history_is_searched_for_secrets() -> None:
    """The job that looks for secrets has all commits, not the last one alone."""
    assert '"scripts/find_secrets.sh"' in (REPO / "noxfile.py").read_text("utf-8")
    checkout = workflow("ci")["jobs"]["lint"]["steps"][0]
    assert checkout["uses"].startswith("actions/checkout@")
    assert checkout["with"]["fetch-depth"] == 0


def test_everything_that_is_pinned_is_renewed_after_a_wait() -> None:
    """The bot knows every lock file and image, and proposes nothing that is younger than a week."""
    renewed = {
        (each["package-ecosystem"], folder)
        for each in UPDATES
        for folder in each.get("directories", [each.get("directory")])
    }
    assert renewed == {
        ("docker", "/docker/obs"),
        ("docker-compose", "/"),
        ("github-actions", "/"),
        ("pip", "/"),
        ("uv", "/"),
        *(("npm", f"/{PurePosixPath(name).parent}") for name in NPM_LOCKS),
    }
    assert {each["cooldown"]["default-days"] for each in UPDATES} == {7}


PAGE: Final = (REPO / "docs" / "licences.md").read_text("utf-8")

PERMISSIVE: Final = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC"),
    *("MIT", "MIT-0", "PSF-2.0", "Python-2.0", "Zlib", "ZPL-2.1"),
}
"""The licences of what is part of the program, which ask for no more than to be named."""

COPYLEFT: Final = {"MPL-2.0", "LGPL-3.0-only", "GPL-2.0-only", "GPL-3.0"}
"""The licences that a tool may have too: it is run, and never shipped."""

WEAK: Final = {"MPL-2.0"}
"""The licence that the program may have too: it asks only for changes of its own files."""


class Licensed(NamedTuple):
    """A row of the page of licences."""

    name: str
    version: str
    licence: str
    part: str
    because: str

    def refused(self) -> set[str]:
        """Return the licences that are not allowed where the package is used."""
        allowed = PERMISSIVE | (COPYLEFT if self.part == "tools" else WEAK)
        named = set(re.split(r" (?:AND|OR|WITH) ", self.licence.replace("(", "").replace(")", "")))
        return named - allowed


def licensed(heading: str) -> list[Licensed]:
    """Return the rows of a section of the page."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    found = []
    for line in lines[1:]:
        name, version, licence, *parts, because = (
            cell.strip() for cell in line.strip("|").split("|")
        )
        found.append(Licensed(name, version, licence, ", ".join(parts) or "tools", because))
    return found


def test_the_page_of_licences_has_every_locked_package() -> None:
    """The page is made again after each change of a lock file: scripts/licences.py."""
    wanted = {(each["name"], each["version"]) for each in LOCK["package"]}
    rows = licensed("Python")
    project = {
        ("peaktrade-ops", each["version"])
        for each in LOCK["package"]
        if "editable" in each["source"]
    }
    assert {(each.name, each.version) for each in rows} == wanted - project
    npm = {
        (path.rpartition("node_modules/")[2], each["version"], each["license"])
        for name in NPM_LOCKS
        for path, each in json.loads((REPO / name).read_text("utf-8"))["packages"].items()
        if path
    }
    assert {(each.name, each.version, each.licence) for each in licensed("npm")} == npm


def test_every_licence_is_allowed() -> None:
    """What is shipped is permissive or weak copyleft; tools may be copyleft too."""
    rows = [*licensed("Python"), *licensed("npm")]
    assert [each for each in rows if each.refused()] == []
    assert Licensed("a", "1", "GPL-3.0", "program", "").refused() == {"GPL-3.0"}
    assert Licensed("a", "1", "MIT AND GPL-3.0", "extra serve", "").refused() == {"GPL-3.0"}
    assert Licensed("a", "1", "unknown", "tools", "").refused() == {"unknown"}
    assert Licensed("a", "1", "", "tools", "").refused()


def test_each_package_of_the_program_says_why_it_is_there() -> None:
    """Each direct dependency has its reason, and each other one names what needs it."""
    shipped = [each for each in licensed("Python") if each.part != "tools"]
    assert {"click", "msgspec", "werkzeug"} <= {each.name for each in shipped}
    assert [each.name for each in shipped if each.because in {"", "direct"}] == []


def test_the_licences_are_those_that_the_packages_declare() -> None:
    """The packages that are installed here say of themselves what the page says."""
    compared = 0
    for row in licensed("Python"):
        try:
            found = metadata.metadata(row.name)
        except metadata.PackageNotFoundError:
            continue
        if "License-Expression" in found:
            compared += 1
            assert row.licence == found["License-Expression"], row.name
    assert compared > 20
