"""The configuration file ``stage1.toml``: where it is, and its checks.

A message names the file, the dotted key, and what to write instead.
"""

from __future__ import annotations

import copy
import os
import re
import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from peaktrade_ops.config import (
    DAYS_OF_WEEK,
    STAGE1_TITLE,
    STAGE_FOLDER,
    STAGE_NAME,
    Config,
    stage_name,
)
from peaktrade_ops.config import Document as Model
from peaktrade_ops.config_check import Problem, check, is_date, nearest
from peaktrade_ops.errors import ConfigError, reason_of
from peaktrade_ops.formats import default_reading, presets, reading_of
from peaktrade_ops.text import is_plain_key, printable, quoted, severity_key, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG_NAME: Final = "stage1.toml"

_PRESETS_ARE: Final = "docs/ops/formats.md lists the presets"
_EXAMPLES: Final = "correct it there; stage1.toml in the repo has examples"
_BASE_STAGE: Final = "stage1"
_MOST_TITLE: Final = 100
_MOST_BYTES: Final = 2**20
Document = dict[str, Any]


class _Told(NamedTuple):
    """A problem as a value: problems with the same words are equal."""

    message: str
    hint: str


class FurtherStage(msgspec.Struct, frozen=True):
    """A stage of a table ``[stages.NAME]``: its names, and its whole configuration.

    Attributes:
        title: Its title; `None` for its name.
        folder: Its folder relative to the reports root; `None` for ``obs/NAME``.
        config: Its configuration: the base, and what its table says.
    """

    title: str | None
    folder: str | None
    config: Config

    def folder_of(self, name: str) -> str:
        """Return its folder relative to the reports root."""
        return self.folder or f"obs/{name}"


class Configuration(msgspec.Struct, frozen=True):
    """A configuration file: the base, which is that of Stage 1, and the further stages by name."""

    base: Config
    stages: Mapping[str, FurtherStage]


def load_config(path: Path) -> Config:
    """Read the base of a configuration file; see `load_configuration`."""
    return load_configuration(path).base


def load_configuration(path: Path) -> Configuration:
    """Read a configuration file.

    Args:
        path: The TOML file.

    Returns:
        The configuration, with the default of each key that the file does not set. The values in
        each `map` are as events are compared with them: cleaned and in lower case.

    Raises:
        ConfigError: The file is missing, unreadable or not TOML, has an unknown key or preset (the
            message names the closest known one), or has a value that is not allowed.
    """
    document = _document_of(path)
    try:
        return _configuration_of(document)
    except Problem as problem:
        raise ConfigError(
            f"configuration {path}: {problem.message}", hint=problem.hint
        ) from problem


def _document_of(path: Path) -> Document:
    """Read a TOML file.

    Raises:
        ConfigError: The file is missing, unreadable or not TOML.
    """
    data = _bytes_of(path)
    try:
        # An editor may begin the file with a byte-order mark.
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"configuration {path} is not UTF-8 at byte {error.start}", hint="save it as UTF-8"
        ) from error
    import tomllib  # noqa: PLC0415 (slow to load, and not every repo has a file)

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: huge numbers and deep nesting exceed the limits of Python.
        raise ConfigError(
            f"configuration {path} is not TOML: {error}", hint=_hint_for(str(error), text)
        ) from error


