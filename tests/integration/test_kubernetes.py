"""The manifests of Kubernetes: their schemas and security, and their pods as Podman runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import available_timezones

import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.config_file import load_config
from tests.integration import api_server
from tests.integration.cells import CELLS, Cell
from tests.integration.engine import SESSION
from tests.integration.jobs import (
    CONFIG,
    SAMPLE_JOBS,
    SAMPLES,
    STAGE1,
    Host,
    copy_samples,
    digest_of,
    give_away,
)
from tests.integration.pods import (
    DEPLOY,
    EXAMPLE,
    NAMESPACE,
    POD_IP,
    USER,
    InvalidError,
    Podman,
    check,
    decision,
    found,
    job_of,
    pod_of,
    rendered,
    templates,
)
from tests.integration.ways import COMPOSE_FILES, compose
from tests.support.checkout import copy_repo, plain_environment
from tests.support.commands import command_of
from tests.support.pages import BLOCKS, KUBERNETES
from tests.support.program import PATIENCE, differences, epoch, tree, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.integration.engine import Base
    from tests.integration.pods import Document, Playing
    from tests.support.program import Outcome

FOLDERS: Final = {"base": DEPLOY, "example": EXAMPLE}
VERSIONS: Final = ("1.32", "1.37")
RUN: Final = SAMPLE_JOBS["run"]
CLAIMS: Final = ("peaktrade-ops-reports", "peaktrade-ops-telemetry")

# Schemas say only that these are texts.
ENUMS: Final = {
    "accessModes": {"ReadWriteOnce"},
    "action": {"Count", "FailJob", "Ignore"},
    "concurrencyPolicy": {"Allow", "Forbid", "Replace"},
    "fsGroupChangePolicy": {"Always", "OnRootMismatch"},
    "imagePullPolicy": {"Always", "IfNotPresent", "Never"},
    "operator": {"In", "NotIn"},
    "policyTypes": {"Egress", "Ingress"},
    "protocol": {"SCTP", "TCP", "UDP"},
    "restartPolicy": {"Always", "Never", "OnFailure"},
    "terminationMessagePolicy": {"FallbackToLogsOnError", "File"},
    # Of a condition of a pod, and of a seccomp profile.
    "type": {"DisruptionTarget", "RuntimeDefault"},
}


@pytest.fixture(scope="module")
def objects() -> dict[str, list[Document]]:
    """Return the objects of the base and of the example."""
    return {name: rendered(folder) for name, folder in FOLDERS.items()}


@pytest.fixture(params=FOLDERS)
def shown(request: pytest.FixtureRequest, objects: dict[str, list[Document]]) -> list[Document]:
    """Return the objects of either."""
    return objects[request.param]


@pytest.fixture
def base_objects(objects: dict[str, list[Document]]) -> list[Document]:
    """Return the objects of the base."""
    return objects["base"]


@pytest.fixture
def example(objects: dict[str, list[Document]]) -> list[Document]:
    """Return the objects of the example."""
    return objects["example"]


def values(document: object, key: str) -> Iterator[Any]:
    """Yield the values of a key, wherever it is, and of a list each element."""
    if isinstance(document, list):
        for each in document:
            yield from values(each, key)
    elif isinstance(document, dict):
        for name, value in document.items():
            if name == key:
                yield from value if isinstance(value, list) else [value]
            yield from values(value, key)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_what_kubernetes_knows(shown: list[Document], version: str) -> None:
    """No object has an unknown key, or a value of another type."""
    for document in shown:
        check(document, version)


def test_an_unknown_key_would_be_found(base_objects: list[Document]) -> None:
    """The schemas are strict."""
    job = found(base_objects, "Job")

    with pytest.raises(InvalidError, match="'spek' was unexpected"):
        check({**job, "spek": {}}, VERSIONS[0])


@pytest.mark.parametrize("key", ENUMS)
def test_every_choice_is_one_that_kubernetes_has(shown: list[Document], key: str) -> None:
    """The schemas take any text, and the server does not."""
    chosen = set(values(shown, key))

    assert chosen
    assert chosen <= ENUMS[key]


def test_everything_that_a_day_needs_is_there(base_objects: list[Document]) -> None:
    """The base has the routine, the same at once, the view, and what they stand on."""
    names = sorted((each["kind"], each["metadata"]["name"]) for each in base_objects)

    assert names == [
        ("ConfigMap", "peaktrade-ops"),
        ("CronJob", "peaktrade-ops"),
        ("Deployment", "peaktrade-ops-serve"),
        ("Job", "peaktrade-ops-now"),
        ("NetworkPolicy", "peaktrade-ops"),
        ("NetworkPolicy", "peaktrade-ops-serve"),
        ("PersistentVolumeClaim", "peaktrade-ops-reports"),
        ("PersistentVolumeClaim", "peaktrade-ops-telemetry"),
        ("Service", "peaktrade-ops-serve"),
    ]


def test_pods_keep_the_restricted_standard(shown: list[Document]) -> None:
    """A namespace that enforces the pod security standard "restricted" takes every pod."""
    for template in templates(shown).values():
        spec = template["spec"]
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(spec)
        context = spec["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] == context["runAsGroup"] == USER
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        kinds = {key for volume in spec["volumes"] for key in volume if key != "name"}
        assert kinds <= {"configMap", "emptyDir", "persistentVolumeClaim"}
        [container] = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
        assert not any("hostPort" in port for port in container.get("ports", ()))


def test_pods_can_do_nothing_else(shown: list[Document]) -> None:
    """No pod has a token, a variable of a Service, more memory than its limit, or a network."""
    for template in templates(shown).values():
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["containers"][0]["resources"]["limits"]["memory"]
    policy = found(shown, "NetworkPolicy", "peaktrade-ops")["spec"]
    assert (policy["policyTypes"], set(policy)) == (
        ["Ingress", "Egress"],
        {"podSelector", "policyTypes"},
    )
    view = found(shown, "NetworkPolicy", "peaktrade-ops-serve")["spec"]
    assert view["policyTypes"] == ["Ingress"]
    assert [rule["ports"] for rule in view["ingress"]] == [[{"port": "http", "protocol": "TCP"}]]


def test_pods_change_only_the_reports(shown: list[Document]) -> None:
    """Telemetry is read-only as a volume, so that Kubernetes does not change its owner either."""
    for kind, template in templates(shown).items():
        spec = template["spec"]
        mounts = {mount["name"]: mount for mount in spec["containers"][0]["volumeMounts"]}
        writable = {name for name, mount in mounts.items() if not mount.get("readOnly")}
        assert writable == (set() if kind == "Deployment" else {"reports", "tmp"})
        for volume in spec["volumes"]:
            if volume["name"] == "telemetry":
                assert volume["persistentVolumeClaim"]["readOnly"] is True


def test_selectors_find_their_pods(shown: list[Document]) -> None:
    """Each selector of labels matches pods, and each named port is one of theirs."""
    labels = {kind: each["metadata"]["labels"] for kind, each in templates(shown).items()}

    def chosen(selector: Document) -> set[str]:
        return {kind for kind, has in labels.items() if selector.items() <= has.items()}

    service = found(shown, "Service")["spec"]
    deployment = found(shown, "Deployment")["spec"]
    view = found(shown, "NetworkPolicy", "peaktrade-ops-serve")["spec"]
    everything = found(shown, "NetworkPolicy", "peaktrade-ops")["spec"]
    assert chosen(service["selector"]) == {"Deployment"}
    assert chosen(deployment["selector"]["matchLabels"]) == {"Deployment"}
    assert chosen(view["podSelector"]["matchLabels"]) == {"Deployment"}
    assert chosen(everything["podSelector"]["matchLabels"]) == set(labels)
    [port] = templates(shown)["Deployment"]["spec"]["containers"][0]["ports"]
    assert port == {"name": "http", "containerPort": 8787}
    assert service["ports"] == [{"name": "http", "port": 8787, "targetPort": "http"}]
    for template in templates(shown).values():
        [term] = template["spec"]["affinity"]["podAffinity"][
            "requiredDuringSchedulingIgnoredDuringExecution"
        ]
        assert chosen(term["labelSelector"]["matchLabels"]) == set(labels)


def test_every_volume_is_there(base_objects: list[Document], example: list[Document]) -> None:
    """The claims and the configuration of the pods are in the base; the example has its own."""
    for shown, others in ((base_objects, set()), (example, {"trading-data"})):
        there = {
            each["metadata"]["name"] for each in shown if each["kind"] == "PersistentVolumeClaim"
        }
        assert set(values(shown, "claimName")) == there | others
        config = found(shown, "ConfigMap")["metadata"]["name"]
        assert {each["name"] for each in values(shown, "configMap")} == {config}
    assert "peaktrade-ops-telemetry" not in json.dumps(example)


def test_the_configuration_is_that_of_the_repo(
    base_objects: list[Document], example: list[Document], tmp_path: Path
) -> None:
    """The base has the defaults, explained; the example has a configuration of its own."""
    assert found(base_objects, "ConfigMap")["data"] == {"stage1.toml": CONFIG.read_text("utf-8")}
    [(name, text)] = found(example, "ConfigMap")["data"].items()
    (tmp_path / name).write_text(text)
    assert load_config(tmp_path / name) != Config()


def test_every_pod_reads_the_configuration(shown: list[Document]) -> None:
    """A pod without it would know no stage but the first."""
    config = found(shown, "ConfigMap")["metadata"]["name"]
    for template in templates(shown).values():
        spec = template["spec"]
        [container] = spec["containers"]
        variables = {each["name"]: each.get("value") for each in container["env"]}
        assert variables["PEAK_CONFIG"] == "/config/stage1.toml"
        mount = {"name": "config", "mountPath": "/config", "readOnly": True}
        assert mount in container["volumeMounts"]
        assert {"name": "config", "configMap": {"name": config}} in spec["volumes"]


def test_the_job_is_the_routine_without_its_gate(shown: list[Document]) -> None:
    """The Job differs from the Jobs of the CronJob in its arguments and in that it goes away."""
    daily, now = (job_of(found(shown, kind)) for kind in ("CronJob", "Job"))
    [gated], [plain] = (each["template"]["spec"]["containers"] for each in (daily, now))

    assert (gated["args"], plain["args"]) == (["stage1-run", "--fail-on", "hold"], ["stage1-run"])
    assert now["ttlSecondsAfterFinished"] == 600
    same = json.dumps({**now, "ttlSecondsAfterFinished": None}, sort_keys=True)
    gateless = json.dumps({**daily, "ttlSecondsAfterFinished": None}, sort_keys=True)
    assert gateless.replace('["stage1-run", "--fail-on", "hold"]', '["stage1-run"]') == same


def test_the_program_takes_the_arguments(
    base_objects: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each pod starts a command that exists, with options that it has."""
    monkeypatch.delenv("PEAK_DATE", raising=False)
    for kind, template in templates(base_objects).items():
        command, *options = template["spec"]["containers"][0]["args"]
        chosen = command_of(command).make_context(command, options).params
        assert chosen.get("fail_on") == ("hold" if kind == "CronJob" else None)


