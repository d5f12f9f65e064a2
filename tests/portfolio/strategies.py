"""Small valid portfolios of every shape: hostile texts, missing cells, shares, regions, unnamed places."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from ess.portfolio import codes
from ess.portfolio.codes import Code
from ess.portfolio.schema import TABLES, Column
from tests.factories import HOSTILE_NAMES, Tables, portfolio

COUNTRIES = ("MAR", "SEN", "CIV", "NAM", "XKX", "COG", "COD", "GNB", "ESH")
REGIONS = ("001", "002", "011", "419")
CURRENCIES = ("USD", "MAD", "XOF", None)
AWKWARD = (
    *HOSTILE_NAMES, "NA", "null", "004", "12345678901234567", "1e5", "true", "2025-07-08", "'=1+1", "''x",
    "-", " outer spaces ", "_x000D_", "a\rb", 'semi;colon, comma\t"quote"', "0,5", "#N/A", "Total",
)  # fmt: skip

texts = st.sampled_from(AWKWARD) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12
).filter(lambda text: bool(text.strip()) and "\ufffe" not in text and "\uffff" not in text)
numbers = st.floats(-1e12, 1e12, allow_subnormal=False) | st.integers(-(10**6), 10**6).map(float)
amounts = st.none() | numbers
days = st.dates(date(1890, 1, 1), date(2090, 12, 31))
maybe_days = st.none() | days
identifiers = st.sampled_from(("a1", "12345678901234567", "007", "x.y:z_w-1", "NA", "true", "1e5", "2024"))
percentages = st.none() | st.integers(0, 100).map(float) | st.floats(0, 33, allow_subnormal=False)

Row = dict[str, Any]


def degrees(most: int) -> st.SearchStrategy[float]:
    """Degrees on either side, as finely as anyone writes them."""
    return st.floats(-most, most).map(lambda written: round(written, 12))


def code_of(code_list: tuple[Code, ...]) -> st.SearchStrategy[str]:
    """Any code of a list."""
    return st.sampled_from([entry.code for entry in code_list])


def _text_cells(columns: tuple[Column, ...], base: str) -> dict[str, st.SearchStrategy[Any]]:
    names = [
        column.name for column in columns if column.language and column.name == f"{base}_{column.language}"
    ]
    return {name: st.none() | texts for name in names}


@st.composite
def places(draw: st.DrawFn, activity: str, number: int) -> Row:
    """A place of an activity: a country, a region, or neither."""
    kind = draw(st.sampled_from(("country", "country", "region", "unnamed")))
    share = draw(percentages)
    has_point = draw(st.booleans())
    return {
        "id": f"{activity}-place-{number}",
        "activity": activity,
        "iso3": draw(st.sampled_from(COUNTRIES)) if kind == "country" else None,
        "region": draw(st.sampled_from(REGIONS)) if kind == "region" else None,
        "role": draw(code_of(codes.PLACE_ROLES)),
        "share": share,
        "share_basis": draw(st.sampled_from((None, "unknown") if share is None else ("stated", "equal"))),
        "admin1": draw(st.none() | texts),
        "latitude": draw(degrees(90)) if has_point else None,
        "longitude": draw(degrees(180)) if has_point else None,
        "exactness": draw(st.none() | code_of(codes.EXACTNESS)),
        "source": draw(st.sampled_from((None, "doc"))),
        "note_ar": draw(st.none() | texts),
    }


@st.composite
def finances(draw: st.DrawFn, activity: str, number: int) -> Row:
    """An amount, placed or not, stated or not."""
    somewhere = draw(st.sampled_from(("", "", "iso3", "region")))
    value = draw(amounts)
    return {
        "id": f"{activity}-amount-{number}",
        "activity": activity,
        "iso3": draw(st.sampled_from(COUNTRIES)) if somewhere == "iso3" else None,
        "region": draw(st.sampled_from(REGIONS)) if somewhere == "region" else None,
        "kind": draw(code_of(codes.FINANCE_KINDS)),
        "value": value,
        "currency": draw(st.sampled_from(CURRENCIES))
        if value is None
        else draw(st.sampled_from(CURRENCIES[:3])),
        "date": draw(maybe_days),
        "share_basis": draw(st.sampled_from((None, "unknown"))),
        "locator": draw(st.none() | texts),
    }


@st.composite
def results(draw: st.DrawFn, activity: str | None, number: int) -> Row:
    """A figure of an activity or of the programme, dated or not, stated or not."""
    start, end = sorted([draw(days), draw(days)])
    value = draw(amounts)
    return {
        "id": f"{activity or 'figure'}-result-{number}",
        "activity": activity,
        "programme": "prog" if activity is None else None,
        "iso3": draw(st.sampled_from((None, *COUNTRIES))),
        "indicator": draw(st.sampled_from(("trained", "share_of_women"))),
        "value": value,
        "qualifier": draw(code_of(codes.QUALIFIERS)),
        "unit": None,
        "sex": draw(st.none() | code_of(codes.SEXES)),
        "period_start": draw(st.sampled_from((None, start))),
        "period_end": draw(st.sampled_from((None, end))),
        "period_basis": draw(code_of(codes.PERIOD_BASES)),
        "additive": draw(st.booleans()),
        "overlap_group": draw(st.none() | texts),
        "note_fr": draw(st.none() | texts),
    }


def _tags(draw: st.DrawFn, activity: str) -> list[Row]:
    schemes = {
        "DAC5": st.sampled_from(("31120", "99810")),
        "DAC3": st.sampled_from(("311",)),
        "sector": texts,
        "SDG_goal": code_of(codes.SDG_GOALS),
        "SDG_target": st.sampled_from(("2.3", "17.a")),
        "theme": code_of(codes.THEMES) | texts,
        "gender_marker": code_of(codes.GENDER_MARKERS),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(schemes)), unique=True, max_size=4))
    return [
        {
            "activity": activity,
            "scheme": scheme,
            "code": draw(schemes[scheme]).strip(),
            "percent": draw(percentages),
            "coded_by": draw(code_of(codes.CODED_BY)),
        }
        for scheme in chosen
    ]


@st.composite
def activities(draw: st.DrawFn, identifier: str, parent: str | None) -> Row:
    """An activity with a title in one language at least."""
    start, end = sorted([draw(days), draw(days)])
    dates = draw(st.sampled_from(((None, None), (start, None), (None, end), (start, end))))
    precisions = code_of(codes.DATE_PRECISIONS[:3])
    columns = TABLES["activities"].columns
    cells = draw(st.fixed_dictionaries(_text_cells(columns, "description") | _text_cells(columns, "note")))
    return {
        **cells,
        "id": identifier,
        "parent": parent,
        "type": draw(code_of(codes.ACTIVITY_TYPES)),
        "title_fr": draw(texts),
        "title_en": draw(st.none() | texts),
        "modality": draw(st.sampled_from(("triangular", "regional", "unknown"))),
        "stage": draw(code_of(codes.STAGES)),
        "start": dates[0],
        "start_precision": draw(precisions) if dates[0] else draw(st.sampled_from((None, "unknown"))),
        "end": dates[1],
        "end_precision": draw(precisions) if dates[1] else draw(st.sampled_from((None, "unknown"))),
        "umbrella": draw(st.booleans()),
        "counted": draw(code_of(codes.COUNTED)),
        "programme": draw(st.sampled_from((None, "prog"))),
        "source": draw(st.sampled_from((None, "doc"))),
        "locator": draw(st.none() | texts),
    }


@st.composite
def portfolios(draw: st.DrawFn) -> Tables:
    """A valid portfolio of one to three activities."""
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    names = draw(st.lists(identifiers, min_size=1, max_size=3, unique=True))
    for number, name in enumerate(names):
        parent = draw(st.sampled_from((None, names[0]))) if number else None
        rows["activities"].append(draw(activities(name, parent)))
        rows["places"] += [draw(places(name, one)) for one in range(draw(st.integers(0, 3)))]
        rows["finances"] += [draw(finances(name, one)) for one in range(draw(st.integers(0, 2)))]
        rows["results"] += [draw(results(name, one)) for one in range(draw(st.integers(0, 1)))]
        rows["tags"] += _tags(draw, name)
        roles = draw(st.lists(code_of(codes.PARTICIPANT_ROLES), unique=True, max_size=2))
        rows["participants"] += [{"activity": name, "actor": "actor", "role": role} for role in roles]
    rows["results"].append(draw(results(None, 0)))
    rows["sources"] = [
        {"id": "doc", "title_ar": draw(texts), "url": "https://example.org/a.pdf", "outlet": draw(texts)}
    ]
    rows["actors"] = [{"id": "actor", "acronym": draw(texts), "iso3": "NAM"}]
    rows["programmes"] = [{"id": "prog", "actors": "actor", "kind": draw(code_of(codes.PROGRAMME_KINDS))}]
    rows["indicators"] = [{"id": code, "unit": None} for code in ("trained", "share_of_women")]
    rows["notes"] = [{"id": "note", "about_id": names[0], "kind": draw(code_of(codes.NOTE_KINDS))}]
    return portfolio(**rows)