def _hint_for(problem: str, text: str) -> str:
    """Return what to do, above all about lines that were pasted behind others that set the same."""
    if found := re.search(r"Cannot declare \((.+?),?\) twice \(at line ([0-9]+)", problem):
        name = ".".join(part.strip().strip("'\"") for part in found[1].split(","))
        header = re.compile(rf"[ \t]*\[[ \t]*{re.escape(name)}[ \t]*\]")
        lines = enumerate(text.split("\n"), 1)
        first = next((number for number, line in lines if header.match(line)), 0)
        if re.search(rf"^[ \t]*\[\[[ \t]*{re.escape(name)}[ \t]*\]\]", text, re.MULTILINE):
            return f"each entry of {name} has two brackets: write [[{name}]] in line {found[2]}"
        if first and first != int(found[2]):
            return (
                f"a table is in a file once: move the lines below line {found[2]} to [{name}] in"
                f" line {first}, and where both set a key, keep one line"
            )
        last = name.rpartition(".")[2]
        return (
            f"lines above line {found[2]} set keys of {name}: move them below it, without {last}."
            " at their beginning"
        )
    if "Cannot overwrite a value" in problem or "immutable namespace" in problem:
        return "a key is set twice in one table: keep one line, of two lists one with all entries"
    return _EXAMPLES


def problems_in(path: Path) -> list[ConfigError]:
    """Return all that is wrong in a configuration file, as far as it can be told apart.

    Every key of a table and every entry of an array of tables is read alone; of each, the first
    problem is known. What is left when these are taken out is read as a whole.

    Args:
        path: The TOML file.
    """
    try:
        load_configuration(path)
    except ConfigError as error:
        if not isinstance(error.__cause__, Problem):
            return [error]
    else:
        return []
    document = _document_of(path)
    found = []
    for keys in list(_leaves_of(document)):
        if problem := _problem_of(_only(document, keys)):
            found.append(_renumbered(problem, keys))
            _take_out(document, keys)
    if problem := _problem_of(document):
        found.append(problem)
    return [
        ConfigError(f"configuration {path}: {each.message}", hint=each.hint)
        for each in dict.fromkeys(found)
    ]


def _bytes_of(path: Path) -> bytes:
    """Read a configuration file; a pipe is not waited for, and a device is not read.

    The null device is an empty file.

    Raises:
        ConfigError: The file cannot be read, is no regular file, or is too large.
    """
    check = "check --config and PEAK_CONFIG"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            is_null = status.st_rdev == Path(os.devnull).stat().st_rdev
            if not stat.S_ISREG(status.st_mode) and not is_null:
                raise ConfigError(f"configuration {path} is not a regular file", hint=check)
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"configuration {path} cannot be read: {reason_of(error)}"
            f" (running as uid {os.geteuid()})",
            hint=check,
        ) from error
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"configuration {path} has more than {_MOST_BYTES:,} bytes", hint=check)
    return data


def default_config_file(
    repo_root: Path, *, program_root: Path | None, telemetry_root: Path | None
) -> Path | None:
    """Return the default configuration file, which is ``stage1.toml`` in the repo root.

    A file in the telemetry root or below is not trusted, because a writer of telemetry could then
    set the thresholds. The repo of the program itself is trusted even there: a writer there can
    change the program too.

    Args:
        repo_root: The repo root, absolute.
        program_root: The root of the repo that contains the program; `None` if no repo does.
        telemetry_root: The telemetry folder, absolute; `None` if it is not known.

    Returns:
        The file; `None` if the repo root has none, or has an untrusted one equal to the defaults.

    Raises:
        ConfigError: The file is not trusted and differs from the defaults: it is safe neither to
            use it nor to ignore it.
    """
    path = repo_root / CONFIG_NAME
    if not path.is_file():
        return None
    beside = telemetry_root is not None and repo_root.is_relative_to(telemetry_root)
    if not beside or repo_root == program_root:
        return path
    if load_configuration(path) != Configuration(Config(), {}):
        raise ConfigError(
            f"configuration {path} lies in the telemetry root, from which none is read",
            hint="name it with --config if you mean it, or move it away",
        )
    return None


_Keys = tuple[str | int, ...]
"""The place of a value in a document: the keys, and the numbers of entries from 0."""


def _leaves_of(table: Document, above: _Keys = ()) -> Iterator[_Keys]:
    """Yield the places of all values and entries; those of an array come from the last on."""
    for key, value in table.items():
        here = (*above, key)
        if isinstance(value, dict) and value:
            yield from _leaves_of(value, here)
        elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            yield from ((*here, number) for number in reversed(range(len(value))))
        else:
            yield here


