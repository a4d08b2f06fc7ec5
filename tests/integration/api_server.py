"""A small API server of Kubernetes, whose Jobs Podman runs: enough for the guide's commands."""

from __future__ import annotations

import contextlib
import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.integration.pods import InvalidError, check, decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.integration.pods import Document
    from tests.support.program import Outcome

VERSION: Final = "1.37"

# The kinds that it knows, by the group and version, with the name of their collection.
KINDS: Final = {
    "v1": {
        "ConfigMap": "configmaps",
        "Namespace": "namespaces",
        "PersistentVolumeClaim": "persistentvolumeclaims",
        "Pod": "pods",
        "Service": "services",
    },
    "apps/v1": {"Deployment": "deployments"},
    "batch/v1": {"CronJob": "cronjobs", "Job": "jobs"},
    "networking.k8s.io/v1": {"NetworkPolicy": "networkpolicies"},
}

_PROTOBUF: Final = b"k8s\x00"


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


class Cluster:
    """What a server knows, and what runs its Jobs.

    Attributes:
        objects: Each object by its path.
        logs: The output of each pod, by the path of the pod.
        run: Runs a Job, given all objects; returns its outcome.
    """

    def __init__(self, run: Callable[[Document, Mapping[str, Document]], Outcome]) -> None:
        """Start without objects."""
        self.objects: dict[str, Document] = {}
        self.logs: dict[str, str] = {}
        self.run = run
        self.stopped = Event()
        self._lock = Lock()

    def create(self, collection: str, document: Document) -> Document:
        """Check and store an object; run it at once if it is a Job."""
        check(document, VERSION)
        namespace = collection.split("/namespaces/")[1:]
        if namespace:
            owner = f"/api/v1/namespaces/{namespace[0].split('/')[0]}"
            if owner not in self.objects:
                raise LookupError(owner)
        path = f"{collection}/{document['metadata']['name']}"
        with self._lock:
            document["metadata"] |= {"uid": path, "resourceVersion": str(len(self.objects) + 1)}
            self.objects[path] = document
            if document["kind"] == "Job":
                self._start(collection, document)
        return document

    def _start(self, collection: str, job: Document) -> None:
        """Run the pod of a Job until it ends, and judge the Job as the policy says."""
        name = job["metadata"]["name"]
        outcome = self.run(job, self.objects)
        spec = job["spec"]
        labels = {"batch.kubernetes.io/job-name": name}
        spec["selector"] = {"matchLabels": labels}
        pods = f"{collection.replace('/apis/batch/v1/', '/api/v1/').removesuffix('jobs')}pods"
        pod = {"apiVersion": "v1", "kind": "Pod", **spec["template"]}
        namespace = collection.split("/")[-2]
        pod["metadata"] = {"name": f"{name}-x", "namespace": namespace, "labels": labels}
        pod["status"] = {"phase": "Failed" if outcome.code else "Succeeded"}
        self.objects[f"{pods}/{name}-x"] = pod
        self.logs[f"{pods}/{name}-x"] = outcome.out + outcome.err
        failed = outcome.code and decision(spec["podFailurePolicy"], outcome.code) == "FailJob"
        kind = "Failed" if failed else "Complete" if outcome.code == 0 else "Suspended"
        job["status"] = {"conditions": [{"type": kind, "status": "True"}]}


