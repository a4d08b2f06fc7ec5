"""Hostile values: times, severities, nets, keywords and globs, each against the slow reading."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from campaigns.hostile.attack import LostError, Target, mutated
from campaigns.hostile.lines import event
from peaktrade_ops.config import Config
from peaktrade_ops.errors import UsageError
from peaktrade_ops.formats import default_reading
from peaktrade_ops.stage1.nets import NAMED, SUSPICIOUS, Found, Nets
from peaktrade_ops.stage1.severity import SeverityReader
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.records.decode import LineDecoder
from peaktrade_ops.telemetry.records.events import EventReader
from peaktrade_ops.telemetry.records.keywords import Keywords, LinePattern
from peaktrade_ops.text import NumberText
from tests.support import hostile as told
from tests.support.layouts import MAPS, SCALES
from tests.support.odd_times import ODD_TIMES, good_times, time_values
from tests.support.oddities import ODD_MEMBERS, SEVERITY_VALUES
from tests.support.oracle import judge_line, matches_glob, read_time
from tests.support.oracle.nets import unread_in
from tests.support.oracle.severity import is_absent, judge
from tests.support.scanning import END

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

_LIMIT: Final = 4096
_TIMES: Final = tuple(
    value.encode() for value in (*good_times(END), *good_times(END), *time_values(END), *ODD_TIMES)
)
_TIME_PIECES: Final = (
    *(bytes([byte]) for byte in b'0123456789"-+:.,TtZzeE {}[]'),
    *(b"2000", b"2099", b"1999", b"2100", b"-02-29", b"T24:00", b":60", b" UTC", b"GMT", b"+23:59"),
    *(b"99999999999", b"e19", b"0.", b"\\u0030", "\u0661".encode(), b"null", b"T00:00"),
)
_SEVERITY_PIECES: Final = (
    *(bytes([byte]) for byte in b'0123456789"-+. _/eE'),
    *(value.strip('"').encode() for value in told.SEVERITIES if len(value) < 24),  # noqa: PLR2004 (short)
    *(b"\\u001b[31m", b"\\u001b[", b"non", b"not ", b"Critical", b"\\u212a", b"[]", b"{}", b"null"),
)


def _drawn(values: Sequence[bytes], pieces: Sequence[bytes]) -> Callable[[Random], bytes]:
    """Return a function that draws one of some values, mostly with damage; no line feeds."""

    def draw(random: Random) -> bytes:
        value = random.choice(values)
        if random.randrange(4):
            value = mutated(random, value, pieces)
        return value.replace(b"\n", b"")[:_LIMIT]

    return draw


_times = EventReader(["ts"], 2 * _LIMIT)


def _check_times(values: Sequence[bytes]) -> None:
    """Read the values as times of the events of one block, whatever these are."""
    lines = [b'{"ts":%b}' % value for value in values]
    records = _times.read(b"\n".join((*lines, b"")), lines, may_grow=False)
    times = dict(zip(records.positions(), records.times.moments, strict=True))
    others = dict(records.others)
    for position, line in enumerate(lines):
        outcome, reason, event_ = judge_line(line, 2 * _LIMIT, ended=True)
        if outcome == "event":
            value = event_.get("ts") if isinstance(event_, dict) else None
            time = read_time(value)
            if position not in times or times[position] != (time and time[0]):
                raise LostError(
                    f"{line!r} has the time {times.get(position)}, and should have {time}"
                )
        elif others.get(position) != (reason or None):
            raise LostError(f"{line!r} is {others.get(position)}, and should be {reason}")


TIMES: Final = Target(
    "times",
    _drawn(_TIMES, _TIME_PIECES),
    _check_times,
    inputs=4_000_000,
    few=2000,
    batch=100,
    together=20,
)


_decoder = LineDecoder(["level"], 2 * _LIMIT, NumberText)
_values_of = _decoder.values_of(["level"])
_READINGS: Final = tuple(
    default_reading(Config())._replace(
        map=tuple(sorted(MAPS[number % len(MAPS)].items())) if number % 2 else (),
        scale=(None, *SCALES)[number % 7],
    )
    for number in range(14)
)
_READERS: Final = tuple(SeverityReader(dict(each.map), each.scale) for each in _READINGS)


def _check_severities(values: Sequence[bytes]) -> None:
    """Read the values of events as severities, by several maps and scales."""
    for number, value in enumerate(values):
        line = b'{"level":%b}' % value
        event_ = _decoder.read(line)
        _, _, record = judge_line(line, 2 * _LIMIT, ended=True)
        if (record is None) != (event_ is None or isinstance(event_, str)):
            raise LostError(f"{line!r} is {event_}, and should be {record}")
        if not isinstance(record, dict):
            continue
        written = record.get("level")
        which = (len(value) + number) % len(_READERS)
        found = _READERS[which].most_severe(_values_of(event_))
        expected = None if is_absent(written) else judge(written, _READINGS[which])
        if (found and tuple(found)) != (expected and tuple(expected)):
            raise LostError(f"{line!r} is {found}, and should be {expected} ({which})")


SEVERITIES: Final = Target(
    "severities",
    _drawn([value.encode() for value in (*SEVERITY_VALUES, *told.SEVERITIES)], _SEVERITY_PIECES),
    _check_severities,
    inputs=3_000_000,
    few=2000,
    batch=14,
    together=10,
)


_NET_PIECES: Final = (
    *(member.encode() for member in ODD_MEMBERS if len(member) < 200),  # noqa: PLR2004 (short)
    *(b'"', b'\\"', b'\\\\\\"', b"\\", b":", b",", b"{", b"}", b"true", b"null", b"=", b" ", b"\r"),
    *(b"level", b"LVL=", b"severity", b"priority", b"PRIORITY", b"fatal", b"Panic", b"CRITICAL"),
    *(rb"\u0022", rb"\\u0022", b"u0022", rb"\u0022fatal\u0022", rb":\u0022", rb"level=\u0022"),
    *(b"sev_", b"@", b"lev\\u0065l", b'""', b'"-"', b"x", b"E", b"1"),
)
_reading = default_reading(Config())
_nets = Nets(_reading.not_keys, _reading.severity, lambda _: False)
_suspicious = Keywords("nothing-has-this", SUSPICIOUS)
_named = LinePattern(NAMED)


def _net_line(random: Random) -> bytes:
    line = event(random).encode()
    for _ in range(random.randrange(3)):
        line = mutated(random, line, _NET_PIECES)
    return line.replace(b"\n", b"")[:_LIMIT]


def _check_nets(lines: Sequence[bytes]) -> None:
    """Look for severities that are not read, alone and behind the search of the whole block."""
    events = [line for line in lines if judge_line(line, _LIMIT, ended=True)[0] == "event"]
    if not events:
        return
    suspects = set(_suspicious.search(b"\n".join((*events, b"")), events).suspects)
    named = set(_named.positions(events))
    for position, line in enumerate(events):
        words = _nets.words_in(line) if position in suspects else Found()
        key = _nets.key_in(line) if position in named else None
        text = line.decode()
        bare = key if words.bare is None else words.bare
        for has_severity in (False, True):
            found = words.always
            if found is None and not has_severity:
                found = bare
            expected = unread_in(text, _reading, has_severity=has_severity)
            if found != expected:
                raise LostError(f"{line!r} has {found!r}, and should have {expected!r}")


NETS: Final = Target("nets", _net_line, _check_nets, inputs=500_000, few=400, batch=40, together=5)


_REGEX_PIECES: Final = (
    *(bytes([byte]) for byte in b"()[]{}|*+?.^$-\\,a-z019 _i"),
    *(rb"\b", rb"\d", rb"\pL", rb"(?i", rb"(?s)", rb"(?m)", rb"\A", rb"\z", rb"\C", rb"{1,1000}"),
    *(rb"[[:alpha:]]", rb"(?P<x>", rb"\x{10ffff}", rb"\Qa.b\E", "\u017f".encode(), b"k", b"\xff"),
    *(b"legacy", b"risk[_ -]?limit", b"v1", b".*", b"(|a)", b"\r", b"\n"),
)
_REGEXES: Final = (
    b"(legacy|risk[_ -]?limit|old[_ -]?alert|v1|previous)",
    *(b"a", b"^a|b$", b"", b"a.*b", b"(a|b|c)+", b"[^a]", b"x{2,5}", b"(?-i:A)", rb"\bab\b"),
)
_TEXT: Final = (
    *(b"", b"a", b"b", b"ab", b"AB", b"xa.b", b"legacy", b"RISK LIMIT", b"risk_limit", b"v1"),
    *("ri\u017fk limit \u212a".encode(), b"\xff", b"\xc3", b"\r", b"aaa bbb", b"xxxxxx", b"\x00"),
    b"x" * 300,
)


def _check_keywords(patterns: Sequence[bytes]) -> None:
    """Count with a pattern in a whole block and in each line; no other error than the refusal."""
    for pattern in patterns:
        written = pattern.decode("utf-8", "surrogateescape")
        try:
            keywords = Keywords(written, SUSPICIOUS)
        except UsageError:
            continue
        lines = [*_TEXT, b'{"level":"fatal"}', *(pattern.split(b"\n")), b"last"]
        data = b"\n".join(lines)
        hits = sum(map(keywords.found_in, lines))
        suspects = [place for place, line in enumerate(lines) if keywords.is_suspect(line)]
        for block in (data, data + b"\n"):
            if keywords.count(block, lines) != hits:
                raise LostError(f"{written!r} counts {keywords.count(block, lines)}, not {hits}")
            found = keywords.search(block, lines)
            if (found.lines, found.suspects) != (hits, suspects):
                raise LostError(f"{written!r} finds {found}, and should find {hits}, {suspects}")


KEYWORDS: Final = Target(
    "keyword searches",
    _drawn(_REGEXES, _REGEX_PIECES),
    _check_keywords,
    inputs=60_000,
    few=60,
)


_GLOB_PIECES: Final = (b"*", b"**", b"**/", b"?", b"/", b"a", b"[a]", b".", b"x/", b"\\", b"|", b"")
_GLOBS: Final = (b"telemetry/**", b"**", b"*.jsonl", b"a/**/b", b"./x", b"?", b"a**b", b"", b"**/*")


def _globs(random: Random) -> bytes:
    glob = mutated(random, random.choice(_GLOBS), _GLOB_PIECES).replace(b"\0", b"")
    path = b"".join(
        random.choice((b"a", b"b", b"x", b"/", b"telemetry", b".jsonl", b".", b"*", b"[a]", b"\n"))
        for _ in range(random.randrange(8))
    )
    return glob[:40] + b"\0" + path


def _check_globs(inputs: Sequence[bytes]) -> None:
    """Match a path by a glob; the two are separated by a zero byte."""
    for each in inputs:
        written, _, other = each.partition(b"\0")
        # No path is empty.
        glob, path = written.decode("utf-8", "replace"), other.decode("utf-8", "replace") or "a"
        found = Patterns([glob]).match(path)
        if found != matches_glob(glob.removeprefix("./"), path):
            raise LostError(f"{glob!r} matches {path!r}: {found}")
    re.purge()


GLOBS: Final = Target("globs", _globs, _check_globs, inputs=1_000_000, few=1000, batch=50)