def _only(document: Document, keys: _Keys) -> Document:
    """Return a document with one value of another one, and nothing else."""
    value: Any = document
    for key in keys:
        value = value[key]
    value = copy.deepcopy(value)
    for key in reversed(keys):
        value = [value] if isinstance(key, int) else {key: value}
    alone: Document = value
    return alone


def _take_out(document: Document, keys: _Keys) -> None:
    """Remove a value from a document."""
    holder: Any = document
    for key in keys[:-1]:
        holder = holder[key]
    del holder[keys[-1]]


def _problem_of(document: Document) -> _Told | None:
    """Return the first problem of a document, which is not changed; `None` if there is none."""
    try:
        _configuration_of(copy.deepcopy(document))
    except Problem as problem:
        return _Told(problem.message, problem.hint)
    return None


def _renumbered(problem: _Told, keys: _Keys) -> _Told:
    """Return the problem of an entry that was read alone with the number of the entry."""
    number = next((key for key in keys if isinstance(key, int)), 0)
    return problem._replace(
        message=problem.message.replace("(entry 1 of", f"(entry {number + 1} of")
    )


def _configuration_of(document: Document) -> Configuration:
    """Return the configuration of a document, which changes on the way.

    Raises:
        Problem: A key is unknown, or a value is not allowed.
    """
    written = document.get("stages")
    further = written if isinstance(written, dict) else {}
    tables = {"": document} | {
        f"stages.{name}.": table for name, table in further.items() if isinstance(table, dict)
    }
    for prefix, table in tables.items():
        _read_policy(table, prefix)
        _refuse_never_accepted(table)
    _check_names(further)
    check(document, _model())
    for prefix, table in tables.items():
        _check_values(table, prefix)
    _check_stages(further)
    document.pop("stages", None)
    stages = {
        name: FurtherStage(
            table.pop("title", None),
            table.pop("folder", None),
            _config_of(_merged(document, table), f"stages.{name}."),
        )
        for name, table in further.items()
    }
    return Configuration(_config_of(document), stages)


def _config_of(document: Document, prefix: str = "") -> Config:
    config = msgspec.convert(document, Config)
    _refuse_without_severity(config, prefix)
    return config


def _merged(base: Document, own: Document) -> Document:
    """Return the document of a further stage: the base, and above it what its table says.

    A list of the table replaces that of the base. The formats of the table are tried before those
    of the base. What the base accepts is not accepted for the stage: its telemetry is another.
    """
    merged = _overlaid(base, own)
    merged["formats"] = [*own.get("formats", []), *base.get("formats", [])]
    merged["accepted"] = own.get("accepted", [])
    return merged


def _overlaid(base: Document, own: Document) -> Document:
    both = base | own
    for name in base.keys() & own.keys():
        if isinstance(base[name], dict) and isinstance(own[name], dict):
            both[name] = _overlaid(base[name], own[name])
    return both


def _check_names(stages: Mapping[str, object]) -> None:
    """Check the names of further stages, which become names of files and folders.

    Raises:
        Problem: A name is not allowed.
    """
    for name in stages:
        if not re.fullmatch(STAGE_NAME, name):
            raise Problem(
                f"stages cannot hold {quoted(name)}",
                hint="a name has up to 32 lower-case letters, digits, - and _, a letter first",
            )
        if name == _BASE_STAGE:
            raise Problem(
                f"stages cannot hold '{name}'",
                hint="the keys outside of [stages] are those of stage1: write them there",
            )


