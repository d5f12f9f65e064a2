"""Country groups and their members: who belongs to what, since when, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from geodata._tables import read_rows
from geodata.errors import LayerError

SOURCED: Final = "sourced"
TO_VERIFY: Final = "to verify"
STATUSES: Final = (SOURCED, TO_VERIFY)


@dataclass(frozen=True)
class Group:
    """A group of countries.

    Attributes
    ----------
    kind
        ``category`` (a list of the United Nations), ``income`` (a class of the World Bank), ``community``
        (recognised by the African Union), ``organisation`` or ``region`` (M49).
    source
        Document that the list of members follows.
    as_of
        ISO day for which the list is known to hold; empty when it is not known.
    status
        One of `STATUSES`; `to verify`: typed from general knowledge, not yet checked against the source.
    note
        What a reader must know of the list, in English; may be empty.
    """

    id: str
    kind: str
    name_fr: str
    name_en: str
    name_ar: str
    source: str
    as_of: str
    status: str
    note: str


def groups() -> list[Group]:
    """Every group, in the order of ``groups.csv``.

    Raises
    ------
    LayerError
        When a table cannot be read.
    """
    return list(_groups().values())


def members(group_id: str) -> frozenset[str]:
    """ISO alpha-3 codes of the members of a group.

    Raises
    ------
    LayerError
        When there is no such group.
    """
    if group_id not in _groups():
        raise LayerError(f"There is no country group {group_id!r}; expected one of {', '.join(_groups())}.")
    return _members()[group_id]


def groups_of(iso3: str) -> list[Group]:
    """The groups to which a country belongs, in the order of ``groups.csv``."""
    return [group for group in groups() if iso3 in _members()[group.id]]


@lru_cache(maxsize=1)
def _groups() -> Mapping[str, Group]:
    rows = read_rows("groups.csv", tuple(Group.__dataclass_fields__))
    return MappingProxyType({row["id"]: Group(**row) for row in rows})


@lru_cache(maxsize=1)
def _members() -> Mapping[str, frozenset[str]]:
    rows = read_rows("group_members.csv", ("group", "iso3", "note"))
    listed = {group: frozenset(row["iso3"] for row in rows if row["group"] == group) for group in _groups()}
    return MappingProxyType(listed)
