"""What an event is: operator action, alert, danger (section 5 of the contract)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.oracle.nets import unread_in
from tests.support.oracle.properties import property_of, text_of, time_of, values_of_key
from tests.support.oracle.severity import CRITICAL, UNKNOWN, severity_of
from tests.support.oracle.text import small, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from peaktrade_ops.formats import Reading
    from tests.support.oracle.severity import Severity

# Section 5: the words of the type of an operator action.
OPERATOR_WORDS = (
    *("ack", "acked", "acknowledge", "acknowledged", "snooze", "snoozed", "resolve", "resolved"),
    *("silence", "silenced"),
)
# Section 5: "either it has no other words than these and [...]".
ALLOWED_WORDS = (
    *("alert", "alerts", "incident", "incidents", "event", "notification", "rule", "operator"),
    *("user", "manual", "manually", "by", "is", "was", "been", "has", "all", "the", "an", "a"),
    *("request", "requested", "action", "log"),
)
# Section 5: "or its last two words are first `alert`, `alerts`, `incident` or `incidents` and then
# one of them".
HANDLED_WORDS = ("alert", "alerts", "incident", "incidents")

# Section 5, alert rule (b): "whose severity is absent, unknown, or warn or worse".
ALERTING = (CRITICAL, UNKNOWN, "error", "warn")

# Section 5: the default of `[alerts] danger`, and the keys beside those of the type.
DEFAULT_DANGER = (
    *("kill_switch", "killswitch", "killed", "circuit_breaker", "circuitbreaker", "margin_call"),
    *("margincall", "liquidation", "liquidated", "emergency_stop", "trading_halt"),
    *("trading_halted", "order_halted"),
)
STATE_KEYS = ("action", "state", "new_state", "status")


@dataclass(frozen=True)
class Event:
    """One event and what it is.

    Attributes:
        time: Its time, and whether the time was naive; `None` for an untimed event.
        severity: Its severity; `None` if it has none.
        type: Its type, rule and text; `None` for each that it does not have.
        unread: Where its line has a severity that is not read; `None` if nowhere.
    """

    time: tuple[datetime, bool] | None
    severity: Severity | None
    type: str | None
    rule: str | None
    text: str | None
    is_action: bool
    is_alert: bool
    is_danger: bool
    unread: str | None

    @property
    def is_critical(self) -> bool:
        """Whether its severity is critical."""
        return self.severity is not None and self.severity.kind == CRITICAL

    @property
    def is_unknown(self) -> bool:
        """Whether its severity is unknown."""
        return self.severity is not None and self.severity.kind == UNKNOWN

    @property
    def is_serious(self) -> bool:
        """Whether it would be serious without a time, or ahead.

        Section 5: "is critical or of unknown severity (operator actions too), unread, an alert or
        danger".
        """
        return (
            self.is_critical
            or self.is_unknown
            or self.unread is not None
            or self.is_alert
            or self.is_danger
        )


def read_events(
    records: Sequence[Mapping[str, object]],
    line: str,
    path: str,
    reading: Reading,
    danger: Sequence[str],
) -> list[Event]:
    """Return the events of one line.

    Section 5: "An unpacked line counts as read when any event of it is critical."
    """
    severities = [severity_of(record, reading) for record in records]
    counts_as_read = any(each is not None and each.kind == CRITICAL for each in severities)
    # The nets look at the line, so they find the same for all events of one kind.
    nets = {
        has_severity: unread_in(line, reading, has_severity=has_severity)
        for has_severity in {severity is not None for severity in severities}
    }
    events = []
    for record, severity in zip(records, severities, strict=True):
        event_type = property_of(record, reading.type)
        action = is_operator_action(event_type)
        # Section 5: an unread severity has "an event [...] not critical, no operator action".
        unread = None if counts_as_read or action else nets[severity is not None]
        events.append(
            Event(
                time=time_of(record, reading.time),
                severity=severity,
                type=event_type,
                rule=property_of(record, reading.rule),
                text=property_of(record, reading.text),
                is_action=action,
                is_alert=not action and is_alert(record, path, event_type, severity),
                is_danger=not action and is_danger(record, reading, danger),
                unread=unread,
            )
        )
    return events


def is_operator_action(event_type: str | None) -> bool:
    """Return whether a type is that of an operator action.

    Section 5: "the type has one of the words [...]; and either it has no other words than these
    and [...], or its last two words are first `alert`, `alerts`, `incident` or `incidents` and then
    one of them".
    """
    if event_type is None:
        return False
    found = words(event_type)
    if not any(word in OPERATOR_WORDS for word in found):
        return False
    if all(word in OPERATOR_WORDS or word in ALLOWED_WORDS for word in found):
        return True
    last_two = found[-2:]
    return last_two[0] in HANDLED_WORDS and last_two[1] in OPERATOR_WORDS


def is_alert(
    record: Mapping[str, object], path: str, event_type: str | None, severity: Severity | None
) -> bool:
    """Return whether an event that is no operator action is an alert: rules (a), (b) and (c)."""
    # (a) "whose type contains `alert`, or that has a non-empty scalar at `alert_type` or
    # `alertname`"
    if event_type is not None and "alert" in small(event_type):
        return True
    if property_of(record, ("alert_type", "alertname")) is not None:
        return True
    # (b) "that stands in a file whose name has the word `alert` or `alerts`, and whose severity is
    # absent, unknown, or warn or worse"
    name_words = words(path.rsplit("/", maxsplit=1)[-1])
    in_alert_file = "alert" in name_words or "alerts" in name_words
    if in_alert_file and (severity is None or severity.kind in ALERTING):
        return True
    # (c) "that has no type, and has a severity together with a `dedupe_key` or a `title`"
    has_key_or_title = property_of(record, ("dedupe_key", "title")) is not None
    return event_type is None and severity is not None and has_key_or_title


def is_danger(record: Mapping[str, object], reading: Reading, danger: Sequence[str]) -> bool:
    """Return whether an event that is no operator action is a danger.

    Section 5: "of which any type key, or `action`, `state`, `new_state` or `status`, has the words
    of one of `[alerts] danger` next to each other".
    """
    for key in (*reading.type, *STATE_KEYS):
        for value in values_of_key(record, key):
            text = text_of(value)
            if text is not None and any(has_words(text, sequence) for sequence in danger):
                return True
    return False


def has_words(text: str, sequence: str) -> bool:
    """Return whether a text has the words of a sequence next to each other."""
    wanted = words(sequence)
    found = words(text)
    if wanted == []:
        return False
    return any(found[start : start + len(wanted)] == wanted for start in range(len(found)))
