"""Times in every form, and values that look like times, as JSON texts to draw from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from tests.support.oddities import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# Strings and numbers that look like times. Few of them are times.
ODD_TIMES = (
    *texts(
        "",
        "now",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59-00:01",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-00:01",
        "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "1999-12-31T23:59:59.9999999Z",
        "2000-01-01T00:00:00Z",
        "1999-12-31T23:00:00-01:00",
        "2000-01-01T00:00:00+00:01",
        "2099-12-31T23:59:59.9999999Z",
        "2099-12-31T23:59:59-00:01",
        "2100-01-01T00:00:00Z",
        "2100-01-01T00:00:00+00:01",
        "2024-02-29T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z",
    ),
    "0",
    "-0",
    "-0.0",
    "-1",
    "-1e-9",
    "-1e-99999999999999999999",
    "1e-7",
    "1e-99999999999999999999",
    "0e99999999999999999999",
    "1e99999999999999999999",
    "1e1000",
    "99999999999",
    "99999999999.9999999",
    "100000000000",
    "99999999999999.9999",
    "1e14",
    "99999999999999999.9",
    "1e17",
    "1E+17",
    "253402300799999999999",
    "253402300800000000000",
    "253402300799999",
    "1" + "0" * 5000,
    "1" + "0" * 5000 + "e-4990",
    "0." + "0" * 5000 + "1e5010",
    "1766188800." + "9" * 5000,
    "946684799.9999999",
    "946684800",
    "946684800000",
    "946684799999999999",
    "4102444799.9999999",
    "4102444800",
    "4102444799999999999",
    "4102444800000000000",
    "12.5",
    "20251205120500",
    "45996.5",
    "639018000000000000",
    "true",
    "null",
    "[]",
    "{}",
)


def _iso_forms(moment: datetime) -> Iterable[str]:
    """Yield ISO texts of a moment."""
    day = moment.strftime("%Y-%m-%d")
    clock = moment.strftime("%H:%M:%S")
    fraction = f"{moment.microsecond:06d}"
    yield f"{day}T{clock}.{fraction}Z"
    yield f"{day}T{clock}.{fraction}"
    yield f"{day} {clock}.{fraction}+00:00"
    yield f"{day} {clock}.{fraction}999999999"
    yield f"{day}T{clock}.{fraction}{'9' * 400}-00:00"
    yield f"{day}T{clock}Z"
    yield f"{day}T{clock}"
    yield f"{day} {clock}.{fraction[:1]}Z"
    yield f"{day}T{clock}.{fraction[:3]}+00"
    for minutes, spelling in ((330, "+05:30"), (-480, "-0800"), (840, "+14"), (-1439, "-23:59")):
        there = moment.astimezone(timezone(timedelta(minutes=minutes)))
        yield there.strftime("%Y-%m-%dT%H:%M:%S") + f".{fraction}{spelling}"
    yield f"{day}T{clock},{fraction}Z"
    yield f"{day} {clock},{fraction[:3]}"
    yield f"{day}t{clock}z"
    yield f"{day} {clock}.{fraction} UTC"
    yield f"{day}T{clock} GMT"
    yield f"{day}T{clock[:5]}Z"
    yield f"{day} {clock[:5]}"
    yield f"{day}T{clock[:5]} UTC"


def _no_iso_forms(moment: datetime) -> Iterable[str]:
    """Yield texts that are like ISO texts of a moment, and no times."""
    day = moment.strftime("%Y-%m-%d")
    clock = moment.strftime("%H:%M:%S")
    yield day
    yield f"{day}T{clock[:5]}.5Z"
    yield f"{day}T{clock[:5]}:Z"
    yield f"{day}T{clock}.Z"
    yield f"{day}T{clock},"
    yield f"{day} {clock} utc"
    yield f"{day} {clock}UTC"
    yield f"{day} {clock} CET"
    yield f"{day} {clock} UTC+01:00"
    yield f"{day}  {clock}"
    yield f"{day}_{clock}"
    yield f" {day}T{clock}Z"
    yield f"{day}T{clock}Z "
    yield f"{day}T{clock}Z\n"
    yield f"{day}T{clock} Z"
    yield f"{day}T{clock} +00:00"
    yield f"{day}T{clock}+24:00"
    yield f"{day}T{clock}+00:60"
    yield f"{day}T{clock}+0:00"
    yield f"{day}T{clock}+00:00:00"
    yield f"{day}T{clock}\u221205:00"
    yield f"{day}T{clock}[UTC]"
    yield f"{day}T24:00:00Z"
    yield f"{day}T{clock[:5]}:60Z"
    yield f"{day}T{clock[:2]}:60:00Z"
    yield day.replace("-", "/") + f" {clock}"
    yield moment.strftime("%Y%m%dT%H%M%SZ")
    yield moment.strftime("%G-W%V-%uT%H:%M:%SZ")
    yield moment.strftime("%Y-%jT%H:%M:%SZ")
    yield moment.strftime("%d.%m.%Y %H:%M:%S")
    yield moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
    yield "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in f"{day}T{clock}Z")


def _epoch_forms(moment: datetime) -> Iterable[str]:
    """Yield numbers of a moment: each unit, whole, with a fraction, with an exponent."""
    microseconds = (moment - EPOCH) // MICROSECOND
    seconds, rest = divmod(microseconds, 10**6)
    yield f"{seconds}"
    yield f"{seconds}.{rest:06d}"
    yield f"{seconds}.{rest:06d}999999999999"
    yield f"{seconds}.{rest:06d}00000000000000000000001"
    yield f"{microseconds}e-6"
    yield f"{microseconds}000E-9"
    yield f"0.{microseconds}e{len(str(microseconds)) - 6}"
    yield f"{microseconds // 1000}"
    yield f"{microseconds // 1000}.{microseconds % 1000:03d}"
    yield f"{microseconds // 1000}.{microseconds % 1000:03d}9999"
    yield f"{microseconds}"
    yield f"{microseconds}.9"
    yield f"{microseconds}.0"
    yield f"{microseconds}000"
    yield f"{microseconds}999"
    yield f"{microseconds}999.99999"
    yield f"{microseconds}e3"
    yield f"{microseconds}E+03"
    yield f"-{seconds}"


def _moments(end: datetime) -> list[datetime]:
    """Return moments on and around the borders of the window and of its hours."""
    start = end - timedelta(hours=24)
    found = []
    for border in (start, end, start + timedelta(hours=1), end - timedelta(hours=1)):
        found.extend([border - MICROSECOND, border, border + MICROSECOND])
    found.extend(
        [
            start + timedelta(hours=11, minutes=59, seconds=59, microseconds=999_999),
            start + timedelta(hours=12, microseconds=120_000),
            end - timedelta(minutes=1),
            start - timedelta(days=400),
            end + timedelta(days=3),
        ]
    )
    return found


@lru_cache(maxsize=8)
def time_values(end: datetime) -> tuple[str, ...]:
    """Return the JSON texts of all forms of all moments."""
    found: list[str] = []
    for moment in _moments(end):
        found.extend(texts(*_iso_forms(moment), *_no_iso_forms(moment)))
        for text in _epoch_forms(moment):
            found.extend([text, f'"{text}"'])
    plain = str((end - EPOCH) // timedelta(seconds=1) - 60)
    found.extend(f'"{odd}"' for odd in (f" {plain}", f"{plain} ", f"+{plain}", f"0{plain}"))
    found.extend(f'"{odd}"' for odd in (f"{plain}.", f"{plain}_0", f"{plain}s", f"{plain}\\n"))
    found.extend([*ODD_TIMES, *(f'"{odd}"' for odd in ODD_TIMES if '"' not in odd)])
    return tuple(found)


@lru_cache(maxsize=8)
def good_times(end: datetime) -> tuple[str, ...]:
    """Return the JSON texts of one time in each hour of the window, in alternating forms."""
    start = end - timedelta(hours=24)
    found = [*texts(start.isoformat(), (end - MICROSECOND).isoformat())]
    for hour in range(24):
        moment = start + timedelta(hours=hour, minutes=7)
        naive = moment.replace(tzinfo=None)
        milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
        forms = (
            *texts(moment.isoformat(), naive.isoformat(), naive.isoformat(" ") + "Z"),
            str(milliseconds),
            f"{milliseconds}e-3",
        )
        found.append(forms[hour % len(forms)])
    return tuple(found)