def test_days_begin_once_and_end_in_time(shown: list[Document]) -> None:
    """The schedule has a zone, runs do not overlap, and none is endless."""
    spec = found(shown, "CronJob")["spec"]

    assert spec["timeZone"] in available_timezones()
    assert len(spec["schedule"].split()) == 5
    assert spec["schedule"].split()[2:] == ["*", "*", "*"]
    assert spec["concurrencyPolicy"] == "Forbid"
    # A day later the next run makes up for it, and a verdict is valid for 30 hours.
    assert (
        0
        < spec["startingDeadlineSeconds"]
        + job_of({"kind": "Job", **spec["jobTemplate"]})["activeDeadlineSeconds"]
        < 24 * 3600
    )


@pytest.mark.parametrize("kind", ["CronJob", "Job"])
def test_exit_codes_decide_about_another_attempt(shown: list[Document], kind: str) -> None:
    """Nothing changes after a gate and a wrong command line; another failure may pass."""
    job = job_of(found(shown, kind))
    policy = job["podFailurePolicy"]

    assert {code: decision(policy, code) for code in (1, 2, 64, 137, 143)} == {
        1: "Count",
        2: "FailJob",
        64: "FailJob",
        137: "Count",
        143: "Count",
    }
    assert job["backoffLimit"] == 3
    # Kubernetes allows rules for exit codes only where the pod is not started again in place.
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    [container] = job["template"]["spec"]["containers"]
    assert set(values(policy, "containerName")) == {container["name"]}


