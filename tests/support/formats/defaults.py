"""Formats that the defaults read, without a preset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.formats.example import FormatExample, example, iso, seconds

if TYPE_CHECKING:
    from tests.support.formats.example import Level, Record, Scene


def _python(level: Level, scene: Scene) -> Record:
    record: Record = {"asctime": iso(scene, ",125", " "), "levelname": level}
    return record | {"name": "desk.quoter", "lineno": 88, "message": scene.text, "taskName": None}


def _structlog(level: Level, scene: Scene) -> Record:
    record: Record = {"order": 17, "event": scene.text, "level": level, "logger": "desk.quoter"}
    return record | {"timestamp": iso(scene, ".125000Z")}


def _zap(level: Level, scene: Scene) -> Record:
    record: Record = {"level": level, "ts": seconds(scene) + 0.125, "caller": "desk/quoter.go:88"}
    return record | {"msg": scene.text, "order": 17}


def _zerolog(level: Level, scene: Scene) -> Record:
    return {"level": level, "order": 17, "time": seconds(scene), "message": scene.text}


def _logrus(level: Level, scene: Scene) -> Record:
    return {"level": level, "msg": scene.text, "order": 17, "time": iso(scene, "+00:00")}


def _slog(level: Level, scene: Scene) -> Record:
    return {"time": iso(scene, ".125000001Z"), "level": level, "msg": scene.text, "order": 17}


def _serilog(level: Level, scene: Scene) -> Record:
    record: Record = {"Timestamp": iso(scene, ".1250000+00:00"), "Level": level}
    return record | {"MessageTemplate": scene.text, "Properties": {"OrderId": 17}}


def _dotnet(level: Level, scene: Scene) -> Record:
    record: Record = {"Timestamp": iso(scene, ".125Z"), "EventId": 17, "LogLevel": level}
    record |= {"Category": "Desk.Quoter", "Message": scene.text}
    return record | {"State": {"Message": scene.text, "{OriginalFormat}": scene.text}}


def _ecs(level: Level, scene: Scene) -> Record:
    record: Record = {"@timestamp": iso(scene, ".125Z"), "log.level": level, "message": scene.text}
    record |= {"ecs.version": "1.2.0", "service.name": "quoter", "event.dataset": "quoter"}
    return record | {"process.thread.name": "main", "log.logger": "desk.Quoter"}


def _winlogbeat(level: Level, scene: Scene) -> Record:
    record: Record = {"@timestamp": iso(scene, ".125Z"), "message": scene.text}
    record |= {"log": {"level": level}, "event": {"code": "7036", "kind": "event"}}
    record |= {"winlog": {"channel": "System", "event_id": "7036", "record_id": 17}}
    return record | {"host": {"name": "desk-1"}, "ecs": {"version": "8.0.0"}}


def _google(level: Level, scene: Scene) -> Record:
    record: Record = {"severity": level, "message": scene.text, "time": iso(scene, ".125Z")}
    return record | {"logging.googleapis.com/labels": {"order": "17"}}


def _hclog(level: Level, scene: Scene) -> Record:
    record: Record = {"@level": level, "@message": scene.text, "@module": "quoter"}
    return record | {"@timestamp": iso(scene, ".125000Z")}


def _lambda(level: Level, scene: Scene) -> Record:
    record: Record = {"timestamp": iso(scene, "Z"), "level": level, "message": scene.text}
    return record | {"requestId": "3e5a8f5c-0000-4000-8000-000000000017"}


def _logback(level: Level, scene: Scene) -> Record:
    values = {"INFO": 20000, "DEBUG": 10000, "TRACE": 5000, "ERROR": 40000}
    record: Record = {"@timestamp": iso(scene, ".125Z"), "@version": "1", "message": scene.text}
    record |= {"logger_name": "desk.Quoter", "thread_name": "main"}
    return record | {"level": level, "level_value": values[str(level)]}


def _postgresql(level: Level, scene: Scene) -> Record:
    record: Record = {"timestamp": iso(scene, ".125 UTC", " "), "pid": 4242}
    record |= {"session_id": "6943e1d0.1092", "line_num": 1, "error_severity": level}
    return record | {"message": scene.text, "backend_type": "client backend", "query_id": 0}


def _tracing(level: Level, scene: Scene) -> Record:
    record: Record = {"timestamp": iso(scene, ".125000Z"), "level": level}
    return record | {"fields": {"message": scene.text, "order": 17}, "target": "desk::quoter"}


_GO: Final = ("info", "debug")
_NET: Final = ("Information", "Debug")

DEFAULTS: Final[tuple[FormatExample, ...]] = (
    example(
        "python-json-logger",
        _python,
        keys=("asctime", "levelname"),
        quiet=("INFO", "DEBUG"),
        loud="WARNING",
        critical="CRITICAL",
    ),
    example(
        "structlog",
        _structlog,
        keys=("timestamp", "level"),
        quiet=_GO,
        loud="warning",
        critical="critical",
    ),
    example("zap", _zap, keys=("ts", "level"), quiet=_GO, loud="warn", critical="dpanic"),
    example(
        "zerolog",
        _zerolog,
        keys=("time", "level"),
        quiet=(*_GO, "trace"),
        loud="error",
        critical="panic",
    ),
    example("logrus", _logrus, keys=("time", "level"), quiet=_GO, loud="warning", critical="fatal"),
    example(
        "slog with names",
        _slog,
        keys=("time", "level"),
        quiet=("INFO", "DEBUG"),
        loud="WARN",
        critical="EMERGENCY",
    ),
    example(
        "Serilog JsonFormatter",
        _serilog,
        keys=("Timestamp", "Level"),
        quiet=(*_NET, "Verbose"),
        loud="Error",
        critical="Fatal",
        text=None,
    ),
    example(
        ".NET JsonConsole",
        _dotnet,
        keys=("Timestamp", "LogLevel"),
        file="telemetry/dotnet.jsonl",
        quiet=(*_NET, "Trace"),
        loud="Warning",
        critical="Critical",
        text=None,
    ),
    example(
        "ECS",
        _ecs,
        keys=("@timestamp", "log.level"),
        quiet=("INFO",),
        loud="WARN",
        critical="FATAL",
    ),
    example(
        "Winlogbeat",
        _winlogbeat,
        keys=("@timestamp", "log.level"),
        quiet=("information",),
        loud="warning",
        critical="critical",
    ),
    example(
        "Google Cloud structured logging",
        _google,
        keys=("time", "severity"),
        quiet=("DEFAULT", "DEBUG", "INFO", "NOTICE"),
        loud="WARNING",
        critical="ALERT",
    ),
    example("hclog", _hclog, keys=("@timestamp", "@level"), quiet=(*_GO, "trace"), loud="error"),
    example(
        "AWS Lambda",
        _lambda,
        keys=("timestamp", "level"),
        quiet=("INFO", "DEBUG", "TRACE"),
        loud="WARN",
        critical="FATAL",
    ),
    example(
        "logstash-logback-encoder",
        _logback,
        keys=("@timestamp", "level"),
        quiet=("INFO", "DEBUG", "TRACE"),
        loud="ERROR",
    ),
    example(
        "PostgreSQL jsonlog",
        _postgresql,
        keys=("timestamp", "error_severity"),
        quiet=("LOG", "DEBUG1", "INFO"),
        loud="ERROR",
        critical="PANIC",
    ),
    example(
        "Rust tracing-subscriber",
        _tracing,
        keys=("timestamp", "level"),
        quiet=("INFO", "DEBUG", "TRACE"),
        loud="ERROR",
    ),
)
