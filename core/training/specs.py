"""Parameters that declare themselves once; form, command line, validation and docs come from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.errors import ParameterError
from core.i18n import N_, translate

Value = int | float | str | bool | None

UNSET_WORDS = {"none", "null", ""}
TRUE_WORDS, FALSE_WORDS = {"true", "yes", "1"}, {"false", "no", "0"}


@dataclass(frozen=True)
class Parameter:
    """A parameter under the library's own name. ``help`` is one plain sentence (a msgid).

    ``label`` is what people call it, in a few words (a msgid). Those that matter most are ``leading``: a form shows
    them first and folds the others away. One that came ``later`` is at its default in runs that do not say it.
    """

    name: str
    help: str
    default: Value
    label: str = field(default="", kw_only=True)
    leading: bool = field(default=False, kw_only=True)
    later: bool = field(default=False, kw_only=True)

    @property
    def allowed(self) -> str:
        """What is allowed, in the reader's language."""
        raise NotImplementedError

    def accepts(self, value: Value) -> bool:
        """Tell whether ``value`` is of the right type and in range."""
        raise NotImplementedError

    def parse(self, text: str) -> Value:
        """Read a value from the command line; the result still has to be validated."""
        raise NotImplementedError

    def validate(self, value: Value) -> Value:
        """Return ``value`` when it is allowed, else raise ``ParameterError``."""
        if not self.accepts(value):
            raise ParameterError(
                N_("{name} must be {allowed}, but it is {value}."),
                N_("Choose another value for {name}."),
                name=self.name,
                allowed=self.allowed,
                value=value if value is None or isinstance(value, int | float) else repr(value),
            )
        return value


@dataclass(frozen=True)
class Integer(Parameter):
    """A whole number from ``low`` to ``high``; with ``optional``, ``None`` means no limit."""

    low: int
    high: int
    optional: bool = False
    log: bool = False

    @property
    def allowed(self) -> str:
        """The range in words."""
        words = translate(N_("a whole number from {low} to {high}")).format(low=self.low, high=self.high)
        return f"{words} {translate(N_('or none'))}" if self.optional else words

    def accepts(self, value: Value) -> bool:
        """Tell whether ``value`` is a whole number in range, or none where that is allowed."""
        if value is None:
            return self.optional
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def parse(self, text: str) -> Value:
        """Read a whole number or none."""
        if text.strip().lower() in UNSET_WORDS:
            return None
        try:
            return int(text)
        except ValueError:
            return text


@dataclass(frozen=True)
class Real(Parameter):
    """A number from ``low`` to ``high``; ``log`` where steps should be factors."""

    low: float
    high: float
    log: bool = False

    @property
    def allowed(self) -> str:
        """The range in words."""
        return translate(N_("a number from {low} to {high}")).format(low=self.low, high=self.high)

    def accepts(self, value: Value) -> bool:
        """Tell whether ``value`` is a number in range."""
        return isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high

    def parse(self, text: str) -> Value:
        """Read a number."""
        try:
            return float(text)
        except ValueError:
            return text


@dataclass(frozen=True)
class Choice(Parameter):
    """One of several words; ``None`` among ``choices`` is a choice too."""

    choices: tuple[str | None, ...]

    @property
    def allowed(self) -> str:
        """The choices in words."""
        return translate(N_("one of {choices}")).format(choices=", ".join(str(c or "none") for c in self.choices))

    def accepts(self, value: Value) -> bool:
        """Tell whether ``value`` is among the choices."""
        return value in self.choices

    def parse(self, text: str) -> Value:
        """Read a word, or none where none is a choice."""
        return None if None in self.choices and text.strip().lower() in UNSET_WORDS else text


@dataclass(frozen=True)
class Flag(Parameter):
    """Yes or no."""

    @property
    def allowed(self) -> str:
        """Yes or no, in words."""
        return translate(N_("yes or no"))

    def accepts(self, value: Value) -> bool:
        """Tell whether ``value`` is a boolean."""
        return isinstance(value, bool)

    def parse(self, text: str) -> Value:
        """Read yes or no."""
        word = text.strip().lower()
        return True if word in TRUE_WORDS else False if word in FALSE_WORDS else text


def limits(parameter: Parameter) -> str:
    """Return between which numbers a value may be, empty where it is no number.

    >>> limits(Integer("max_depth", "", None, 1, 50, optional=True)), limits(Flag("shuffle", "", True))
    ('1–50', '')
    """
    if isinstance(parameter, Integer | Real):
        return f"{written(parameter.low)}–{written(parameter.high)}"
    return ""


def with_defaults(parameters: tuple[Parameter, ...], **defaults: Value) -> tuple[Parameter, ...]:
    """Return ``parameters`` with other defaults, each validated."""
    unknown = defaults.keys() - {parameter.name for parameter in parameters}
    if unknown:
        raise _unknown(sorted(unknown)[0], parameters)
    return tuple(replace(p, default=p.validate(defaults[p.name])) if p.name in defaults else p for p in parameters)


def complete(parameters: tuple[Parameter, ...], chosen: Mapping[str, Value]) -> dict[str, Value]:
    """Return every parameter's value: the chosen one, validated, or the default.

    Raises:
        ParameterError: a name is unknown or a value is not allowed.
    """
    for name in chosen:
        if name not in {parameter.name for parameter in parameters}:
            raise _unknown(name, parameters)
    return {p.name: p.validate(chosen.get(p.name, p.default)) for p in parameters}


def departures(parameters: tuple[Parameter, ...], values: Mapping[str, Value]) -> list[str]:
    """Return the ``param=value`` words of what differs from the defaults, as ``parse_settings`` reads them."""
    return [f"{p.name}={written(values[p.name])}" for p in parameters if values.get(p.name, p.default) != p.default]


def parse_settings(parameters: tuple[Parameter, ...], settings: list[str]) -> dict[str, Value]:
    """Read ``param=value`` words from the command line.

    Raises:
        ParameterError: a word has no ``=``, a name is unknown or a value is not allowed.
    """
    by_name = {parameter.name: parameter for parameter in parameters}
    chosen: dict[str, Value] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise ParameterError(
                N_("A setting must read param=value, but it is {setting}."),
                N_("Write for example max_depth=5."),
                setting=repr(setting),
            )
        if name not in by_name:
            raise _unknown(name, parameters)
        chosen[name] = by_name[name].validate(by_name[name].parse(text))
    return chosen


def run_name(title: str, parameters: tuple[Parameter, ...], chosen: Mapping[str, Value]) -> str:
    """Name a run by its algorithm and by what was chosen differently from the defaults.

    >>> run_name("Random forest", (Integer("max_depth", "", None, 1, 50, optional=True),), {"max_depth": 5})
    'Random forest · max_depth=5'
    """
    return " · ".join([title, *departures(parameters, chosen)])


def written(value: Value) -> str:
    """Write a value as the command line reads it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        short = f"{value:g}"  # six digits, which not every number has enough of
        return short if float(short) == value else repr(value)
    return str(value)


def _unknown(name: Any, parameters: tuple[Parameter, ...]) -> ParameterError:
    return ParameterError(
        N_("There is no parameter {name}."),
        N_("Choose one of {names}."),
        name=repr(name),
        names=", ".join(parameter.name for parameter in parameters),
    )
