"""The rule of counting, case by case and against another program of it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.ingest.allocation import effective_percentages
from ess.ingest.ledger import Ledger
from ess.ingest.records import Activity, Amount, Recipient


def named(text: str, percentage: str | None = None) -> Recipient:
    """``SEN`` a country, ``@Africa`` a region, ``?xx`` a code that is none."""
    share = None if percentage is None else Decimal(percentage)
    is_region = text.startswith("@")
    return Recipient(None if text[0] in "@?" else text, None, is_region, share, text)


CASES = [
    ("a lone country is the whole", ["SEN"], ["100"], ["100"]),
    ("a lone percentage is honoured", ["SEN 60"], ["60"], ["60"]),
    ("a lone percentage near the whole is the whole", ["SEN 99.2"], ["100"], ["100"]),
    ("two per cent that are missing are missing", ["SEN 60", "MLI 38"], ["60", "38"], ["60", "38"]),
    ("a region beside nearly all of the countries", ["SEN 98", "@Africa 2"], ["98", "2"], ["98", "2"]),
    ("a lone percentage beyond the whole is the whole", ["SEN 140"], ["100"], ["100"]),
    ("a lone zero is as if none were stated", ["SEN 0"], ["100"], ["100"]),
    ("thirds that were rounded are the whole", ["SEN 33.3", "MLI 33.3", "GIN 33.3"], None, None),
    ("what is missing is unallocated", ["SEN 30", "MLI 20"], ["30", "20"], ["30", "20"]),
    ("what exceeds the whole is scaled", ["SEN 150", "MLI 50"], ["75", "25"], ["75", "25"]),
    ("none stated", ["SEN", "MLI"], ["0", "0"], ["50", "50"]),
    ("all zero is none stated", ["SEN 0", "MLI 0"], ["0", "0"], ["50", "50"]),
    ("some stated", ["SEN 40", "MLI", "GIN"], ["40", "0", "0"], ["40", "30", "30"]),
    ("some stated beyond the whole", ["SEN 150", "MLI"], ["100", "0"], ["100", "0"]),
    ("a country and a region, none stated", ["SEN", "@Africa"], ["0", "0"], ["100", "0"]),
    ("regions alone", ["@Africa", "@Asia"], ["0", "0"], ["50", "50"]),
    ("a region that repeats the countries", ["SEN 60", "MLI 40", "@Africa 100"], ["60", "40", "0"], None),
    ("a silent region that repeats", ["SEN 100", "@Africa"], ["100", "0"], ["100", "0"]),
    ("a region with its own part", ["SEN 50", "@Africa 50"], ["50", "50"], ["50", "50"]),
    ("an unresolved code keeps its part", ["SEN 50", "?xx 50"], ["50", "50"], ["50", "50"]),
    ("an unresolved code has its equal part", ["SEN", "?xx"], ["0", "0"], ["50", "50"]),
    ("a country named twice is two elements", ["SEN", "SEN"], ["0", "0"], ["50", "50"]),
]


@pytest.mark.parametrize(
    ("names", "stated", "equal"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_case(names: list[str], stated: list[str] | None, equal: list[str] | None) -> None:
    recipients = [named(*name.split()) for name in names]
    for wanted, found in (
        (stated, effective_percentages(recipients)),
        (equal, effective_percentages(recipients, equal=True)),
    ):
        if wanted is None:
            assert sum(found) == pytest.approx(100)
        else:
            assert [float(one) for one in found] == pytest.approx([float(one) for one in wanted])


def oracle(recipients: list[Recipient], *, equal: bool) -> list[Fraction]:
    """The rule once more, in fractions and in the order in which it is told."""
    shares = [None if one.percentage is None else Fraction(one.percentage) for one in recipients]
    countries = [i for i, one in enumerate(recipients) if not one.is_region]
    considered = list(range(len(recipients)))
    if len(countries) < len(recipients) and 99 <= sum(shares[i] or 0 for i in countries) <= 101:
        considered = countries
    stated = [i for i in considered if shares[i] is not None]
    result = [Fraction(0)] * len(recipients)
    if len(stated) == len(considered) and not any(shares[i] for i in stated):
        stated = []
    if not stated:
        if len(considered) == 1:
            result[considered[0]] = Fraction(100)
        elif equal:
            chosen = [i for i in considered if i in countries] or considered
            for i in chosen:
                result[i] = Fraction(100, len(chosen))
        return result
    total = sum((shares[i] or Fraction(0) for i in stated), Fraction(0))
    silent = [i for i in considered if i not in stated]
    factor = Fraction(100) / total if total > 100 or (not silent and total >= 99) else Fraction(1)
    for i in stated:
        result[i] = (shares[i] or Fraction(0)) * factor
    if silent and equal and total < 100:
        for i in silent:
            result[i] = (100 - total) / len(silent)
    return result


recipients = st.lists(
    st.builds(
        named,
        st.sampled_from(["SEN", "MLI", "GIN", "@Africa", "@Asia", "?xx"]),
        st.none()
        | st.sampled_from(["0", "25", "33.3", "33.33", "40", "50", "60", "99", "100", "101", "150"]),
    ),
    min_size=1,
    max_size=5,
)
amounts = st.lists(
    st.builds(
        Amount,
        st.sampled_from(["budget", "commitment", "disbursement"]),
        st.decimals(-(10**9), 10**9, places=2),
        st.sampled_from(["USD", "EUR", "?"]),
        recipients=st.just([])
        | st.lists(st.builds(named, st.sampled_from(["SEN", "@Asia", "?xx"])), max_size=2),
    ),
    max_size=5,
)


@given(recipients, st.booleans())
def test_the_rule_agrees_with_its_other_program(listed: list[Recipient], equal: bool) -> None:  # noqa: FBT001
    found = effective_percentages(listed, equal=equal)
    assert [float(one) for one in found] == pytest.approx([float(one) for one in oracle(listed, equal=equal)])


@given(recipients, st.booleans())
def test_nobody_has_more_than_the_whole(listed: list[Recipient], equal: bool) -> None:  # noqa: FBT001
    found = effective_percentages(listed, equal=equal)
    assert len(found) == len(listed)
    assert all(one >= 0 for one in found)
    assert sum(found) <= Decimal("100.0000001")


@given(st.lists(st.tuples(st.just([]) | recipients, amounts, st.booleans()), max_size=5), st.booleans())
def test_countries_and_unallocated_add_up_to_the_cent(
    told: list[tuple[list[Recipient], list[Amount], bool]],
    equal: bool,  # noqa: FBT001
) -> None:
    ledger = Ledger(equal=equal)
    for listed, paid, only_amounts in told:
        ledger.add(Activity(1, recipients=listed, amounts=paid, recipients_of_amounts=only_amounts))
    said = ledger.record()
    by_country, totals, unallocated = said["by_country"], said["totals"], said["unallocated"]
    assert isinstance(by_country, dict)
    assert isinstance(totals, dict)
    assert isinstance(unallocated, dict)
    assert said["activities"] == len(told)
    assert ledger.placed + ledger.regional + ledger.unplaced == len(told)
    published: dict[tuple[str, str], Decimal] = {}
    for _, paid, _ in told:
        for amount in paid:
            key = (amount.kind, amount.currency)
            published[key] = published.get(key, Decimal(0)) + amount.value
    for (kind, currency), total in published.items():
        given_out = sum(country[kind].get(currency, 0.0) for country in by_country.values())
        assert totals[kind][currency] == pytest.approx(float(total), abs=0.005)
        assert given_out + unallocated[kind][currency] == pytest.approx(float(total), abs=0.005)


def test_two_ledgers_make_one() -> None:
    parts = [Ledger(), Ledger(), Ledger()]
    for number, country in enumerate(("SEN", "MLI")):
        activity = Activity(1, recipients=[named(country)], amounts=[Amount("budget", Decimal(5), "USD")])
        parts[number].add(activity)
        parts[2].add(activity)
    parts[0].merge(parts[1])
    assert parts[0].record() == parts[2].record()