def test_the_example_changes_what_it_says(example: list[Document]) -> None:
    """The overlay reaches every object that it is about."""
    assert {each["metadata"]["namespace"] for each in example} == {"trading"}
    images = {t["spec"]["containers"][0]["image"] for t in templates(example).values()}
    assert images == {
        "registry.example.com/ops/peaktrade-ops:0.1.0",
        "registry.example.com/ops/peaktrade-ops-serve:0.1.0",
    }
    for kind in ("CronJob", "Job"):
        spec = templates(example)[kind]["spec"]
        assert spec["securityContext"]["supplementalGroups"] == [2000]
        assert spec["containers"][0]["volumeMounts"][0] == {
            "name": "telemetry",
            "mountPath": "/telemetry",
            "readOnly": True,
            "subPath": "telemetry",
        }
    [rule] = found(example, "NetworkPolicy", "peaktrade-ops-serve")["spec"]["ingress"]
    assert [list(each) for each in rule["from"]] == [["podSelector"], ["namespaceSelector"]]


# --- the pods run --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def serve_image(base: Base) -> str:
    """Build the image of `serve` as Compose does; return its name."""
    image = f"{SESSION}:serve"
    variables = {"BASE_IMAGE": base.tag, "PEAK_SERVE_IMAGE": image}
    command = ("--profile", "serve", "build", "--quiet", "peaktrade-ops-serve")
    built = compose(COMPOSE_FILES[0], *command, variables=variables)
    assert built.code == 0, built.err
    return image