def _check_stages(stages: Mapping[str, Document]) -> None:
    """Check the titles and the folders of further stages.

    Raises:
        Problem: A title does not fit into a line, a folder is not one below the reports root, two
            stages have the same folder or one inside the other, or two look the same.
    """
    taken = {f"obs/{_BASE_STAGE}": _BASE_STAGE}
    for name, table in stages.items():
        title, folder = table.get("title", name), table.get("folder", f"obs/{name}")
        if printable(title) != title or not title.strip() or len(title) > _MOST_TITLE:
            raise Problem(
                f"stages.{name}.title cannot be {quoted(title[:_MOST_TITLE])}",
                hint=f"write up to {_MOST_TITLE} visible characters on one line",
            )
        if not re.fullmatch(STAGE_FOLDER, folder):
            raise Problem(
                f"stages.{name}.folder cannot be {quoted(folder)}",
                hint="write a folder below the reports root such as obs/stage2, of letters,"
                " digits, . - and _",
            )
        for other, owner in taken.items():
            if _is_within(folder, other) or _is_within(other, folder):
                raise Problem(
                    f"stages.{name}.folder cannot be {quoted(folder)}, because {owner} has {other}",
                    hint="give each stage a folder of its own, none inside another",
                )
        taken[folder] = name
    _check_headings(stages)


def _check_headings(stages: Mapping[str, Document]) -> None:
    """Check that no two stages look the same in headings, which show the name or the title.

    Raises:
        Problem: The name or the title of a stage is that of another.
    """
    taken = {_heading(text): _BASE_STAGE for text in (stage_name(_BASE_STAGE), STAGE1_TITLE)}
    for name, table in stages.items():
        for text in (stage_name(name), table.get("title", stage_name(name))):
            if (owner := taken.setdefault(_heading(text), name)) != name:
                raise Problem(
                    f"stages.{name} is headed {quoted(text.strip())}, as {owner} is",
                    hint="write another title or name, so that nobody takes one stage for another",
                )


