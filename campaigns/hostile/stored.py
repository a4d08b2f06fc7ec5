"""Hostile files that are read back: the configuration, stored reports, the cache."""

from __future__ import annotations

import contextlib
import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from campaigns.hostile.attack import LostError, Target, mutated
from campaigns.hostile.lines import event, line, scanned
from peaktrade_ops.config import Config
from peaktrade_ops.config_file import load_configuration
from peaktrade_ops.errors import ConfigError, ReportsError
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.names import INDEX
from peaktrade_ops.reports.store.reading import UnreadableError
from peaktrade_ops.reports.store.verify import verify
from peaktrade_ops.reports.views.render import all_views
from peaktrade_ops.stage1.current import currency_of
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.stage1.old_markdown import day_of_old_markdown
from peaktrade_ops.stage1.stage import STAGE1
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.telemetry.counting.kept import Recut, from_bytes, to_bytes
from peaktrade_ops.telemetry.engines.cache import Cache, Name
from peaktrade_ops.window import window_of, window_until
from tests.support import artifacts
from tests.support.checkout import REPO
from tests.support.scanning import new_scanner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from peaktrade_ops.stage1.day import Day

_DAY: Final = artifacts.DAY


@lru_cache(maxsize=1)
def _folder() -> Path:
    """Return an empty folder, which is removed when the process ends."""
    place = tempfile.TemporaryDirectory(prefix="peaktrade-ops-hostile-")
    _KEPT.append(place)
    return Path(place.name)


_KEPT: Final[list[tempfile.TemporaryDirectory[str]]] = []


_TOML: Final = (
    (REPO / "stage1.toml").read_bytes(),
    b'[severity]\nscale = "pino"\nnot = ["status"]\n[severity.map]\n"60" = "critical"\n',
    b'[[formats]]\nfiles = ["a/**"]\npreset = "docker"\nunpack = ["a.b"]\nembedded = ["log"]\n',
    b'[[accepted]]\ndate = 2025-12-01\nrule = "missing"\ncount = 2\nreason = "x"\n',
    b'[policy]\ndays_off = ["sat", "2025-12-25"]\nmax_new_alerts = 5\n[limits]\nprocesses = 2\n',
    b'[stages.stage2]\ntitle = "Two"\nfolder = "obs/two"\n[stages.stage2.policy]\nmin_days = 9\n',
    b'[fields]\ntime = ["t"]\n[fields.more]\nseverity = ["a.b"]\n[alerts]\ndanger = ["killed"]\n',
)
_TOML_PIECES: Final = (
    *(b"[", b"]", b"[[", b"=", b'"', b"'", b"\n", b"#", b".", b",", b"{", b"}", b"true", b"1e400"),
    *(
        b"-1",
        b"0",
        b"9" * 5000,
        b"2025-02-30",
        b"nan",
        b"inf",
        b'""',
        b'["**"]',
        b"\\u0000",
        b"\xff",
    ),
    *(
        b"critical",
        b"max_new_alerts",
        b"preset",
        b"legacy",
        b"[stages.x]\n",
        b"[" * 600,
        b"a." * 600,
    ),
    *(b'"\\u001b[31m"', b"1979-05-27T07:32:00Z", b"0x10", b"\xef\xbb\xbf", b'"""', b"\r"),
)


def _toml(random: Random) -> bytes:
    text = random.choice(_TOML)
    if len(text) > 4000:  # noqa: PLR2004 (a part of the long file is enough)
        lines = text.split(b"\n")
        start = random.randrange(len(lines))
        text = b"\n".join(lines[start : start + random.randrange(40)])
    return mutated(random, text, _TOML_PIECES)


def _check_configs(texts: Sequence[bytes]) -> None:
    """Load configurations; no other error than the refusal, of one line."""
    path = _folder() / "stage1.toml"
    for text in texts:
        path.write_bytes(text)
        try:
            found = load_configuration(path)
        except ConfigError as error:
            if "\n" in str(error) or "\x1b" in str(error):
                raise LostError(f"the message is {str(error)!r}") from None
        else:
            new_scanner(found.base)


CONFIGS: Final = Target("configurations", _toml, _check_configs, inputs=60_000, few=60)


