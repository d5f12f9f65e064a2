"""The built-in portfolio says what the articles say: their figures, no more, in our own words."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ess.portfolio.builtin import builtin_folder
from ess.portfolio.derivations import derived_value, parse_derivation
from ess.portfolio.schema import LANGUAGES, TABLES, text_bases

from .portfolios import Tables, row_index, row_of, with_cells

ARTICLES = {
    "les_eco_2025": "004_1504ddaf173f9a31.txt",
    "hespress_kaayxol": "000_fbf4221f199a65b6.txt",
}
SHINGLE = 6
HOME = "MAR"

Fact = Mapping[str, str]


def places_by_activity(tables: Tables) -> dict[str, set[str]]:
    """The countries of each activity, the provider's place apart."""
    countries: defaultdict[str, set[str]] = defaultdict(set)
    for place in tables["places"].to_pylist():
        if place["role"] != "provider" and place["iso3"]:
            countries[place["activity"]].add(place["iso3"])
    return countries


def activities_by_country(tables: Tables, *types: str) -> dict[str, int]:
    """How many activities name each country, the home country apart."""
    counts: defaultdict[str, int] = defaultdict(int)
    countries = places_by_activity(tables)
    for activity in tables["activities"].to_pylist():
        if not types or activity["type"] in types:
            for iso3 in countries[activity["id"]] - {HOME}:
                counts[iso3] += 1
    return dict(counts)


# --- the figures of the articles


def test_eleven_partner_countries_with_their_activities(builtin: Tables) -> None:
    several = {"SEN": 4, "CIV": 4, "CPV": 2, "GIN": 2}
    one = dict.fromkeys(("GAB", "GNB", "CAF", "COG", "MWI", "ZWE", "IND"), 1)
    assert activities_by_country(builtin) == several | one


def test_eight_projects_in_seven_countries(builtin: Tables) -> None:
    projects = activities_by_country(builtin, "project")
    assert projects == {"MWI": 1, "SEN": 2, "CIV": 1, "ZWE": 1, "CPV": 1, "GIN": 1, "IND": 1}
    partners = {
        row["activity"] for row in builtin["participants"].to_pylist() if row["actor"] == "ocp_foundation"
    }
    assert {row["id"] for row in builtin["activities"].to_pylist() if row["type"] == "project"} <= partners


def test_agreements_and_who_has_both_agreement_and_project(builtin: Tables) -> None:
    agreements = activities_by_country(builtin, "agreement")
    assert set(agreements) == {"GAB", "SEN", "GNB", "CAF", "CIV"}
    assert set(agreements) & set(activities_by_country(builtin, "project")) == {"SEN", "CIV"}
    rows = [row for row in builtin["activities"].to_pylist() if row["type"] == "agreement"]
    assert {(row["stage"], row["counted"]) for row in rows} == {("signed", "at_least_one")}


def test_events_are_of_their_own(builtin: Tables) -> None:
    assert activities_by_country(builtin, "event") == {"SEN": 1, "CIV": 1, "COG": 1}
    assert row_of(builtin, "activities", "event-civ-exhibition")["stage"] == "planned"
    assert row_of(builtin, "activities", "event-sen-exhibitions")["counted"] == "at_least_one"
    assert "COD" not in builtin["places"].column("iso3").to_pylist()


def test_regional_activities_name_africa_and_no_partner_country(builtin: Tables) -> None:
    regions = {row["activity"]: row["region"] for row in builtin["places"].to_pylist() if row["region"]}
    assert regions == {"participation-ica-africa": "002", "programme-cross-border-markets": "002"}
    assert not set(regions) & set(places_by_activity(builtin))


def test_the_provider_is_the_home_country_and_never_in_its_own_activities(builtin: Tables) -> None:
    providers = {row["activity"] for row in builtin["places"].to_pylist() if row["role"] == "provider"}
    homes = {row["activity"] for row in builtin["places"].to_pylist() if row["iso3"] == HOME}
    assert {row["iso3"] for row in builtin["places"].to_pylist() if row["role"] == "provider"} == {HOME}
    assert homes - providers == {
        "training-mycoop", "programme-bootcoop", "programme-get-ahead", "programme-digital",
        "programme-visual-identity", "event-assises-ess",
    }  # fmt: skip


