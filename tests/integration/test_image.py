"""Test what the image adds to its base, and that two builds of a commit add the same."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Final

import pytest

from tests.integration.engine import (
    DOCKERFILE,
    Mount,
    Start,
    build_for,
    docker,
    inspect,
    processor,
    run,
)
from tests.integration.layers import layers, read_last_layer
from tests.integration.ways import COMPOSE_FILES, compose
from tests.support.checkout import REPO

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.engine import Base
    from tests.integration.layers import Added

HOME: Final = "opt/peaktrade-ops"
MOST_BYTES: Final = 20_000_000
X86_64: Final = 62
AARCH64: Final = 183


@pytest.fixture(scope="module")
def added(image: str) -> list[Added]:
    """Return everything that the image adds to its base."""
    return read_last_layer(image)


def test_it_is_its_base_and_one_layer(base: Base, image: str) -> None:
    """The image is the base and one layer, the copy of the last step."""
    assert layers(image)[:-1] == layers(base.tag)


def test_everything_added_lies_in_one_place(added: list[Added]) -> None:
    """The layer changes no other folder of the base, and creates no mount point."""
    assert len(added) > 300
    places = {each.entry.name.strip("./") for each in added} - {"", "opt"}
    assert {place for place in places if f"{place}/".startswith(f"{HOME}/")} == places


def test_it_is_small(base: Base, image: str) -> None:
    """The files that the image adds are small."""
    assert 0 < inspect(image)["Size"] - inspect(base.tag)["Size"] < MOST_BYTES


def applies(need: dict[str, str]) -> bool:
    """Return whether a dependency applies to the Python and the system of the image."""
    marker = need.get("marker", "")
    return not re.search(r"sys_platform == 'win32'|platform_system == 'Windows'", marker)


def test_it_holds_the_program_and_its_locked_dependencies(added: list[Added]) -> None:
    """The distributions are exactly those of the lock file, in the locked versions."""
    lock = tomllib.loads((REPO / "uv.lock").read_text("utf-8"))
    versions = {each["name"]: each["version"] for each in lock["package"]}
    needs = {
        each["name"]: {need["name"] for need in each.get("dependencies", ()) if applies(need)}
        for each in lock["package"]
    }
    wanted = {"peaktrade-ops"}
    while more := {need for name in wanted for need in needs[name]} - wanted:
        wanted |= more
    names = "\n".join(each.entry.name for each in added)
    found = re.findall(r"/([^/]+?)-([^/-]+)\.dist-info/METADATA$", names, re.MULTILINE)
    assert {name.replace("_", "-").lower(): version for name, version in found} == {
        name: versions[name] for name in wanted
    }


@pytest.mark.parametrize(
    "unwanted",
    [
        r"(^|/)uv($|/|-)",
        r"(^|/)pip($|/|-)",
        r"(^|/)\.git($|/)",
        rf"^{HOME}/(?!lib/python[0-9.]+/site-packages/).*tests?($|/)",
        r"/peaktrade_ops/.*tests?($|/)",
        r"\.(jsonl|ndjson|gz|zst)$",
        r"\.(c|cc|cpp|h|lock)$",
        r"/(pyproject\.toml|uv\.lock|stage1\.toml|README\.md)$",
        r"uv_cache\.json$",
    ],
)
def test_it_holds_nothing_else(added: list[Added], unwanted: str) -> None:
    """The image contains no package manager, repository, test, telemetry, build input or config."""
    names = [each.entry.name.removeprefix("./") for each in added]
    assert [name for name in names if re.search(unwanted, name)] == []


def test_nobody_but_root_can_change_it(added: list[Added]) -> None:
    """Everything belongs to root; no file is writable for others or has a setuid or setgid bit."""
    assert {(each.entry.uid, each.entry.gid) for each in added} == {(0, 0)}
    loose = [
        each.entry.name for each in added if not each.entry.issym() and each.entry.mode & 0o6022
    ]
    assert loose == []


def test_everybody_can_run_it(added: list[Added]) -> None:
    """Every user can read all files of the image, whatever the file modes of the checkout."""
    closed = [
        each.entry.name
        for each in added
        if each.entry.mode & 0o444 != 0o444 or (each.entry.isdir() and not each.entry.mode & 0o001)
    ]
    assert closed == []


def test_bytecode_is_compiled(added: list[Added]) -> None:
    """Every module has bytecode without a time stamp that is never compared with its source."""
    sources = {each.entry.name for each in added if each.entry.name.endswith(".py")}
    compiled = {each.entry.name: each.content for each in added if each.entry.name.endswith(".pyc")}
    modules = {
        re.sub(r"__pycache__/([^.]+)\.cpython-\d+\.pyc$", r"\1.py", each) for each in compiled
    }
    assert any(name.endswith("peaktrade_ops/cli/app.py") for name in modules)
    assert modules == {name for name in sources if "/site-packages/" in name}
    # The flags of PEP 552: hash-based and unchecked.
    assert {content[4:8] for content in compiled.values()} == {b"\x01\x00\x00\x00"}


def test_all_times_are_one(added: list[Added]) -> None:
    """The time of the build does not appear in the image."""
    assert {each.entry.mtime for each in added} == {0}


def test_labels_say_what_it_is(base: Base, image: str) -> None:
    """Title and licence are those of the project; only a release has a version."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]
    labels = inspect(image)["Config"]["Labels"]
    prefix = "org.opencontainers.image."
    assert {
        name.removeprefix(prefix): value for name, value in labels.items() if prefix in name
    } == {
        "title": project["name"],
        "description": project["description"],
        "licenses": project["license"],
        "version": "unreleased",
        "revision": "",
        "base.name": base.tag,
    }


