"""A release to a registry on this machine: both processors, signed, and run by its digest."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from tests.integration import engine
from tests.integration.cells import CELLS, Cell
from tests.integration.jobs import CONFIG, OWNER, SAMPLE_JOBS, Host, digest_of, give_away
from tests.integration.ways import COMPOSE_FILES, compose
from tests.support.checkout import copy_repo, plain_environment
from tests.support.pages import RELEASE, blocks
from tests.support.program import PATIENCE, differences, tree
from tests.support.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.integration.engine import Base

INDEX: Final = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in ("oci.image.index.v1", "docker.distribution.manifest.list.v2")
)
# The commit is always the same one, and so is the time in the image.
WHEN: Final = "2025-12-21T00:00:00+00:00"


class Registry(NamedTuple):
    """A registry on this machine, with a repository.

    Attributes:
        repository: The name of the repository.
        url: Where the repository answers.
    """

    repository: str
    url: str

    def of(self, name: str) -> Registry:
        """Return another repository of the same registry."""
        host = self.repository.split("/", maxsplit=1)[0]
        return Registry(f"{host}/{name}", f"http://{host}/v2/{name}")

    def manifests(self, reference: str) -> dict[str, Any]:
        """Return the index that a tag or a digest names."""
        return self._asked(f"manifests/{reference}")

    def tags(self) -> set[str]:
        """Return all tags of the repository."""
        return set(self._asked("tags/list")["tags"])

    def _asked(self, path: str) -> dict[str, Any]:
        request = Request(f"{self.url}/{path}", headers={"Accept": INDEX})  # noqa: S310 (our own)
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 (our own)
            found: dict[str, Any] = json.load(answer)
        return found


@contextlib.contextmanager
def serving(program: Path, folder: Path) -> Iterator[Registry]:
    """Start an empty registry on a free port of the loopback; stop it at the end."""
    port = free_port()
    config = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": os.fspath(folder / "storage")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    # Every JSON text is YAML too.
    (folder / "config.yml").write_text(json.dumps(config), "utf-8")
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [program, "serve", folder / "config.yml"], stdout=log, stderr=log
        ) as server,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/v2/")
            name = "team/peaktrade-ops"
            yield Registry(f"127.0.0.1:{port}/{name}", f"http://127.0.0.1:{port}/v2/{name}")
        finally:
            server.terminate()


def wait_for(url: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urlopen(url, timeout=PATIENCE).close()  # noqa: S310 (our own)
        except URLError:
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="module")
def registry(
    tools: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Registry]:
    """Return an empty registry."""
    with serving(tools["docker-registry"], tmp_path_factory.mktemp("registry")) as started:
        yield started


@pytest.fixture(scope="module")
def other_registry(
    tools: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Registry]:
    """Return another empty registry."""
    with serving(tools["docker-registry"], tmp_path_factory.mktemp("other")) as started:
        yield started


@pytest.fixture(scope="module")
def variables(
    base: Base, arm_base: Base, tools: dict[str, Path], registry: Registry
) -> dict[str, str]:
    """Return the variables of the scripts and of git."""
    who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": WHEN}
    return plain_environment(
        **who,
        **{name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()},
        BASE_IMAGE=base.tag,
        BASE_IMAGE_ARM64=arm_base.tag,
        COSIGN_PASSWORD="a password",  # noqa: S106 (of keys that are made here)
        GIT_CONFIG_GLOBAL="/dev/null",
        GIT_CONFIG_SYSTEM="/dev/null",
        PATH=os.pathsep.join([os.fspath(tools["cosign"].parent), os.environ["PATH"]]),
        REGISTRY=registry.repository.split("/", maxsplit=1)[0],
        UV=os.environ.get("UV") or shutil.which("uv") or "uv",
    )


class Release(NamedTuple):
    """What the commands of the documentation leave.

    Attributes:
        repo: The repo, with the keys and the bill of materials beside its only release.
        printed: What the commands print.
        version: The version.
        name: The repository in the registry.
        digest: The digest of the index.
        images: The names of the two images by their digests, by processor.
    """

    repo: Path
    printed: str
    version: str
    name: str
    digest: str
    images: Mapping[str, str]

    @property
    def reference(self) -> str:
        """The name of the image, by its digest."""
        return f"{self.name}@{self.digest}"

    @property
    def publishing(self) -> dict[str, str]:
        """The variable that names the private key."""
        return {"COSIGN_KEY": os.fspath(self.repo / "cosign.key")}


@pytest.fixture(scope="module")
def release(
    variables: dict[str, str], registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Release]:
    """Run the commands of the documentation as they are; remove the images at the end."""
    [block] = [block for block in blocks(RELEASE) if block.language == "sh"]
    assert block.text.count("\n") == 5
    copy = copy_repo(tmp_path_factory.mktemp("release") / "repo")
    shell(copy, "git init --quiet && git add --all && git commit --quiet -m All", variables)

    done = shell(copy, f'{block.text}echo "$image"', variables)

    *printed, reference = done.stdout.splitlines()
    name, digest = reference.split("@")
    [version] = re.findall(r"prepare\.sh (\S+)", block.text)
    index = registry.of("peaktrade-ops").manifests(digest)
    images = {
        each["platform"]["architecture"]: f"{name}@{each['digest']}" for each in index["manifests"]
    }
    for processor, image in images.items():
        pulled = engine.docker("pull", "--quiet", f"--platform=linux/{processor}", image)
        assert pulled.returncode == 0, pulled.stderr
    yield Release(copy, "\n".join(printed), version, name, digest, images)
    engine.docker("image", "rm", *images.values(), reference)


def shell(
    repo: Path, command: str, variables: Mapping[str, str], code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a command of a shell in a repo, and check its exit code."""
    done = subprocess.run(
        ["bash", "-euc", command],  # noqa: S607 (any bash)
        cwd=repo,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def verify(
    reference: str, release: Release, variables: Mapping[str, str], code: int = 0, key: str = ""
) -> subprocess.CompletedProcess[str]:
    """Verify an image with our key, or with another one."""
    variables = {**variables, "COSIGN_KEY": key or os.fspath(release.repo / "cosign.pub")}
    return shell(release.repo, f"scripts/release/verify.sh {reference}", variables, code)


def test_a_newcomer_needs_five_commands(release: Release) -> None:
    """The commands of the page release, verify and start the image."""
    assert f"peaktrade-ops, version {release.version}" in release.printed
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", release.digest)
    assert "git" not in shell(release.repo, "git status --porcelain", dict(os.environ)).stdout


def test_one_index_has_both_processors(registry: Registry, release: Release) -> None:
    """An engine pulls the image of its own processor; labels say from which commit it is."""
    there = registry.of("peaktrade-ops")
    index = there.manifests(release.digest)
    assert there.manifests(release.version) == index
    assert [each["platform"] for each in index["manifests"]] == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm64", "os": "linux"},
    ]
    head = shell(release.repo, "git rev-parse HEAD", dict(os.environ)).stdout.strip()
    for processor in ("amd64", "arm64"):
        found = engine.inspect(release.images[processor])
        labels = found["Config"]["Labels"]
        assert found["Architecture"] == processor
        assert labels["org.opencontainers.image.version"] == release.version
        assert labels["org.opencontainers.image.revision"] == head
        assert found["Created"].startswith(WHEN[:19])