def test_every_activity_has_a_place_a_source_and_an_actor(builtin: Tables) -> None:
    activities = {row["id"] for row in builtin["activities"].to_pylist()}
    for table in ("places", "participants", "tags"):
        assert set(builtin[table].column("activity").to_pylist()) == activities
    for table in ("programmes", "activities", "places", "participants", "results", "notes"):
        assert None not in builtin[table].column("source").to_pylist()
        assert None not in builtin[table].column("locator").to_pylist()


def test_the_trainers_are_one_total_over_four_places_without_shares(builtin: Tables) -> None:
    result = row_of(builtin, "results", "mycoop_trainers_certified")
    assert (result["value"], result["iso3"], result["region"]) == (22.0, None, None)
    places = [row for row in builtin["places"].to_pylist() if row["activity"] == "training-mycoop"]
    assert {row["iso3"] for row in places} == {"MAR", "GIN", "CPV", "CIV"}
    assert {(row["role"], row["share"], row["share_basis"]) for row in places} == {
        ("participant", None, "unknown")
    }


def test_senegals_two_figures_overlap_and_are_not_added(builtin: Tables) -> None:
    women = [row_of(builtin, "results", name) for name in ("sen_women_beneficiaries", "sen_women_involved")]
    assert [(row["value"], row["iso3"], row["additive"]) for row in women] == [
        (700.0, "SEN", False), (600.0, "SEN", False),
    ]  # fmt: skip
    assert women[0]["overlap_group"] == women[1]["overlap_group"] is not None


def test_the_four_numbers_of_cooperatives_are_never_added(builtin: Tables) -> None:
    cooperatives = [row for row in builtin["results"].to_pylist() if row["unit"] == "cooperatives"]
    assert sorted((row["value"], row["additive"]) for row in cooperatives) == [
        (60.0, False), (108.0, False), (214.0, False), (932.0, False),
    ]  # fmt: skip
    assert (
        len({row["indicator"] for row in cooperatives})
        == len({row["overlap_group"] for row in cooperatives})
        == 4
    )


def test_coaching_sessions_are_thousands_and_members_a_lower_bound(builtin: Tables) -> None:
    assert row_of(builtin, "results", "mourafaka_coaching_sessions")["value"] == 2681.0
    members = row_of(builtin, "results", "ocp_cooperative_members")
    assert (members["value"], members["qualifier"]) == (9000.0, ">")


def test_women_members_are_derived_by_their_formula(builtin: Tables) -> None:
    derived = [row for row in builtin["results"].to_pylist() if row["derivation"]]
    values = {row["id"]: row["value"] for row in builtin["results"].to_pylist()}
    assert [(row["id"], row["qualifier"], row["additive"]) for row in derived] == [
        ("ocp_women_members", ">=", False)
    ]
    tree = parse_derivation(derived[0]["derivation"])
    assert tree is not None
    assert derived_value(tree, values) == derived[0]["value"] == 6750.0


