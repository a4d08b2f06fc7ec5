"""Groups of options as frozen classes: the click options are built from the fields.

A group is the only declaration of its options. A command that takes the group shows these options
in ``--help``, and its code reads them as typed attributes, so the two cannot differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, dataclass_transform

import click
import msgspec
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_Group = TypeVar("_Group")

_declared: Final[dict[type[Any], dict[str, _Declaration]]] = {}
"""The declared options of each group, by field name."""


class _Declaration:
    """What `option` and `argument` return.

    Attributes:
        build: Returns a new click option or argument for a field name.
    """

    __slots__ = ("build",)

    def __init__(self, build: Callable[[str], click.Parameter]) -> None:
        self.build = build


class AnnouncedOption(click.Option):
    """An option that selects what a report is about; a value from its variable is announced."""


def option(
    *names: str,
    env: str | None = None,
    announced: bool = False,
    kind: type[click.Option] = click.Option,
    **settings: Any,  # noqa: ANN401 (of click)
) -> Any:  # noqa: ANN401 (a field of any type)
    """Declare an option as a field of a group; the field has the type of the option's value.

    Args:
        names: The names on the command line.
        env: The environment variable that also sets the option; ``--help`` shows it.
        announced: Whether a value from the variable is announced.
        kind: The class of the option.
        settings: Other arguments of `click.Option`; ``--help`` shows a default.
    """
    # An empty text is no default that a reader could write.
    settings["show_default"] = settings.get("default", "") != ""

    def build(field_name: str) -> click.Option:
        made = AnnouncedOption if announced else kind
        return made([*names, field_name], envvar=env, show_envvar=True, **settings)

    return _Declaration(build)


def same(group: type[Any], name: str) -> Any:  # noqa: ANN401 (a field of any type)
    """Declare the option of another group as a field of the same name and type."""
    return _declared[group][name]


def argument(name: str, **settings: Any) -> Any:  # noqa: ANN401 (of click; a field of any type)
    """Declare an argument as a field of a group; the field has the type of the argument's value.

    Args:
        name: The name of the field.
        settings: Other arguments of `click.Argument`.
    """

    def build(_field_name: str) -> click.Argument:
        return click.Argument([name], **settings)

    return _Declaration(build)


@dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(option, argument, same)
)
def option_group(declaration: type[_Group]) -> type[_Group]:
    """Return a frozen class with the fields that a class declares with `option`."""
    items = vars(declaration).items()
    declared = {name: value for name, value in items if isinstance(value, _Declaration)}
    # Not a dataclass: each of them takes half a millisecond of every start.
    group: type[Any] = msgspec.defstruct(
        declaration.__name__,
        [(name, declaration.__annotations__[name]) for name in declared],
        module=declaration.__module__,
        namespace={name: value for name, value in items if isinstance(value, property)}
        | {"__doc__": declaration.__doc__},
        frozen=True,
        kw_only=True,
    )
    _declared[group] = declared
    return group


def options_of(group: type[Any]) -> list[click.Parameter]:
    """Return new click options and arguments for a group, in the order of its fields."""
    return [each.build(name) for name, each in _declared[group].items()]


def fill(group: type[_Group], values: Mapping[str, Any]) -> _Group:
    """Return the group with its values from those that click parsed, by field name."""
    return group(**{name: values[name] for name in _declared[group]})


def announced_variables(context: click.Context) -> Iterator[tuple[str, str, str]]:
    """Yield the variable, the option and the value of each announced option set by a variable."""
    for option in context.command.params:
        name = option.name or ""
        by_variable = context.get_parameter_source(name) is ParameterSource.ENVIRONMENT
        if isinstance(option, AnnouncedOption) and by_variable:
            yield f"{option.envvar}", option.opts[0], f"{context.params[name]}"
