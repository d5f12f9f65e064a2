"""The closed lists of codes of a portfolio, each code with its English label.

A label is also the message id of the catalogues: code that shows a label translates it.
Codes are lower-case words of this atlas, unless the name of the list says whose codes they are
(IATI, UN M49, the United Nations' goals, the OECD's sector list).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ess.locales import N_


@dataclass(frozen=True)
class Code:
    """One code of a list and its English label (the catalogue's message id)."""

    code: str
    label: str


def _codes(**labels: str) -> tuple[Code, ...]:
    return tuple(Code(code, label) for code, label in labels.items())


def _numbered(labels: Mapping[str, str]) -> tuple[Code, ...]:
    return tuple(Code(code, label) for code, label in labels.items())


ACTIVITY_TYPES = _codes(
    agreement=N_("Agreement"),
    project=N_("Project"),
    training=N_("Training"),
    event=N_("Event"),
    programme=N_("Programme"),
    participation=N_("Participation in meetings of others"),
)

MODALITIES = _codes(
    bilateral=N_("Bilateral"),
    triangular=N_("Triangular"),
    regional=N_("Regional"),
    domestic=N_("Domestic"),
    unknown=N_("Not stated"),
)

STAGES = _codes(
    planned=N_("Planned"),
    signed=N_("Signed"),
    under_way=N_("Under way"),
    done=N_("Done"),
    suspended=N_("Suspended"),
    cancelled=N_("Cancelled"),
    unknown=N_("Stage not stated"),
)

DATE_PRECISIONS = _codes(day=N_("Day"), month=N_("Month"), year=N_("Year"), unknown=N_("Date not known"))

COUNTED = _codes(one=N_("Exactly one"), at_least_one=N_("At least one"))

PLACE_ROLES = _codes(
    provider=N_("Provider"),
    recipient=N_("Partner country"),
    both=N_("Provider and partner"),
    host=N_("Host"),
    participant=N_("Participant"),
)

SHARE_BASES = _codes(
    stated=N_("Share as published"),
    equal=N_("Equal split, by convention"),
    unknown=N_("Split not published"),
)

EXACTNESS = _codes(
    exact=N_("Exact place"),
    approximate=N_("Approximate place"),
    admin1=N_("Region of a country"),
    country=N_("Country only"),
    unknown=N_("Place not stated"),
)

PARTICIPANT_ROLES = _codes(
    funding=N_("Funding"),
    accountable=N_("Accountable"),
    extending=N_("Extending"),
    implementing=N_("Implementing"),
    signatory=N_("Signatory"),
    host=N_("Host"),
    inviter=N_("Inviting"),
    participant=N_("Participant"),
)

PROGRAMME_KINDS = _codes(programme=N_("Programme"), prize=N_("Prize"), strategy=N_("Strategy"))

TAG_SCHEMES = _codes(
    DAC5=N_("Sector (OECD DAC, five digits)"),
    DAC3=N_("Sector category (OECD DAC, three digits)"),
    sector=N_("Sector in the publisher's own list"),
    SDG_goal=N_("Sustainable Development Goal"),
    SDG_target=N_("Sustainable Development Goal target"),
    theme=N_("Theme"),
    gender_marker=N_("Gender equality marker"),
)

CODED_BY = _codes(source=N_("Stated by the source"), analyst=N_("Coded by an analyst"))

QUALIFIERS = _numbered(
    {
        "=": N_("exactly"),
        ">": N_("more than"),
        ">=": N_("at least"),
        "<": N_("less than"),
        "<=": N_("at most"),
        "~": N_("about"),
    }
)

SEXES = _codes(all=N_("All"), female=N_("Women"), male=N_("Men"), unknown=N_("Sex not stated"))

PERIOD_BASES = _codes(
    stated=N_("Period stated"),
    as_of=N_("As of a date"),
    cumulative=N_("Cumulative"),
    undated=N_("Undated"),
)

FINANCE_KINDS = _codes(
    budget=N_("Budget"),
    commitment=N_("Commitment"),
    disbursement=N_("Disbursement"),
    expenditure=N_("Expenditure"),
)

NOTE_KINDS = _codes(
    context=N_("Context"),
    method=N_("Method"),
    scope=N_("Scope"),
    aim=N_("Aim"),
    quote=N_("Framing by the source"),
    ambiguity=N_("Ambiguity"),
)

GRADES = _codes(
    primary_document=N_("Primary document"),
    official_statement=N_("Official statement"),
    press_report=N_("Press report"),
    repost=N_("Repost of a press report"),
    dataset=N_("Dataset"),
    unknown=N_("Kind of source not known"),
)

ITEMISED_BY = _codes(partner_countries=N_("Partner countries listed one by one"))

# IATI 2.03, code list OrganisationType.
ACTOR_TYPES = _numbered(
    {
        "10": N_("Government"),
        "11": N_("Local government"),
        "15": N_("Other public sector"),
        "21": N_("International NGO"),
        "22": N_("National NGO"),
        "23": N_("Regional NGO"),
        "24": N_("NGO of the partner country"),
        "30": N_("Public-private partnership"),
        "40": N_("Multilateral organisation"),
        "60": N_("Foundation"),
        "70": N_("Private sector"),
        "71": N_("Private sector of the provider country"),
        "72": N_("Private sector of the partner country"),
        "73": N_("Private sector of a third country"),
        "80": N_("Academic, training and research"),
        "90": N_("Other"),
    }
)

# UN M49 (Statistics Division), macro-regions, sub-regions and intermediate regions.
REGIONS = _numbered(
    {
        "001": N_("World"),
        "002": N_("Africa"),
        "015": N_("Northern Africa"),
        "202": N_("Sub-Saharan Africa"),
        "014": N_("Eastern Africa"),
        "017": N_("Middle Africa"),
        "018": N_("Southern Africa"),
        "011": N_("Western Africa"),
        "019": N_("Americas"),
        "419": N_("Latin America and the Caribbean"),
        "029": N_("Caribbean"),
        "013": N_("Central America"),
        "005": N_("South America"),
        "003": N_("North America"),
        "021": N_("Northern America"),
        "010": N_("Antarctica"),
        "142": N_("Asia"),
        "143": N_("Central Asia"),
        "030": N_("Eastern Asia"),
        "035": N_("South-eastern Asia"),
        "034": N_("Southern Asia"),
        "145": N_("Western Asia"),
        "150": N_("Europe"),
        "151": N_("Eastern Europe"),
        "154": N_("Northern Europe"),
        "039": N_("Southern Europe"),
        "155": N_("Western Europe"),
        "009": N_("Oceania"),
        "053": N_("Australia and New Zealand"),
        "054": N_("Melanesia"),
        "057": N_("Micronesia"),
        "061": N_("Polynesia"),
    }
)

# United Nations, 2030 Agenda: the seventeen goals under their short names.
SDG_GOALS = _numbered(
    {
        "1": N_("No poverty"),
        "2": N_("Zero hunger"),
        "3": N_("Good health and well-being"),
        "4": N_("Quality education"),
        "5": N_("Gender equality"),
        "6": N_("Clean water and sanitation"),
        "7": N_("Affordable and clean energy"),
        "8": N_("Decent work and economic growth"),
        "9": N_("Industry, innovation and infrastructure"),
        "10": N_("Reduced inequalities"),
        "11": N_("Sustainable cities and communities"),
        "12": N_("Responsible consumption and production"),
        "13": N_("Climate action"),
        "14": N_("Life below water"),
        "15": N_("Life on land"),
        "16": N_("Peace, justice and strong institutions"),
        "17": N_("Partnerships for the goals"),
    }
)

# OECD DAC gender equality policy marker.
GENDER_MARKERS = _numbered(
    {"0": N_("Not targeted"), "1": N_("Significant objective"), "2": N_("Principal objective")}
)

# The sectors of the OECD's five-digit list that the built-in portfolio uses. The list itself is longer:
# another portfolio may use any five-digit code, and shows the code where no label is known.
DAC5_SECTORS = _numbered(
    {
        "22040": N_("Information and communication technology (ICT)"),
        "25010": N_("Business policy and administration"),
        "25030": N_("Business development services"),
        "31120": N_("Agricultural development"),
        "31130": N_("Agricultural land resources"),
        "31161": N_("Food crop production"),
        "32161": N_("Agro-industries"),
        "33110": N_("Trade policy and administrative management"),
        "41030": N_("Biodiversity"),
    }
)

# An open list: another portfolio may bring themes of its own.
THEMES = _codes(
    agriculture=N_("Agriculture"),
    agrifood_processing=N_("Agri-food processing"),
    cooperatives=N_("Cooperatives"),
    digital=N_("Digital transformation"),
    ecosystem_restoration=N_("Ecosystem restoration"),
    entrepreneurship=N_("Entrepreneurship"),
    gender=N_("Women's economic inclusion"),
    governance=N_("Legal and institutional frameworks"),
    knowledge_exchange=N_("Exchange of knowledge"),
    marine_environment=N_("Marine environment"),
    market_access=N_("Access to markets"),
    networks=N_("Networks of the social and solidarity economy"),
    trade_fairs=N_("Fairs and exhibitions"),
    training=N_("Training"),
)

# An open list too: the units of the built-in portfolio's figures.
UNITS = _codes(
    countries=N_("countries"),
    regions=N_("regions"),
    cooperatives=N_("cooperatives"),
    persons=N_("persons"),
    women=N_("women"),
    farmers=N_("farmers"),
    trainers=N_("trainers"),
    sessions=N_("sessions"),
    hectares=N_("hectares"),
    percent=N_("percent"),
)

CODE_LISTS: Mapping[str, tuple[Code, ...]] = MappingProxyType(
    {
        "activity_type": ACTIVITY_TYPES,
        "modality": MODALITIES,
        "stage": STAGES,
        "date_precision": DATE_PRECISIONS,
        "counted": COUNTED,
        "place_role": PLACE_ROLES,
        "share_basis": SHARE_BASES,
        "exactness": EXACTNESS,
        "participant_role": PARTICIPANT_ROLES,
        "programme_kind": PROGRAMME_KINDS,
        "tag_scheme": TAG_SCHEMES,
        "coded_by": CODED_BY,
        "qualifier": QUALIFIERS,
        "sex": SEXES,
        "period_basis": PERIOD_BASES,
        "finance_kind": FINANCE_KINDS,
        "note_kind": NOTE_KINDS,
        "grade": GRADES,
        "itemised_by": ITEMISED_BY,
        "actor_type": ACTOR_TYPES,
        "region": REGIONS,
        "SDG_goal": SDG_GOALS,
        "gender_marker": GENDER_MARKERS,
        "DAC5": DAC5_SECTORS,
        "theme": THEMES,
        "unit": UNITS,
    }
)


def codes_in(code_list: tuple[Code, ...]) -> frozenset[str]:
    """The bare codes of a list."""
    return frozenset(entry.code for entry in code_list)


def label_of(list_name: str, code: str) -> str:
    """The English label of a code, or the code itself where the list does not know it (open lists).

    Raises
    ------
    KeyError
        When there is no list of that name.
    """
    return next((entry.label for entry in CODE_LISTS[list_name] if entry.code == code), code)
