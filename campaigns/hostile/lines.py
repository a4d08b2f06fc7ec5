"""Hostile lines: what the program counts is what the slow reading of the tests counts."""

from __future__ import annotations

import hashlib
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from campaigns.hostile.attack import LostError, Target, mutated
from peaktrade_ops.config import (
    Config,
    Fields,
    Format,
    FormatKeys,
    Limits,
    MoreKeys,
    SeverityRules,
)
from peaktrade_ops.stage1.names import (
    DANGERS,
    UNKNOWN_SEVERITY,
    UNKNOWN_VALUES,
    UNREAD_KEYS,
    UNREAD_SEVERITY,
)
from peaktrade_ops.telemetry.counting.kept import Recut, from_bytes, to_bytes
from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.counting.tally import merge
from peaktrade_ops.telemetry.files.source import source_of
from tests.support import hostile as told
from tests.support.layouts import EMBEDDED, MAPS, NOT_KEYS, SCALES, UNPACKS, rules_of
from tests.support.memory_store import MemoryStore
from tests.support.odd_times import ODD_TIMES, good_times, time_values
from tests.support.oddities import ACTION_TYPES, DANGER_TYPES, ODD_MEMBERS, nested
from tests.support.oracle import expect_report
from tests.support.scanning import END, Counted, as_expected, counted, setup_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peaktrade_ops.telemetry.counting.tally import Tally
    from peaktrade_ops.telemetry.files.source import Source
    from tests.support.oracle import ExpectedReport, Rules

_FOLDER: Final = "/t"
# The slow reading takes seconds for deeper or longer lines.
_MOST_BYTES: Final = 700
_RECORD_BYTES: Final = 4096
# The names that a report shows.
_SHOWN: Final = 8

PIECES: Final = (
    *(each for each in told.DAMAGES if each),
    *(each for each in told.LAST_LINES if len(each) < _MOST_BYTES),
    *(member.encode() for member in ODD_MEMBERS if len(member) < _MOST_BYTES),
    *(b",", b":", b'":', b'{"', b"}}", b"[{", b"null", b"true", b"1e9", b"-0", b"\\u0041", b'\\"'),
    *(b"critical", b"level=fatal", b"PANIC", b"legacy", b"risk_limit", b"alert", b"ack"),
)
"""What lines are damaged with."""

_GOOD_TIMES: Final = tuple(good_times(END))
_TIMES: Final = (*_GOOD_TIMES, *time_values(END), *ODD_TIMES)
_BROKEN: Final = [each for each in told.BROKEN_LINES if len(each) < _MOST_BYTES]
_VALUES: Final = [each for each in told.ODD_VALUES if len(each) < _MOST_BYTES]
_TYPES: Final = (*told.TYPES, *ACTION_TYPES, *DANGER_TYPES)
_KEYS: Final = (*told.SEVERITY_KEYS, *told.TYPE_KEYS, *told.RULE_KEYS, *told.TEXT_KEYS)


def event(random: Random) -> str:
    """Return an event as JSON: any members in any order, some of them twice."""
    members = [f'"{_key(random, told.TIME_KEYS)}":{random.choice(_GOOD_TIMES)}']
    if random.random() < 0.2:  # noqa: PLR2004 (a share)
        members[0] = f'"{_key(random, told.TIME_KEYS)}":{random.choice(_TIMES)}'
    members += (_member(random) for _ in range(random.choice((0, 1, 2, 2, 3, 4, 7))))
    if random.randrange(4) == 0:
        random.shuffle(members)
    gap = random.choice(("", "", "", " ", "\t", "\r"))
    return "{" + gap + f"{gap},".join(members) + gap + "}" + gap


def _key(random: Random, keys: Sequence[str]) -> str:
    return random.choice(keys[:3] if random.randrange(2) else keys)


def _member(random: Random) -> str:  # noqa: PLR0911 (one for each kind)
    match random.randrange(9):
        case 0 | 1:
            return f'"{_key(random, told.SEVERITY_KEYS)}":{random.choice(told.SEVERITIES)}'
        case 2 | 3:
            return f'"{_key(random, told.TYPE_KEYS)}":{random.choice(_TYPES)}'
        case 4:
            return f'"{_key(random, told.RULE_KEYS)}":{random.choice(told.RULES)}'
        case 5:
            return f'"{random.choice(_KEYS)}":{random.choice(_VALUES)}'
        case 6:
            return random.choice(ODD_MEMBERS)
        case 7 if random.randrange(3) == 0:
            inner = event(random)
            return random.choice(
                (
                    f'"Records":[{inner}]',
                    f'"Records":[{inner},{event(random)},5,null]',
                    f'"spans":[{{"logs":[{inner},{{}}]}},{{"logs":{inner}}},3]',
                    f'"log":{nested(inner, 1)}',
                    f'"message":{nested(inner, 1)}',
                )
            )
        case _:
            return random.choice(told.EXTRA_MEMBERS)


