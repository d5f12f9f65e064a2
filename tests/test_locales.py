"""Messages, numbers, dates and lists in three languages; and catalogues that are complete."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from hypothesis import given
from hypothesis import strategies as st

from ess.locales import LANGUAGES, Translator, catalogue_path, is_complete, read_messages, translator
from ess.locales.__main__ import (
    PLURALS,
    build_catalogue,
    extract_messages,
    format_catalogue,
    read_catalogue,
    untranslated,
    update_catalogues,
)
from ess.locales.figures import compact_figure


def catalogue_faults(root: Path, language: str, path: Path) -> list[str]:
    """What keeps a catalogue from saying all that the code says, in its language."""
    catalogue = read_catalogue(path, language)
    wanted, held = set(extract_messages(root)), {singular(message) for message in catalogue if message.id}
    return (
        [f"not in the catalogue: {message!r}" for message in sorted(wanted - held)]
        + [f"not in the code: {message!r}" for message in sorted(held - wanted)]
        + [f"not translated: {message!r}" for message in untranslated(catalogue)]
        + [f"obsolete: {message!r}" for message in catalogue.obsolete]
        + [f"fuzzy: {singular(message)!r}" for message in catalogue if message.id and message.fuzzy]
        + [f"other fields: {singular(message)!r}" for message in catalogue if not same_fields(message)]
        + ([] if catalogue.plural_forms == PLURALS[language].rstrip() else ["other plural forms"])
    )


def singular(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, tuple) else message.id)


def same_fields(message: Message) -> bool:
    """Whether each text has the fields of its message; the form for one or two may leave out the count."""
    if not message.id or not is_complete(message):
        return True
    texts = message.string if isinstance(message.string, tuple) else (str(message.string),)
    if isinstance(message.id, tuple):
        wanted = fields(message.id[1])
        return all(wanted - {"count"} <= fields(text) <= wanted for text in texts)
    return all(fields(text) == fields(str(message.id)) for text in texts)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_complete(root: Path, language: str) -> None:
    assert catalogue_faults(root, language, catalogue_path(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_as_the_update_writes_it(root: Path, language: str) -> None:
    path = catalogue_path(language)
    rebuilt = build_catalogue(language, extract_messages(root), read_catalogue(path, language))
    assert format_catalogue(rebuilt) == path.read_bytes()


CODE = """
GREETING = N_("Good day, {name}")
t(GREETING, name="x"); t("plain"); t.n("{count} project", "{count} projects", 3)
raise StoreError("No store at {path}" " here", path=1)
t(variable)
"""


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A small project with three catalogues, all translated."""
    (tmp_path / "app.py").write_text(CODE, encoding="utf-8")
    update_catalogues(tmp_path)
    for language in LANGUAGES:
        path = planted_path(tmp_path, language)
        catalogue = read_catalogue(path, language)
        for message in list(catalogue):
            message.string = message.string if is_complete(message) else translation(message, catalogue)
        path.write_bytes(format_catalogue(catalogue))
    return tmp_path


def planted_path(root: Path, language: str) -> Path:
    return root / "ess" / "locales" / language / "LC_MESSAGES" / "atlas.po"


def translation(message: Message, catalogue: Catalog) -> str | tuple[str, ...]:
    if isinstance(message.id, tuple):
        return tuple(f"{form}: {{count}}" for form in range(catalogue.num_plurals))
    return f"tr. {message.id}"


def test_extraction_finds_every_way_to_say_something(planted: Path) -> None:
    assert extract_messages(planted) == {
        "Good day, {name}": "Good day, {name}",
        "No store at {path} here": "No store at {path} here",
        "plain": "plain",
        "{count} project": ("{count} project", "{count} projects"),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_catalogue_has_no_fault(planted: Path, language: str) -> None:
    assert catalogue_faults(planted, language, planted_path(planted, language)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('msgid "plain"\n', 'msgid "other"\n', "not in the catalogue: 'plain'"),
        ('msgid "plain"\n', 'msgid "other"\n', "not in the code: 'other'"),
        ('msgstr "tr. plain"', 'msgstr ""', "not translated: 'plain'"),
        ('msgstr[5] "5: {count}"', 'msgstr[5] ""', "not translated: '{count} project'"),
        ('msgstr[5] "5: {count}"\n', "", "not translated: '{count} project'"),
        ("tr. Good day, {name}", "tr. Good day, {nom}", "other fields: 'Good day, {name}'"),
        ("5: {count}", "5: {number}", "other fields: '{count} project'"),
        ("nplurals=6", "nplurals=5", "other plural forms"),
        ('msgid "plain"\n', '#, fuzzy\nmsgid "plain"\n', "fuzzy: 'plain'"),
        ('msgid "plain"\n', '#~ msgid "gone"\n#~ msgstr "x"\n\nmsgid "plain"\n', "obsolete: 'gone'"),
    ],
)
def test_a_planted_fault_is_found(planted: Path, old: str, new: str, fault: str) -> None:
    path = planted_path(planted, "ar")
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new), encoding="utf-8")
    assert fault in catalogue_faults(planted, "ar", path)


def test_an_update_keeps_translations_and_drops_what_is_gone(planted: Path) -> None:
    (planted / "app.py").write_text('t("plain"); t("new")', encoding="utf-8")
    assert update_catalogues(planted) == {"fr": ["new"], "en": [], "ar": ["new"]}
    after = planted_path(planted, "fr").read_text(encoding="utf-8")
    assert 'msgstr "tr. plain"' in after
    assert "Good day" not in after