def _heading(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_within(folder: str, other: str) -> bool:
    """Return whether a folder is another or inside it, also where case makes no difference."""
    return f"{folder.lower()}/".startswith(f"{other.lower()}/")


def _check_values(table: Document, prefix: str) -> None:
    """Check what the model does not say, in the base or in the table of a stage.

    Raises:
        Problem: A value is not allowed.
    """
    _check_days_off(table.get("policy", {}), prefix)
    _check_danger(table.get("alerts", {}), prefix)
    _check_fields(table, prefix)
    for each, key, entry in _severity_tables(table, prefix):
        if "map" in each:
            each["map"] = _cleaned_map(each["map"], f"{key}.map", entry)
    _check_presets(table.get("formats", []), prefix)


def _model() -> msgspec.inspect.StructType:
    model = msgspec.inspect.type_info(Model)
    assert isinstance(model, msgspec.inspect.StructType)  # noqa: S101 (for the type checker)
    return model


def _read_policy(document: Document, prefix: str) -> None:
    """Remove `empty_is_missing` of version 0.1.0, and replace the dates in `days_off` by texts.

    Raises:
        Problem: `empty_is_missing` is not true, which is no longer possible.
    """
    policy = document.get("policy")
    if not isinstance(policy, dict):
        return
    days = policy.get("days_off")
    if isinstance(days, list):
        policy["days_off"] = [str(day) if type(day) is date else day for day in days]
    if policy.pop("empty_is_missing", True) is not True:
        raise Problem(
            f"{prefix}policy.empty_is_missing can no longer be false",
            hint='name the days that may be empty with days_off under [policy], such as ["sat"]',
        )


def _refuse_never_accepted(document: Document) -> None:
    """Refuse the rules that have no exception, with a better hint than the allowed rules."""
    entries = document.get("accepted")
    for entry in entries if isinstance(entries, list) else []:
        rule = entry.get("rule") if isinstance(entry, dict) else None
        if rule in ("critical", "too_short"):
            raise Problem(
                f"the rule '{rule}' can never be accepted",
                hint="the verdict changes when the days have left the range",
            )


def _check_days_off(policy: Document, prefix: str) -> None:
    """Check the days off.

    Raises:
        Problem: An entry is no day of the week and no date.
    """
    for day in policy.get("days_off", ()):
        if day not in DAYS_OF_WEEK and not is_date(day):
            raise Problem(
                f"{prefix}policy.days_off cannot hold {quoted(day)}",
                hint=f"write a date such as 2025-12-25, or one of {', '.join(DAYS_OF_WEEK)}",
            )


def _check_danger(alerts: Document, prefix: str) -> None:
    """Check the word sequences of dangers.

    Raises:
        Problem: An entry has no word, so it is in no type or in every one.
    """
    for entry in alerts.get("danger", ()):
        if not words_of(entry):
            raise Problem(
                f"{prefix}alerts.danger cannot hold {quoted(entry)}, which has no word",
                hint='write words of ASCII letters such as "kill_switch"',
            )


def _check_fields(document: Document, prefix: str) -> None:
    """Check the keys of events.

    Raises:
        Problem: A key has a character that the decoder does not look for.
    """
    layouts = [(f"{prefix}fields", document)]
    layouts += [(f"{prefix}formats.fields", each) for each in document.get("formats", [])]
    for place, table in layouts:
        fields = table.get("fields", {})
        for name, keys in (*fields.items(), *fields.get("more", {}).items()):
            for key in keys if isinstance(keys, list) else ():
                if not is_plain_key(key):
                    raise Problem(
                        f"{place}.{name} cannot hold {quoted(key)}",
                        hint="a key has no quote, backslash or control character",
                    )


def _severity_tables(document: Document, prefix: str) -> Iterator[tuple[Document, str, str]]:
    """Yield each table of severities, with its key and the entry that it is in."""
    yield document.get("severity", {}), f"{prefix}severity", ""
    for number, layout in enumerate(document.get("formats", []), 1):
        entry = f" (entry {number} of [[{prefix}formats]])"
        yield layout.get("severity", {}), f"{prefix}formats.severity", entry


def _cleaned_map(written: dict[str, str], key: str, entry: str) -> dict[str, str]:
    """Return the class of each value, with the values as events are compared with them.

    Raises:
        Problem: Two values become the same and have different classes.
    """
    cleaned_to: dict[str, str] = {}
    for value, named in written.items():
        name = severity_key(value)
        first = cleaned_to.setdefault(name, value)
        if written[first] != named:
            raise Problem(
                f"{key} has {quoted(first)} and {quoted(value)}, which are the same value, as"
                f" {written[first]} and {named}{entry}",
                hint="keep one of them",
            )
    return {name: written[first] for name, first in cleaned_to.items()}


def _check_presets(layouts: list[Document], prefix: str) -> None:
    """Check the names of presets.

    Raises:
        Problem: A preset is unknown.
    """
    for number, layout in enumerate(layouts, 1):
        name = layout.get("preset")
        if name is not None and name not in presets():
            raise Problem(
                f"{prefix}formats.preset cannot be {quoted(name)}"
                f" (entry {number} of [[{prefix}formats]])",
                hint=f"did you mean '{nearest(name, presets())}'? {_PRESETS_ARE}",
            )


def _refuse_without_severity(config: Config, prefix: str) -> None:
    """Refuse a configuration in which no key of a severity is left.

    Raises:
        Problem: `not` names every key of the severity, so that no event would be critical.
    """
    places = [(f"{prefix}severity", "", default_reading(config))]
    places += [
        (
            f"{prefix}formats.severity",
            f" (entry {number} of [[{prefix}formats]])",
            reading_of(config, layout),
        )
        for number, layout in enumerate(config.formats, 1)
    ]
    for key, entry, reading in places:
        if not reading.severity:
            raise Problem(
                f"{key}.not names every key of the severity{entry}",
                hint="take one out of it, or name another key in severity of fields.more",
            )
