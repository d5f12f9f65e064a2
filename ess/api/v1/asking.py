"""A request as a question to the portfolio: whole, checked, hashable, and the same however it was spelled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

import geopandas as gpd

from ess.analysis.by_country import MeasureByCountry, RegionValue
from ess.analysis.join import Joined
from ess.analysis.measures import AMOUNTS, Measure, list_measures, parse_measure
from ess.analysis.selection import Selection, Unusable, parse_selection
from ess.analysis.vocabulary import FILTERS, Vocabulary
from ess.api.v1.parameters import SNAPSHOT, Parameter, parse_query
from ess.api.v1.refusals import BAD_REQUEST, NOT_FOUND, Refusal
from ess.errors import SelectionError
from ess.exports.labels import measure_label
from ess.locales import N_, Translator, translator
from ess.store.engine import Engine
from ess.store.snapshots import Snapshot

#: Where the interface stands on this host.
ROOT = "/api/v1"

_TOLD = 50  # codes that are named where one of many is expected


@dataclass(frozen=True, repr=False)
class Portfolio:
    """What the interface reads: the served snapshot, and the answers that the pages keep of it.

    Attributes
    ----------
    layer
        The country layer of a boundary view. Read only.
    answer
        A measure over a selection, as a boundary view draws it, by country.
    joined
        A measure over a selection, as a boundary view draws it, on the country layer. Read only.
    regional
        Regional and unnamed records for a measure over a selection.
    """

    snapshot: Snapshot
    engine: Engine
    vocabulary: Vocabulary
    layer: Callable[[str], gpd.GeoDataFrame]
    answer: Callable[[Measure, Selection, str], MeasureByCountry]
    joined: Callable[[Measure, Selection, str], Joined]
    regional: Callable[[Measure, Selection], tuple[RegionValue, ...]]


@dataclass(frozen=True)
class Defaults:
    """What stands where a request says nothing."""

    view: str
    lang: str


@dataclass(frozen=True)
class Asked:
    """One question, without the snapshot that it is put to.

    Two requests that mean the same are equal: names have become codes, alternatives stand in order, and what
    was left out has become what stands for it.

    Attributes
    ----------
    operation
        The name of the route.
    values
        What else was said, by parameter: parts of the path, paging, sorting.
    """

    operation: str
    format: str
    view: str
    lang: str
    selection: Selection
    measure: Measure | None = None
    values: tuple[tuple[str, str | int], ...] = ()

    def value(self, name: str) -> str | int:
        """What was said of a parameter.

        Raises
        ------
        KeyError
            When the route has no such parameter.
        """
        return dict(self.values)[name]

    def number(self, name: str) -> int:
        """As `value`, of a whole number."""
        return int(self.value(name))

    @property
    def pin(self) -> list[tuple[str, str]]:
        """What keeps an address at the snapshot that was asked for; empty where none was."""
        return [(name, str(value)) for name, value in self.values if name == SNAPSHOT.name]

    @property
    def t(self) -> Translator:
        """Words in the language that was asked for."""
        return translator(self.lang)

    @property
    def query(self) -> list[tuple[str, str]]:
        """The question spelled as a query string, complete and in one order."""
        named = [("view", self.view), ("lang", self.lang), ("format", self.format)]
        others = [(name, str(value)) for name, value in self.values if name not in _IN_PATH]
        return [*self.selection.pairs(), *named, *self._money, *others]

    @property
    def _money(self) -> list[tuple[str, str]]:
        """What a measure of money needs besides its name."""
        if self.measure is None or self.measure.kind != "amount":
            return []
        return [("currency", self.measure.unit), ("shares", "equal" if self.measure.equal else "stated")]


_IN_PATH = ("id",)


def read_asked(  # noqa: PLR0913, PLR0917 - the request, and what it is put to
    name: str,
    parameters: Sequence[Parameter],
    parts: Mapping[str, str],
    pairs: Iterable[tuple[str, str]],
    portfolio: Portfolio,
    defaults: Defaults,
) -> Asked:
    """The question of a request to the route `name`.

    Raises
    ------
    Refusal
        On the first thing that means nothing here.
    """
    found = parse_query(pairs, parameters)
    known = {parameter.name: parameter for parameter in parameters}
    for part, text in parts.items():
        found[part] = known[part].parse([text])
    single = {
        key: found[key][0] if key in found else parameter.default
        for key, parameter in known.items()
        if not parameter.repeated
    }
    filters = [(key, str(text)) for key in FILTERS for text in found.get(key, ())]
    measure = _measure(single, portfolio.vocabulary) if name == "measure" else None
    apart = {"view", "lang", "format", "currency", "shares", *FILTERS}
    return Asked(
        operation=name,
        format=str(single.get("format") or ""),
        view=str(single.get("view") or defaults.view),
        lang=str(single.get("lang") or defaults.lang),
        selection=read_selection(filters, portfolio.vocabulary),
        measure=measure,
        values=tuple((key, value) for key, value in single.items() if value is not None and key not in apart),
    )


def read_selection(pairs: Iterable[tuple[str, str]], vocabulary: Vocabulary) -> Selection:
    """The selection that `pairs` spell, its alternatives in order.

    Raises
    ------
    Refusal
        On the first value that means nothing in this snapshot.
    """
    selection, unusable = parse_selection(pairs, vocabulary)
    if unusable:
        raise _unusable(unusable[0], vocabulary)
    return Selection(
        **{field.name: tuple(sorted(getattr(selection, field.name))) for field in fields(selection)}
    )


def _unusable(found: Unusable, vocabulary: Vocabulary) -> Refusal:
    """What is said of a value that a filter cannot take."""
    if found.key == "q":
        sentence = N_("There is no word to look for in “{found}”; expected one at least.")
    else:
        sentence = N_("{found} is no {key} of this portfolio; expected one of: {expected}.")
    return Refusal(
        BAD_REQUEST,
        "unusable_value",
        sentence,
        parameter=found.key,
        expected=list(islice(vocabulary.options.get(found.key, {}), _TOLD + 1)),
        found=found.value,
        key=found.key,
    )


def _measure(values: Mapping[str, Any], vocabulary: Vocabulary) -> Measure:
    name, currency, equal = str(values["id"]), values["currency"], values["shares"] == "equal"
    if name in AMOUNTS:
        return _amount(name, currency, vocabulary, equal=equal)
    try:
        found = parse_measure(name, vocabulary)
    except SelectionError as error:
        listed = [measure.id for measure in list_measures(vocabulary)]
        facts = {key: fact for key, fact in error.facts.items() if key != "expected"}
        raise Refusal(
            NOT_FOUND,
            "unknown_measure",
            error.template,
            parameter="id",
            expected=dict.fromkeys([*listed, *AMOUNTS]),
            **facts,
        ) from error
    for parameter, is_given in (("currency", currency is not None), ("shares", equal)):
        if is_given:  # a mistake, not to be passed over
            raise Refusal(
                BAD_REQUEST,
                "unknown_parameter",
                N_("{name} is for measures of money, which {found} is not; expected one of: {expected}."),
                parameter=parameter,
                expected=AMOUNTS,
                name=parameter,
                found=name,
            )
    return found


def _amount(name: str, currency: str | None, vocabulary: Vocabulary, *, equal: bool) -> Measure:
    """A measure of money in a currency that is stated, or in the only one there is."""
    known = vocabulary.currencies.get(name, ())
    if currency is None and len(known) > 1:
        raise Refusal(
            BAD_REQUEST,
            "missing_parameter",
            N_(
                "Amounts in different currencies are not added: choose one with currency, one of: {expected}."
            ),
            parameter="currency",
            expected=known,
        )
    if currency is not None and known and currency not in known:
        raise Refusal(
            BAD_REQUEST,
            "unusable_value",
            N_("No {kind} is stated in {found}; expected one of: {expected}."),
            parameter="currency",
            expected=known,
            kind=name,
            found=currency,
        )
    return parse_measure(name, vocabulary, currency, equal=equal)


def address(*parts: str, query: Iterable[tuple[str, str]] = ()) -> str:
    """An address of the interface on this host, without the host."""
    path = "/".join([ROOT, *(quote(part, safe=":") for part in parts)])
    asked = urlencode(list(query))
    return f"{path}?{asked}" if asked else path


def label_of_measure(asked: Asked, vocabulary: Vocabulary) -> str:
    """The measure's name in the reader's language.

    Raises
    ------
    ValueError
        When the question is about no measure.
    """
    if asked.measure is None:
        raise ValueError(asked.operation)
    return measure_label(asked.measure, vocabulary, asked.t)
