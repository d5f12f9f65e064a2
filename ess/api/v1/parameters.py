"""Parameters of the interface: each says what it means, reads a text, and writes its own JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from ess.analysis.vocabulary import FILTERS
from ess.api.v1.refusals import BAD_REQUEST, Refusal
from ess.exports.labels import FILTER_LABELS
from ess.locales import LANGUAGES, N_
from ess.settings import BOUNDARY_VIEWS

Schema = Mapping[str, Any]

#: Rows of one page: as many as are given when nothing is said, and at most.
USUAL_ROWS, MOST_ROWS = 100, 1000
#: The furthest row that can be asked for.
MOST_OFFSET = 100_000_000
#: Signs of one value, and parameters of one request.
LONGEST_VALUE, MOST_VALUES = 200, 200

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)


_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")


class Form(Protocol):
    """What the values of a parameter look like."""

    @property
    def sentence(self) -> str:
        """What is said of a text that cannot be used: a message with ``name``, ``found``, ``expected``."""

    def schema(self) -> Schema:
        """The JSON Schema of one value."""

    def parse(self, text: str) -> str | int | None:
        """The value that a text spells; None when it spells none."""

    def expected(self) -> list[str]:
        """What is expected, for that sentence."""


@dataclass(frozen=True)
class Whole:
    """A whole number in a range, written with the digits 0 to 9."""

    least: int
    most: int

    sentence: ClassVar[str] = N_("{name} is “{found}”; expected a whole number, {expected}.")

    def schema(self) -> Schema:
        """An integer with its bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def parse(self, text: str) -> int | None:
        """The number; None for anything else and out of the range."""
        if not _WHOLE.fullmatch(text) or not self.least <= int(text) <= self.most:
            return None
        return int(text)

    def expected(self) -> list[str]:
        """The range."""
        return [f"{self.least}…{self.most}"]


@dataclass(frozen=True)
class Choice:
    """One of a closed list of codes."""

    codes: tuple[str, ...]

    sentence: ClassVar[str] = N_("{name} is “{found}”; expected one of: {expected}.")

    def schema(self) -> Schema:
        """A string with its enumeration."""
        return {"type": "string", "enum": list(self.codes)}

    def parse(self, text: str) -> str | None:
        """The code itself."""
        return text if text in self.codes else None

    def expected(self) -> list[str]:
        """The codes."""
        return list(self.codes)