@pytest.mark.parametrize("which", ["registry", "other_registry"])
def test_another_release_of_the_commit_has_the_same_digest(
    release: Release, variables: dict[str, str], which: str, request: pytest.FixtureRequest
) -> None:
    """Whoever doubts an image can build it from the commit, and compare one digest.

    The layers are the same without the cache, and with the other builder, as other tests show.
    """
    there = request.getfixturevalue(which).of("peaktrade-ops")
    publish = f"scripts/release/publish.sh {there.repository}"

    [again] = shell(release.repo, publish, variables | release.publishing).stdout.splitlines()

    assert again == f"{there.repository}@{release.digest}"
    assert len(there.manifests(release.version)["manifests"]) == 2


def test_a_version_never_names_another_image(
    release: Release, registry: Registry, variables: dict[str, str]
) -> None:
    """A version that is there already stays as it is, and what was built for it is not signed."""
    taken = registry.of("taken")
    name = f"{taken.repository}:{release.version}"
    created = engine.docker(
        "buildx", "imagetools", "create", "--tag", name, release.images["amd64"]
    )
    assert created.returncode == 0, created.stderr
    before = taken.manifests(release.version)
    publish = f"scripts/release/publish.sh {taken.repository}"

    done = shell(release.repo, publish, variables | release.publishing, code=1)

    assert done.stdout == ""
    assert re.search(rf"{name} is sha256:\w+ already, not {release.digest};", done.stderr)
    assert taken.manifests(release.version) == before
    assert not [tag for tag in taken.tags() if tag.startswith("sha256-")]


