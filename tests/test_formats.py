"""The reading of files: precedence of keys, of severities and of containers; the presets."""

from __future__ import annotations

import re
import textwrap
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.config import Config, Fields, Format, FormatKeys, MoreKeys, SeverityRules
from peaktrade_ops.formats import Preset, default_reading, presets, reading_of, time_keys
from peaktrade_ops.stage1.severity import SeverityReader
from peaktrade_ops.telemetry.records.times import read_time
from tests.support.checkout import REPO
from tests.support.formats import DEFAULTS, EXAMPLES, PRESETS, records_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.formats import FormatExample

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("empty_pages")]

NAMED_BY_THE_CONTRACT = {
    "alertmanager",
    "bunyan",
    "cloudtrail",
    "docker",
    "falco",
    "gelf",
    "journald",
    "loguru",
    "mongodb",
    "monolog",
    "otlp",
    "pino",
    "serilog-compact",
    "suricata",
    "syslog",
    "windows",
}
ANY = ("**",)
GUIDE = (REPO / "docs" / "ops" / "formats.md").read_text("utf-8")


def has(record: object, key: str) -> bool:
    """Return whether a record has a key, as it stands or as a path."""
    if not isinstance(record, dict):
        return False
    top, _, rest = key.partition(".")
    return key in record or (bool(rest) and has(record.get(top), rest))


def fits(keys: Iterable[str], example: FormatExample) -> bool:
    """Return whether all lines of an example have all keys."""
    return all(has(record, key) for key in keys for record in records_of(example))


def name_of(each: FormatExample) -> str:
    """Return the name of a test."""
    return each.name


def table_below(heading: str) -> list[list[str]]:
    """Return the rows of the first table of a section of the guide, without its head."""
    section = GUIDE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def as_code(names: Iterable[str]) -> str:
    """Return names as the guide lists them."""
    return ", ".join(f"`{name}`" for name in names)


# The reading of files that match no format.


def test_the_defaults_are_the_keys_of_the_configuration() -> None:
    """Without configuration, a reading has the default keys, no scale and no containers."""
    fields, reading = Fields(), default_reading(Config())

    assert reading[:5] == (fields.time, fields.severity, fields.type, fields.rule, fields.text)
    assert reading[5:] == ((), None, (), (), ())


def test_more_keys_are_tried_before_the_defaults() -> None:
    """A key that is also a default moves to the front."""
    config = Config(fields=Fields(more=MoreKeys(time=("at", "when"))))

    time = default_reading(config).time

    assert time[:2] == ("at", "when")
    assert time.count("at") == 1
    assert set(time) == {*Fields().time, "when"}


def test_keys_that_are_no_severity_are_not_read_as_one() -> None:
    """A key of `not` is left out of the severities only."""
    config = Config(severity=SeverityRules(not_=("level", "source")))

    reading = default_reading(config)

    assert reading.severity == tuple(key for key in Fields().severity if key != "level")
    assert reading.not_keys == ("level", "source")
    assert "source" in reading.rule


# The reading of files that match a format.


def test_a_format_without_anything_is_read_as_all_files() -> None:
    """The configuration for all files also holds for the files of a format."""
    config = Config(
        fields=Fields(time=("when",), more=MoreKeys(type=("what",))),
        severity=SeverityRules(map={"risk": "warn"}, scale="python", not_=("level",)),
    )

    assert reading_of(config, Format(files=ANY)) == default_reading(config)


def test_keys_of_the_format_come_before_those_of_its_preset_and_of_all_files() -> None:
    """The order is: the format, its preset, the configuration for all files, the defaults."""
    config = Config(fields=Fields(more=MoreKeys(time=("for_all",))))
    layout = Format(
        files=ANY,
        preset="serilog-compact",
        fields=FormatKeys(more=MoreKeys(time=("of_format",))),
    )

    time = reading_of(config, layout).time

    assert time == ("of_format", "@t", "for_all", *Fields().time)


def test_a_list_of_the_format_replaces_that_of_all_files() -> None:
    """The lists that the format does not have stay as they are for all files."""
    config = Config(fields=Fields(more=MoreKeys(time=("for_all",), type=("what",))))
    layout = Format(files=ANY, fields=FormatKeys(time=("when",)))

    reading = reading_of(config, layout)

    assert reading.time == ("when",)
    assert reading.type == ("what", *Fields().type)


