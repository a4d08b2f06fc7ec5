"""Kubernetes without a cluster: rendered manifests, and their pods run by Podman."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from ruamel.yaml import YAML

from tests.support.checkout import REPO
from tests.support.program import PATIENCE, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Document = dict[str, Any]

DEPLOY: Final = REPO / "deploy" / "kubernetes"
EXAMPLE: Final = DEPLOY / "overlays" / "example"
USER: Final = 10001
"""The user of all pods."""

POD_IP: Final = "10.1.2.3"
NAMESPACE: Final = "peaktrade-ops"
# What Kubernetes gives a container, and Podman does not.
_IN_EVERY_POD: Final = {"KUBERNETES_SERVICE_HOST": "10.96.0.1"}
_FIELDS: Final = {"status.podIP": POD_IP, "metadata.namespace": NAMESPACE}


def kubectl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the kubectl of the environment of the tests, else that of the machine."""
    here = Path(sys.executable).with_name("kubectl")
    return subprocess.run(
        [here if here.exists() else "kubectl", *arguments],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def rendered(folder: Path) -> list[Document]:
    """Return the objects of a kustomization."""
    outcome = kubectl("kustomize", folder)
    assert outcome.returncode == 0, outcome.stderr
    return list(YAML(typ="safe").load_all(outcome.stdout))


class InvalidError(Exception):
    """An object is not what Kubernetes knows."""


def check(document: Document, version: str) -> None:
    """Check an object against the schema of a version of Kubernetes, unknown keys included.

    Raises:
        InvalidError: It has an unknown key, or a value of another type.
    """
    import kubernetes_validate  # noqa: PLC0415 (of a group that other tests do not need)

    try:
        used = kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        raise InvalidError(error.message) from error
    assert used == version


def found(objects: Sequence[Document], kind: str, name: str | None = None) -> Document:
    """Return the only object of a kind, or the one with a name."""
    [one] = [
        each
        for each in objects
        if each["kind"] == kind and name in {None, each["metadata"]["name"]}
    ]
    return one


def job_of(document: Document) -> Document:
    """Return the specification of a Job, or of the Jobs of a CronJob."""
    spec: Document = document["spec"]
    template: Document = spec["jobTemplate"]["spec"] if document["kind"] == "CronJob" else spec
    return template


def templates(objects: Sequence[Document]) -> dict[str, Document]:
    """Return the templates of pods, by the kind of what starts them."""
    kinds = {"CronJob", "Deployment", "Job"}
    return {each["kind"]: job_of(each)["template"] for each in objects if each["kind"] in kinds}


def decision(policy: Document, code: int) -> str:
    """Return what a policy for failed pods says about an exit code: the first rule that matches."""
    for rule in policy["rules"]:
        if code in rule.get("onExitCodes", {}).get("values", ()):
            return str(rule["action"])
    return "Count"


def pod_of(template: Document, volumes: Mapping[str, Path], image: str, *more: str) -> Document:
    """Return the pod of a template on this machine.

    Args:
        template: The template of the pod, which is not changed.
        volumes: The folder of the machine in place of each claim, by the name of the claim.
        image: The image of its only container.
        more: More arguments for the program.
    """
    pod: Document = {"apiVersion": "v1", "kind": "Pod", **deepcopy(template)}
    pod["metadata"]["name"] = "peaktrade"
    for volume in pod["spec"]["volumes"]:
        if claim := volume.pop("persistentVolumeClaim", None):
            path = os.fspath(volumes[claim["claimName"]])
            volume["hostPath"] = {"path": path, "type": "Directory"}
    [container] = pod["spec"]["containers"]
    container["image"] = image
    container["args"] = [*container["args"], *more]
    # Podman would run probes inside of the container, in which there is no program for it, and
    # publish ports, for which the pod would need a network.
    for key in ("livenessProbe", "ports", "readinessProbe"):
        container.pop(key, None)
    if os.geteuid():
        # A limit needs a control group, which ordinary users do not have everywhere.
        container.pop("resources")
    container["env"] = list(_variables(container["env"]))
    return pod


def _variables(declared: Sequence[Document]) -> Iterator[Document]:
    """Yield the environment of a container as Kubernetes sets it."""
    values = dict(_IN_EVERY_POD)
    for variable in declared:
        if "valueFrom" in variable:
            value = _FIELDS[variable["valueFrom"]["fieldRef"]["fieldPath"]]
        else:
            value = variable["value"]
            for name, known in values.items():
                value = value.replace(f"$({name})", known)
        values[variable["name"]] = value
    for name, value in values.items():
        yield {"name": name, "value": value}


class Podman(NamedTuple):
    """A Podman with a store of its own.

    Attributes:
        folder: The folder of the store, and of everything else that it needs.
    """

    folder: Path

    def __call__(
        self, *arguments: str | Path, stdin: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run Podman."""
        names = {"--root": "store", "--runroot": "run", "--tmpdir": "tmp"}
        where = [text for name, folder in names.items() for text in (name, self.folder / folder)]
        return subprocess.run(
            ["podman", *where, *arguments],  # noqa: S607 (wherever the system keeps it)
            env=os.environ | {"CONTAINERS_CONF": os.fspath(self.folder / "containers.conf")},
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    @classmethod
    def with_images(cls, folder: Path, *images: str) -> Podman:
        """Return a Podman that has these images of Docker."""
        podman = cls(folder)
        # Without systemd, and with limits that a machine for tests may have. crun refuses a machine
        # with both versions of control groups.
        runtime = "runc" if shutil.which("runc") else "crun"
        (folder / "containers.conf").write_text(
            '[containers]\ndefault_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n'
            f'[engine]\nruntime = "{runtime}"\ncgroup_manager = "cgroupfs"\n'
            'events_logger = "file"\n'
        )
        with subprocess.Popen(
            ["docker", "save", *images],  # noqa: S607 (wherever the system keeps it)
            stdout=subprocess.PIPE,
        ) as saving:
            assert saving.stdout
            loaded = podman("load", "--quiet", stdin=saving.stdout.fileno())
        assert loaded.returncode == 0, loaded.stderr
        return podman

    def remove(self) -> None:
        """Remove the store, whose files belong to other users if Podman is rootless.

        Not by `podman system reset`, which removes networks of the machine, too.
        """
        unshare = () if os.geteuid() == 0 else ("podman", "unshare")
        subprocess.run([*unshare, "rm", "-rf", self.folder / "store"], check=True)

    def play(self, config: Document, pod: Document) -> Playing:
        """Return a pod that can be started, with its configuration."""
        file = self.folder / "pod.yaml"
        # JSON is YAML.
        file.write_text("---\n".join(f"{json.dumps(each)}\n" for each in (config, pod)))
        [container] = pod["spec"]["containers"]
        return Playing(self, file, f"{pod['metadata']['name']}-{container['name']}")


class Playing(NamedTuple):
    """A pod that runs in a `with` statement.

    Attributes:
        podman: The Podman.
        file: The pod and its configuration.
        container: The name of its only container.
    """

    podman: Podman
    file: Path
    container: str

    def __enter__(self) -> Self:
        """Start the pod."""
        started = self.podman("kube", "play", "--network", "none", self.file)
        assert started.returncode == 0, started.stderr
        return self

    def __exit__(self, *_error: object) -> None:
        """Remove the pod."""
        ended = self.podman("kube", "down", self.file)
        assert ended.returncode == 0, ended.stderr

    def ended(self) -> Outcome:
        """Wait for the end of the container."""
        code = int(self.podman("wait", self.container).stdout)
        logs = self.podman("logs", self.container)
        return Outcome(code, logs.stdout, logs.stderr)

    def inspected(self) -> Document:
        """Return what Podman says about the container."""
        shown: list[Document] = json.loads(self.podman("inspect", self.container).stdout)
        return shown[0]

    def logs(self) -> str:
        """Return what the container has written until now."""
        logs = self.podman("logs", self.container)
        return logs.stdout + logs.stderr

    def python(self, code: str, *arguments: str) -> str:
        """Run code inside of the container; return what it prints."""
        python = "/opt/peaktrade-ops/bin/python"
        outcome = self.podman("exec", self.container, python, "-c", code, *arguments)
        assert outcome.returncode == 0, outcome.stderr
        return outcome.stdout
