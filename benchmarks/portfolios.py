"""Made-up portfolios of any size, the same for the same seed: IATI files and tables of projects."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from geodata.codes import countries
from geodata.layer import read_countries

SEED: Final = 20261122
_STATUSES = ("1", "2", "2", "2", "3", "4", "5")
_SECTORS = ("31120", "31130", "25010", "25030", "22040", "41030", "33110")
_WORDS = (
    "cooperative", "market", "training", "seed", "harvest", "women", "youth", "coast", "forest", "water",
    "craft", "olive", "argan", "honey", "fair", "network", "bank", "credit", "school", "centre", "valley",
    "oasis", "river", "port", "fish", "goat", "wool", "salt", "solar", "digital",
)  # fmt: skip


def write_iati(path: Path, activities: int, seed: int = SEED) -> Path:
    """An IATI 2.03 file with so many activities, of 30 to 40 elements each.

    Half have one country, a third several with percentages, some only a region; two to five transactions, a
    budget, a point for some, parents for a few.
    """
    chance = random.Random(seed)  # noqa: S311 - the same file every time is what is wanted
    with path.open("w", encoding="utf-8") as target:
        target.write('<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="2.03">\n')
        for number in range(activities):
            target.write(_activity(number, chance))
        target.write("</iati-activities>\n")
    return path


def _activity(number: int, chance: random.Random) -> str:
    year = chance.randint(2005, 2025)
    title = " ".join(chance.choices(_WORDS, k=6)).capitalize()
    description = " ".join(chance.choices(_WORDS, k=60)).capitalize()
    places = _places(chance)
    parent = f'<related-activity type="1" ref="XM-{number - number % 50}"/>' if number % 50 else ""
    return (
        '<iati-activity default-currency="USD" xml:lang="en">\n'
        f"<iati-identifier>XM-{number}</iati-identifier>\n"
        '<reporting-org ref="XM-DAC-1" type="10"><narrative>Agency</narrative></reporting-org>\n'
        f"<title><narrative>{title}</narrative></title>\n"
        f"<description><narrative>{description}</narrative></description>\n"
        '<participating-org role="1" ref="XM-DAC-1" type="10"><narrative>Agency</narrative>'
        f'</participating-org>\n<participating-org role="4" type="22"><narrative>Partner {number % 997}'
        "</narrative></participating-org>\n"
        f'<activity-status code="{chance.choice(_STATUSES)}"/>\n'
        f'<activity-date type="2" iso-date="{year}-01-15"/>\n'
        f'<activity-date type="3" iso-date="{year + chance.randint(1, 5)}-06-30"/>\n'
        f"{''.join(_recipients(places))}{_location(places, chance)}"
        f'<sector vocabulary="1" code="{chance.choice(_SECTORS)}"/>\n'
        f'<tag vocabulary="2" code="{chance.randint(1, 17)}"/>\n{parent}'
        f'<budget><period-start iso-date="{year}-01-01"/><period-end iso-date="{year}-12-31"/>'
        f'<value value-date="{year}-01-01">{chance.randint(1, 900) * 1000}</value></budget>\n'
        f"{''.join(_transactions(chance, year))}</iati-activity>\n"
    )


def _places(chance: random.Random) -> list[tuple[str, float, float]]:
    """Code, latitude and longitude of the countries of an activity; none for a regional one."""
    draw = chance.random()
    if draw < 0.1:
        return []
    return chance.sample(_countries(), 1 if draw < 0.6 else chance.randint(2, 4))


@cache
def _countries() -> list[tuple[str, float, float]]:
    layer = read_countries("un")
    wanted = layer[layer.region.isin(("002", "142", "019"))]
    return list(zip(wanted.iso2, wanted.label_lat, wanted.label_lon, strict=True))


def _recipients(places: list[tuple[str, float, float]]) -> Iterator[str]:
    if not places:
        yield '<recipient-region code="298"/>\n'
    share = f' percentage="{100 / len(places):.2f}"' if len(places) > 1 else ""
    for code, _, _ in places:
        yield f'<recipient-country code="{code}"{share}/>\n'


def _location(places: list[tuple[str, float, float]], chance: random.Random) -> str:
    """A point in the first country for three activities in ten, a stray one now and then."""
    if not places or chance.random() > 0.3:
        return ""
    _, latitude, longitude = places[0]
    if chance.random() < 0.02:
        longitude = -longitude
    return (
        f"<location><name><narrative>{chance.choice(_WORDS)}</narrative></name><point>"
        f'<pos>{latitude:.4f} {longitude:.4f}</pos></point><exactness code="1"/></location>\n'
    )


def _transactions(chance: random.Random, year: int) -> Iterator[str]:
    for _ in range(chance.randint(2, 5)):
        day = f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        yield (
            f'<transaction><transaction-type code="{chance.choice("233")}"/>'
            f'<transaction-date iso-date="{day}"/>'
            f'<value value-date="{day}">{chance.uniform(1e3, 1e6):.2f}</value></transaction>\n'
        )


def write_table(path: Path, activities: int, seed: int = SEED) -> Path:
    """A CSV of projects with headings that no mapping is shipped for: one row a project."""
    chance = random.Random(seed)  # noqa: S311
    names = [country.name_en for country in countries().values() if country.region in ("002", "142", "019")]
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(
            ["Project code", "Project title", "Country", "Start date", "Commitment (USD)", "Status"]
        )
        for number in range(activities):
            title = " ".join(chance.choices(_WORDS, k=6)).capitalize()
            day = f"{chance.randint(2005, 2025)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            amount = f"{chance.uniform(1e3, 1e6):,.2f}"
            writer.writerow([f"P{number}", title, chance.choice(names), day, amount, "Ongoing"])
    return path