@pytest.fixture(scope="module")
def podman(image: str, serve_image: str) -> Iterator[Podman]:
    """Return a Podman that has both images; skip the test if the machine has none."""
    if shutil.which("podman") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Podman is there: on Debian install podman, runc and catatonit")
        pytest.skip("no Podman is there")
    # Podman takes no path of more than 50 characters.
    with tempfile.TemporaryDirectory(prefix="peak-") as folder:
        podman = Podman.with_images(Path(folder), image, serve_image)
        yield podman
        podman.remove()


class Cluster:
    """A cluster of one node, whose volumes are folders of this machine."""

    def __init__(self, podman: Podman, objects: list[Document], image: str, reports: Path) -> None:
        """Take the objects of the base, and give the reports to the user of the pods."""
        self._podman = podman
        self._templates = templates(objects)
        self.config = deepcopy(found(objects, "ConfigMap"))
        self._image = f"localhost/{image}"
        self.volumes = {CLAIMS[0]: reports, CLAIMS[1]: SAMPLES}
        # Podman does not apply fsGroup.
        give_away(reports, USER, USER)
        if os.geteuid():
            reports.chmod(0o777)

    def pod(
        self, kind: str, *more: str, image: str = "", command: str = "", **variables: str
    ) -> Playing:
        """Return the pod that an object of a kind starts, with more arguments and variables.

        Args:
            kind: The kind.
            more: Arguments after those of the pod.
            image: The image; that of the reports if it is empty.
            command: Another command in place of that of the pod; none if it is empty.
            variables: More variables.
        """
        name = f"localhost/{image}" if image else self._image
        pod = pod_of(self._templates[kind], self.volumes, name, *more)
        container = pod["spec"]["containers"][0]
        if command:
            container["args"][0] = command
        container["env"] += [{"name": key, "value": text} for key, text in variables.items()]
        return self._podman.play(self.config, pod)