def test_the_bill_of_materials_is_signed_and_complete(
    release: Release, variables: dict[str, str]
) -> None:
    """It lists what the image adds to its base, and has no time but that of the commit."""
    bill = json.loads((release.repo / "peaktrade-ops.cdx.json").read_text("utf-8"))

    assert verify(release.reference, release, variables).stdout == (
        release.repo / "peaktrade-ops.cdx.json"
    ).read_text("utf-8")
    assert bill["bomFormat"] == "CycloneDX"
    assert "serialNumber" not in bill
    assert bill["metadata"]["timestamp"].startswith(WHEN[:19])
    assert bill["metadata"]["component"]["name"] == "peaktrade-ops"
    assert bill["metadata"]["component"]["version"] == release.version
    listed = {(each["name"], each["version"]) for each in bill["components"]}
    assert listed == set(installed(release.images["amd64"])) - {("peaktrade-ops", release.version)}
    assert {"click", "google-re2", "hyperscan", "msgspec"} <= {name for name, _ in listed}


def installed(image: str) -> list[tuple[str, str]]:
    """Return the names and versions of the packages that the image adds to its base."""
    script = (
        "import glob, importlib.metadata as m, json\n"
        "found = m.distributions(path=glob.glob('/opt/peaktrade-ops/lib/python3*/site-packages'))\n"
        "print(json.dumps([(each.name, each.version) for each in found]))"
    )
    python = {"entrypoint": ["/opt/peaktrade-ops/bin/python", "-c", script]}
    outcome = engine.run(engine.Start(image=image, mounts=(), user="1:1", more=python))
    assert outcome.code == 0, outcome.err
    return [(name, version) for name, version in json.loads(outcome.out)]


def test_a_foreign_key_is_refused(
    release: Release, variables: dict[str, str], tmp_path: Path
) -> None:
    """A signature of somebody else is no signature."""
    shell(tmp_path, "cosign generate-key-pair", variables)
    theirs = os.fspath(tmp_path / "cosign.pub")

    done = verify(release.reference, release, variables, code=1, key=theirs)

    assert done.stdout == ""
    assert "is not signed by that key or identity" in done.stderr


def test_an_image_that_nobody_signed_is_refused(
    release: Release, variables: dict[str, str]
) -> None:
    """Another index of the same repository, with the same images, has no signature."""
    tag = f"{release.name}:unsigned"
    images = (release.images["arm64"], release.images["amd64"])
    created = engine.docker("buildx", "imagetools", "create", "--tag", tag, *images)
    assert created.returncode == 0, created.stderr
    shown = engine.docker("buildx", "imagetools", "inspect", tag).stdout
    [digest] = re.findall(r"^Digest: *(sha256:\S+)$", shown, re.MULTILINE)

    done = verify(f"{release.name}@{digest}", release, variables, code=1)

    assert digest != release.digest
    assert "is not signed by that key or identity" in done.stderr


def test_it_runs_by_its_digest(host: Host, release: Release, reports: Path) -> None:
    """Compose pulls the image by its digest, and it writes the bytes of the host."""
    job = SAMPLE_JOBS["run"]
    give_away(reports, OWNER, OWNER)
    engine.docker("image", "rm", release.reference)

    outcome = compose(
        COMPOSE_FILES[0],
        *("run", "--rm", "peaktrade-ops", *job.on("/telemetry")),
        variables={
            "PEAK_CONFIG": os.fspath(CONFIG),
            "PEAK_IMAGE": release.reference,
            "PEAK_PULL_POLICY": "missing",
            "PEAK_REPORTS_DIR": os.fspath(reports),
            "PEAK_TELEMETRY_DIR": os.fspath(job.telemetry),
        },
    )

    assert outcome.code == 0, outcome.err
    wanted, found = host.reports(job), tree(reports)
    digests = digest_of(wanted), digest_of(found)
    CELLS.append(Cell(job.name, "Compose", "root", "released, by digest", *digests))
    assert differences(found, wanted) == []


def test_what_is_not_committed_is_not_released(
    release: Release, variables: dict[str, str], tmp_path: Path
) -> None:
    """The labels would name a commit that the image is not made from."""
    copy = tmp_path / "repo"
    shell(tmp_path, f"git clone --quiet {release.repo} {copy}", variables)
    (copy / "README.md").write_text("changed\n", "utf-8")

    done = shell(copy, "scripts/release/publish.sh $REGISTRY/changed", variables, code=1)

    assert done.stdout == ""
    assert "the checkout has changes; commit them first" in done.stderr