def line(random: Random) -> bytes:
    """Return a line: an event, a damaged one, or none; without a line feed."""
    kind = random.randrange(20)
    if kind < 11:  # noqa: PLR2004 (a share)
        found = event(random).encode()
    elif kind < 17:  # noqa: PLR2004 (a share)
        found = mutated(random, event(random).encode(), PIECES)
    elif kind < 19:  # noqa: PLR2004 (a share)
        found = random.choice(_BROKEN)
    else:
        found = random.randbytes(random.randrange(9))
    return found.replace(b"\n", b"")[:_MOST_BYTES]


_SHORT: Final = (
    *(b"{}", b"{} ", b"x", b"1", b"", b"\r", b"[]", b"null", b"\xff", b"{", b'""', b"{}x", b"\0"),
    *(
        b'{"level":"crit"}',
        b'{"sev":1}',
        b'{"v1":1}',
        b'{"level":null}',
        b'{"lev":{}}',
        b'{"log":"{}"}',
    ),
    *(
        b'{"ts":1766145600}',
        b'{"ts":1766045600}',
        b'{"ts":"2025-12-19 12:00"}',
        b'{"ts":1766217000}',
    ),
    *(
        b'{"ts":1766145600,"level":"crit"}',
        b'{"ts":1766145600,"a":"PANIC"}',
        b'{"ts":1,"at":1766145600}',
    ),
    *(
        b'{"Records":[{},{"level":"panic"}]}',
        b'{"type":"alert"}',
        b'{"type":"ack"}',
        b"\xef\xbb\xbf{}",
    ),
    *(
        b'{"levelno":5}',
        b'{"a":"level=fatal"}',
        b'{"ts":1766145600.5}',
        b'{"ts":"2025-12-19T12:00Z"}',
    ),
)


def short_line(random: Random) -> bytes:
    """Return a short line, mostly one of few; the program reads equal lines of a block together."""
    found = random.choice(_SHORT)
    if random.randrange(40) == 0:
        found = mutated(random, found, PIECES).replace(b"\n", b"")[:40]
    return found


