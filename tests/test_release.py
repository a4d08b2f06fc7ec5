"""Releases: the scripts that need no engine, the workflow, and the form of the changelog."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.support.checkout import REPO, copy_repo, plain_environment, repo_files
from tests.support.workflows import workflow

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python

CHANGELOG: Final = (REPO / "CHANGELOG.md").read_text("utf-8")
KINDS: Final = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
JOBS: Final[dict[str, Any]] = workflow("release")["jobs"]
ENGINE: Final = """
case "$*" in
  "image inspect"*) exit 1 ;;
  *"imagetools inspect registry.example/base:1"*) echo '{"digest": "sha256:DIGEST"}' ;;
  *"imagetools inspect"*) echo "ERROR: unreachable" >&2; exit 1 ;;
  *"buildx build"*) printf '%s\\n' "$@" >>BUILT; exit 1 ;;
esac
"""
DIGEST: Final = f"registry.example/peaktrade-ops@sha256:{'0' * 64}"


def version() -> str:
    """Return the version of the project."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def git(repo: Path, *arguments: str) -> str:
    """Run git in a repo; return what it prints."""
    who = ("-c", "user.name=A Committer", "-c", "user.email=committer@example.org")
    done = subprocess.run(
        ["git", *who, "-C", repo, *arguments],  # noqa: S607 (wherever the system keeps it)
        env=plain_environment(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null"),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Return a repo with the files of this one in a commit."""
    copy = copy_repo(tmp_path / "repo")
    git(copy, "init", "--quiet")
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message", "All")
    return copy


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder for the path, with a uv that only sets the version."""
    folder = tmp_path / "programs"
    folder.mkdir()
    stub(
        folder,
        "uv",
        'sed "s/^version = .*/version = \\"$4\\"/" pyproject.toml >new && mv new pyproject.toml',
    )
    return folder


def stub(folder: Path, name: str, script: str) -> None:
    """Add a program to a folder."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def run(
    repo: Path, name: str, *arguments: str, path: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a script of a repo."""
    environment = plain_environment(**variables)
    environment.pop("UV", None)
    if path:
        environment["PATH"] = f"{path}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        [repo / "scripts" / "release" / name, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_version_stands_in_one_place() -> None:
    """The lock file, which uv writes, names the project too; every other file reads the version."""
    [locked] = [
        package["version"]
        for package in tomllib.loads((REPO / "uv.lock").read_text("utf-8"))["package"]
        if package["name"] == "peaktrade-ops"
    ]
    assert locked == version()
    quoted = re.compile(rf"""[="':v]{re.escape(version())}["'\s]""")
    made = [name for name in repo_files() if name.endswith((".py", ".sh", ".yml", "Dockerfile"))]
    found = [
        name
        for name in made
        if name.startswith(("src/", "docker", "scripts/", ".github/"))
        and quoted.search((REPO / name).read_text("utf-8"))
    ]
    assert found == []


def test_the_changelog_has_the_usual_form() -> None:
    """The changelog has its unreleased changes first, then versions with dates, and known kinds."""
    heads = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", head) for head in heads[1:])
    for section in re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.*)$", section, re.MULTILINE)
        assert set(kinds) <= KINDS
        assert len(kinds) == len(set(kinds))


def test_a_release_is_prepared_committed_and_checked(repo: Path, programs: Path) -> None:
    """One script sets version and changelog, and another says that the commit can be released."""
    prepared = run(repo, "prepare.sh", "7.8.9", path=programs)

    assert prepared.returncode == 0, prepared.stderr
    assert git(repo, "diff", "--name-only").split() == ["CHANGELOG.md", "pyproject.toml"]
    changelog = (repo / "CHANGELOG.md").read_text("utf-8")
    assert re.search(
        r"^## \[Unreleased\]\n\n## \[7\.8\.9\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE
    )
    assert re.sub(r"\n\n## \[7\.8\.9\] - .*", "", changelog) == CHANGELOG
    assert "the checkout has changes" in run(repo, "check.sh").stderr
    git(repo, "commit", "--quiet", "--all", "--message", "Release 7.8.9")
    checked = run(repo, "check.sh", "v7.8.9")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "7.8.9\n", "")
    wrong = run(repo, "check.sh", "v7.8.8")
    assert wrong.returncode == 1
    assert "the tag is v7.8.8, but pyproject.toml has version 7.8.9" in wrong.stderr


def test_a_version_without_a_section_is_not_released(repo: Path) -> None:
    """What users notice must be in the changelog before."""
    text = (repo / "CHANGELOG.md").read_text("utf-8")
    (repo / "CHANGELOG.md").write_text(text.replace(f"## [{version()}]", "## [0.0.1]"), "utf-8")
    checked = run(repo, "check.sh")
    assert checked.returncode == 1
    assert f"CHANGELOG.md has no section '## [{version()}] - DATE'" in checked.stderr


def test_a_version_is_prepared_once(repo: Path, programs: Path) -> None:
    """A second section of the same version, or one about nothing, is refused."""
    assert run(repo, "prepare.sh", "7.8.9", path=programs).returncode == 0
    again = run(repo, "prepare.sh", "7.8.9", path=programs)
    nothing = run(repo, "prepare.sh", "7.8.10", path=programs)
    malformed = run(repo, "prepare.sh", "7.8", path=programs)

    assert (again.returncode, nothing.returncode, malformed.returncode) == (1, 1, 64)
    assert "CHANGELOG.md has a section for 7.8.9 already" in again.stderr
    assert "CHANGELOG.md says nothing about Unreleased" in nothing.stderr
    assert "give a version like 1.2.3" in malformed.stderr


def test_the_notes_of_a_release_are_its_section(repo: Path) -> None:
    """The notes are the changes of one version, without headings of versions."""
    (repo / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2025-12-20\n\n### Added\n\n- One.\n\n"
        "## [1.0.0] - 2025-12-01\n\n- The first.\n\n[1.1.0]: compare\n",
        "utf-8",
    )
    assert run(repo, "notes.sh", "1.1.0").stdout == "### Added\n\n- One.\n"
    assert run(repo, "notes.sh", "1.0.0").stdout == "- The first.\n"
    assert run(repo, "notes.sh", "2.0.0").returncode == 1


@pytest.mark.parametrize(
    ("name", "arguments", "variables", "message"),
    [
        ("publish.sh", [], {}, "give a registry and a name in lower case"),
        ("publish.sh", ["registry.example/Upper"], {}, "give a registry and a name in lower case"),
        ("verify.sh", ["registry.example/name:1.0"], {}, "give the image by its digest"),
        ("verify.sh", [DIGEST], {}, "set COSIGN_KEY or COSIGN_IDENTITY"),
    ],
)
def test_a_wrong_command_line_says_what_is_right(
    programs: Path, name: str, arguments: list[str], variables: dict[str, str], message: str
) -> None:
    """Nothing is built, pushed or believed."""
    for program in ("docker", "cosign"):
        stub(programs, program, "exit 99")
    outcome = run(REPO, name, *arguments, path=programs, **variables)
    assert outcome.returncode == 64
    assert outcome.stdout == ""
    assert message in outcome.stderr


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("registry.example/base:1", "the image for amd64 cannot be built"),
        ("registry.example/other:1", "registry.example/other:1 cannot be looked up: ERROR: unr"),
    ],
)
def test_a_base_of_a_registry_is_used_by_its_digest(
    repo: Path, programs: Path, base: str, message: str
) -> None:
    """A tag could move between the builds for two processors."""
    built = repo.parent / "built"
    digest = "2" * 64
    stub(programs, "docker", ENGINE.replace("DIGEST", digest).replace("BUILT", os.fspath(built)))
    stub(programs, "cosign", "exit 99")
    assert run(repo, "prepare.sh", "7.8.9", path=programs).returncode == 0
    git(repo, "commit", "--quiet", "--all", "--message", "Release 7.8.9")

    outcome = run(repo, "publish.sh", "registry.example/ops", path=programs, BASE_IMAGE=base)

    assert outcome.returncode == 1
    assert message in outcome.stderr
    given = built.read_text("utf-8").splitlines() if built.exists() else []
    assert [line for line in given if "IMAGE=" in line] == (
        [f"{name}_IMAGE={base}@sha256:{digest}" for name in ("BASE", "BUILD")] if given else []
    )
    assert bool(given) == ("built" in message)


