"""Formats of monitoring and of security tools that need a preset; most of them know alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.formats.example import CRITICAL, LOUD, FormatExample, example, iso

if TYPE_CHECKING:
    from tests.support.formats.example import Level, Record, Scene


def _alertmanager(level: Level, scene: Scene) -> Record:
    labels = {"alertname": "QuoteLate", "instance": "desk-1:9100", "severity": level}
    record: Record = {"status": "firing", "labels": labels}
    record |= {"annotations": {"summary": scene.text}, "startsAt": iso(scene, ".125Z")}
    record |= {"endsAt": "0001-01-01T00:00:00Z", "fingerprint": "1a30ba71cca2921f"}
    return record | {"generatorURL": "http://desk-1:9090/graph?g0.expr=up+%3D%3D+0"}


def _webhook(records: list[Record]) -> Record:
    record: Record = {"receiver": "desk", "status": "firing", "alerts": records}
    record |= {"groupLabels": {"alertname": "QuoteLate"}, "commonLabels": {}}
    record |= {"commonAnnotations": {}, "externalURL": "http://desk-1:9093", "version": "4"}
    return record | {"groupKey": '{}:{alertname="QuoteLate"}', "truncatedAlerts": 0}


def _cloudtrail(_level: Level, scene: Scene) -> Record:
    record: Record = {"eventVersion": "1.11", "eventTime": iso(scene)}
    record |= {"userIdentity": {"type": "IAMUser", "userName": "quoter"}}
    record |= {"eventSource": "s3.amazonaws.com", "eventName": "GetObject"}
    record |= {"awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.7"}
    if scene == LOUD:
        record |= {"errorCode": "AccessDenied", "errorMessage": scene.text}
    record |= {"requestParameters": {"key": scene.text}, "responseElements": None}
    return record | {"eventType": "AwsApiCall", "managementEvent": False, "eventCategory": "Data"}


def _records(records: list[Record]) -> Record:
    return {"Records": records}


def _falco(level: Level, scene: Scene) -> Record:
    record: Record = {"hostname": "desk-1", "output": f"{scene.clock}: {level} {scene.text}"}
    record |= {"output_fields": {"evt.time": 1766224800125000001, "user.name": "root"}}
    record |= {"priority": level, "rule": "Terminal shell in container", "source": "syscall"}
    return record | {"tags": ["container", "shell"], "time": iso(scene, ".125000001Z")}


def _suricata(level: Level, scene: Scene) -> Record:
    record: Record = {"timestamp": iso(scene, ".125000+0000"), "flow_id": 210960014471571}
    record |= {"event_type": "flow" if level is None else "alert"}
    record |= {"src_ip": "10.0.0.5", "src_port": 60757, "dest_ip": "192.0.2.7", "dest_port": 443}
    record["proto"] = "TCP"
    if level is None:
        flow = {"pkts_toserver": 2, "bytes_toserver": 180, "state": "new", "alerted": False}
        return record | {"flow": flow | {"reason": "timeout"}}
    alert: Record = {"action": "allowed", "gid": 1, "signature_id": 2018358, "rev": 10}
    alert |= {"signature": scene.text, "category": "Misc activity", "severity": level}
    return record | {"alert": alert, "app_proto": "tls"}


def _wazuh(level: Level, scene: Scene) -> Record:
    rule = {"level": level, "description": scene.text, "id": "5760", "firedtimes": 1}
    record: Record = {"timestamp": iso(scene, ".125+0000"), "rule": rule | {"groups": ["sshd"]}}
    record |= {"agent": {"id": "001", "name": "desk-1"}, "manager": {"name": "desk-0"}}
    record |= {"id": "1766224800.17", "full_log": "sshd: accepted", "decoder": {"name": "sshd"}}
    return record | {"location": "/var/log/auth.log"}


SECURITY: Final[tuple[FormatExample, ...]] = (
    example(
        "alertmanager",
        _alertmanager,
        preset="alertmanager",
        # The name of the file makes its events alerts from a warning on.
        file="webhook/alerts.jsonl",
        quiet=("info", "none"),
        loud="warning",
        critical="page",
        wrap=_webhook,
        alerts=2,
    ),
    example(
        "cloudtrail", _cloudtrail, preset="cloudtrail", quiet=(None,), loud=None, wrap=_records
    ),
    example(
        "falco",
        _falco,
        preset="falco",
        file="falco/alerts.jsonl",
        quiet=("Informational", "Debug", "Notice"),
        loud="Warning",
        critical="Critical",
        text=f"12:00:00: Critical {CRITICAL.text}",
        alerts=2,
    ),
    example("suricata", _suricata, preset="suricata", quiet=(None,), loud=3, critical=1, alerts=2),
    example(
        "wazuh",
        _wazuh,
        preset="wazuh",
        file="wazuh/alerts.jsonl",
        quiet=(3, 5, 0),
        loud=10,
        critical=15,
        alerts=2,
    ),
)