class _Handler(BaseHTTPRequestHandler):
    """Answers requests of kubectl."""

    protocol_version = "HTTP/1.1"
    cluster: Cluster

    def log_message(self, *_arguments: object) -> None:
        """Write no log."""

    def do_GET(self) -> None:
        """Return what the server can do, an object, a list, or the log of a pod."""
        url = urlsplit(self.path)
        known = self._abilities(url.path)
        query = parse_qs(url.query)
        if known is not None:
            self._answer(known)
        elif url.path.endswith("/log"):
            self._answer(self.cluster.logs[url.path.removesuffix("/log")])
        elif url.path in self.cluster.objects:
            self._answer(self.cluster.objects[url.path])
        elif "sendInitialEvents" in query:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid")
        elif "watch" in query:
            self._watch()
        elif url.path.rsplit("/", 1)[-1] in {n for kinds in KINDS.values() for n in kinds.values()}:
            self._answer(self._listed(url.path, query))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "NotFound")

    def do_POST(self) -> None:
        """Create an object."""
        document = self._body()
        url = urlsplit(self.path)
        try:
            created = self.cluster.create(url.path, document)
        except InvalidError as error:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, f"Invalid: {error}")
        except LookupError as error:
            self._refuse(HTTPStatus.NOT_FOUND, f"NotFound: {error}")
        else:
            self._answer(created, HTTPStatus.CREATED)

    def do_PATCH(self) -> None:
        """Change the labels of an object, which is all that the guide changes."""
        document = self.cluster.objects[urlsplit(self.path).path]
        changes = self._body()["metadata"]
        document["metadata"].setdefault("labels", {}).update(changes["labels"])
        self._answer(document)

    def do_DELETE(self) -> None:
        """Remove an object."""
        self._body()
        gone = self.cluster.objects.pop(urlsplit(self.path).path, None)
        if gone is None:
            self._refuse(HTTPStatus.NOT_FOUND, "NotFound")
        else:
            self._answer({"kind": "Status", "apiVersion": "v1", "status": "Success"})

    @staticmethod
    def _abilities(path: str) -> Document | None:
        """Return a document of the discovery, or of the interface; `None` for another path."""
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            groups = [version.split("/") for version in KINDS if "/" in version]
            named = [
                (group, {"groupVersion": f"{group}/{version}", "version": version})
                for group, version in groups
            ]
            return {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [
                    {"name": group, "versions": [version], "preferredVersion": version}
                    for group, version in named
                ],
            }
        if path == "/openapi/v3":
            paths = {
                _root(version)[1:]: {"serverRelativeURL": f"/openapi/v3{_root(version)}"}
                for version in KINDS
            }
            return {"paths": paths}
        for version, kinds in KINDS.items():
            if path == _root(version):
                verbs = ["create", "delete", "get", "list", "patch", "watch"]
                resources = [
                    {
                        "name": name,
                        "singularName": kind.lower(),
                        "namespaced": kind != "Namespace",
                        "kind": kind,
                        "verbs": verbs,
                    }
                    for kind, name in kinds.items()
                ]
                return {
                    "kind": "APIResourceList",
                    "apiVersion": "v1",
                    "groupVersion": version,
                    "resources": resources,
                }
            if path == f"/openapi/v3{_root(version)}":
                return {"openapi": "3.0.0", "paths": dict(_operations(version, kinds))}
        return None

    def _listed(self, path: str, query: Mapping[str, list[str]]) -> Document:
        """Return the objects of a collection that a query selects."""
        [name] = query.get("fieldSelector", ["="])
        name = name.partition("=")[2]
        [labels] = query.get("labelSelector", [""])
        wanted = dict(each.split("=") for each in labels.split(",") if each)
        items = [
            document
            for place, document in self.cluster.objects.items()
            if place.rpartition("/")[0] == path
            and name in {"", document["metadata"]["name"]}
            and wanted.items() <= document["metadata"].get("labels", {}).items()
        ]
        version, kind = next(
            (version, kind)
            for version, kinds in KINDS.items()
            for kind, collection in kinds.items()
            if path.endswith(f"/{collection}")
        )
        return {
            "kind": f"{kind}List",
            "apiVersion": version,
            "metadata": {"resourceVersion": "1"},
            "items": items,
        }

    def _watch(self) -> None:
        """Keep a watch open until the server stops: nothing changes while somebody waits."""
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.cluster.stopped.wait()

    def _body(self) -> Document:
        data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if data.startswith(_PROTOBUF):
            # Only `kubectl create namespace` writes so: envelope, object, metadata, name.
            name = _part(_part(_part(data.removeprefix(_PROTOBUF), 2), 1), 1).decode()
            return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        document: Document = json.loads(data or b"{}")
        return document

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        self._answer(
            {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "reason": reason.partition(":")[0],
                "message": reason,
                "code": status.value,
            },
            status,
        )

    def _answer(self, content: Document | str, status: HTTPStatus = HTTPStatus.OK) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if text is content else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _part(message: bytes, number: int) -> bytes:
    """Return a field of a protobuf message in which every field is a short text or message."""
    at = 0
    while message[at] >> 3 != number:
        at += 2 + message[at + 1]
    return message[at + 2 : at + 2 + message[at + 1]]


def _operations(version: str, kinds: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield the paths of the interface: a client asks whether the server checks fields."""
    group = version.rpartition("/")[0]
    for kind, name in kinds.items():
        below = "" if kind == "Namespace" else "/namespaces/{namespace}"
        patch = {
            "parameters": [{"name": "fieldValidation", "in": "query"}],
            "x-kubernetes-group-version-kind": {
                "group": group,
                "version": version.rpartition("/")[2],
                "kind": kind,
            },
        }
        yield f"{_root(version)}{below}/{name}/{{name}}", {"patch": patch}


@contextlib.contextmanager
def served(cluster: Cluster, folder: Path) -> Iterator[Path]:
    """Serve a cluster on the loopback; yield a configuration of kubectl for it."""
    handler = type("Handler", (_Handler,), {"cluster": cluster})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [
                {
                    "name": "test",
                    "cluster": {"server": f"http://127.0.0.1:{server.server_port}"},
                }
            ],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "users": [{"name": "test", "user": {}}],
        }
        (folder / "kubeconfig").write_text(json.dumps(config))
        try:
            yield folder / "kubeconfig"
        finally:
            cluster.stopped.set()
            server.shutdown()