def test_an_identity_is_matched_as_a_whole(programs: Path) -> None:
    """A part of the identity could belong to another repository."""
    stub(programs, "docker", "exit 99")
    stub(programs, "cosign", 'printf "%s\\n" "$@" >&2; exit 1')
    outcome = run(REPO, "verify.sh", DIGEST, path=programs, COSIGN_IDENTITY="a|b")
    assert outcome.returncode == 1
    asked = outcome.stderr.splitlines()
    assert asked[asked.index("--certificate-identity-regexp") + 1] == "^(a|b)$"
    assert asked[asked.index("--certificate-oidc-issuer") + 1].startswith("https://token.actions.")
    assert "is not signed by that key or identity" in outcome.stderr


def test_nothing_is_published_before_all_checks_have_passed() -> None:
    """The workflow runs every check of the other one on the commit that is released."""
    assert JOBS["checks"]["uses"] == "$/.github/workflows/ci.yml"
    assert JOBS["checks"]["needs"] == "version"
    assert {name for name, job in JOBS.items() if job.get("needs") == "checks"} == {
        *("image", "package")
    }
    assert JOBS["index"]["needs"] == ["package", "image"]
    assert JOBS["release"]["needs"] == ["version", "index", "image"]


def test_each_job_has_only_the_rights_that_it_needs() -> None:
    """No job has a password: workflow and registries trust each other by identity."""
    rights = {
        name: {right for right, level in job["permissions"].items() if level == "write"}
        for name, job in JOBS.items()
    }
    assert rights == {
        "version": set(),
        "checks": set(),
        "package": {"attestations", "id-token"},
        "index": {"id-token"},
        "image": {"attestations", "id-token", "packages"},
        "release": {"contents"},
    }
    assert "secrets." not in (REPO / ".github" / "workflows" / "release.yml").read_text("utf-8")


