"""The artifacts as data: their bytes, their checks, and their JSON Schemas."""

from __future__ import annotations

import functools
import json
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.config import Config
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.index import build_index
from peaktrade_ops.stage1.models import (
    Artifact,
    Index,
    IndexEntry,
    NamedCount,
    ScannedFolder,
    Span,
    Summary,
    Top,
    Trend,
    to_json,
)
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import (
    DAY,
    END,
    coverage,
    decision,
    metrics,
    named_everywhere,
    old_summary,
    quiet_days,
    summary,
)
from tests.support.golden import REGENERATE, SCHEMAS, schemas

if TYPE_CHECKING:
    from pathlib import Path

TREND = build_trend(quiet_days(), window=window_until(END), config=Config())
INDEX = Index("stage1_index.v1", ".", DAY, END, (IndexEntry("stage1_trend.md", 1, "0" * 64),))
DECISION = decision()
ARTIFACTS: dict[str, Artifact] = {
    "summary": summary(),
    "trend": TREND,
    "index": INDEX,
    "decision": DECISION,
}


@functools.cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """Load a stored schema, with the forms of dates and times checked as well."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


# --- stored files --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["summary", "trend", "index", "decision"])
def test_the_stored_schemas_are_those_of_the_models(name: str) -> None:
    """The schemas that other programs use say exactly what the models ask for."""
    stored = (SCHEMAS / f"{name}.schema.json").read_bytes()

    assert json.loads(stored) == json.loads(schemas()[f"{name}.schema.json"]), REGENERATE
    assert stored == schemas()[f"{name}.schema.json"], REGENERATE


def test_no_other_schema_is_stored() -> None:
    """Each artifact has one schema, and each schema an artifact."""
    assert {path.name for path in SCHEMAS.iterdir()} == set(schemas())


# --- schemas -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["summary", "trend", "index", "decision"])
def test_written_artifacts_validate_against_the_stored_schemas(name: str) -> None:
    """Every model that is written can be read by a program that knows only the schema."""
    validator(name).validate(json.loads(to_json(ARTIFACTS[name])))


def test_an_index_that_was_built_validates(tmp_path: Path) -> None:
    """The index of a folder fits its schema, also for an empty folder."""
    validator("index").validate(json.loads(to_json(build_index(Archive(tmp_path), {}))))
    index = build_index(Archive(tmp_path), {"2025-12-20_summary.json": to_json(summary())})
    validator("index").validate(json.loads(to_json(index)))


def test_json_of_the_earlier_scripts_validates_and_reads() -> None:
    """Files with nothing but the first six fields are summaries too."""
    document = old_summary()
    assert set(document) == {
        "schema_version",
        "date",
        "created_at_utc",
        "report_dir",
        "metrics",
        "notes",
    }

    validator("summary").validate(document)
    read = msgspec.json.decode(json.dumps(document), type=Summary)

    assert read.metrics == metrics(new_alerts=2, operator_actions=1, legacy_alerts=3)
    assert read.notes == ("a note",)
    assert (read.window, read.coverage, read.top, read.hourly, read.rejected, read.settings) == (
        None,
        None,
        None,
        None,
        None,
        None,
    )


def test_a_trend_of_the_earlier_scripts_validates_and_reads() -> None:
    """Rows without a state and rollups without means, comparison and policy are read."""
    document: dict[str, Any] = json.loads(to_json(TREND))
    for row in document["series"]:
        del row["missing"], row["state"]
    for name in ("rolling_mean_7d", "first_vs_last", "policy"):
        del document["rollups"][name]

    validator("trend").validate(document)
    read = msgspec.json.decode(json.dumps(document), type=Trend)

    assert (read.series[0].missing, read.series[0].state) == (False, "ok")
    assert read.rollups.policy is None


@pytest.mark.parametrize("name", ["summary", "trend", "index", "decision"])
def test_a_field_that_is_needed_is_needed_by_schema_and_model(name: str) -> None:
    """A missing field is refused by both the schema and the model, or by neither."""
    whole = json.loads(to_json(ARTIFACTS[name]))
    refused = set()
    for field in whole:
        document = {key: value for key, value in whole.items() if key != field}
        by_schema = not validator(name).is_valid(document)
        try:
            msgspec.json.decode(json.dumps(document), type=type(ARTIFACTS[name]))
            by_model = False
        except msgspec.ValidationError:
            by_model = True
        assert by_schema == by_model
        refused |= {field} if by_model else set()

    optional = {
        "notes",
        "window",
        "coverage",
        "understanding",
        "evidence",
        "top",
        "hourly",
        "rejected",
        "settings",
        "valid_until",
    }
    assert refused == set(whole) - optional


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema_version", 2),
        ("date", 20251220),
        ("created_at_utc", None),
        ("metrics.new_alerts", -1),
        ("metrics.new_alerts", 2**63),
        ("metrics.critical_alerts", 0.5),
        ("metrics.critical_alerts", "0"),
        ("metrics.parse_errors", None),
        ("coverage.complete", 1),
        ("coverage.files", None),
        ("top.severities", [{"name": "info"}]),
        ("rejected", [{"path": "a", "line": 0, "reason": "not JSON"}]),
    ],
)
def test_a_wrong_value_is_refused_by_schema_and_model(path: str, value: object) -> None:
    """The schema refuses every wrong type and range that the program refuses."""
    document = json.loads(to_json(summary()))
    *folders, name = path.split(".")
    place = document
    for folder in folders:
        place = place[folder]
    place[name] = value

    assert not validator("summary").is_valid(document)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(document), type=Summary)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
@pytest.mark.parametrize("place", ["hour", "first", "last", "trend"])
def test_a_time_that_no_year_of_utc_holds_is_refused(moment: str, place: str) -> None:
    """A time outside of the range of UTC is refused when the file is read."""
    document = json.loads(to_json(ARTIFACTS["trend" if place == "trend" else "summary"]))
    if place == "hour":
        document["hourly"][5]["start"] = moment
    elif place == "trend":
        document["generated_at_utc"] = moment
    else:
        document["coverage"][place] = moment

    with pytest.raises(msgspec.ValidationError, match="a time is out of range"):
        msgspec.json.decode(json.dumps(document), type=Trend if place == "trend" else Summary)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("new_alerts_avg", -0.5),
        ("first_vs_last.first_avg", -1),
        ("first_vs_last.last_avg", -1e300),
        ("rolling_mean_7d", [{"date": "2025-12-20", "new_alerts": -0.01}]),
    ],
)
def test_a_mean_below_0_is_refused_by_schema_and_model(path: str, value: object) -> None:
    """A negative mean is refused by the schema and the model."""
    document = json.loads(to_json(TREND))
    *folders, name = path.split(".")
    place = document["rollups"]
    for folder in folders:
        place = place[folder]
    place[name] = value

    assert not validator("trend").is_valid(document)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(document), type=Trend)


def test_fields_of_later_versions_disturb_nobody() -> None:
    """A field of a later version is accepted by the schema and the model."""
    document = {**json.loads(to_json(summary())), "later": {"x": 1}}

    validator("summary").validate(document)
    assert msgspec.json.decode(json.dumps(document), type=Summary) == summary()


# --- bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["summary", "trend", "index", "decision"])
def test_what_is_written_can_be_read_back(name: str) -> None:
    """A model that is written and read is equal to the original."""
    model = ARTIFACTS[name]

    assert msgspec.json.decode(to_json(model), type=type(model)) == model


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_json_is_plain_ascii_without_control_characters(text: str) -> None:
    """JSON is printable ASCII without control characters, and decodes to the same text."""
    model = named_everywhere(text)
    data = to_json(model)

    assert set(data) <= {0x0A, *range(0x20, 0x7F)}
    assert msgspec.json.decode(data, type=Summary) == model


def test_delete_is_escaped() -> None:
    """DEL, the only control character that JSON does not escape, is escaped."""
    data = to_json(summary(top=Top((NamedCount("a\x7fb", 1),), (), ())))

    assert b'"a\\u007fb"' in data


def test_json_is_indented_and_ends_with_a_line_end() -> None:
    """JSON is indented and ends with a line end."""
    data = to_json(summary())

    assert data.startswith(b'{\n  "schema_version": 1,\n  "date": "2025-12-20",\n')
    assert data.endswith(b"\n}\n")
    assert b'"created_at_utc": "2025-12-20T08:00:00Z"' in data


def test_fields_stand_in_the_order_of_the_contract() -> None:
    """The order of fields is part of the bytes."""
    assert list(json.loads(to_json(summary()))) == [
        "schema_version",
        "date",
        "created_at_utc",
        "report_dir",
        "metrics",
        "notes",
        "window",
        "coverage",
        "understanding",
        "evidence",
        "top",
        "hourly",
        "rejected",
        "settings",
    ]
    marked = summary(lost=("records 2, now 1",), aged=True, remade=True)
    assert list(json.loads(to_json(marked)))[-3:] == ["lost", "aged", "remade"]


# --- checks beyond types -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "day"),
    [
        ("2025-12-20T08:00:00Z", "2025-12-20"),
        ("2025-12-20T00:30:00+01:00", "2025-12-19"),
        ("2025-12-21T00:00:00Z", "2025-12-20"),
        ("2025-12-21T00:00:00Z", "2025-12-21"),
        ("2025-12-20T23:59:59.999999Z", "2025-12-20"),
    ],
)
def test_a_summary_belongs_to_the_utc_date_of_its_end(made: str, day: str) -> None:
    """The date is the UTC date of the end; at midnight the day before is valid too."""
    document = json.dumps(old_summary(created_at_utc=made, date=day))

    assert msgspec.json.decode(document, type=Summary).date == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("made", "day"),
    [
        ("2025-12-20T00:00:00.000001Z", "2025-12-19"),
        ("2025-12-20T00:30:00+01:00", "2025-12-20"),
        ("2025-12-21T00:00:00Z", "2025-12-19"),
        ("2025-12-20T08:00:00Z", "2024-12-20"),
    ],
)
def test_a_summary_of_another_date_is_refused(made: str, day: str) -> None:
    """A quiet day cannot be made to speak for another one by changing its date."""
    document = json.dumps(old_summary(created_at_utc=made, date=day))

    with pytest.raises(msgspec.ValidationError, match="created_at_utc does not belong to the date"):
        msgspec.json.decode(document, type=Summary)


def test_a_window_is_24_hours_whatever_its_offsets() -> None:
    """The length of a window is 24 hours of real time, whatever its UTC offsets."""
    berlin = timezone(timedelta(hours=1))

    assert Span(END.astimezone(berlin) - timedelta(hours=24), END).end == END
    with pytest.raises(ValueError, match="not 24 hours long"):
        Span(datetime(2025, 12, 19, 8, tzinfo=berlin), END)


def test_the_number_of_scanned_files_is_not_that_of_the_listed_ones() -> None:
    """A report lists at most 1,000 files, and counts all of them by folder."""
    folders = (ScannedFolder("a", 900, 1, 1, 1), ScannedFolder("b", 600, 0, 0, 0))

    assert coverage(folders=folders).scanned == 1500
    assert coverage(folders=None).scanned == 1