CONFIGS: Final = {
    "default": Config(limits=Limits(record_bytes=_RECORD_BYTES)),
    **{
        f"formats {number}": Config(
            fields=Fields(more=MoreKeys(severity=("status", "labels.severity"), time=("x",))),
            severity=SeverityRules(map=MAPS[number % len(MAPS)]),
            formats=(
                Format(
                    files=("telemetry/**", "alert.jsonl.1"),
                    fields=FormatKeys(severity=("level", "log.level") if number % 2 else None),
                    severity=SeverityRules(
                        scale=SCALES[number % len(SCALES)],
                        not_=NOT_KEYS[number % len(NOT_KEYS)],
                    ),
                    unpack=UNPACKS[number % len(UNPACKS)],
                    embedded=EMBEDDED[number // 4 % len(EMBEDDED)],
                ),
            ),
            limits=Limits(record_bytes=_RECORD_BYTES),
        )
        for number in range(16)
    },
}
"""The configurations that lines are read by."""


class _Fast(NamedTuple):
    """The program with one configuration."""

    scanner: Scanner
    rules: Rules
    files: dict[str, bytes]


def _fast(config: Config) -> _Fast:
    files: dict[str, bytes] = {}
    setup = setup_for(config)._replace(store=MemoryStore(files))
    return _Fast(Scanner(setup), rules_of(config, told.PATHS), files)


_KNOWN: Final[dict[str, _Fast]] = {}


def scanned(name: str, path: str, content: bytes, cuts: Sequence[int] = ()) -> Counted:
    """Scan a file in memory by one of `CONFIGS`, in parts that are cut at some places."""
    fast = _known(name)
    source = _written(fast, path, content)
    ends = [*sorted(min(cut, source.size) for cut in cuts), source.size]
    parts = [Part(source, start, end) for start, end in zip([0, *ends], ends, strict=False)]
    return counted((fast.scanner.scan(part) for part in parts), fast.scanner)


def _known(name: str) -> _Fast:
    if name not in _KNOWN:
        _KNOWN[name] = _fast(CONFIGS[name])
    return _KNOWN[name]


def _written(fast: _Fast, path: str, content: bytes) -> Source:
    fast.files.clear()
    location = f"{_FOLDER}/{path}"
    fast.files[location] = content
    store = fast.scanner.setup.store
    return source_of(path, location, store.identity(location))


def check_file(name: str, path: str, content: bytes, random: Random) -> None:
    """Compare the counts of a file with the slow reading, with its parts, and with the cache.

    Args:
        name: One of `CONFIGS`.
        path: Its path.
        content: Its bytes, which are not compressed.
        random: Says where it is cut.

    Raises:
        LostError: They differ.
    """
    whole = scanned(name, path, content)
    file = whole.file
    if file.lines != file.blank + file.events + file.rejected + file.partial:
        raise LostError(f"the lines of {file} do not add up")
    expected = expect_report({path: content}, end=END, rules=_known(name).rules)
    _compare(whole, expected)
    cuts = [random.randrange(len(content) + 1) for _ in range(random.randrange(3))]
    if cuts and _data(scanned(name, path, content, cuts).tally) != _data(whole.tally):
        raise LostError(f"cut at {cuts}, the parts do not add up")
    scanner = _known(name).scanner
    kept = Recut(whole.cells, scanner.new_tally).tally(
        from_bytes(to_bytes(whole.tally, whole.cells)), path
    )
    if kept is None or _data(merge([kept], scanner.new_tally())) != _data(whole.tally):
        raise LostError("what the cache keeps is not what was counted")


def _data(tally: Tally) -> Mapping[str, object]:
    """Return a tally as data that can be compared."""
    return {name: getattr(tally, name) for name in tally.__struct_fields__}


def _compare(found: Counted, expected: ExpectedReport) -> None:
    counts, understanding = as_expected(found), expected.understanding
    if counts != expected.counts:
        raise LostError(_first_difference(counts, expected.counts))
    sums = found.sums
    pairs = {
        "unknown_severity": (
            sums.marks[UNKNOWN_SEVERITY],
            understanding.unknown_severity,
        ),
        "unread_severity": (sums.marks[UNREAD_SEVERITY], understanding.unread_severity),
        "danger": (sums.marks[DANGERS], understanding.danger),
        "unknown_values": (found.top(UNKNOWN_VALUES, _SHOWN), understanding.unknown_values),
        "unread_keys": (found.top(UNREAD_KEYS, _SHOWN), understanding.unread_keys),
    }
    for name, (mine, theirs) in pairs.items():
        if mine != theirs:
            raise LostError(f"{name} is {mine!s:.200}, and should be {theirs!s:.200}")


def _first_difference(mine: object, theirs: object) -> str:
    for name in vars(theirs):
        one, other = getattr(mine, name), getattr(theirs, name)
        if one != other:
            return f"{name} is {one!s:.200}, and should be {other!s:.200}"
    return "the counts differ"


def _check_lines(lines: Sequence[bytes], names: Sequence[str]) -> None:
    """Check the lines as one file; what else is chosen follows from them."""
    content = b"\n".join(lines)
    random = Random(hashlib.blake2b(content, digest_size=8).digest())  # noqa: S311 (not secret)
    content = random.choice((b"", b"", b"", told.BYTE_ORDER_MARK)) + content
    content += random.choice((b"\n", b"\n", b"", b"\r\n"))
    if content.startswith((b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd", b"\xfd7z")):
        content = b"\n" + content
    check_file(random.choice(names), random.choice(told.PATHS), content, random)


LINES: Final = Target(
    "lines, by default",
    line,
    lambda lines: _check_lines(lines, ["default"]),
    inputs=400_000,
    few=400,
    batch=50,
    together=5,
)
FORMATS: Final = Target(
    "lines, with formats, maps, scales and other keys",
    line,
    lambda lines: _check_lines(lines, [name for name in CONFIGS if name != "default"]),
    inputs=400_000,
    few=400,
    batch=50,
    together=5,
)
SHORT: Final = Target(
    "short lines, many of which are equal",
    short_line,
    lambda lines: _check_lines(lines, list(CONFIGS)),
    inputs=1_000_000,
    few=800,
    batch=200,
)