def test_an_update_twice_gives_the_same_bytes(planted: Path) -> None:
    before = [planted_path(planted, language).read_bytes() for language in LANGUAGES]
    update_catalogues(planted)
    assert [planted_path(planted, language).read_bytes() for language in LANGUAGES] == before


def translator_of(root: Path, language: str) -> Translator:
    return Translator(language, read_messages(planted_path(root, language)))


def test_messages_are_translated_and_filled(planted: Path) -> None:
    t = translator_of(planted, "fr")
    assert t("Good day, {name}", name="Awa") == "tr. Good day, Awa"
    assert t("plain") == "tr. plain"
    assert t("") == ""


def test_a_missing_message_is_shown_in_english_and_remembered(planted: Path) -> None:
    t = translator_of(planted, "ar")
    assert t("nowhere {x}", x=1) == "nowhere 1"
    assert t.n("{count} thing", "{count} things", 2) == "2 things"
    assert t.missing == {"nowhere {x}", "{count} thing"}


def test_an_empty_translation_is_shown_in_english(planted: Path) -> None:
    path = planted_path(planted, "ar")
    text = path.read_text(encoding="utf-8").replace('msgstr[5] "5: {count}"', 'msgstr[5] ""')
    path.write_text(text.replace("tr. plain", ""), encoding="utf-8")
    t = translator_of(planted, "ar")
    assert [t("plain"), t.n("{count} project", "{count} projects", 100)] == ["plain", "100 projects"]
    assert t.missing == {"plain", "{count} project"}


@pytest.mark.parametrize(
    ("count", "form"),
    [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (102, 5), (103, 3)],
)
def test_arabic_has_six_forms(planted: Path, count: int, form: int) -> None:
    said = translator_of(planted, "ar").n("{count} project", "{count} projects", count)
    assert said == f"{form}: {count}"


@pytest.mark.parametrize(("count", "form"), [(0, 0), (1, 0), (2, 1)])
def test_french_counts_none_as_one(planted: Path, count: int, form: int) -> None:
    assert translator_of(planted, "fr").n("{count} project", "{count} projects", count) == f"{form}: {count}"


def test_an_unknown_language_gives_the_default() -> None:
    assert translator("xx") is translator("fr")


@pytest.mark.parametrize(
    ("language", "number", "share", "day", "month", "items"),
    [
        ("fr", "2\u202f681", "26\u00a0%", "17 mai 2024", "mai 2024", "a, b et c"),
        ("en", "2,681", "26%", "17 May 2024", "May 2024", "a, b and c"),
        ("ar", "2.681", "26%", "17 ماي 2024", "ماي 2024", "a وb وc"),
    ],
)
def test_each_language_writes_in_its_own_way(
    language: str, number: str, share: str, day: str, month: str, items: str
) -> None:
    t = translator(language)
    assert t.number(2681) == number
    assert t.percent(0.256) == share
    assert t.date("2024-05-17") == day
    assert t.date("2024-05-17", "month") == month == t.date("2024-05")
    assert t.list(["a", "b", "c"]) == items
    assert [t.list([]), t.list(["a"])] == ["", "a"]


def test_a_date_is_no_more_precise_than_it_is_known() -> None:
    t = translator("fr")
    assert [t.date("2024"), t.date("2024-05-17", "year"), t.date("2024-05-17", "unknown"), t.date("")] == [
        "2024", "2024", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.1 + 0.2, None, "0.3"), (5, 2, "5.00"), (2.5, None, "2.5"), (-0.0, None, "0")],
)
def test_decimals(value: float, decimals: int | None, text: str) -> None:
    assert translator("en").number(value, decimals) == text


@given(st.integers(min_value=-(10**12), max_value=10**12), st.sampled_from(LANGUAGES))
def test_a_whole_number_keeps_its_digits(value: int, language: str) -> None:
    written = translator(language).number(value)
    assert re.sub(r"\D", "", written) == str(abs(value))
    assert written.isascii() or language == "fr" or value < 0


def test_only_arabic_runs_from_the_right() -> None:
    assert [translator(language).is_rtl for language in LANGUAGES] == [False, False, True]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"title_fr": "Titre", "title_en": "Title", "title_ar": "عنوان"}, "عنوان"),
        ({"title_fr": "Titre", "title_en": "Title", "title_ar": ""}, "Titre"),
        ({"title_fr": None, "title_en": "Title", "title_ar": float("nan")}, "Title"),
        ({}, ""),
    ],
)
def test_a_field_falls_back_to_french_then_english(row: dict[str, object], text: str) -> None:
    assert translator("ar").field(row, "title") == text


@pytest.mark.parametrize(
    ("value", "qualifier", "language", "text"),
    [
        (2_829_574_580.98, "=", "fr", "2,8 Md"),
        (12_345.0, "=", "en", "12.3K"),
        (9_999.0, "=", "en", "9,999"),
        (12_345.0, ">=", "en", "≥ 12,345"),  # rounded, a bound might no longer hold
        (2_829_574_580.98, "=", "ar", "2,8 مليار"),
    ],
)
def test_a_long_figure_is_told_in_few_digits_but_a_bound_in_all(
    value: float, qualifier: str, language: str, text: str
) -> None:
    assert compact_figure(translator(language), value, qualifier).replace("\u00a0", " ") == text
