"""Settings: what a deployment may say, and what it is told when it says something else."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_network
from pathlib import Path

import pytest

from ess.errors import SettingsError
from ess.settings import LOOPBACK, Settings, read_settings


def test_nothing_set_gives_the_defaults() -> None:
    assert read_settings({"PATH": "x"}) == Settings()


def test_an_empty_value_counts_as_not_set() -> None:
    assert read_settings(dict.fromkeys(ALL_SET, " ")) == Settings()


ALL_SET = {
    "ESS_STORE": "store",
    "ESS_ENGINE": "spark://host:7077",
    "ESS_BOUNDARY_VIEW": "ma",
    "ESS_LANG": "ar",
    "ESS_HOME": "SEN",
    "ESS_PUBLISH": "yes",
    "ESS_CONTACT": "atlas@example.org",
    "ESS_TITLE": "Atlas",
    "ESS_INSTITUTION": "Agence, coopération",
    "ESS_METRICS_FROM": "10.0.0.0/8, 192.0.2.1 2001:db8::/32",
    "ESS_DRAIN": "15",
    "ESS_API_ORIGINS": "https://Example.org, http://127.0.0.1:8080",
}


def test_every_setting_is_read() -> None:
    settings = read_settings(ALL_SET)
    assert settings == Settings(
        Path("store"),
        "spark://host:7077",
        "ma",
        "ar",
        "SEN",
        publish=True,
        contact="atlas@example.org",
        title="Atlas",
        institution="Agence, coopération",
        metrics_from=(*LOOPBACK, *map(ip_network, ("10.0.0.0/8", "192.0.2.1", "2001:db8::/32"))),
        drain=15,
        api_origins=("https://example.org", "http://127.0.0.1:8080"),
    )
    default = Settings()
    assert all(getattr(settings, f.name) != getattr(default, f.name) for f in dataclasses.fields(Settings))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESS_ENGINE", "sqlite"),
        ("ESS_BOUNDARY_VIEW", "fr"),
        ("ESS_LANG", "es"),
        ("ESS_HOME", "Maroc"),
        ("ESS_HOME", "mar"),
        ("ESS_PUBLISH", "perhaps"),
        ("ESS_METRICS_FROM", "10.0.0.1/8"),
        ("ESS_METRICS_FROM", "prometheus"),
        ("ESS_DRAIN", "301"),
        ("ESS_DRAIN", "-1"),
        ("ESS_DRAIN", "1.5"),
        ("ESS_API_ORIGINS", "*"),
        ("ESS_API_ORIGINS", "https://example.org/"),
        ("ESS_API_ORIGINS", "https://example.org null"),
        ("ESS_CONTACT", "javascript:alert(1)"),
        ("ESS_CONTACT", "http://example.org"),
        ("ESS_CONTACT", 'a@b.c"><script>'),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings({name: value})
    assert raised.value.facts["name"] == name
    assert raised.value.facts["found"] == value
    assert repr(value) in str(raised.value)


@pytest.mark.parametrize(("word", "publish"), [("1", True), ("TRUE", True), ("0", False), ("off", False)])
def test_a_switch_has_several_words(word: str, publish: bool) -> None:  # noqa: FBT001
    assert read_settings({"ESS_PUBLISH": word}).publish is publish


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().home = "SEN"  # type: ignore[misc]
