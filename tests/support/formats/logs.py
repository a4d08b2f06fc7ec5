"""Formats of logging libraries and protocols that need a preset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.formats.example import QUIET, FormatExample, example, iso, seconds

if TYPE_CHECKING:
    from tests.support.formats.example import Level, Record, Scene


def _bunyan(level: Level, scene: Scene) -> Record:
    record: Record = {"name": "quoter", "hostname": "desk-1", "pid": 4242, "level": level}
    record |= {"msg": scene.text, "time": iso(scene, ".125Z"), "v": 0}
    return record


def _gelf(level: Level, scene: Scene) -> Record:
    record: Record = {"version": "1.1", "host": "desk-1", "short_message": scene.text}
    record |= {"timestamp": seconds(scene) + 0.125, "level": level, "_strategy": "maker"}
    if scene == QUIET[0]:
        # The level is optional.
        del record["level"]
    return record


def _log4j2(level: Level, scene: Scene) -> Record:
    instant = {"epochSecond": seconds(scene), "nanoOfSecond": 125_000_000}
    record: Record = {"instant": instant, "thread": "main", "level": level}
    record |= {"loggerName": "desk.Quoter", "message": scene.text, "endOfBatch": False}
    record |= {"loggerFqcn": "org.apache.logging.slf4j.Log4jLogger"}
    return record | {"threadId": 1, "threadPriority": 5}


def _logstash(level: Level, scene: Scene) -> Record:
    record: Record = {"level": level, "loggerName": "logstash.javapipeline"}
    record |= {"timeMillis": seconds(scene) * 1000 + 125, "thread": "[main]-pipeline-manager"}
    return record | {"logEvent": {"message": scene.text, "pipeline_id": "main"}}


def _loguru(level: Level, scene: Scene) -> Record:
    shown = iso(scene, ".125000+00:00", " ")
    number = {"TRACE": 5, "DEBUG": 10, "SUCCESS": 25, "WARNING": 30, "CRITICAL": 50}[str(level)]
    record: Record = {
        "elapsed": {"repr": "0:00:12.500000", "seconds": 12.5},
        "exception": None,
        "extra": {"order": "A-17"},
        "file": {"name": "quoter.py", "path": "quoter.py"},
        "function": "quote",
        "level": {"icon": "*", "name": level, "no": number},
        "line": 88,
        "message": scene.text,
        "module": "quoter",
        "name": "desk.quoter",
        "process": {"id": 4242, "name": "MainProcess"},
        "thread": {"id": 140001, "name": "MainThread"},
        "time": {"repr": shown, "timestamp": seconds(scene) + 0.125},
    }
    return {"text": f"{shown} | {level} | {scene.text}\n", "record": record}


def _monolog(level: Level, scene: Scene) -> Record:
    names = {100: "DEBUG", 200: "INFO", 250: "NOTICE", 400: "ERROR", 550: "ALERT"}
    record: Record = {"message": scene.text, "context": {"order": 17}, "level": level}
    record |= {"level_name": names[int(level or 0)], "channel": "desk"}
    return record | {"datetime": iso(scene, ".125000+00:00"), "extra": {}}


def _otlp(level: Level, scene: Scene) -> Record:
    number, text = str(level).split()
    record: Record = {"timeUnixNano": f"{seconds(scene)}125000000"}
    if scene == QUIET[1]:
        # The time of the source is not known.
        record["timeUnixNano"] = "0"
    record |= {"observedTimeUnixNano": f"{seconds(scene)}250000000"}
    record |= {"severityNumber": int(number), "severityText": text}
    record |= {"body": {"stringValue": scene.text}}
    record |= {"attributes": [{"key": "order.id", "value": {"intValue": "17"}}]}
    return record | {"traceId": "5b8aa5a2d2c872e8321cf37308d69df2", "spanId": "051581bf3cb55c13"}


def _resource_logs(records: list[Record]) -> Record:
    service = {"key": "service.name", "value": {"stringValue": "quoter"}}
    scopes = [{"scope": {"name": "desk"}, "logRecords": [each]} for each in records]
    return {"resourceLogs": [{"resource": {"attributes": [service]}, "scopeLogs": scopes}]}


def _pino(level: Level, scene: Scene) -> Record:
    record: Record = {"level": level, "time": seconds(scene) * 1000 + 125, "pid": 4242}
    return record | {"hostname": "desk-1", "reqId": "req-1", "msg": scene.text}


def _serilog_compact(level: Level, scene: Scene) -> Record:
    record: Record = {"@t": iso(scene, ".1250000Z"), "@mt": scene.text}
    if level is not None:
        record["@l"] = level
    return record | {"OrderId": 17, "SourceContext": "Desk.Quoter"}


def _slog(level: Level, scene: Scene) -> Record:
    record: Record = {"time": iso(scene, ".125000001Z"), "level": level, "msg": scene.text}
    return record | {"order": 17}


def _winston(level: Level, scene: Scene) -> Record:
    return {"level": level, "message": scene.text, "timestamp": iso(scene, ".125Z")}


LOGS: Final[tuple[FormatExample, ...]] = (
    example("bunyan", _bunyan, preset="bunyan", quiet=(30, 20, 30, 10), loud=50, critical=60),
    example("gelf", _gelf, preset="gelf", quiet=(6, 7, 5, 6), loud=3, critical=2),
    example(
        "log4j2", _log4j2, preset="log4j2", quiet=("INFO", "DEBUG"), loud="ERROR", critical="FATAL"
    ),
    example(
        "logstash",
        _logstash,
        preset="logstash",
        quiet=("INFO", "DEBUG", "TRACE"),
        loud="WARN",
        critical="FATAL",
    ),
    example(
        "loguru",
        _loguru,
        preset="loguru",
        quiet=("SUCCESS", "DEBUG", "TRACE"),
        loud="WARNING",
        critical="CRITICAL",
    ),
    example("monolog", _monolog, preset="monolog", quiet=(200, 100, 250), loud=400, critical=550),
    example(
        "otlp",
        _otlp,
        preset="otlp",
        quiet=("9 Information", "5 DEBUG", "10 INFO2", "1 TRACE"),
        loud="17 ERROR",
        critical="21 FATAL",
        wrap=_resource_logs,
    ),
    example("pino", _pino, preset="pino", quiet=(30, 20, 35, 10), loud=40, critical=60),
    example(
        "serilog-compact",
        _serilog_compact,
        preset="serilog-compact",
        quiet=(None, "Debug", None, "Verbose"),
        loud="Error",
        critical="Fatal",
    ),
    example(
        "slog",
        _slog,
        preset="slog",
        quiet=("INFO", "DEBUG-4", "INFO+2", "DEBUG+1"),
        loud="WARN+1",
        critical="ERROR+4",
    ),
    example(
        "winston",
        _winston,
        preset="winston",
        quiet=("info", "http", "silly", "verbose"),
        loud="warn",
    ),
)