def test_maps_are_merged_and_the_nearest_one_wins() -> None:
    """A value has the class of the format, else of its preset, else of all files."""
    config = Config(severity=SeverityRules(map={"f": "info", "w": "info", "x": "info"}))
    layout = Format(files=ANY, preset="mongodb", severity=SeverityRules(map={"f": "error"}))

    mapped = dict(reading_of(config, layout).map)

    assert mapped["f"] == "error"
    assert mapped["w"] == "warn"
    assert mapped["x"] == "info"


@pytest.mark.parametrize(
    ("of_format", "preset", "for_all", "scale"),
    [
        ("otel", "pino", "python", "otel"),
        (None, "pino", "python", "pino"),
        (None, "falco", "python", "python"),
        (None, None, "python", "python"),
        (None, None, None, None),
    ],
)
def test_the_nearest_scale_holds(
    of_format: object, preset: str | None, for_all: object, scale: str | None
) -> None:
    """The scale is that of the format, else of its preset, else of all files."""
    config = Config(severity=msgspec.convert({"scale": for_all}, SeverityRules))
    layout = Format(
        files=ANY, preset=preset, severity=msgspec.convert({"scale": of_format}, SeverityRules)
    )

    assert reading_of(config, layout).scale == scale


def test_keys_that_are_no_severity_are_collected() -> None:
    """What the format or all files name as no severity is none, even if named as one."""
    config = Config(severity=SeverityRules(not_=("severity",)))
    layout = Format(
        files=ANY,
        preset="kubernetes-audit",
        fields=FormatKeys(more=MoreKeys(severity=("grade", "sev"))),
        severity=SeverityRules(not_=("sev",)),
    )

    reading = reading_of(config, layout)

    assert reading.severity[0] == "grade"
    assert reading.severity.count("grade") == 1
    assert not {"severity", "sev"}.intersection(reading.severity)
    assert set(reading.not_keys) == {"severity", "sev"}


def test_containers_of_the_format_come_before_those_of_its_preset() -> None:
    """Containers have no defaults, so a format without any has none."""
    layout = Format(files=ANY, preset="otlp", unpack=("batch",), embedded=("line",))
    plain = reading_of(Config(), Format(files=ANY))

    reading = reading_of(Config(), layout)

    assert reading.unpack == ("batch", "resourceLogs.scopeLogs.logRecords")
    assert reading.embedded == ("line",)
    assert (plain.unpack, plain.embedded) == ((), ())


# The presets.


def test_the_presets_of_the_contract_are_there() -> None:
    """Section 5 of the contract names formats; there may be more."""
    assert set(presets()) >= NAMED_BY_THE_CONTRACT


def test_the_presets_are_in_the_order_of_their_names() -> None:
    """The file is sorted, so that a reader finds a preset and a new one has its place."""
    text = resources.files("peaktrade_ops").joinpath("presets.toml").read_text("utf-8")

    assert list(tomllib.loads(text)) == sorted(presets()) == list(presets())


@pytest.mark.parametrize(
    "wrong",
    [
        'severity.scale = "fahrenheit"',
        'severity.map = { high = "worst" }',
        'fields.time = [""]',
        'colour = "red"',
    ],
)
def test_a_preset_that_is_not_valid_is_refused(wrong: str) -> None:
    """A scale or a class that does not exist, an empty key and an unknown key are errors."""
    text = f'about = "a"\nsource = "b"\nkeys = ["c"]\n{wrong}\n'

    with pytest.raises(msgspec.ValidationError):
        msgspec.toml.decode(text, type=Preset)


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_complete(name: str) -> None:
    """It says what it is, what it is based on and how it is recognised, and changes something."""
    preset = presets()[name]

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert preset.about.strip() == preset.about != ""
    assert preset.source.count(" ") > 5
    assert preset.keys
    assert len({*preset.keys}) == len(preset.keys)
    assert reading_of(Config(), Format(files=ANY, preset=name)) != default_reading(Config())


@pytest.mark.parametrize("name", presets())
def test_paths_of_a_preset_have_no_empty_part(name: str) -> None:
    """A path with two dots in a row or at an end would never be found."""
    preset = presets()[name]
    fields = [key for keys in msgspec.structs.astuple(preset.fields) for key in keys]

    for path in (*preset.keys, *fields, *preset.unpack, *preset.embedded):
        assert all(path.split("."))


