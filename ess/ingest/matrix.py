"""A matrix of providers and recipients: a record for each amount, which is a total and no single activity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ess.ingest import table_faults as faults
from ess.ingest.meanings import MatrixMeaning
from ess.ingest.place_lists import read_places
from ess.ingest.places import PlaceReading
from ess.ingest.records import Activity, Amount, Participant, Recipient
from ess.ingest.row_days import read_days
from ess.ingest.row_parts import UNSTATED
from ess.ingest.row_places import place_of_code, read_providers, read_recipients
from ess.ingest.rows import Row
from ess.ingest.survey import matrix_columns


def read_matrix_row(row: Row) -> Iterator[Activity]:
    """The amounts of a row, each a programme of at least one activity between its two parties.

    A row without any amount is reported; a blank cell states nothing, a 0 states 0.
    """
    matrix = row.table.mapping.matrix
    if matrix is None:
        return
    party = _row_party(row, matrix)
    found = False
    for position in matrix_columns(row.table.sheet, row.table.mapping):
        heading = row.table.sheet.columns[position]
        number = row.number_in(heading)
        if number is not None:
            found = True
            amount = Amount(matrix.kind, number.value * matrix.scale, matrix.currency.upper() or UNSTATED)
            yield _record(row, matrix, _with_heading(row, matrix, party, heading), amount)
    if not found:
        row.add(faults.EMPTY_CELLS, "", party.recipient or party.provider)


@dataclass(frozen=True, slots=True)
class _Parties:
    """Who provides and who receives: names as written, and the countries and regions they are."""

    provider: str = ""
    recipient: str = ""
    providers: tuple[Recipient, ...] = ()
    recipients: tuple[Recipient, ...] = ()


def _row_party(row: Row, matrix: MatrixMeaning) -> _Parties:
    if matrix.headings == "providers":
        recipients, _ = read_recipients(row)
        return _Parties(recipient=row.meant("recipients"), recipients=tuple(recipients))
    providers, _ = read_providers(row)
    return _Parties(provider=row.meant("providers"), providers=tuple(providers))


def _with_heading(row: Row, matrix: MatrixMeaning, party: _Parties, heading: str) -> _Parties:
    places = tuple(reading.recipient() for reading in _heading_places(row, heading))
    if matrix.headings == "providers":
        countries = tuple(place for place in places if place.iso3)
        return replace(party, provider=heading, providers=countries)
    return replace(party, recipient=heading, recipients=places)


def _record(row: Row, matrix: MatrixMeaning, parties: _Parties, amount: Amount) -> Activity:
    language = row.table.mapping.language
    start, end = read_days(row)
    title = matrix.title.replace("{provider}", parties.provider).replace("{recipient}", parties.recipient)
    return Activity(
        row.number,
        f"{parties.provider} | {parties.recipient}",
        row.code("type") or "programme",
        {language: title},
        stage=row.code("stage") or "unknown",
        counted=row.code("counted") or "at_least_one",
        start=start,
        end=end,
        recipients=[replace(place) for place in parties.recipients],
        providers=[replace(place) for place in parties.providers],
        amounts=[amount],
        participants=[Participant({language: parties.provider}, "funding")],
    )


def _heading_places(row: Row, heading: str) -> list[PlaceReading]:
    if code := row.table.mapping.places.get(heading):
        return [place_of_code(code, heading)]
    return [piece.reading for piece in read_places(heading)]
