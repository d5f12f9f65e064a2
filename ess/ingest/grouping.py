"""Several rows of one activity made one: what each row repeats counts once, what it adds is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ess.ingest import table_faults as faults
from ess.ingest.meanings import RowKind
from ess.ingest.records import Activity, Amount, Recipient
from ess.ingest.report import FileReport

_TEXTS: Final = ("stage", "parent", "programme")


class Groups:
    """Activities whose rows are still coming, by id.

    An activity is handed out when its last row has been read, so that only those whose rows are not adjacent
    wait in memory.
    """

    def __init__(self, rows: RowKind, last_rows: dict[str, int], report: FileReport) -> None:
        self._has_amount_each_row = rows == "transactions"
        self._last_rows = last_rows
        self._report = report
        self._waiting: dict[str, Activity] = {}

    def add(self, row: int, activity: Activity) -> Iterator[Activity]:
        """Take a row's activity; give it back after its last row. One without an id is whole at once."""
        if not activity.identifier:
            yield activity
            return
        known = self._waiting.get(activity.identifier)
        if known is None:
            self._waiting[activity.identifier] = activity
        else:
            self._merge(known, activity)
        if self._last_rows.get(activity.identifier, row) <= row:
            yield self._waiting.pop(activity.identifier)

    def rest(self) -> Iterable[Activity]:
        """Those whose last row never came, because it was rejected."""
        return self._waiting.values()

    def skip(self, row: int, identifier: str) -> Iterator[Activity]:
        """Hand out the activity whose last row, this one, is rejected."""
        if identifier in self._waiting and self._last_rows.get(identifier, row) <= row:
            yield self._waiting.pop(identifier)

    def _merge(self, kept: Activity, other: Activity) -> None:
        if self._has_amount_each_row:
            kept.amounts += other.amounts
        else:
            self._keep_amounts(kept, other)
        self._keep_texts(kept, other)
        kept.recipients += new_places(kept.recipients, other.recipients)
        kept.providers += new_places(kept.providers, other.providers)
        kept.sites += other.sites
        for name in ("participants", "tags", "figures", "notes", "documents"):
            mine, theirs = getattr(kept, name), getattr(other, name)
            mine.extend(entry for entry in theirs if entry not in mine)
        kept.start = kept.start or other.start
        kept.end = kept.end or other.end
        kept.umbrella = kept.umbrella or other.umbrella

    def _keep_amounts(self, kept: Activity, other: Activity) -> None:
        """An amount that every row repeats counts once; one that differs from it is reported, not added."""
        for amount in other.amounts:
            same = [mine for mine in kept.amounts if mine.kind == amount.kind]
            if not same:
                kept.amounts.append(amount)
            elif not any(is_same(mine, amount) for mine in same):
                self._report.add(
                    faults.AMOUNTS_DIFFER,
                    other.row,
                    amount.kind,
                    written(amount),
                    identifier=kept.identifier,
                    of_kind=amount.kind,
                    kept="; ".join(written(mine) for mine in same),
                )

    def _keep_texts(self, kept: Activity, other: Activity) -> None:
        for texts, others, name in (
            (kept.titles, other.titles, "title"),
            (kept.descriptions, other.descriptions, "description"),
        ):
            for language, text in others.items():
                if texts.setdefault(language, text) != text:
                    self._differ(kept, other.row, name, texts[language], text)
        for name in _TEXTS:
            mine, theirs = getattr(kept, name), getattr(other, name)
            if mine in {"", "unknown"}:
                setattr(kept, name, theirs)
            elif theirs not in {"", "unknown", mine}:
                self._differ(kept, other.row, name, mine, theirs)

    def _differ(self, kept: Activity, row: int, meaning: str, mine: str, theirs: str) -> None:
        self._report.add(
            faults.TEXTS_DIFFER, row, meaning, theirs, identifier=kept.identifier, meaning=meaning, kept=mine
        )


def written(amount: Amount) -> str:
    """An amount as a sentence shows it."""
    return f"{amount.value.normalize():f} {amount.currency}"


def is_same(mine: Amount, other: Amount) -> bool:
    """Whether two rows state the same amount."""
    return (mine.kind, mine.value, mine.currency) == (other.kind, other.value, other.currency)


def new_places(kept: list[Recipient], others: list[Recipient]) -> list[Recipient]:
    """Those of `others` that `kept` does not name."""
    known = {place_key(recipient) for recipient in kept}
    return [recipient for recipient in others if place_key(recipient) not in known]


def place_key(recipient: Recipient) -> tuple[str | None, ...]:
    """What tells one named place from another."""
    if recipient.iso3:
        return (recipient.iso3,)
    return (None, recipient.region, "" if recipient.region else recipient.text.casefold())
