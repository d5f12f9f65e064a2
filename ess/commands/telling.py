"""The report of files in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ess.ingest.outcome import SEVERITIES, Outcome
from ess.locales import N_, Translator
from ess.portfolio.codes import FINANCE_KINDS, label_of
from geodata.codes import country_name

_SEVERITY_NAMES = {"critical": N_("dropped"), "error": N_("error"), "warning": N_("warning")}
_REASONS = {
    "undated": N_("no date"),
    "no_rate": N_("no rate"),
    "unknown_currency": N_("unknown currency"),
}

MOST_COUNTRIES = 12
"""Countries that are listed; the JSON report has all."""


def tell_outcome(outcome: Outcome, words: Translator) -> str:
    """The report as lines of text in the language of `words`."""
    lines = [*_files(outcome, words), *_activities(outcome, words), *_amounts(outcome, words)]
    lines += _converted(outcome, words)
    lines += [f"{one.column}: {one.sentence(words)}" for one in outcome.decisions]
    lines += _problems(outcome, words)
    return "\n".join(lines)


def _files(outcome: Outcome, words: Translator) -> Iterator[str]:
    for file in outcome.files:
        what = ", ".join(str(part) for part in (file["format"], file["version"], file["encoding"]) if part)
        yield words(
            "{path} ({what}): {read} records read, {kept} kept, {rejected} rejected",
            path=file["path"],
            what=what,
            **{name: words.number(file[name]) for name in ("read", "kept", "rejected")},
        )


def _activities(outcome: Outcome, words: Translator) -> Iterator[str]:
    totals = outcome.totals
    names = ("activities", "placed", "regional", "unplaced", "multi_country", "sites")
    yield words(
        "{activities} activities: {placed} with a country, {regional} with a region only, {unplaced} without "
        "a place, {multi_country} with several countries; {sites} points",
        **{name: words.number(totals[name]) for name in names},
    )
    counts = {iso3: one["activities"] for iso3, one in totals["by_country"].items() if one["activities"]}
    largest = sorted(counts, key=lambda iso3: (-counts[iso3], iso3))
    listed = [f"{country_name(iso3, words.lang)} {words.number(counts[iso3])}" for iso3 in largest]
    if listed:
        rest = [
            words.n("and {count} more country", "and {count} more countries", len(listed) - MOST_COUNTRIES)
        ]
        yield ", ".join(listed[:MOST_COUNTRIES] + (rest if len(listed) > MOST_COUNTRIES else []))


def _amounts(outcome: Outcome, words: Translator) -> Iterator[str]:
    for kind, by_currency in outcome.totals["totals"].items():
        for currency, value in by_currency.items():
            yield words(
                "{kind}, {currency}: {total}, of which {unallocated} are not allocated to a country",
                kind=words(label_of("finance_kind", kind)),
                currency=currency,
                total=words.number(value, 2),
                unallocated=words.number(outcome.totals["unallocated"][kind].get(currency, 0.0), 2),
            )


def _converted(outcome: Outcome, words: Translator) -> Iterator[str]:
    """Amounts converted with the rates of a table, a line a kind."""
    converted = outcome.totals.get("converted")
    if converted is None:
        return
    for kind in (code.code for code in FINANCE_KINDS):
        left = list(_left(converted["not_converted"].get(kind, {}), words))
        facts = {
            "kind": words(label_of("finance_kind", kind)),
            "currency": converted["currency"],
            "file": converted["rates"]["file"],
            "left": "; ".join(left),
        }
        if kind in converted["totals"]:
            facts["total"] = words.number(converted["totals"][kind], 2)
            facts["unallocated"] = words.number(converted["unallocated"][kind], 2)
            said = N_(
                "{kind}, converted to {currency} with {file}: {total}, of which {unallocated} are not "
                "allocated to a country"
            )
            also = N_("not converted: {left}")
            yield "; ".join([words(said, **facts)] + ([words(also, **facts)] if left else []))
        elif left:
            yield words(
                "{kind}, converted to {currency} with {file}: nothing; not converted: {left}", **facts
            )


def _left(by_currency: Mapping[str, Any], words: Translator) -> Iterator[str]:
    """Amounts that were not converted, with their reason."""
    for currency, entries in by_currency.items():
        for entry in entries:
            yield words(
                "{value} {currency} ({reason})",
                value=words.number(entry["value"], 2),
                currency=currency,
                reason=words(_REASONS[entry["reason"]]),
            )


def _problems(outcome: Outcome, words: Translator) -> Iterator[str]:
    for severity in SEVERITIES:
        for code, count in outcome.counts.get(severity, {}).items():
            first = next(one for one in outcome.problems if one.kind.code == code)
            where = f"{first.file}:{first.row}" if first.row else first.file
            name = words(_SEVERITY_NAMES[severity])
            yield f"{name} × {words.number(count)}, {where}: {first.message(words)}"
