"""The settings of a deployment, read once from the environment into one frozen object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeAlias

from ess.errors import SettingsError
from ess.locales import DEFAULT, LANGUAGES, N_

BOUNDARY_VIEWS = ("un", "ma", "de_facto")
DEFAULT_BOUNDARY_VIEW = "un"

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")
_ISO3 = re.compile(r"[A-Z]{3}")
_ENGINE = re.compile(r"duckdb|spark://\S+")
_SECONDS = re.compile(r"[0-9]|[1-9][0-9]|[12][0-9][0-9]|300", re.ASCII)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")
_CONTACT = re.compile(r"https://[^\s<>\"']+|[^\s<>\"'@]+@[^\s<>\"'@]+\.[^\s<>\"'@]+")

Network: TypeAlias = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1"))
"""This machine."""

_BAD_SETTING = N_("{name} is {found!r}; expected {expected}. Correct the setting and start again.")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment decides.

    Attributes
    ----------
    store
        Folder of the snapshot store; None serves the built-in portfolio, read-only.
    engine
        ``duckdb``, or the ``spark://`` address of a cluster.
    boundary_view
        The boundary view shown first: ``un``, ``ma`` or ``de_facto``. Every visitor can change it.
    language
        The language shown first: ``fr``, ``en`` or ``ar``. Every visitor can change it.
    home
        ISO 3166-1 alpha-3 of the country whose partnerships the atlas shows.
    publish
        Whether a portfolio may be published from the pages into the store; without a store it never may.
    contact
        Mail address or https address for reporting an error on a figure; empty when there is none.
    title
        Name of the atlas on its pages; empty for the built-in one.
    institution
        Who publishes the atlas, as citations name it; empty where nobody is named.
    metrics_from
        Networks from which the numbers of the process may be seen; this machine unless others are named.
    drain
        Seconds for which a process that was told to stop goes on answering, so that a load balancer notices.
    api_origins
        Origins of pages of other hosts whose scripts may read the programming interface; none unless named.
    """

    store: Path | None = None
    engine: str = "duckdb"
    boundary_view: str = DEFAULT_BOUNDARY_VIEW
    language: str = DEFAULT
    home: str = "MAR"
    publish: bool = False
    contact: str = ""
    title: str = ""
    institution: str = ""
    metrics_from: tuple[Network, ...] = LOOPBACK
    drain: int = 0
    api_origins: tuple[str, ...] = ()


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from an environment mapping; an empty value counts as not set.

    Raises
    ------
    SettingsError
        A value cannot be used: names the setting, what was found and what was expected.
    """
    values = {name: value.strip() for name, value in environ.items() if name.startswith("ESS_")}
    store = values.get("ESS_STORE", "")
    return Settings(
        store=Path(store).expanduser() if store else None,
        engine=_parse_pattern(values, "ESS_ENGINE", "duckdb", _ENGINE, "duckdb or spark://host:port"),
        boundary_view=_parse_choice(values, "ESS_BOUNDARY_VIEW", DEFAULT_BOUNDARY_VIEW, BOUNDARY_VIEWS),
        language=_parse_choice(values, "ESS_LANG", DEFAULT, LANGUAGES),
        home=_parse_pattern(values, "ESS_HOME", "MAR", _ISO3, "an ISO 3166-1 alpha-3 code such as MAR"),
        publish=_parse_switch(values, "ESS_PUBLISH"),
        contact=_parse_pattern(values, "ESS_CONTACT", "", _CONTACT, "a mail address or an https address"),
        title=values.get("ESS_TITLE", ""),
        institution=values.get("ESS_INSTITUTION", ""),
        metrics_from=_parse_networks(values, "ESS_METRICS_FROM"),
        drain=int(_parse_pattern(values, "ESS_DRAIN", "0", _SECONDS, "seconds from 0 to 300")),
        api_origins=_parse_origins(values, "ESS_API_ORIGINS"),
    )


def _parse_choice(values: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    found = values.get(name) or default
    if found not in choices:
        raise _bad_setting(name, found, "one of " + ", ".join(choices))
    return found


def _parse_pattern(
    values: Mapping[str, str], name: str, default: str, pattern: re.Pattern[str], expected: str
) -> str:
    found = values.get(name) or default
    if found and not pattern.fullmatch(found):
        raise _bad_setting(name, found, expected)
    return found


def _parse_networks(values: Mapping[str, str], name: str) -> tuple[Network, ...]:
    """Loopback and the networks that a setting names, parted by commas or spaces."""
    try:
        named = tuple(ip_network(text) for text in values.get(name, "").replace(",", " ").split())
    except ValueError as error:
        raise _bad_setting(name, values[name], "networks such as 10.0.0.0/8 or addresses") from error
    return (*LOOPBACK, *named)


def _parse_origins(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Origins that a setting names, parted by commas or spaces, as browsers write them."""
    named = tuple(values.get(name, "").lower().replace(",", " ").split())
    if not all(_ORIGIN.fullmatch(origin) for origin in named):
        raise _bad_setting(name, values[name], "origins such as https://example.org, parted by commas")
    return named


def _parse_switch(values: Mapping[str, str], name: str) -> bool:
    found = values.get(name, "").lower()
    if found and found not in _TRUE + _FALSE:
        raise _bad_setting(name, values[name], "1 or 0")
    return found in _TRUE


def _bad_setting(name: str, found: str, expected: str) -> SettingsError:
    return SettingsError(_BAD_SETTING, name=name, found=found, expected=expected)
