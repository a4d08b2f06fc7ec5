"""Groups of options: click options and typed values out of one declaration."""

from __future__ import annotations

import click
import pytest

from peaktrade_ops.cli.option_groups import fill, option, option_group, options_of, same


@option_group
class Group:
    """A group for these tests."""

    number: int = option("--how-many", "-n", env="PEAK_NUMBER", type=click.IntRange(min=0))
    names: tuple[str, ...] = option("--name", multiple=True)


def test_options_come_in_the_order_of_the_fields() -> None:
    """Each has the name of its field, its names on the command line and its variable."""
    number, names = options_of(Group)

    assert (number.name, number.opts, number.envvar) == (
        "number",
        ["--how-many", "-n"],
        "PEAK_NUMBER",
    )
    assert (names.name, names.opts, names.envvar) == ("names", ["--name"], None)


def test_every_command_gets_options_of_its_own() -> None:
    """Every command has its own option objects, because Click keeps state in them."""
    first, second = options_of(Group), options_of(Group)

    assert all(one is not other for one, other in zip(first, second, strict=True))


def test_a_group_takes_its_own_values() -> None:
    """Values of other groups are left to these."""
    filled = fill(Group, {"number": 3, "names": ("a",), "other": None})

    assert (filled.number, filled.names) == (3, ("a",))


def test_a_value_that_was_not_parsed_is_an_error() -> None:
    """A field without a value is an error, not a default."""
    with pytest.raises(KeyError, match="names"):
        fill(Group, {"number": 3})


def test_values_cannot_be_changed() -> None:
    """The parsed options are immutable."""
    filled = fill(Group, {"number": 3, "names": ()})

    with pytest.raises(AttributeError):
        filled.number = 4  # type: ignore[misc]  # refused by types, too


def test_an_option_of_another_group_is_the_same() -> None:
    """Two groups may have an option with one declaration."""

    @option_group
    class Other:
        """A group with an option of the first."""

        names: tuple[str, ...] = same(Group, "names")

    [names] = options_of(Other)

    assert (names.name, names.opts) == ("names", ["--name"])
    assert fill(Other, {"names": ("a",)}).names == ("a",)
