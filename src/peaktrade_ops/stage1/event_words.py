"""What the words of a type, a state or a file name say: an alert, an action, a danger.

Comparisons ignore the case of ASCII letters only, because the case folding of other letters depends
on the Unicode tables of the Python version.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

from peaktrade_ops.text import ascii_lower, each_word, word_list, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ACTION_WORDS: Final = frozenset(
    {
        "ack",
        "acked",
        "acknowledge",
        "acknowledged",
        "snooze",
        "snoozed",
        "resolve",
        "resolved",
        "silence",
        "silenced",
    }
)
ACTION_STEMS: Final = ("ack", "snooze", "resolve", "silence")
"""Each word of an action has one of these in it."""

ALERT_STEM: Final = "alert"

_BESIDE_ACTIONS: Final = frozenset(
    {
        "alert",
        "alerts",
        "incident",
        "incidents",
        "event",
        "notification",
        "rule",
        "operator",
        "user",
        "manual",
        "manually",
        "by",
        "is",
        "was",
        "been",
        "has",
        "all",
        "the",
        "an",
        "a",
        "request",
        "requested",
        "action",
        "log",
    }
)
_ACTED_ON: Final = frozenset({"alert", "alerts", "incident", "incidents"})
_ALERT_WORDS: Final = frozenset({"alert", "alerts"})

# Words take many times the memory of their text.
_MOST_CHARACTERS: Final = 1000
_MOST_WORDS: Final = 2**14


def is_action_type(kind: str) -> bool:
    """Return whether a type says that an operator acted on alerts."""
    name = ascii_lower(kind)
    for stem in ACTION_STEMS:
        if stem in name:
            break
    else:
        # Few texts are divided into words.
        return False
    acts, has_others, earlier, last = False, False, "", ""
    for word in each_word(kind):
        acts = acts or word in _ACTION_WORDS
        has_others = has_others or not (word in _ACTION_WORDS or word in _BESIDE_ACTIONS)
        earlier, last = last, word
    return acts and (not has_others or (earlier in _ACTED_ON and last in _ACTION_WORDS))


def names_an_alert(kind: str) -> bool:
    """Return whether a type contains the word alert, also inside of another word."""
    return ALERT_STEM in ascii_lower(kind)


def dangers_in(text: str, danger: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the dangers whose words stand next to each other in a text."""
    name = ascii_lower(text)
    sequences = {each: f" {' '.join(words)} " for each, words in danger.items() if words[0] in name}
    if not sequences:
        # Few texts are divided into words.
        return []
    if len(text) < _MOST_CHARACTERS:
        joined = f" {' '.join(word_list(text))} "
        return [each for each, sequence in sequences.items() if sequence in joined]
    longest = max(map(len, danger.values()))
    found: set[str] = set()
    words, before = each_word(text), deque[str](maxlen=longest)
    while some := list(islice(words, _MOST_WORDS)):
        joined = f" {' '.join((*before, *some))} "
        found.update(each for each, sequence in sequences.items() if sequence in joined)
        before.extend(some)
    return [each for each in danger if each in found]


def is_alert_log(path: str) -> bool:
    """Return whether the last part of a path contains the word alert or alerts."""
    return not _ALERT_WORDS.isdisjoint(words_of(path.rpartition("/")[-1]))