_MARKDOWNS: Final = tuple(
    artifacts.old_markdown().encode() + more
    for more in (b"", b"- Reported at (UTC): 2025-12-20T08:00:00+00:00\n", b"# x\n")
)
_MARKDOWN_PIECES: Final = (
    *(
        b"\n",
        b"- ",
        b"**",
        b"**0**",
        b"**999999999999999999**",
        b"**-1**",
        b": ",
        b"[(",
        b"('a', 1)",
    ),
    *(
        b"('CRITICAL', 3)",
        b"{'a': 1}",
        b"1e9",
        b"True",
        b"(" * 300,
        b"[" * 300,
        b"\xff",
        b"\r",
        b"\\",
    ),
    *(b"- Severity top: []\n", b"- Reported at (UTC): 2025-12-20T08:00:00\n", b"9" * 5000),
    *(b"- Total JSONL lines scanned: **0**\n", b"\xe2\x80\xa8", b"#", b"'", b'"', b"0x", b"1_0"),
)


def _markdown(random: Random) -> bytes:
    return mutated(random, random.choice(_MARKDOWNS), _MARKDOWN_PIECES)


def _check_markdowns(texts: Sequence[bytes]) -> None:
    """Read days from the Markdown of the earlier scripts, and judge them."""
    for text in texts:
        day = day_of_old_markdown(_DAY, text.decode("utf-8", "replace"))
        _check_day(day)
        if day.readable and b"Severity top" not in text:
            raise LostError("a report without its severities is readable")


def _check_day(day: Day) -> None:
    """Judge a day, which alone is too short for a GO."""
    if day.date != _DAY:
        raise LostError(f"the day is {day.date}")
    trend = build_trend([day], window=window_of(_DAY), config=Config())
    verdict = trend.rollups.go_no_go
    if verdict == "GO" or (day.critical_alerts and verdict != "NO_GO"):
        raise LostError(f"{day} is {verdict}")


MARKDOWNS: Final = Target(
    "old Markdown", _markdown, _check_markdowns, inputs=400_000, few=400, batch=20
)


_JSON_PIECES: Final = (
    *(
        b"null",
        b"true",
        b"-1",
        b"0",
        b"1e999",
        b"99999999999999999999",
        b'""',
        b"[]",
        b"{}",
        b'"x"',
    ),
    *(
        b'"critical"',
        b"9223372036854775807",
        b"-9223372036854775808",
        b"0.1",
        b'"\\u0000"',
        b"[" * 600,
    ),
    *(b'"2025-12-20T08:00:00Z"', b'"0001-01-01T00:00:00Z"', b'"9999-12-31T23:59:59Z"', b"\xff"),
    *(b'"1999-12-31"', b'"\\ud800"', b'"\\u001b[31m\\u202e<b>|`"', b",", b":", b"{", b"}", b'"'),
)


@lru_cache(maxsize=1)
def _reports() -> dict[str, bytes]:
    """Return the JSON artifacts of a folder with a week of quiet days, whose verdict is GO."""
    folder = _folder() / "quiet"
    folder.mkdir()
    days = artifacts.days_until(_DAY, 7)
    artifacts.write_summaries(folder, [artifacts.summary(artifacts.end_of(day)) for day in days])
    artifacts.index_folder(folder)
    read = [Archive(folder).day(day) for day in days]
    end = artifacts.end_of(_DAY)
    trend = build_trend(read, window=window_until(end), config=Config())
    (folder / STAGE1.trend_json).write_bytes(to_json(trend))
    artifacts.index_folder(folder)
    if _verdict(folder) != "GO":
        raise LostError("the verdict of quiet days is not GO")
    return {path.name: path.read_bytes() for path in folder.glob("*.json")}


def _stored(random: Random) -> bytes:
    """Return the name of an artifact, a zero byte, and other bytes for it."""
    name = random.choice(sorted(_reports()))
    data = _reports()[name]
    data = _changed(random, data) if random.randrange(3) else mutated(random, data, _JSON_PIECES)
    return name.encode() + b"\0" + data


def _changed(random: Random, data: bytes) -> bytes:
    """Return JSON of which one value, anywhere, is another one."""
    document = json.loads(data)
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return data
        key = random.choice(keys)
        if not isinstance(place[key], (dict, list)) or not place[key] or not random.randrange(6):
            break
        place = place[key]
    with contextlib.suppress(ValueError):
        piece = random.choice(_JSON_PIECES).decode("utf-8", "replace")
        place[key] = json.loads(piece)
        return json.dumps(document).encode("utf-8", "surrogatepass")
    del place[key]
    return json.dumps(document).encode()


