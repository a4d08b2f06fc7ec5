"""Text helpers of the oracle: small letters, words, source patterns."""

from __future__ import annotations

SMALL_LETTERS = "abcdefghijklmnopqrstuvwxyz"
CAPITAL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = SMALL_LETTERS + CAPITAL_LETTERS
DIGITS = "0123456789"
SMALL_OF_CAPITALS = str.maketrans(CAPITAL_LETTERS, SMALL_LETTERS)

# Section 5: "values are counted by their first 200 characters".
COUNTED_CHARACTERS = 200


def small(text: str) -> str:
    """Return the text with only A to Z in lower case."""
    return text.translate(SMALL_OF_CAPITALS)


def words(text: str) -> list[str]:
    """Return the words of a text, in lower case.

    Introduction: "A word of a text is what remains when it is cut at everything that is no ASCII
    letter and between a small letter and a capital; words compare without case."
    """
    found = []
    word = ""
    for character in text:
        is_small = character in SMALL_LETTERS
        is_capital = character in CAPITAL_LETTERS
        if not is_small and not is_capital:
            found.append(word)
            word = ""
        elif is_capital and word != "" and word[-1] in SMALL_LETTERS:
            found.append(word)
            word = character
        else:
            word += character
    found.append(word)
    return [small(word) for word in found if word != ""]


def cut(text: str) -> str:
    """Return the part of a value that reports show and count by."""
    return text[:COUNTED_CHARACTERS]


def matches_glob(pattern: str, path: str) -> bool:
    """Return whether a path matches a source pattern (section 5, legacy source).

    `**` crosses folders, `*` and `?` do not cross `/`, `**/` at the start of a component may match
    nothing. Everything else, brackets too, stands for itself, case and all.
    """
    # The places in the path up to which what came before in the pattern can match.
    places = {0}
    rest = pattern
    at_component_start = True
    while rest != "":
        if rest.startswith("**/") and at_component_start:
            begins = [here + 1 for here, letter in enumerate(path) if letter == "/"]
            places |= {begin for begin in begins if begin > min(places, default=len(path))}
            rest = rest[3:]
            continue
        at_component_start = rest[0] == "/"
        if rest.startswith("**"):
            places = set(range(min(places, default=len(path) + 1), len(path) + 1))
            rest = rest[2:]
            continue
        if rest[0] == "*":
            for here, letter in enumerate(path):
                if here in places and letter != "/":
                    places.add(here + 1)
        else:
            fits = [letter == rest[0] or (rest[0] == "?" and letter != "/") for letter in path]
            places = {here + 1 for here in places if here < len(path) and fits[here]}
        rest = rest[1:]
    return len(path) in places