@dataclass(frozen=True)
class Text:
    """A text that is looked up later: a code, a name, words to look for."""

    longest: int = LONGEST_VALUE

    sentence: ClassVar[str] = N_(
        "{name} is “{found}”; expected a text of {expected} signs, control signs not among them."
    )

    def schema(self) -> Schema:
        """A string that is not empty."""
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$"
        return {"type": "string", "minLength": 1, "maxLength": self.longest, "pattern": pattern}

    def parse(self, text: str) -> str | None:
        """The text, unless it is empty, too long, or holds control signs."""
        return text if len(text) <= self.longest and _PLAIN.fullmatch(text) else None

    def expected(self) -> list[str]:
        """The length."""
        return [f"1…{self.longest}"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a route.

    Attributes
    ----------
    meaning
        An English sentence; also the message id of the catalogues.
    default
        What stands where nothing is said; None where that is decided elsewhere or nothing stands.
    repeated
        Whether it may be given several times, any of its values being enough.
    """

    name: str
    meaning: str
    form: Form
    default: str | int | None = None
    place: Literal["query", "path"] = "query"
    required: bool = False
    repeated: bool = False
    examples: tuple[str | int, ...] = field(default=(), compare=False)

    def parse(self, texts: Sequence[str]) -> tuple[str | int, ...]:
        """The values that `texts` spell, in their order.

        Raises
        ------
        Refusal
            When one of them cannot be used, or there are several of what is single.
        """
        if len(texts) > 1 and not self.repeated:
            raise Refusal(
                BAD_REQUEST,
                "repeated_parameter",
                N_("The parameter {found} stands there {count} times; expected it once."),
                parameter=self.name,
                found=self.name,
                count=len(texts),
            )
        values = []
        for text in texts:
            value = self.form.parse(text)
            if value is None:
                raise self._unusable(text)
            values.append(value)
        return tuple(values)

    def _unusable(self, text: str) -> Refusal:
        return Refusal(
            BAD_REQUEST,
            "unusable_value",
            self.form.sentence,
            parameter=self.name,
            expected=self.form.expected(),
            name=self.name,
            found=text,
        )


def parse_query(
    pairs: Iterable[tuple[str, str]], parameters: Sequence[Parameter]
) -> dict[str, tuple[str | int, ...]]:
    """The values of a query string by parameter, those of nothing said left out.

    Raises
    ------
    Refusal
        On the first parameter that is not known, that cannot be used, or that is missing.
    """
    given = _gathered(pairs)
    known = {parameter.name: parameter for parameter in parameters if parameter.place == "query"}
    for name in given:
        if name not in known:
            raise _unknown(name, sorted(known))
    for name, parameter in known.items():
        if parameter.required and name not in given:
            raise Refusal(
                BAD_REQUEST,
                "missing_parameter",
                N_("The parameter {found} is missing; expected it once."),
                parameter=name,
                found=name,
            )
    return {name: known[name].parse(texts) for name, texts in given.items()}


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Texts by parameter; a request that says too much is refused before anything of it is read."""
    given: dict[str, list[str]] = {}
    for number, (name, text) in enumerate(pairs):
        if number >= MOST_VALUES:
            raise Refusal(
                BAD_REQUEST,
                "too_many_values",
                N_("The address holds more than {count} values; expected fewer."),
                count=MOST_VALUES,
            )
        given.setdefault(name, []).append(text)
    return given


def _unknown(name: str, known: list[str]) -> Refusal:
    sentence = N_("There is no parameter {found} here; expected one of: {expected}.")
    if not known:
        sentence = N_("There is no parameter {found} here; none is expected.")
    return Refusal(
        BAD_REQUEST, "unknown_parameter", sentence, parameter=name[:LONGEST_VALUE], expected=known, found=name
    )


VIEW = Parameter(
    "view",
    N_("Boundary view. Every answer says which one it was made with."),
    Choice(BOUNDARY_VIEWS),
    examples=("un",),
)
LANG = Parameter("lang", N_("Language of labels and of sentences."), Choice(LANGUAGES), examples=("fr",))
LIMIT = Parameter("limit", N_("Rows of one page."), Whole(1, MOST_ROWS), USUAL_ROWS, examples=(10,))
OFFSET = Parameter("offset", N_("Rows to pass over first."), Whole(0, MOST_OFFSET), 0, examples=(0,))
ORDER = Parameter(
    "order",
    N_("Direction of the sorting; what is missing comes last either way."),
    Choice(("ascending", "descending")),
    "ascending",
)
CURRENCY = Parameter(
    "currency",
    N_("Currency of a measure of money, ISO 4217. Amounts in different currencies are never added."),
    Text(5),
)
SHARES = Parameter(
    "shares",
    N_("Money over several countries without a published split: left unallocated, or split equally."),
    Choice(("stated", "equal")),
    "stated",
)


SNAPSHOT = Parameter(
    "snapshot",
    N_(
        "The snapshot that answers: its id, or the beginning of it. Without it, the one that is served now; "
        "with it, the same numbers later."
    ),
    Text(64),
)


def build_format(formats: Sequence[str]) -> Parameter:
    """The format of an answer; without it the Accept header chooses, and the first of them stands."""
    meaning = N_("Format of the answer; without it the Accept header decides.")
    return Parameter("format", meaning, Choice(tuple(formats)), examples=(formats[0],))


def build_sort(columns: Sequence[str]) -> Parameter:
    """The column that rows are sorted by; equal ones stand in the order of their ids."""
    meaning = N_("Column that the rows are sorted by; the id decides between equals.")
    return Parameter("sort", meaning, Choice(tuple(columns)), columns[0])


def build_path(name: str, meaning: str) -> Parameter:
    """A part of the path."""
    return Parameter(name, meaning, Text(), place="path", required=True)


def build_filters() -> tuple[Parameter, ...]:
    """The filters of a selection, one parameter each: those of the pages' addresses and of ``--where``."""
    examples = {"q": ("formation",)}
    return tuple(
        Parameter(key, FILTER_LABELS[key], Text(), repeated=True, examples=examples.get(key, ()))
        for key in FILTERS
    )