def _check_stored(inputs: Sequence[bytes]) -> None:
    """Read, verify and render a folder with other bytes in one artifact.

    Once as bytes that the index does not know, and once as if the index were written for them.
    """
    folder = _folder() / "reports"
    folder.mkdir(exist_ok=True)
    for each in inputs:
        written, _, data = each.partition(b"\0")
        name = written.decode()
        for other, known in _reports().items():
            (folder / other).write_bytes(known)
        (folder / name).write_bytes(data)
        # Views take most of the time.
        is_shown = len(data) % 8 == 0
        before = _verdict(folder, is_shown=is_shown)
        if name != INDEX and data != _reports()[name] and before == "GO":
            raise LostError(f"{name} is changed, and the verdict is GO")
        if name != INDEX:
            with contextlib.suppress(OSError):
                artifacts.index_folder(folder)
        _verdict(folder, is_shown=is_shown)


def _verdict(folder: Path, *, is_shown: bool = True) -> str | None:
    """Read a folder as all commands do; return its verdict if it is current."""
    archive = Archive(folder)
    try:
        for mismatch in verify(folder):
            str(mismatch)
        for day in archive.dates:
            archive.day(day)
        if is_shown:
            all_views(archive)
        archive.decision()
        trend = archive.trend()
    except (ReportsError, UnreadableError):
        return None
    if trend is None or not currency_of(trend, archive.outdated(trend)).is_current:
        return None
    return trend.rollups.go_no_go


STORED: Final = Target(
    "stored summary, trend, decision and index", _stored, _check_stored, inputs=3_000, few=10
)


_CELLS: Final = new_scanner().setup.cells
_PATH: Final = "telemetry/a.jsonl"


def _kept(random: Random) -> bytes:
    """Return the kept tally of some lines, with damage."""
    content = b"\n".join(
        event(random).encode() if random.randrange(2) else line(random)
        for _ in range(random.randrange(1, 6))
    )
    tally = scanned("default", _PATH, b"\n" + content).tally
    body = to_bytes(tally, _CELLS)
    return mutated(random, body, (b"\x00", b"\x80", b"\xc0", b"\xff", b"\x90", b"\xa1x", b"\xcf"))


def _check_kept(bodies: Sequence[bytes]) -> None:
    """Read kept tallies without the seals of their rows: what does not fit is refused."""
    scanner = new_scanner()
    for body in bodies:
        try:
            kept = from_bytes(body)
        except msgspec.MsgspecError:
            continue
        Recut(_CELLS, scanner.new_tally).tally(kept, _PATH)


KEPT: Final = Target("kept tallies, without their seals", _kept, _check_kept, 200_000, 60, 10)


def _database(random: Random) -> bytes:
    """Return damage of the database of a cache: places and bytes, or another beginning."""
    data = bytearray(_cache_file())
    for _ in range(random.choice((1, 3, 30))):
        data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data[: random.choice((len(data), len(data), random.randrange(len(data))))])


_NAME: Final = Name(b"key" * 8, b"head" * 4, 100)
_BODY: Final = b"a tally" * 50


@lru_cache(maxsize=1)
def _cache_file() -> bytes:
    folder = _folder() / "cache-first"
    cache = Cache(folder)
    cache.keep(_NAME, b"cells", _BODY)
    cache.close(10**9)
    return (folder / "scans.sqlite").read_bytes()


def _check_databases(files: Sequence[bytes]) -> None:
    """Use damaged databases: nothing else than what was kept comes out, and a run can go on."""
    folder = _folder() / "cache"
    folder.mkdir(exist_ok=True)
    path = folder / "scans.sqlite"
    for data in files:
        for other in folder.glob("scans.sqlite*"):
            other.unlink()
        path.write_bytes(data)
        for is_read_only in (True, False):
            cache = Cache(folder, is_read_only=is_read_only)
            found = list(cache.bodies(_NAME.key))
            if found not in ([], [_BODY]):
                raise LostError(f"the cache returns {found!s:.200}")
            cache.lengths(_NAME.head)
            cache.keep(_NAME, b"cells", _BODY)
            cache.close(10**9)


DATABASES: Final = Target("databases of the cache", _database, _check_databases, 20_000, 30)