@pytest.mark.parametrize("name", presets())
def test_mapped_values_are_as_the_program_compares_them(name: str) -> None:
    """A value with a capital, or with other characters at its ends, would never match."""
    mapped = presets()[name].severity.map

    assert [
        each for each in mapped if not re.fullmatch("[a-z0-9]([a-z0-9+-]*[a-z0-9])?", each)
    ] == []


def test_every_preset_has_an_example() -> None:
    """The tests of examples hold all presets."""
    assert sorted(each.name for each in PRESETS) == list(presets())
    assert [each.name for each in PRESETS if each.preset != each.name] == []


@pytest.mark.parametrize("example", PRESETS, ids=name_of)
def test_an_example_is_recognised_by_its_keys(example: FormatExample) -> None:
    """Its preset is the one with the most keys, of those whose keys all its lines have."""
    counts = {name: len(each.keys) for name, each in presets().items() if fits(each.keys, example)}

    most = max(counts.values())
    assert [name for name, count in counts.items() if count == most] == [example.preset]


@pytest.mark.parametrize("example", DEFAULTS, ids=name_of)
def test_an_example_of_the_defaults_has_default_keys(example: FormatExample) -> None:
    """Its lines have the named keys of time and severity, which are defaults."""
    time, severity = example.keys

    assert time in Fields().time
    assert severity in Fields().severity
    assert fits(example.keys, example)


def test_the_names_of_examples_and_their_files_are_different() -> None:
    """An example is named once, and its file has the ending of telemetry."""
    assert len({each.name for each in EXAMPLES}) == len(EXAMPLES)
    assert [each.file for each in EXAMPLES if not each.file.endswith(".jsonl")] == []


# The guide.


def severities_of(preset: Preset) -> str:
    """Return the cell of the guide that says what severities mean."""
    if preset.severity.scale:
        return f"scale `{preset.severity.scale}`"
    if preset.severity.not_:
        return f"not {as_code(preset.severity.not_)}"
    return "mapped" if preset.severity.map else ""


def test_the_guide_lists_every_preset() -> None:
    """The table has the name, the writer, the keys, the severities and the containers."""
    expected = [
        [
            f"`{name}`",
            preset.about,
            as_code(preset.fields.time),
            as_code(preset.fields.severity),
            severities_of(preset),
            as_code((*preset.unpack, *preset.embedded)),
        ]
        for name, preset in presets().items()
    ]

    assert table_below("Presets") == expected


def test_the_guide_lists_every_format_that_the_defaults_read() -> None:
    """The table has the name and the keys of time and severity of each example."""
    expected = [[each.name, *(f"`{key}`" for key in each.keys)] for each in DEFAULTS]

    assert table_below("Read without a preset") == sorted(expected, key=lambda row: row[0].lower())


def test_the_lines_of_the_guide_for_formats_without_a_preset_do_what_it_says() -> None:
    """They name the keys of the text of .NET, and make a failed connection no critical event."""
    section = GUIDE.split("\n## Read without a preset\n", 1)[1]
    blocks = re.findall(r"  ```toml\n(.*?)  ```\n", section, re.DOTALL)
    mapped, named = (
        msgspec.toml.decode(textwrap.dedent(block), type=Config, strict=True) for block in blocks
    )

    reader = SeverityReader(dict(reading_of(mapped, mapped.formats[0]).map), None)
    assert (reader.read("FATAL").level, reader.read("PANIC").level) == ("error", "critical")
    assert default_reading(named).text[:3] == ("RenderedMessage", "Message", "MessageTemplate")


@pytest.mark.parametrize(("zone", "is_read"), [("UTC", True), ("CET", False), ("+03", False)])
def test_postgresql_has_a_time_in_utc_alone(zone: str, *, is_read: bool) -> None:
    """The guide says so, because the server writes the zone behind a space."""
    assert (read_time(f"2025-12-20 10:00:00.125 {zone}") is not None) == is_read


def test_a_file_is_recognised_by_the_time_keys_of_all_formats() -> None:
    """A file that no scan takes is looked at with every key that a format reads."""
    more = MoreKeys(time=("mine",))
    layout = Format(files=("x",), fields=FormatKeys(more=MoreKeys(time=("theirs",))))
    keys = time_keys(Config(fields=Fields(more=more), formats=(layout,)))

    assert keys[:2] == ("mine", "ts")
    assert "theirs" in keys
