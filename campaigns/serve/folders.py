"""The folder under the server is removed, replaced, linked and half written while it is asked."""

from __future__ import annotations

import json
import shutil
import threading
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from campaigns.serve.requests import ADDRESSES, SECRET
from peaktrade_ops.config import Config
from peaktrade_ops.reports.store.lock import locked
from peaktrade_ops.reports.store.publish import publish
from peaktrade_ops.routine import make_trend
from peaktrade_ops.scanning import Place
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.window import window_of
from tests.support.artifacts import days_until, index_folder, metrics, summary

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from campaigns.figures import Row
    from campaigns.order import Order
    from campaigns.serve.served import Reply, Served

_DAY: Final = date(2025, 12, 20)
_DAYS: Final = 14
_ASKERS: Final = 3
_OK: Final = 200


class _Moment(NamedTuple):
    """What the folder says.

    Attributes:
        number: Grows with each change.
        is_no_go: Whether no file in it can rightly be shown as GO.
    """

    number: int
    is_no_go: bool


def made_folder(scratch: Path) -> Path:
    """Return a reports folder with a GO, beside and in which there are files to be kept apart."""
    folder = scratch / "reports"
    folder.mkdir()
    _publish_days(folder, critical=0)
    (scratch / "secret.json").write_bytes(SECRET)
    (scratch / "beside").mkdir()
    (scratch / "beside" / f"{_DAY}_summary.json").write_bytes(SECRET)
    for name in (".secret.tmp", f"{_DAY}_summary.json.bak", "notes.json"):
        (folder / name).write_bytes(SECRET)
    return folder


def attack_folder(order: Order, served: Served) -> None:
    """Change the folder all the time while several threads ask."""
    row = served.figures.row("answers while the folder changes")
    states = _States(order, served, row)
    ended = threading.Event()
    askers = [
        threading.Thread(target=_ask, args=(served, states, ended, order.random(f"asker {i}"), row))
        for i in range(_ASKERS)
    ]
    for asker in askers:
        asker.start()
    try:
        changes = served.figures.row("changes of the folder while it is asked")
        random = order.random("changes of the folder")
        for number in range(order.number(2000, 12)):
            states.change(number, random)
            changes.tried += 1
    finally:
        ended.set()
        for asker in askers:
            asker.join()
    states.restore()
    if served.get("/trend").status != _OK or served.get("/healthz").status != _OK:
        changes.losses.append("the folder is whole again, and the answers are not")


class _States:
    """The folder as it changes, and what it says at each moment.

    Attributes:
        now: What it says now.
    """

    def __init__(self, order: Order, served: Served, row: Row) -> None:
        self._served, self._row = served, row
        self._folder = served.folder
        self._scratch = order.scratch
        self._kept = order.scratch / "kept"
        self._whole = {}
        for verdict, critical in (("GO", 0), ("NO_GO", 1)):
            made = order.scratch / f"made-{verdict}"
            made.mkdir()
            _publish_days(made, critical=critical)
            self._whole[verdict] = {path.name: path.read_bytes() for path in made.iterdir()}
        self.now = _Moment(0, is_no_go=False)

    def change(self, number: int, random: Random) -> None:
        """Change the folder in one way after the other, and put it in order again."""
        kinds = (self._publish, self._link, self._tear, self._take_away, self._link, self._swap)
        kinds[number % len(kinds)](random)

    def restore(self) -> None:
        """Publish the GO again."""
        self._begin()
        self._write("GO")

    def _begin(self) -> None:
        """Begin a time in which the folder may say anything."""
        self.now = _Moment(self.now.number + 1, is_no_go=False)

    def _settle(self) -> None:
        """Begin a time in which the folder says NO_GO, or nothing."""
        self.now = _Moment(self.now.number + 1, is_no_go=True)

    def _publish(self, random: Random) -> None:
        self._begin()
        verdict = random.choice(("GO", "NO_GO"))
        self._write(verdict)
        if verdict == "NO_GO":
            self._settle()
        _wait(random)

    def _tear(self, random: Random) -> None:
        """Write half of some files in place, as no run does; a GO that is torn is no GO."""
        self._begin()
        self._write("GO")
        names = random.sample(sorted(self._whole["GO"]), 3)
        for name in (*names, "stage1_trend.json"):
            data = self._whole["GO"][name]
            (self._folder / name).write_bytes(data[: random.randint(0, len(data) - 1)])
        self._settle()
        _wait(random)

    def _link(self, random: Random) -> None:
        """Put a link to a file outside, or to a folder, in the place of an artifact; ask for it."""
        self._begin()
        name = random.choice(sorted(self._whole["GO"]))
        path = self._folder / name
        path.unlink()
        path.symlink_to(random.choice((self._scratch / "secret.json", "/proc/self/environ", "..")))
        reply = self._served.get(f"/{name}")
        if loss := _loss_of(reply, f"/{name}"):
            self._row.losses.append(f"{loss}, a link")
        path.unlink()
        self._write("GO")

    def _take_away(self, random: Random) -> None:
        self._begin()
        self._folder.rename(self._kept)
        self._settle()
        _wait(random)
        self._begin()
        self._kept.rename(self._folder)

    def _swap(self, random: Random) -> None:
        """Put another folder in its place, with another verdict."""
        self._begin()
        verdict = random.choice(("GO", "NO_GO"))
        made = self._scratch / "made"
        made.mkdir()
        for name, data in self._whole[verdict].items():
            (made / name).write_bytes(data)
        self._folder.rename(self._kept)
        made.rename(self._folder)
        if verdict == "NO_GO":
            self._settle()
        _wait(random)
        shutil.rmtree(self._kept)

    def _write(self, verdict: str) -> None:
        with locked(self._folder):
            publish(self._folder, self._whole[verdict])


def _publish_days(folder: Path, *, critical: int) -> None:
    for day in days_until(_DAY, _DAYS):
        numbers = metrics(legacy_alerts=7, critical_alerts=critical if day == _DAY else 0)
        made = summary(window_of(day).end, date=day, metrics=numbers)
        (folder / f"{day}_summary.json").write_bytes(to_json(made))
    index_folder(folder)
    make_trend(Place(folder, "."), window_of(_DAY), Config(), days=_DAYS)


def _wait(random: Random) -> None:
    threading.Event().wait(random.random() / 20)


def _ask(served: Served, states: _States, ended: threading.Event, random: Random, row: Row) -> None:
    while not ended.is_set():
        address = random.choice(ADDRESSES)
        before = states.now
        try:
            reply = served.get(address)
        except OSError as error:
            row.losses.append(f"{error!r} for {address}")
            continue
        row.tried += 1
        if before.is_no_go and states.now == before and shows_go(address, reply):
            row.losses.append(f"GO at {address} after it was withdrawn")
        if loss := _loss_of(reply, address):
            row.losses.append(loss)


def _loss_of(reply: Reply, address: str) -> str:
    if SECRET in reply.body or b"PATH=" in reply.body:
        return f"a file outside the folder at {address}"
    return "" if reply.status in {200, 404, 503} else f"{reply.status} for {address}"


def shows_go(address: str, reply: Reply) -> bool:
    """Return whether an answer shows a GO on which one can rely."""
    if reply.status != _OK:
        return False
    match address:
        case "/trend" | "/stage1_trend.json":
            fields = json.loads(reply.body)
            return bool(fields["rollups"]["go_no_go"] == "GO" and fields.get("current", True))
        case "/healthz":
            return False
        case "/metrics":
            return b'verdict="GO"} 1.0' in reply.body
        case _:
            return b"<strong>GO</strong>" in reply.body or b"**GO**" in reply.body
