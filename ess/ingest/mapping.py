"""Mapping files: YAML in, YAML out, and one sentence for whatever is wrong with one.

Every scalar is read as the text it is written as, so that ``NO`` stays Norway and ``004`` stays Afghanistan.
A key that is not known is an error that lists the known ones; aliases and repeated keys are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn, TypeAlias, TypeVar

import yaml

from ess.errors import BadInput
from ess.ingest.days import parse_order
from ess.ingest.meanings import (
    CODED,
    CONSTANTS,
    KINDS,
    LANGUAGES,
    MEANINGS,
    PLACES,
    ROLES,
    ROW_KINDS,
    SCHEMES,
    AmountMeaning,
    FigureMeaning,
    MatrixMeaning,
    Meaning,
    ParticipantMeaning,
    PlaceMeaning,
    RowKind,
    TableMapping,
    TagMeaning,
)
from ess.ingest.numbers import CONVENTIONS
from ess.locales import N_, term
from ess.portfolio import codes

LONGEST: Final = 262_144
"""Characters of a mapping file."""

DEEPEST: Final = 8

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"
Taken = TypeVar("Taken")

_KEYS: Final = (
    "name", "title", "recognise", "sheet", "rows", "language", "dates", "numbers", "blank", "notes", "places",
    "constants", "columns", "participants", "amounts", "tags", "figures", "matrix",
)  # fmt: skip


def parse_mapping(text: str) -> TableMapping:
    """The mapping that a file describes.

    Raises
    ------
    BadInput
        When the text is no YAML, or says something that a mapping has no place for; the sentence names the
        key and lists what is allowed.
    """
    top = _fields(_tree(text), "mapping", _KEYS)
    mapping = TableMapping(
        name=_text(top, "name"),
        title=_text(top, "title"),
        rows=_row_kind(top),
        recognise=_texts(top, "recognise"),
        sheet=_text(top, "sheet"),
        language=_text(top, "language"),
        dates=_order(top),
        numbers=_conventions(top),
        blank=_texts(top, "blank"),
        notes=_texts(top, "notes"),
        places=_pairs(top, "places"),
        constants=_constants(top),
        columns=_columns(top),
        participants=_each(top, "participants", _participant),
        amounts=_each(top, "amounts", _amount),
        tags=_each(top, "tags", _tag),
        figures=_each(top, "figures", _figure),
        matrix=_matrix(top["matrix"]) if "matrix" in top else None,
    )
    _check_whole(mapping)
    return mapping


def _check_whole(mapping: TableMapping) -> None:
    if mapping.rows == "matrix" and mapping.matrix is None:
        _refuse("rows", "matrix", ("matrix: headings, kind, currency",))
    if mapping.rows in {"locations", "transactions"} and "id" not in mapping.columns:
        _refuse("columns", "no id", (f"id: the rows are {mapping.rows}, which their id brings together",))


def _tree(text: str) -> Tree:
    if len(text) > LONGEST:
        raise BadInput(
            N_("The mapping has {length} characters; a mapping file has at most {most}: shorten it."),
            code="mapping_too_long",
            length=len(text),
            most=LONGEST,
        )
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            _refuse("mapping", "*", (term("plain YAML without aliases"),))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise BadInput(
            N_("The mapping is no YAML: line {line} cannot be read; write “key: value”, one a line."),
            code="mapping_no_yaml",
            line=mark.line + 1 if mark else 1,
        ) from error
    return _plain(node, 0) if node is not None else {}


def _plain(node: yaml.Node, depth: int) -> Tree:
    if depth > DEEPEST:
        _refuse("mapping", "…", (f"at most {DEEPEST} levels",))
    if isinstance(node, yaml.ScalarNode):
        is_null = node.tag == "tag:yaml.org,2002:null" and node.style is None
        return "" if is_null else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(entry, depth + 1) for entry in node.value]
    plain: dict[str, Tree] = {}
    for key, value in node.value:
        name = _plain(key, depth + 1)
        if not isinstance(name, str) or name in plain:
            _refuse("mapping", name, (term("each key once"),))
        plain[name] = _plain(value, depth + 1)
    return plain


def _refuse(key: str, found: object, allowed: Collection[str]) -> NoReturn:
    raise BadInput(
        N_("In the mapping, “{key}” says “{found}”; expected {allowed}."),
        code="mapping_wrong_value",
        key=key,
        found=str(found)[:200],
        allowed=", ".join(allowed),
    )


def _fields(tree: Tree, where: str, allowed: Collection[str]) -> dict[str, Tree]:
    if not isinstance(tree, dict):
        _refuse(where, tree, [f"{key}: …" for key in allowed])
    for key in tree:
        if key not in allowed:
            raise BadInput(
                N_("In the mapping, “{where}” has no key “{key}”; it may have: {allowed}."),
                code="mapping_unknown_key",
                where=where,
                key=key[:200],
                allowed=", ".join(allowed),
            )
    return tree


def _text(fields: Mapping[str, Tree], key: str, *, required: bool = False) -> str:
    value = fields.get(key, "")
    if not isinstance(value, str) or (required and not value):
        _refuse(key, value, (term("a text"),))
    return value


def _texts(fields: Mapping[str, Tree], key: str) -> tuple[str, ...]:
    value = fields.get(key, [])
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        _refuse(key, value, (term("a text or a list of texts"),))
    return tuple(str(entry) for entry in entries)


def _pairs(fields: Mapping[str, Tree], key: str) -> dict[str, str]:
    value = fields.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
        _refuse(key, value, (term("text: text"),))
    return {name: str(entry) for name, entry in value.items()}


def _choice(fields: Mapping[str, Tree], key: str, allowed: Collection[str], default: str = "") -> str:
    value = _text(fields, key, required=not default) or default
    if value not in allowed:
        _refuse(key, value, allowed)
    return value


def _each(top: Mapping[str, Tree], key: str, take: Callable[[Tree], Taken]) -> tuple[Taken, ...]:
    entries = top.get(key, [])
    if not isinstance(entries, list):
        _refuse(key, entries, (term("a list, each entry with a column"),))
    return tuple(take(entry) for entry in entries)


def _row_kind(top: Mapping[str, Tree]) -> RowKind:
    value = _choice(top, "rows", ROW_KINDS, "activities")
    return next(kind for kind in ROW_KINDS if kind == value)


def _order(top: Mapping[str, Tree]) -> str:
    value = _text(top, "dates")
    if value:
        try:
            parse_order(value)
        except KeyError:
            _refuse("dates", value, ("dmy", "mdy"))
    return value


def _conventions(top: Mapping[str, Tree]) -> dict[str, str]:
    conventions = _pairs(top, "numbers")
    for column, example in conventions.items():
        if example not in CONVENTIONS:
            _refuse(f"numbers: {column}", example, CONVENTIONS)
    return conventions


def _constants(top: Mapping[str, Tree]) -> dict[str, str]:
    fields: Tree = _fields(top.get("constants", {}), "constants", CONSTANTS)
    constants = _pairs({"constants": fields}, "constants")
    for key, value in constants.items():
        if key in CODED and value not in CODED[key]:
            _refuse(f"constants: {key}", value, sorted(CODED[key]))
    return constants


def _columns(top: Mapping[str, Tree]) -> dict[str, Meaning | PlaceMeaning]:
    columns = _fields(top.get("columns", {}), "columns", MEANINGS)
    return {key: _place(tree, key) if key in PLACES else _meaning(tree, key) for key, tree in columns.items()}


def _meaning(tree: Tree, key: str) -> Meaning:
    if not isinstance(tree, dict):
        return Meaning(_texts({key: tree}, key))
    fields = _fields(tree, key, ("column", "values", "otherwise"))
    meaning = Meaning(_texts(fields, "column"), _pairs(fields, "values"), _text(fields, "otherwise"))
    for code in (*meaning.values.values(), meaning.otherwise):
        if key in CODED and code and code not in CODED[key]:
            _refuse(f"{key}: values", code, sorted(CODED[key]))
    return meaning


def _place(tree: Tree, key: str) -> PlaceMeaning:
    if not isinstance(tree, dict):
        return PlaceMeaning(_texts({key: tree}, key))
    fields = _fields(tree, key, ("column", "codes", "percentages", "separator", "vocabulary"))
    place = PlaceMeaning(
        _texts(fields, "column"),
        _text(fields, "codes"),
        _text(fields, "percentages"),
        _text(fields, "separator"),
        _text(fields, "vocabulary"),
    )
    if not place.columns and not place.codes:
        _refuse(key, "…", ("column", "codes"))
    return place


def _amount(tree: Tree) -> AmountMeaning:
    keys = ("column", "kind", "currency", "currency_column", "currencies", "scale", "date")
    fields = _fields(tree, "amounts", keys)
    return AmountMeaning(
        _text(fields, "column", required=True),
        _choice(fields, "kind", KINDS),
        _text(fields, "currency"),
        _text(fields, "currency_column"),
        _pairs(fields, "currencies"),
        _scale(fields),
        _text(fields, "date"),
    )


def _scale(fields: Mapping[str, Tree]) -> Decimal:
    text = _text(fields, "scale") or "1"
    try:
        scale = Decimal(text)
    except InvalidOperation:
        _refuse("scale", text, ("1", "1000", "1000000"))
    if not scale.is_finite() or not 0 < scale <= Decimal(10) ** 12:
        _refuse("scale", text, ("1", "1000", "1000000"))
    return scale


def _participant(tree: Tree) -> ParticipantMeaning:
    fields = _fields(tree, "participants", ("column", "role", "ref", "type", "separator"))
    kind = _text(fields, "type")
    if kind and kind not in codes.codes_in(codes.ACTOR_TYPES):
        _refuse("participants: type", kind, sorted(codes.codes_in(codes.ACTOR_TYPES)))
    return ParticipantMeaning(
        _text(fields, "column", required=True),
        _choice(fields, "role", ROLES),
        _text(fields, "ref"),
        kind,
        _text(fields, "separator"),
    )


def _tag(tree: Tree) -> TagMeaning:
    keys = (
        "column",
        "scheme",
        "separator",
        "percentages",
        "vocabulary",
        "vocabularies",
        "code",
        "coded_by",
        "values",
    )
    fields = _fields(tree, "tags", keys)
    return TagMeaning(
        _text(fields, "column", required=True),
        _choice(fields, "scheme", SCHEMES),
        _text(fields, "separator"),
        _text(fields, "percentages"),
        _text(fields, "vocabulary"),
        _texts(fields, "vocabularies"),
        _text(fields, "code"),
        _choice(fields, "coded_by", codes.codes_in(codes.CODED_BY), "source"),
        _pairs(fields, "values"),
    )


def _figure(tree: Tree) -> FigureMeaning:
    keys = ("column", "indicator", "label", "unit", "sex", "qualifier", "year", "additive")
    fields = _fields(tree, "figures", keys)
    labels = fields.get("label", {})
    named = {"": labels} if isinstance(labels, str) else _fields(labels, "label", LANGUAGES)
    year = _text(fields, "year")
    if year and not (year.isdecimal() and len(year) == 4):
        _refuse("figures: year", year, ("2024",))
    return FigureMeaning(
        _text(fields, "column", required=True),
        _text(fields, "indicator", required=True),
        _pairs({"label": {key: text for key, text in named.items() if text}}, "label"),
        _text(fields, "unit"),
        _choice(fields, "sex", codes.codes_in(codes.SEXES), "all") if "sex" in fields else "",
        _choice(fields, "qualifier", codes.codes_in(codes.QUALIFIERS), "="),
        year,
        _choice(fields, "additive", ("yes", "no", "true", "false"), "no") in {"yes", "true"},
    )


def _matrix(tree: Tree) -> MatrixMeaning:
    fields = _fields(tree, "matrix", ("headings", "kind", "currency", "scale", "skip", "title"))
    headings = _choice(fields, "headings", ("providers", "recipients"))
    return MatrixMeaning(
        "providers" if headings == "providers" else "recipients",
        _choice(fields, "kind", KINDS),
        _text(fields, "currency"),
        _scale(fields),
        _texts(fields, "skip"),
        _text(fields, "title") or MatrixMeaning("providers", "budget").title,
    )


def format_mapping(mapping: TableMapping) -> str:
    """A mapping as YAML: the inverse of `parse_mapping`. What is empty or usual is left out."""
    text: str = yaml.safe_dump(
        build_tree(mapping), allow_unicode=True, sort_keys=False, default_flow_style=False, width=100
    )
    return text


def build_tree(mapping: TableMapping) -> dict[str, Any]:
    """A mapping as plain dictionaries and lists, in the order of a mapping file."""
    matrix = mapping.matrix
    return _filled(
        name=mapping.name,
        title=mapping.title,
        recognise=list(mapping.recognise),
        sheet=mapping.sheet,
        rows=mapping.rows,
        language=mapping.language,
        dates=mapping.dates,
        numbers=dict(mapping.numbers),
        blank=list(mapping.blank),
        notes=list(mapping.notes),
        places=dict(mapping.places),
        constants=dict(mapping.constants),
        columns={key: _meaning_tree(meaning) for key, meaning in mapping.columns.items()},
        participants=[_filled(**_slots(entry)) for entry in mapping.participants],
        amounts=[_filled(**_slots(entry)) for entry in mapping.amounts],
        tags=[_filled(**_slots(entry)) for entry in mapping.tags],
        figures=[_figure_tree(entry) for entry in mapping.figures],
        matrix=_filled(**_slots(matrix)) if matrix else {},
    )


def _meaning_tree(meaning: Meaning | PlaceMeaning) -> Any:
    columns: Any = meaning.columns[0] if len(meaning.columns) == 1 else list(meaning.columns)
    fields = _slots(meaning)
    del fields["columns"]
    rest = _filled(**fields)
    return _filled(column=columns) | rest if rest else columns


def _figure_tree(figure: FigureMeaning) -> dict[str, Any]:
    tree = _slots(figure)
    labels, is_additive = tree.pop("labels"), tree.pop("is_additive")
    label = labels.get("") if set(labels) == {""} else labels
    return _filled(**tree, label=label, additive="yes" if is_additive else "")


_USUAL: Final = {"coded_by": "source", "qualifier": "=", "scale": "1"}


def _filled(**fields: Any) -> dict[str, Any]:
    return {
        key: value
        for key, value in fields.items()
        if value not in ("", [], {}, (), None) and value != _USUAL.get(key)
    }


def _slots(entry: object) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name in type(entry).__slots__:  # type: ignore[attr-defined]
        value = getattr(entry, name)
        plain[name] = (
            f"{value:f}"
            if isinstance(value, Decimal)
            else list(value)
            if isinstance(value, tuple)
            else dict(value)
            if isinstance(value, Mapping)
            else value
        )
    return plain