def test_only_the_login_has_the_token_of_the_registry() -> None:
    """No program that builds, signs or verifies has it, and the job ends without the login."""
    steps = JOBS["image"]["steps"]
    assert [step["name"] for step in steps if "github.token" in str(step)] == [
        "Log in to the registry"
    ]
    assert "github.token" not in str({**JOBS["image"], "steps": []})
    assert steps[-1]["if"] == "always()"
    assert steps[-1]["run"] == 'docker logout "$REGISTRY"'


def test_no_registry_is_built_in() -> None:
    """A registry is the choice of whoever releases; without one nothing is released."""
    [step] = [step for step in JOBS["version"]["steps"] if "registry" in step.get("name", "")]
    assert JOBS["image"]["env"]["REGISTRY"] == step["env"]["REGISTRY"]
    for registry, code in (("", 1), ("registry.example", 0)):
        done = subprocess.run(
            ["bash", "-ec", step["run"]],  # noqa: S607 (any bash)
            env=plain_environment(REGISTRY=registry),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code
        assert ("set the variable RELEASE_REGISTRY of the repository" in done.stdout) == bool(code)
    # The names of public registries end so.
    named = re.compile(r"\b\w+cr\.io\b|\b(quay|docker)\.io/")
    assert named.search("docker login somecr.io")
    texts = {name: (REPO / name).read_bytes().decode("utf-8", "replace") for name in repo_files()}
    own = "tests/test_release.py"
    assert [name for name, text in texts.items() if named.search(text) and name != own] == []


def test_the_workflow_does_what_the_scripts_do() -> None:
    """It only calls the scripts that the container tests run, and attests what they made."""
    steps = [step.get("run", "") for job in JOBS.values() for step in job.get("steps", ())]
    called = re.findall(r"scripts/release/(\w+)\.sh", "\n".join(steps))
    assert called == ["check", "publish", "verify", "notes"]
    attested = [
        step["with"]
        for job in JOBS.values()
        for step in job.get("steps", ())
        if step.get("uses", "").startswith("actions/attest@")
    ]
    assert [each.get("subject-path") for each in attested] == ["dist/*", None]
    assert attested[1]["push-to-registry"] is True


def run_step(
    repo: Path, job: str, name: str, programs: Path, **variables: str
) -> tuple[dict[str, str], str]:
    """Run a shell step of the workflow as GitHub does; return its outputs and the job summary."""
    [step] = [step for step in JOBS[job]["steps"] if step.get("name") == name]
    outputs, summary = repo.parent / "outputs", repo.parent / "summary"
    for file in (outputs, summary):
        file.write_bytes(b"")
    environment = plain_environment(
        **variables,
        GITHUB_OUTPUT=os.fspath(outputs),
        GITHUB_STEP_SUMMARY=os.fspath(summary),
        PATH=f"{programs}{os.pathsep}{os.environ['PATH']}",
    )
    done = subprocess.run(
        ["bash", "-ec", step["run"]],  # noqa: S607 (any bash)
        cwd=repo,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = outputs.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines), summary.read_text("utf-8")


def test_the_workflow_hands_on_version_and_digest(repo: Path, programs: Path) -> None:
    """The image is pushed under the name of the repository, which must be in lower case."""
    reference = f"registry.example/an-owner/peak@sha256:{'1' * 64}"
    stub(
        repo / "scripts" / "release",
        "publish.sh",
        f'[ "$1" = {reference.split("@", maxsplit=1)[0]} ] && echo {reference}',
    )
    stub(programs, "docker", f'echo "$*: $(cat)" >{repo.parent}/login')

    run_step(
        *(repo, "image", "Log in to the registry", programs),
        GITHUB_ACTOR="someone",
        REGISTRY="registry.example",
        TOKEN="a token",  # noqa: S106 (of nobody)
    )
    outputs, summary = run_step(
        *(repo, "image", "Publish the image", programs),
        GITHUB_REPOSITORY="An-Owner/Peak",
        REGISTRY="registry.example",
    )

    login = (repo.parent / "login").read_text("utf-8")
    assert login == "login registry.example --username someone --password-stdin: a token\n"
    assert outputs == {
        "repository": "registry.example/an-owner/peak",
        "reference": reference,
        "digest": f"sha256:{'1' * 64}",
    }
    assert reference in summary


def test_the_workflow_releases_with_the_notes_of_the_changelog(repo: Path, programs: Path) -> None:
    """Tag, version and changelog agree, and the notes name the digest of the image."""
    assert run(repo, "prepare.sh", "7.8.9", path=programs).returncode == 0
    git(repo, "commit", "--quiet", "--all", "--message", "Release 7.8.9")
    check = "Check that tag, version and changelog agree"
    outputs, _ = run_step(repo, "version", check, programs, GITHUB_REF_NAME="v7.8.9")
    assert outputs == {"version": "7.8.9"}
    stub(programs, "gh", f'echo "$*" >{repo.parent}/made')
    (repo / "dist").mkdir()
    (repo / "dist" / "a.whl").touch()

    run_step(
        *(repo, "release", "Make the release", programs),
        GITHUB_REF_NAME="v7.8.9",
        REFERENCE=DIGEST,
        VERSION="7.8.9",
    )

    made = (repo.parent / "made").read_text("utf-8")
    assert made == (
        "release create v7.8.9 --verify-tag --title 7.8.9 --notes-file notes.md dist/a.whl\n"
    )
    notes = (repo / "notes.md").read_text("utf-8")
    assert notes.startswith("### Added\n")
    assert notes.endswith(f"\n\nThe image for amd64 and arm64 is `{DIGEST}`.\n")
