"""What the tables and columns of a portfolio are called in French, English and Arabic.

A table or column is recognised under its technical name and under its name in any of the three languages,
whatever the language of the rest of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from ess.portfolio.schema import LANGUAGES, TABLES, Column, Table
from geodata.codes import normalised

Names = tuple[str, str, str]
"""French, English, Arabic: the order of `LANGUAGES`."""

SHEET_NAMES: Mapping[str, Names] = MappingProxyType(
    {
        "sources": ("Sources", "Sources", "المصادر"),
        "actors": ("Acteurs", "Actors", "الفاعلون"),
        "programmes": ("Programmes", "Programmes", "البرامج"),
        "activities": ("Activités", "Activities", "الأنشطة"),
        "places": ("Lieux", "Places", "الأماكن"),
        "participants": ("Participants", "Participants", "المشاركون"),
        "tags": ("Classements", "Tags", "التصنيفات"),
        "results": ("Résultats", "Results", "النتائج"),
        "finances": ("Montants", "Finances", "المبالغ"),
        "indicators": ("Indicateurs", "Indicators", "المؤشرات"),
        "notes": ("Remarques", "Notes", "الملاحظات"),
    }
)

_IN_LANGUAGE: Mapping[str, Names] = {
    "fr": ("français", "French", "بالفرنسية"),
    "en": ("anglais", "English", "بالإنجليزية"),
    "ar": ("arabe", "Arabic", "بالعربية"),
}
"""How the three versions of a text are told apart."""

_NAMES: Mapping[str, Names] = {
    "id": ("Identifiant", "Identifier", "المعرف"),
    "title": ("Intitulé", "Title", "العنوان"),
    "name": ("Nom", "Name", "الاسم"),
    "label": ("Libellé", "Label", "التسمية"),
    "definition": ("Définition", "Definition", "التعريف"),
    "description": ("Description", "Description", "الوصف"),
    "text": ("Texte", "Text", "النص"),
    "note": ("Remarque", "Note", "ملاحظة"),
    "source": ("Source (identifiant)", "Source (identifier)", "المصدر (المعرف)"),
    "locator": ("Endroit dans la source", "Place in the source", "الموضع في المصدر"),
    "iso3": (
        "Pays (code ISO à 3 lettres)",
        "Country (3-letter ISO code)",
        "البلد (رمز ISO من 3 حروف)",
    ),
    "region": ("Région (code M49)", "Region (M49 code)", "المنطقة (رمز M49)"),
    "activity": ("Activité (identifiant)", "Activity (identifier)", "النشاط (المعرف)"),
    "actor": ("Acteur (identifiant)", "Actor (identifier)", "الفاعل (المعرف)"),
    "actors": ("Acteurs (identifiants)", "Actors (identifiers)", "الفاعلون (المعرفات)"),
    "programme": ("Programme (identifiant)", "Programme (identifier)", "البرنامج (المعرف)"),
    "indicator": ("Indicateur (identifiant)", "Indicator (identifier)", "المؤشر (المعرف)"),
    "parent": ("Fait partie de (identifiant)", "Part of (identifier)", "جزء من (المعرف)"),
    "outlet": ("Éditeur", "Publisher", "الناشر"),
    "author": ("Auteur", "Author", "المؤلف"),
    "url": ("Adresse web", "Web address", "الرابط"),
    "published": ("Date de publication", "Date of publication", "تاريخ النشر"),
    "published_precision": (
        "Précision de la date de publication",
        "Precision of the publication date",
        "دقة تاريخ النشر",
    ),
    "published_note": (
        "Remarque sur la date de publication",
        "Note on the publication date",
        "ملاحظة حول تاريخ النشر",
    ),
    "language": ("Langue du document", "Language of the document", "لغة الوثيقة"),
    "via": ("Relayé par", "Relayed by", "نقلا عن"),
    "based_on": (
        "D’après la source (identifiant)",
        "Based on the source (identifier)",
        "استنادا إلى المصدر (المعرف)",
    ),
    "grade": ("Nature de la source", "Kind of source", "نوع المصدر"),
    "acronym": ("Sigle", "Acronym", "الاسم المختصر"),
    "type": ("Type", "Type", "النوع"),
    "kind": ("Nature", "Kind", "الصنف"),
    "modality": ("Modalité", "Modality", "صيغة التعاون"),
    "stage": ("État d’avancement", "Stage", "مرحلة الإنجاز"),
    "start": ("Date de début", "Start date", "تاريخ البداية"),
    "start_precision": (
        "Précision de la date de début",
        "Precision of the start date",
        "دقة تاريخ البداية",
    ),
    "end": ("Date de fin", "End date", "تاريخ النهاية"),
    "end_precision": ("Précision de la date de fin", "Precision of the end date", "دقة تاريخ النهاية"),
    "umbrella": (
        "Regroupe d’autres activités (oui/non)",
        "Groups other activities (yes/no)",
        "يجمع أنشطة أخرى (نعم/لا)",
    ),
    "counted": ("Compte pour", "Counts as", "يحتسب على أنه"),
    "role": ("Rôle", "Role", "الدور"),
    "share": ("Part (%)", "Share (%)", "الحصة (%)"),
    "share_basis": ("Origine de la part", "Basis of the share", "أساس الحصة"),
    "admin1": (
        "Région administrative (ISO 3166-2)",
        "Administrative region (ISO 3166-2)",
        "الجهة الإدارية (ISO 3166-2)",
    ),
    "latitude": ("Latitude", "Latitude", "خط العرض"),
    "longitude": ("Longitude", "Longitude", "خط الطول"),
    "exactness": ("Exactitude du lieu", "Exactness of the place", "دقة المكان"),
    "scheme": ("Classification", "Classification", "نظام التصنيف"),
    "code": ("Code", "Code", "الرمز"),
    "percent": ("Pourcentage", "Percentage", "النسبة المئوية"),
    "coded_by": ("Classé par", "Coded by", "من وضع التصنيف"),
    "value": ("Valeur", "Value", "القيمة"),
    "qualifier": ("Exact ou borne", "Exact or bound", "قيمة دقيقة أو حد"),
    "unit": ("Unité", "Unit", "الوحدة"),
    "sex": ("Sexe", "Sex", "الجنس"),
    "period_start": ("Début de la période", "Start of the period", "بداية الفترة"),
    "period_end": ("Fin de la période", "End of the period", "نهاية الفترة"),
    "period_basis": ("Origine de la période", "Basis of the period", "أساس الفترة"),
    "additive": ("Peut s’additionner (oui/non)", "May be added up (yes/no)", "قابل للجمع (نعم/لا)"),
    "overlap_group": ("Groupe de recoupement", "Overlap group", "مجموعة التداخل"),
    "derivation": ("Formule de calcul", "Formula", "صيغة الحساب"),
    "currency": ("Monnaie (code ISO)", "Currency (ISO code)", "العملة (رمز ISO)"),
    "date": ("Date", "Date", "التاريخ"),
    "mappable": ("Cartographiable (oui/non)", "Can be mapped (yes/no)", "قابل للعرض على الخريطة (نعم/لا)"),
    "itemised_by": ("Détaillé par", "Itemised by", "مفصل حسب"),
    "about_table": ("Porte sur la table", "About the table", "الجدول المعني"),
    "about_id": ("Porte sur la ligne (identifiant)", "About the row (identifier)", "السطر المعني (المعرف)"),
}
"""Names by column, or by the base of a text in three languages."""

_NAMES_IN: Mapping[tuple[str, str], Names] = {
    ("actors", "iso3"): (
        "Pays du siège (code ISO à 3 lettres)",
        "Country of the seat (3-letter ISO code)",
        "بلد المقر (رمز ISO من 3 حروف)",
    ),
    ("finances", "value"): ("Montant", "Amount", "المبلغ"),
}
"""Names that only one table uses."""


def heading(table: Table, column: Column, lang: str) -> str:
    """What a column is called in `lang`, one of `LANGUAGES`; the heading of its cells."""
    base = column.name.removesuffix(f"_{column.language}") if column.language else column.name
    place = LANGUAGES.index(lang)
    name = _NAMES_IN.get((table.name, base), _NAMES[base])[place]
    return f"{name} ({_IN_LANGUAGE[column.language][place]})" if column.language else name


def sheet_name(table: Table, lang: str) -> str:
    """What a table is called in `lang`, one of `LANGUAGES`; the name of its sheet."""
    return SHEET_NAMES[table.name][LANGUAGES.index(lang)]


def table_named(name: str) -> Table | None:
    """The table that a sheet's or a file's name means, in any of the languages; None for another name."""
    return _tables().get(normalised(name))


def column_named(table: Table, text: str) -> Column | None:
    """The column of `table` that a heading means, in any of the languages; None for another heading.

    Accents, case and punctuation make no difference.
    """
    return _columns(table.name).get(normalised(text))


def technical_headings(table: Table, headings: Iterable[str]) -> list[str]:
    """Headings as the schema writes them; an unknown one stays as it is."""
    known = [(text, column_named(table, text)) for text in headings]
    return [text if column is None else column.name for text, column in known]


@cache
def _tables() -> Mapping[str, Table]:
    return {
        normalised(name): TABLES[table] for table, names in SHEET_NAMES.items() for name in (table, *names)
    }


@cache
def _columns(table: str) -> Mapping[str, Column]:
    return {
        normalised(text): column
        for column in TABLES[table].columns
        for text in (column.name, *(heading(TABLES[table], column, lang) for lang in LANGUAGES))
    }
