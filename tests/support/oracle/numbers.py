"""Exact values of JSON numbers of any size."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

# An exponent with more digits is greater than the number of digits that fit into a line.
MOST_EXPONENT_DIGITS = 12
# These stand for all numbers that are too large, or too near to zero, to be computed with.
HUGE = Decimal("1e1000")
TINY = Decimal("1e-1000")


def value_of_number(text: str) -> Decimal:
    """Return the value of a JSON number, exactly unless its exponent has very many digits."""
    mantissa, _, exponent = text.replace("E", "e").partition("e")
    if not any(digit in mantissa for digit in "123456789"):
        return Decimal(0)
    if len(exponent.lstrip("+-0")) > MOST_EXPONENT_DIGITS:
        size = TINY if exponent.startswith("-") else HUGE
        return -size if mantissa.startswith("-") else size
    return exact_context(text).create_decimal(text)


def exact_context(text: str) -> Context:
    """Return a context in which the number of a text is not rounded."""
    return Context(prec=len(text) + 50, Emin=MIN_EMIN, Emax=MAX_EMAX)