@pytest.fixture
def cluster(podman: Podman, base_objects: list[Document], image: str, reports: Path) -> Cluster:
    """Return a cluster with the samples and an empty volume for reports."""
    return Cluster(podman, base_objects, image, reports)


DATES: Final = RUN.arguments[1:]


@pytest.mark.parametrize(("kind", "code"), [("Job", 0), ("CronJob", 2)])
def test_its_pods_write_the_same_bytes(
    host: Host, cluster: Cluster, reports: Path, kind: str, code: int
) -> None:
    """Each pod gives the reports of the host, and ends with the exit code of its gate."""
    with cluster.pod(kind, *DATES) as playing:
        outcome = playing.ended()
        container = playing.inspected()

    assert outcome.code == code, outcome.err
    wanted, written = host.reports(RUN), tree(reports)
    CELLS.append(Cell("run", "kube play", str(USER), kind, digest_of(wanted), digest_of(written)))
    assert differences(written, wanted) == []
    assert (container["HostConfig"]["ReadonlyRootfs"], container["Config"]["User"]) == (
        True,
        f"{USER}:{USER}",
    )
    assert container["EffectiveCaps"] in ([], None)
    # Once more, from the cache in the volume.
    with cluster.pod(kind, *DATES) as playing:
        assert playing.ended().code == code
    assert differences(tree(reports), wanted) == []


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--config", "/config/missing.toml"), 1, "/config/missing.toml cannot be read"),
        (("--days", "many"), 64, "'many' is not a valid integer"),
    ],
)
def test_its_pods_keep_exit_codes(
    cluster: Cluster, reports: Path, more: tuple[str, ...], code: int, said: str
) -> None:
    """The policy for failed pods sees the exit code of the program."""
    with cluster.pod("CronJob", *more) as playing:
        outcome = playing.ended()

    assert outcome.code == code
    assert said in outcome.err
    assert tree(reports) == {}


def test_a_volume_that_ends_with_the_pod_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    """An `emptyDir` lies on the disk of the node, at the path that the kubelet gives it."""
    volume = tmp_path / "pods" / "0af3" / "volumes" / "kubernetes.io~empty-dir" / "reports"
    volume.mkdir(parents=True)
    give_away(volume, USER, USER)
    cluster.volumes[CLAIMS[0]] = volume

    with cluster.pod("Job", *DATES) as playing:
        outcome = playing.ended()

    assert outcome.code == 1
    assert "only an emptyDir, which ends with the pod, is mounted at /reports" in outcome.err
    assert "mount a persistent volume claim at /reports" in outcome.err
    assert tree(volume) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can keep a folder from the pod")
