"""Words for codes: measures, activity types, stages, filters, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from ess.analysis.measures import Measure
from ess.analysis.vocabulary import Vocabulary
from ess.locales import N_, Translator
from ess.portfolio.codes import label_of
from geodata.groups import TO_VERIFY, Group

#: Plural names of the activity types, for headings, measures and counts.
TYPES_PLURAL: Mapping[str, str] = {
    "agreement": N_("Agreements"),
    "project": N_("Projects"),
    "training": N_("Trainings"),
    "event": N_("Events"),
    "programme": N_("Programmes"),
    "participation": N_("Participations in meetings of others"),
}

FILTER_LABELS: Mapping[str, str] = {
    "actor": N_("Actor"),
    "programme": N_("Programme"),
    "type": N_("Type"),
    "stage": N_("Stage"),
    "modality": N_("Modality"),
    "group": N_("Country group"),
    "year": N_("Year"),
    "theme": N_("Theme"),
    "sdg": N_("Sustainable Development Goal"),
    "source": N_("Source"),
    "country": N_("Country"),
    "actor_type": N_("Type of actor"),
    "sector": N_("Sector (OECD DAC)"),
    "evidence": N_("Kind of evidence"),
    "figure": N_("Has a figure"),
    "review": N_("Needs review"),
    "q": N_("Text"),
}
#: Answers of the filters that ask whether something is so.
ANSWER_LABELS: Mapping[str, str] = {"yes": N_("Yes"), "no": N_("No")}

#: The code list behind a filter whose codes have names only in the catalogues.
_CODE_LISTS = {
    "type": "activity_type",
    "stage": "stage",
    "modality": "modality",
    "theme": "theme",
    "sdg": "SDG_goal",
    "sector": "DAC5",
    "actor_type": "actor_type",
    "evidence": "grade",
}


def measure_label(measure: Measure, vocabulary: Vocabulary, translator: Translator) -> str:
    """The measure's name: ``Projects``, ``Women trained``, ``Commitments (USD)``."""
    if measure.kind == "count":
        return translator(TYPES_PLURAL[measure.code]) if measure.code else translator("All records")
    if measure.kind == "result":
        return translator.field(vocabulary.indicators[measure.code or ""], "label")
    name = f"{code_label('finance_kind', measure.code or '', translator)} ({measure.unit})"
    return translator("{name}, split equally by convention", name=name) if measure.equal else name


def code_label(list_name: str, code: str, translator: Translator) -> str:
    """The translated label of a code; the code itself where the list does not know it."""
    return translator(label_of(list_name, code))


def option_label(key: str, code: str, vocabulary: Vocabulary, translator: Translator) -> str:
    """The name of a filter's option; a free text stands for itself."""
    if key in {"figure", "review"}:
        return translator(ANSWER_LABELS[code])
    row = vocabulary.options[key].get(code, {})
    named = translator.field(row, "name") or translator.field(row, "title")
    if named:
        return f"{named} ({row['acronym']})" if row.get("acronym") else named
    label = code_label(_CODE_LISTS[key], code, translator) if key in _CODE_LISTS else code
    if key == "sector" and label != code:
        return f"{code} {label}"
    return f"{code}. {label}" if key == "sdg" else label


def group_name(group: Group, translator: Translator) -> str:
    """The name of a country group in the reader's language."""
    return {"fr": group.name_fr, "en": group.name_en, "ar": group.name_ar}[translator.lang]


def group_badge(group: Group, translator: Translator) -> str:
    """The group's name, with a star when its list of members has not been checked against its source."""
    name = group_name(group, translator)
    return f"{name}\u00a0*" if group.status == TO_VERIFY else name
