"""Formats of operating systems, containers and services that need a preset."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.support.formats.example import CRITICAL, QUIET, FormatExample, example, iso, seconds

if TYPE_CHECKING:
    from tests.support.formats.example import Level, Record, Scene


def _azure(level: Level, scene: Scene) -> Record:
    record: Record = {"time": iso(scene, ".1250000Z"), "resourceId": "/SUBSCRIPTIONS/1/QUOTER"}
    record |= {"operationName": "Microsoft.Web/sites/log", "category": "AppServiceConsoleLogs"}
    return record | {"level": level, "description": scene.text, "properties": {"order": 17}}


def _azure_records(records: list[Record]) -> Record:
    return {"records": records}


def _cloudwatch(_level: Level, scene: Scene) -> Record:
    text = f"{scene.text} in 5 ms"
    return {"id": "3195310660696698", "timestamp": seconds(scene) * 1000 + 125, "message": text}


def _log_events(records: list[Record]) -> Record:
    record: Record = {"messageType": "DATA_MESSAGE", "owner": "123456789012"}
    record |= {"logGroup": "/desk/quoter", "logStream": "quoter-1"}
    return record | {"subscriptionFilters": ["archive"], "logEvents": records}


def _docker(level: Level, scene: Scene) -> Record:
    text = f"{scene.clock} {scene.text}"
    if level is not None:
        inner = {"level": level, "ts": iso(scene, ".125Z"), "message": scene.text}
        text = json.dumps(inner)
    stream = "stderr" if scene == CRITICAL else "stdout"
    return {"log": f"{text}\n", "stream": stream, "time": iso(scene, ".125000001Z")}


def _istio(_level: Level, scene: Scene) -> Record:
    record: Record = {"authority": "quoter:8080", "bytes_received": 0, "bytes_sent": 154}
    record |= {"duration": 3, "method": "GET", "path": f"/{scene.text.replace(' ', '-')}"}
    record |= {"protocol": "HTTP/1.1", "response_code": 200, "response_flags": "-"}
    record |= {"route_name": "default", "start_time": iso(scene, ".125Z")}
    return record | {"upstream_cluster": "outbound|8080||quoter", "x_forwarded_for": None}


def _journald(level: Level, scene: Scene) -> Record:
    record: Record = {"__CURSOR": "s=1;i=2", "__REALTIME_TIMESTAMP": f"{seconds(scene)}125000"}
    record |= {"__MONOTONIC_TIMESTAMP": "98694000446", "_BOOT_ID": "124c781146e841ae8d9b4590df8b"}
    record |= {"PRIORITY": level, "SYSLOG_IDENTIFIER": "quoter", "MESSAGE": scene.text}
    record |= {"_SYSTEMD_UNIT": "quoter.service", "_PID": "4242", "_TRANSPORT": "journal"}
    if scene == QUIET[1]:
        # Bytes that are not printable.
        record["MESSAGE"] = [27, 91, 109]
    return record


def _kubernetes_audit(_level: Level, scene: Scene) -> Record:
    record: Record = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata"}
    record |= {"auditID": "c5f48f91-d4da-4659-97eb-56bdbcd0817c", "stage": "ResponseComplete"}
    record |= {"requestURI": f"/api/v1/{scene.text.replace(' ', '-')}", "verb": "get"}
    record |= {"user": {"username": "quoter"}, "sourceIPs": ["10.0.0.5"]}
    record |= {"objectRef": {"resource": "configmaps", "apiVersion": "v1"}}
    record |= {"responseStatus": {"metadata": {}, "code": 200}}
    record |= {"requestReceivedTimestamp": iso(scene, ".124000Z")}
    return record | {"stageTimestamp": iso(scene, ".125000Z")}


def _kubernetes_events(level: Level, scene: Scene) -> Record:
    record: Record = {"kind": "Event", "apiVersion": "v1", "metadata": {"name": "quoter.17"}}
    record |= {"involvedObject": {"kind": "Pod", "namespace": "desk", "name": "quoter-0"}}
    record |= {"reason": "Started", "message": scene.text, "source": {"component": "kubelet"}}
    record |= {"firstTimestamp": iso(scene), "lastTimestamp": iso(scene), "count": 1}
    return record | {"type": level, "eventTime": None}


def _mongodb(level: Level, scene: Scene) -> Record:
    record: Record = {"t": {"$date": iso(scene, ".125+00:00")}, "s": level, "c": "NETWORK"}
    record |= {"id": 22943, "ctx": "listener", "svc": "S", "msg": scene.text}
    return record | {"attr": {"remote": "10.0.0.5:50412", "connectionCount": 3}}


def _syslog(level: Level, scene: Scene) -> Record:
    number = int(level or 0)
    record: Record = {"msg": scene.text, "rawmsg": f"<{24 + number}>1 {iso(scene)} desk-1 quoter"}
    record |= {"timereported": iso(scene, ".125+00:00"), "hostname": "desk-1"}
    record |= {"syslogtag": "quoter", "inputname": "imptcp", "fromhost-ip": "10.0.0.5"}
    record |= {"pri": str(24 + number), "syslogfacility": "3", "syslogseverity": str(number)}
    record |= {"timegenerated": iso(scene, ".250+00:00"), "programname": "quoter"}
    return record | {"app-name": "quoter", "procid": "-", "msgid": "-", "uuid": None, "$!": None}


def _windows(level: Level, scene: Scene) -> Record:
    system: Record = {"Provider": {"#attributes": {"Name": scene.text}}, "EventID": 7036}
    if scene == QUIET[1]:
        system["EventID"] = {"#attributes": {"Qualifiers": 16384}, "#text": 7036}
    system |= {"Version": 0, "Level": level, "Task": 0, "Opcode": 0}
    system |= {"Keywords": "0x8080000000000000"}
    system |= {"TimeCreated": {"#attributes": {"SystemTime": iso(scene, ".125000Z")}}}
    system |= {"EventRecordID": 17, "Channel": "System", "Computer": "desk-1", "Security": None}
    schema = "http://schemas.microsoft.com/win/2004/08/events/event"
    event: Record = {"#attributes": {"xmlns": schema}, "System": system}
    return {"Event": event | {"EventData": {"param1": "Quoter", "param2": "running"}}}


PLATFORMS: Final[tuple[FormatExample, ...]] = (
    example(
        "azure-monitor",
        _azure,
        preset="azure-monitor",
        quiet=("Informational",),
        loud="Warning",
        critical="Critical",
        wrap=_azure_records,
    ),
    example(
        "cloudwatch", _cloudwatch, preset="cloudwatch", quiet=(None,), loud=None, wrap=_log_events
    ),
    example(
        "docker",
        _docker,
        preset="docker",
        quiet=("info", None, "debug", None),
        loud="error",
        critical="critical",
    ),
    example("istio", _istio, preset="istio", quiet=(None,), loud=None),
    example(
        "journald", _journald, preset="journald", quiet=("6", "7", "5"), loud="3", critical="2"
    ),
    example(
        "kubernetes-audit", _kubernetes_audit, preset="kubernetes-audit", quiet=(None,), loud=None
    ),
    example(
        "kubernetes-events",
        _kubernetes_events,
        preset="kubernetes-events",
        file="telemetry/kubernetes.jsonl",
        quiet=("Normal",),
        loud="Warning",
    ),
    example("mongodb", _mongodb, preset="mongodb", quiet=("I", "D1", "D5"), loud="W", critical="F"),
    example("syslog", _syslog, preset="syslog", quiet=(6, 7, 5), loud=4, critical=1),
    example("windows", _windows, preset="windows", quiet=(4, 0, 5), loud=3, critical=1),
)