def test_a_volume_of_somebody_else_is_named(cluster: Cluster, reports: Path) -> None:
    """Some volumes do not take fsGroup."""
    give_away(reports, 0, 0)

    with cluster.pod("Job", *DATES) as playing:
        outcome = playing.ended()

    assert outcome.code == 1
    assert f"running as uid {USER}, /reports belongs to uid 0" in outcome.err
    assert (
        "set fsGroup, or runAsUser to its owner, in the securityContext of the pod" in outcome.err
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can map any user")
@pytest.mark.parametrize(
    ("users", "user", "said"),
    [
        # Root cannot become a user who is not there ...
        (1_000, 0, "and uid 0 cannot become that user: Invalid argument"),
        # ... and as the user who stands for all others it is not the owner.
        (70_000, 0, "Permission denied (running as uid 65534,"),
        (70_000, USER, f"Permission denied (running as uid {USER},"),
    ],
)
def test_an_owner_outside_of_the_user_namespace_is_explained(  # noqa: PLR0913 (and fixtures)
    podman: Podman, image: str, reports: Path, *, users: int, user: int, said: str
) -> None:
    """A pod may have users of its own, of which the owner of the volume is none."""
    users_there = f"0:200000:{users}"
    outcome = podman(
        *("run", "--rm", "--network", "none", "--read-only", "--user", str(user)),
        *("--uidmap", users_there, "--gidmap", users_there),
        *("--cap-drop", "ALL", *(() if user else ("--cap-add", "SETUID", "--cap-add", "SETGID"))),
        *("--volume", f"{SAMPLES}:/telemetry:ro", "--volume", f"{reports}:/reports"),
        *(f"localhost/{image}", "stage1-snapshot", "--date", "2025-12-18"),
    )

    assert outcome.returncode == 1
    assert said in outcome.stderr
    assert "which stands for every user who has no id in this user namespace" in outcome.stderr
    assert tree(reports) == {}


def test_the_folder_of_repaired_files_of_a_disk_is_no_gap(
    cluster: Cluster, reports: Path, tmp_path: Path
) -> None:
    """The `lost+found` of a disk, which only root can read, is listed, and no day objects."""
    telemetry = copy_samples(tmp_path / "telemetry")
    (telemetry / "lost+found").mkdir(mode=0o700)
    give_away(telemetry / "lost+found", 0, 0)
    cluster.volumes[CLAIMS[1]] = telemetry

    with cluster.pod("Job", *DATES) as playing:
        assert playing.ended().code == 0

    day = json.loads((reports / STAGE1 / "2025-12-20_summary.json").read_text())
    left_out = {entry["path"]: entry["reason"] for entry in day["coverage"]["left_out"]}
    assert left_out["lost+found"] == "ignored"
    assert day["coverage"]["complete"] is True


IN_POD: Final = """
import sys, urllib.request as r
for host in sys.argv[2:]:
    request = r.Request("http://127.0.0.1:8787" + sys.argv[1], headers={"Host": host})
    try:
        with r.urlopen(request, timeout=30) as answer:
            print(answer.status, len(answer.read()))
    except r.HTTPError as error:
        print(error.code)
"""


def test_the_view_answers_to_the_names_that_it_has_in_a_cluster(
    host: Host, cluster: Cluster, reports: Path, serve_image: str
) -> None:
    """Probes use the address of the pod, Prometheus that or a name of the Service."""
    for path, content in host.reports(RUN).items():
        (reports / path).parent.mkdir(parents=True, exist_ok=True)
        (reports / path).write_bytes(content)
    clock = {"SOURCE_DATE_EPOCH": epoch("2025-12-21T06:00:00Z")}
    service = "peaktrade-ops-serve"
    names = [
        f"{POD_IP}:8787",
        f"{service}:8787",
        f"{service}.{NAMESPACE}.svc:8787",
        "evil.example",
    ]

    with cluster.pod("Deployment", image=serve_image, **clock) as playing:
        wait_until(lambda: "serving /reports/obs/stage1" in playing.logs())
        page, metrics = (playing.python(IN_POD, path, *names) for path in ("/", "/metrics"))

    index = len(host.reports(RUN)["obs/stage1/index.html"])
    assert page.splitlines() == [*[f"200 {index}"] * 3, "400"]
    assert [line.split()[0] for line in metrics.splitlines()] == ["200", "200", "200", "400"]


def test_another_stage_is_run_and_shown(cluster: Cluster, reports: Path, serve_image: str) -> None:
    """The configuration of the cluster defines it, and `PEAK_STAGE` chooses it."""
    stages = '[stages.stage2]\ntitle = "Stage 2 (paper trading)"\n'
    cluster.config["data"]["stage1.toml"] += f"\n{stages}"

    with cluster.pod("Job", *DATES, command="run", PEAK_STAGE="stage2") as playing:
        assert playing.ended().code == 0
    clock = {"SOURCE_DATE_EPOCH": epoch("2025-12-21T06:00:00Z")}
    with cluster.pod("Deployment", image=serve_image, PEAK_STAGE="stage2", **clock) as playing:
        wait_until(lambda: "serving /reports/obs/stage2 " in playing.logs())
        page = playing.python(IN_POD, "/stage2_trend.html", f"{POD_IP}:8787")

    assert {Path(path).parent.name for path in tree(reports)} >= {"stage2"}
    assert page == f"200 {(reports / 'obs/stage2/stage2_trend.html').stat().st_size}\n"


def test_a_stage_that_the_configuration_lacks_is_named(cluster: Cluster, serve_image: str) -> None:
    """The command line is wrong, and the log says where the stage is to be defined."""
    with cluster.pod("Deployment", image=serve_image, PEAK_STAGE="stage2") as playing:
        outcome = playing.ended()

    assert outcome.code == 64
    assert "the configuration has no stage 'stage2'" in outcome.err


def test_the_view_waits_for_the_first_report(cluster: Cluster, serve_image: str) -> None:
    """Kubernetes starts it again until the folder is there; the log says what is missing."""
    with cluster.pod("Deployment", image=serve_image) as playing:
        wait_until(lambda: "is missing" in playing.logs())


# --- the guide -----------------------------------------------------------------------------------


class Node:
    """The node of a cluster: a folder for each claim, and Podman for the pods of Jobs."""

    def __init__(self, podman: Podman, image: str, folder: Path) -> None:
        """Take a folder for the claims."""
        self._podman = podman
        self._image = f"localhost/{image}"
        self.folder = folder

    def run(self, job: Document, objects: Mapping[str, Document]) -> Outcome:
        """Run the pod of a Job with the volumes and the configuration that the cluster has."""
        there = {(each["kind"], each["metadata"]["name"]): each for each in objects.values()}
        volumes = {}
        for kind, name in there:
            if kind == "PersistentVolumeClaim":
                volumes[name] = self.folder / name
                volumes[name].mkdir(exist_ok=True)
                give_away(volumes[name], USER, USER)
                volumes[name].chmod(0o777)
        pod = pod_of(job["spec"]["template"], volumes, self._image)
        with self._podman.play(there["ConfigMap", "peaktrade-ops"], pod) as playing:
            return playing.ended()


COMMANDS: Final = [block for block in BLOCKS if block.needs_cluster]


def test_the_commands_of_the_guide_lead_to_a_report(
    podman: Podman, image: str, reports: Path, tmp_path: Path
) -> None:
    """A newcomer copies the commands of the guide, in order, and sees the first verdict."""
    copy = copy_repo(tmp_path / "repo")
    cluster = api_server.Cluster(Node(podman, image, reports).run)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    said = {}

    with api_server.served(cluster, tmp_path) as config:
        env = plain_environment(HOME=os.fspath(tmp_path), KUBECONFIG=os.fspath(config), PATH=path)
        for block in COMMANDS:
            outcome = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.text],  # noqa: S607 (any will do)
                cwd=copy,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
            assert outcome.returncode == 0, f"{block}: {outcome.stderr}"
            said[block] = outcome.stdout

    first, *_ = said.values()
    assert first.count(" created\n") == 10
    assert "job.batch/peaktrade-ops-now condition met" in first
    assert "Verdict: **HOLD**" in first
    here = [block for block in BLOCKS if block.page == KUBERNETES and block.language == "sh"]
    assert sum(block.text.count("\n") for block in here[: here.index(COMMANDS[0]) + 1]) == 5
    assert "peaktrade-ops-now" not in " ".join(cluster.objects).replace("-now-x", "")
    [month] = [log for path, log in cluster.logs.items() if "month" in path]
    assert "Days: 30," in month


def test_the_port_of_the_guide_is_that_of_the_service(base_objects: list[Document]) -> None:
    """The command that forwards a port cannot run without a cluster."""
    [command] = re.findall(r"^kubectl port-forward.*$", KUBERNETES.read_text("utf-8"), re.MULTILINE)
    service = found(base_objects, "Service")

    assert command.split()[-2:] == [
        f"service/{service['metadata']['name']}",
        str(service["spec"]["ports"][0]["port"]),
    ]


def test_the_guide_names_every_object(base_objects: list[Document]) -> None:
    """The table of objects has each one of the base."""
    text = KUBERNETES.read_text("utf-8")
    table = text[text.index("| object | name |") : text.index("All pods run as")]

    for document in base_objects:
        row = rf"^\| [^|]*\b{document['kind']}\b[^|]*\| `{document['metadata']['name']}` \|"
        assert re.search(row, table, re.MULTILINE), document["metadata"]["name"]