def programmes_under(tables: Tables, top: str) -> set[str]:
    found = {top}
    parents = {row["id"]: row["parent"] for row in tables["programmes"].to_pylist()}
    while more := {each for each, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def test_nine_countries_stated_seven_itemised(builtin: Tables) -> None:
    stated = row_of(builtin, "results", "ocp_partner_countries")
    assert row_of(builtin, "indicators", stated["indicator"])["itemised_by"] == "partner_countries"
    programmes = programmes_under(builtin, stated["programme"])
    countries = places_by_activity(builtin)
    itemised = {
        iso3
        for row in builtin["activities"].to_pylist()
        if row["programme"] in programmes
        for iso3 in countries[row["id"]] - {HOME}
    }
    assert stated["value"] == 9.0
    assert itemised == {"MWI", "SEN", "CIV", "ZWE", "CPV", "GIN", "IND"}


def test_presence_without_a_figure_has_no_result(builtin: Tables) -> None:
    silent = {"project-zwe-tamarind", "project-cpv-saline-farming", "project-gin-marine"}
    assert not silent & set(builtin["results"].column("activity").to_pylist())
    assert None not in builtin["results"].column("value").to_pylist()


def test_all_tags_are_an_analysts(builtin: Tables) -> None:
    assert set(builtin["tags"].column("coded_by").to_pylist()) == {"analyst"}


def test_only_a_stated_month_dates_an_activity(builtin: Tables) -> None:
    dated = [row for row in builtin["activities"].to_pylist() if row["start"] or row["end"]]
    assert [(row["id"], row["start_precision"], str(row["start"])) for row in dated] == [
        ("event-assises-ess", "month", "2025-06-01")
    ]


def test_sources_say_what_is_known_of_them(builtin: Tables) -> None:
    eco, hespress, reply = builtin["sources"].to_pylist()
    assert (str(eco["published"]), eco["published_precision"], eco["via"]) == (
        "2025-07-08",
        "day",
        "Maghress",
    )
    assert (hespress["published"], hespress["published_precision"]) == (None, "unknown")
    assert (hespress["based_on"], hespress["via"], hespress["grade"]) == (reply["id"], "KAAYXOL", "repost")
    assert (reply["grade"], reply["published"]) == ("primary_document", None)
    assert builtin["sources"].column("url").null_count == 3


# --- the walk over the facts


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


STAGES = {
    "signed": "signed", "done": "done", "done (passé composé)": "done", "held": "done", "planned": "planned",
    "active": "under_way", "active (present tense)": "under_way", "ongoing (present)": "under_way",
    'ongoing ("en cours")': "under_way", "held or recurring (unclear)": "unknown",
    "done or recurring (unclear)": "unknown",
}  # fmt: skip
INDICATORS = {"countries_outside_morocco": "countries_beyond_morocco"}
COUNTED = {">=": "at_least_one", "=": "one"}
COUNTS_OF_COUNTRIES = {"A05", "A21"}


def fact_problems(facts: list[dict[str, str]], ours: list[dict[str, str]], tables: Tables) -> list[str]:
    """What the mapping of facts to rows gets wrong, one line a problem."""
    rows_by_key = {
        (name, "/".join(row[column] for column in table.key)): row
        for name, table in TABLES.items()
        for row in tables[name].to_pylist()
    }
    by_fact: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for line in ours:
        by_fact[line["fact_id"]].append(line)
    told = {fact["fact_id"] for fact in facts}
    problems = [f"{fact_id}: unknown fact" for fact_id in by_fact if fact_id not in told]
    for fact in facts:
        lines = by_fact[fact["fact_id"]]
        found = [
            (line["table"], rows_by_key.get((line["table"], line["row_id"])))
            for line in lines
            if line["table"]
        ]
        rows = [(table, row) for table, row in found if row is not None]
        if not lines:
            problems.append(f"{fact['fact_id']}: not mapped")
        elif len(rows) < len(found):
            problems.append(f"{fact['fact_id']}: a row does not exist")
        elif all(table == "notes" for table, _ in rows) and not lines[0]["reason"]:
            problems.append(f"{fact['fact_id']}: no row of its own and no reason")
        else:
            problems += [f"{fact['fact_id']}: {problem}" for problem in differences(fact, rows, tables)]
    return problems


def differences(fact: Fact, rows: list[tuple[str, dict[str, Any]]], tables: Tables) -> Iterator[str]:
    """Where the rows of a fact say something else than the fact."""
    indicator = INDICATORS.get(fact["indicator"], fact["indicator"])
    results = [row for table, row in rows if table == "results" and row["indicator"] == indicator]
    activities = [row for table, row in rows if table == "activities"]
    if fact["flag"] and not any(table == "notes" or row.get("note_fr") for table, row in rows):
        yield "its ambiguity is told nowhere"
    yield from source_differences(fact, [row for _, row in rows])
    for activity in activities:
        yield from activity_differences(fact, activity, tables)
    if is_figure(fact) and not activities and not results:
        yield "its figure has no result"
    for result in results:
        yield from result_differences(fact, result, tables)


def is_figure(fact: Fact) -> bool:
    kinds = {"coverage", "capacity_building", "programme", "indicator", "project"}
    return bool(fact["value"]) and fact["record_type"] in kinds


def source_differences(fact: Fact, rows: list[dict[str, Any]]) -> Iterator[str]:
    source = next(name for name, file in ARTICLES.items() if file == fact["source_file"])
    if any(row.get("source", source) != source for row in rows):
        yield "another source"
    if fact["indicator"] == "publication_date":
        published = rows[0]["published"]
        if (str(published) if published else "") != fact["value"]:
            yield "another date"


def activity_differences(fact: Fact, activity: dict[str, Any], tables: Tables) -> Iterator[str]:
    stage = STAGES.get(fact["status"])
    if stage is not None and activity["stage"] != stage:
        yield f"stage {activity['stage']}, not {stage}"
    is_count = fact["unit"] in {"agreement", "event", "events"}
    if is_count and activity["counted"] != COUNTED[fact["qualifier"]]:
        yield f"counted {activity['counted']}, not {fact['qualifier']} {fact['value']}"
    if fact["unit"] == "ordinal" and fact["value"] not in activity["title_fr"]:
        yield "the edition is not in the title"
    countries = countries_of(fact)
    if countries and places_by_activity(tables)[activity["id"]] != countries:
        yield f"places {places_by_activity(tables)[activity['id']]}, not {countries}"


def result_differences(fact: Fact, result: dict[str, Any], tables: Tables) -> Iterator[str]:
    stated = (float(fact["value"]), fact["qualifier"], fact["unit"])
    if (result["value"], result["qualifier"], result["unit"]) != stated:
        yield f"{result['qualifier']} {result['value']} {result['unit']}, not {stated}"
    if fact["fact_id"] not in COUNTS_OF_COUNTRIES:
        places = {result["iso3"]} if result["iso3"] else places_by_activity(tables)[result["activity"]]
        if places != countries_of(fact):
            yield f"places {places}, not {countries_of(fact)}"


def countries_of(fact: Fact) -> set[str]:
    return set(re.findall(r"\b[A-Z]{3}\b", fact["iso3"]))


@pytest.fixture(scope="session")
def facts(shared: Path) -> list[dict[str, str]]:
    return read_rows(shared / "seeds" / "facts.csv")


@pytest.fixture(scope="session")
def mapping() -> list[dict[str, str]]:
    return read_rows(builtin_folder() / "facts.csv")


def test_every_fact_is_in_the_portfolio_as_stated(
    builtin: Tables, facts: list[dict[str, str]], mapping: list[dict[str, str]]
) -> None:
    assert len(facts) == 54
    assert fact_problems(facts, mapping, builtin) == []


PLANTED = {
    "value": ("results", "mwi_women_trained", {"value": 81.0}, "A22"),
    "qualifier": ("results", "ocp_cooperative_members", {"qualifier": "="}, "A17"),
    "unit": ("results", "civ_area_planted", {"unit": "women"}, "A25"),
    "country of a figure": ("results", "ind_farmers_supported", {"iso3": "IDN"}, "A29"),
    "figure put on one country": ("results", "mycoop_trainers_certified", {"iso3": "GIN"}, "A11"),
    "indicator": ("results", "coopstore_member_cooperatives", {"indicator": "cooperatives_supported"}, "A10"),
    "stage": ("activities", "event-civ-exhibition", {"stage": "done"}, "B12"),
    "count": ("activities", "agreement-gab", {"counted": "one"}, "B04"),
    "other Congo": ("places", "event-brazzaville-fair-at-cog", {"iso3": "COD"}, "B13"),
    "other Guinea": ("places", "project-gin-marine-at-gin", {"iso3": "GNB"}, "A28"),
    "partner as provider": ("places", "agreement-sen-at-sen", {"role": "provider"}, "B05"),
    "edition": ("activities", "event-assises-ess", {"title_fr": "Assises"}, "B18"),
    "source": ("activities", "agreement-caf", {"source": "les_eco_2025"}, "B07"),
    "date": ("sources", "les_eco_2025", {"published": None}, "A01"),
    "row renamed": ("activities", "project-zwe-tamarind", {"id": "project-zwe"}, "A26"),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_a_fact_told_otherwise_is_found(
    builtin: Tables,
    facts: list[dict[str, str]],
    mapping: list[dict[str, str]],
    planted: tuple[str, str, dict[str, Any], str],
) -> None:
    table, row, cells, fact = planted
    changed = with_cells(builtin, table, row_index(builtin, table, row), **cells)
    assert fact in {problem.split(":")[0] for problem in fact_problems(facts, mapping, changed)}


def test_a_fact_left_out_or_given_no_reason_is_found(
    builtin: Tables, facts: list[dict[str, str]], mapping: list[dict[str, str]]
) -> None:
    without = [line for line in mapping if line["fact_id"] != "A13"]
    assert fact_problems(facts, without, builtin) == ["A13: not mapped"]
    silent = [{**line, "reason": ""} if line["fact_id"] == "B15" else line for line in mapping]
    assert fact_problems(facts, silent, builtin) == ["B15: no row of its own and no reason"]
    extra = [*mapping, {"fact_id": "Z99", "table": "", "row_id": "", "reason": "none"}]
    assert fact_problems(facts, extra, builtin) == ["Z99: unknown fact"]


def test_every_result_that_is_not_derived_comes_from_a_fact(
    builtin: Tables, mapping: list[dict[str, str]]
) -> None:
    mapped = {line["row_id"] for line in mapping if line["table"] == "results"}
    assert mapped == set(builtin["results"].column("id").to_pylist())


def paragraph_of(article: str, position: int) -> int:
    """The paragraph that holds a position: full sentences only, counted from 1; 0 above the first."""
    number, start = 0, 0
    for line in article.split("\n"):
        number += len(line) > 100 and line.endswith(".")
        start += len(line) + 1
        if position < start:
            return number
    raise ValueError(position)


def locator_problems(
    articles: Mapping[str, str], facts: list[dict[str, str]], mapping: list[dict[str, str]], tables: Tables
) -> list[str]:
    """Facts of which no row names the paragraph they stand in."""
    locators: defaultdict[str, set[str]] = defaultdict(set)
    for name, table in TABLES.items():
        for row in tables[name].to_pylist():
            if row.get("locator"):
                locators[f"{name}/{'/'.join(row[column] for column in table.key)}"] |= set(
                    row["locator"].split("; ")
                )
    problems = []
    for fact in facts:
        paragraph = f"§ {paragraph_of(articles[fact['source_file']], int(fact['char_start']))}"
        rows = {f"{line['table']}/{line['row_id']}" for line in mapping if line["fact_id"] == fact["fact_id"]}
        named = set().union(*(locators[row] for row in rows))
        if named and paragraph not in named:
            problems.append(f"{fact['fact_id']}: {paragraph} not in {named}")
    return problems


@pytest.fixture(scope="session")
def articles(shared: Path) -> dict[str, str]:
    return {file: (shared / "seeds" / file).read_text(encoding="utf-8") for file in ARTICLES.values()}


def test_locators_name_the_paragraph_of_each_fact(
    builtin: Tables, articles: dict[str, str], facts: list[dict[str, str]], mapping: list[dict[str, str]]
) -> None:
    assert locator_problems(articles, facts, mapping, builtin) == []
    moved = with_cells(builtin, "notes", row_index(builtin, "notes", "note-ocp-tools"), locator="§ 6")
    assert locator_problems(articles, facts, mapping, moved) == ["A08: § 5 not in {'§ 6'}"]


# --- the texts


def missing_translations(tables: Tables) -> list[str]:
    """Texts that are there in some of the three languages only."""
    problems = []
    for name, table in TABLES.items():
        for base in text_bases(table):
            for row, record in enumerate(tables[name].to_pylist()):
                there = {language for language in LANGUAGES if (record[f"{base}_{language}"] or "").strip()}
                if there and there != set(LANGUAGES):
                    problems.append(f"{name} {row} {base}: {sorted(set(LANGUAGES) - there)}")
    return problems


def test_every_text_is_there_in_three_languages(builtin: Tables) -> None:
    assert missing_translations(builtin) == []
    planted = with_cells(builtin, "notes", 3, text_ar=None)
    assert missing_translations(planted) == ["notes 3 text: ['ar']"]


NEVER_EMPTY = {
    "sources": ("title", "published_note", "note"),
    "actors": ("name",),
    "programmes": ("title", "description"),
    "activities": ("title", "description"),
    "indicators": ("label", "definition"),
    "notes": ("text",),
}


def test_titles_and_descriptions_are_never_empty(builtin: Tables) -> None:
    for name, texts in NEVER_EMPTY.items():
        for text in texts:
            assert builtin[name].column(f"{text}_fr").null_count == 0, (name, text)


NAMES_IN_ANY_LANGUAGE = {"BootCoop", "CoopStore", "MyCOOP", "GET Ahead", "Mourafaka"}


def untranslated(tables: Tables) -> list[str]:
    """Arabic texts without Arabic letters, and English texts that are the French ones."""
    problems = []
    for name, table in TABLES.items():
        for base in text_bases(table):
            for record in tables[name].to_pylist():
                french, english, arabic = (record[f"{base}_{language}"] or "" for language in LANGUAGES)
                if french in NAMES_IN_ANY_LANGUAGE:
                    continue
                if arabic and not re.search("[\u0621-\u064a]", arabic):
                    problems.append(f"{name} {base}: {arabic}")
                if english and english == french:
                    problems.append(f"{name} {base}: {english}")
    return problems


def test_texts_are_in_the_language_of_their_column(builtin: Tables) -> None:
    assert untranslated(builtin) == []
    text = row_of(builtin, "notes", "note-ocp-years")["text_fr"]
    assert untranslated(with_cells(builtin, "notes", 0, text_en=text, text_ar=text)) == [
        f"notes text: {text}", f"notes text: {text}"
    ]  # fmt: skip


OWN_NAMES = {("sources", "title_fr"), ("actors", "name_fr")}
"""Titles of documents and names of institutions are given as they are: that is what they are for."""


def words_of(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9'.-]*[a-z0-9]", plain)


def shingles_of(text: str) -> set[tuple[str, ...]]:
    words = words_of(text)
    return {tuple(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1)}


def copied_phrases(tables: Tables, articles: Mapping[str, str]) -> list[str]:
    """Phrases of six words that a French text of the portfolio shares with an article."""
    theirs = set().union(*(shingles_of(article) for article in articles.values()))
    return sorted(
        " ".join(shingle)
        for name, table in TABLES.items()
        for column in table.columns
        if column.language == "fr" and (name, column.name) not in OWN_NAMES
        for text in tables[name].column(column.name).drop_null().to_pylist()
        for shingle in shingles_of(text) & theirs
    )


def test_no_sentence_of_the_articles_is_copied(builtin: Tables, articles: dict[str, str]) -> None:
    assert copied_phrases(builtin, articles) == []


def test_a_copied_sentence_would_be_found(builtin: Tables, articles: dict[str, str]) -> None:
    for article in articles.values():
        sentence = next(line for line in article.split("\n") if len(line) > 100 and line.endswith("."))
        for text in (sentence, f"« {' '.join(sentence.upper().split()[4:11])} »"):
            assert copied_phrases(with_cells(builtin, "notes", text_fr=text), articles)