def test_it_declares_no_volume_and_never_sets_the_clock(image: str) -> None:
    """The image declares no volume and does not set the clock."""
    config = inspect(image)["Config"]
    assert not config.get("Volumes")
    assert not config.get("ExposedPorts")
    names = {variable.split("=", 1)[0] for variable in config["Env"]}
    assert {"PEAK_REPORTS_DIR", "PEAK_TELEMETRY_DIR"} <= names
    assert "SOURCE_DATE_EPOCH" not in names


def test_no_code_is_loaded_from_the_current_directory(image: str, tmp_path: Path) -> None:
    """A module in the telemetry folder is data, even if the container starts there."""
    for module in ("peaktrade_ops/__init__.py", "click.py", "re.py"):
        (tmp_path / module).parent.mkdir(exist_ok=True)
        (tmp_path / module).write_text("raise SystemExit('code from the telemetry')\n")
    there = {"working_dir": "/telemetry"}

    outcome = run(
        Start(image=image, mounts=(Mount(tmp_path, "/telemetry"),), more=there), "--version"
    )

    assert (outcome.code, outcome.err) == (0, "")


def test_another_build_gives_the_same_layers_and_the_same_image(base: Base, image: str) -> None:
    """Two builders make the same layers; BuildKit, with a fixed time, also the same image id.

    The first build may come from the cache and thus from another time; the second never does.
    """
    ids = []
    for name, cache in (("buildkit", ()), ("again", ("--no-cache",))):
        tag = build_for(processor(), base, base, name, *cache)
        assert layers(tag) == layers(image)
        ids.append(inspect(tag)["Id"])
    assert ids[0] == ids[1]


def machines_of(added: list[Added]) -> set[int]:
    """Return the processors of the compiled files, by their numbers in ELF."""
    compiled = (each.content for each in added if each.content.startswith(b"\x7fELF"))
    return {int.from_bytes(content[18:20], "little") for content in compiled}


def test_compiled_files_are_for_the_processor_of_the_image(
    added: list[Added], arm_image: str
) -> None:
    """The image for arm64 has no file of the builder's processor, nor the other way round."""
    assert inspect(arm_image)["Architecture"] == "arm64"
    assert machines_of(added) == {X86_64}
    assert machines_of(read_last_layer(arm_image)) == {AARCH64}


def test_both_builders_make_the_same_image_for_another_processor(
    base: Base, arm_base: Base, arm_image: str
) -> None:
    """BuildKit makes the layers that the classic builder makes, without an emulator."""
    assert layers(build_for("arm64", arm_base, base, "arm64-buildkit")) == layers(arm_image)


def test_another_processor_is_refused(base: Base) -> None:
    """There are no wheels of the dependencies for it, and compiling them is not tested."""
    outcome = docker(
        *("build", "--file", DOCKERFILE, "--build-arg", f"BASE_IMAGE={base.tag}"),
        *("--build-arg", "RUN_ON=linux/s390x", "--target", "build", "."),
        DOCKER_BUILDKIT="1",
    )
    assert outcome.returncode != 0
    assert "the image is for linux/amd64 and linux/arm64, not for linux/s390x" in outcome.stderr


def test_the_context_is_only_what_the_image_is_made_from() -> None:
    """The list of the build context allows named files only, so a new folder is not sent."""
    lines = (REPO / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    dockerfile = (REPO / DOCKERFILE).read_text("utf-8").splitlines()
    copies = [line.split() for line in dockerfile if line.startswith("COPY ")]
    assert allowed == {
        path for _, *paths, _ in copies for path in paths if path[:2] not in {"--", "/i"}
    }


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_compose_builds_the_same_image(compose_variables: dict[str, str], file: str) -> None:
    """Every Compose file builds from the root of the repo with the same arguments."""
    outcome = compose(file, "config", "--format", "json", variables=compose_variables)
    assert outcome.code == 0, outcome.err
    [service] = json.loads(outcome.out)["services"].values()
    assert service["build"]["context"] == str(REPO)
    assert service["build"]["dockerfile"] == DOCKERFILE
    assert service["build"]["args"]["BASE_IMAGE"] == compose_variables["BASE_IMAGE"]
