"""What the layer says of each piece beside its shape: codes, names, label point, extent, area."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import pandas as pd
import shapely
from babel import Locale

from geodata._shapes import extent, extent_width, label_point, main_part
from geodata.errors import LayerError

LANGUAGES: Final = ("fr", "en", "ar")

MARKER_SPAN: Final = 1.1
"""A country whose main part spans fewer degrees needs a point symbol: 6 px at zoom 3."""


def country_table(codes: pd.DataFrame, exceptions: pd.DataFrame) -> pd.DataFrame:
    """Codes, regions and names of every country, sorted by iso3; every cell text.

    Names are those of CLDR, but for the reviewed `exceptions`.

    Raises
    ------
    LayerError
        With every country that has no name in a language, and every exception that changes nothing.
    """
    names = {language: _names(codes, exceptions, language) for language in LANGUAGES}
    problems = [
        f"{iso3} has no name in {language}"
        for language, known in names.items()
        for iso3 in codes["iso3"]
        if not known.get(iso3)
    ]
    problems += _idle_exceptions(codes, exceptions)
    if problems:
        raise LayerError(f"The names need {len(problems)} corrections.", problems)
    named = codes.assign(
        **{f"name_{language}": codes["iso3"].map(known) for language, known in names.items()}
    )
    columns = ["iso3", "iso2", "m49", "name_fr", "name_en", "name_ar", "region", "subregion", "intermediate"]
    return named.sort_values("iso3", ignore_index=True)[columns]


def _cldr_names(codes: pd.DataFrame, language: str) -> dict[str, str]:
    territories = Locale(language).territories
    known = zip(codes["iso3"], codes["iso2"], strict=True)
    return {iso3: territories.get(iso2, "") for iso3, iso2 in known}


def _names(codes: pd.DataFrame, exceptions: pd.DataFrame, language: str) -> dict[str, str]:
    ours = exceptions.loc[exceptions["lang"] == language]
    return _cldr_names(codes, language) | dict(zip(ours["iso3"], ours["name"], strict=True))


def _idle_exceptions(codes: pd.DataFrame, exceptions: pd.DataFrame) -> list[str]:
    cldr = {language: _cldr_names(codes, language) for language in LANGUAGES}
    rows = exceptions.itertuples(index=False)
    return [
        f"the exception {row.iso3} {row.lang} says what CLDR says"
        for row in rows
        if cldr[str(row.lang)].get(str(row.iso3)) in (None, row.name)
    ]


def add_attributes(pieces: gpd.GeoDataFrame, countries: pd.DataFrame) -> gpd.GeoDataFrame:
    """Add the columns of `countries` (those of the piece in the `un` view) and what the shape tells.

    Parameters
    ----------
    pieces
        Columns piece, iso3_un, iso3_ma, iso3_df, area_km2 and geometry in EPSG:4326.

    Returns
    -------
    GeoDataFrame
        Same rows in the same order; label_lon, label_lat, west, south, east, north in degrees, marker 0 or 1.
    """
    facts = pieces["iso3_un"].to_frame("iso3").merge(countries, on="iso3", how="left", validate="m:1")
    measured = pd.DataFrame([_measures(shape) for shape in pieces.geometry])
    columns = [pieces.drop(columns="geometry"), facts.drop(columns="iso3"), measured]
    return gpd.GeoDataFrame(pd.concat(columns, axis=1), geometry=pieces.geometry, crs=pieces.crs)


def _measures(shape: shapely.Geometry) -> dict[str, float]:
    longitude, latitude = label_point(shape)
    west, south, east, north = extent(shape)
    return {
        "label_lon": longitude,
        "label_lat": latitude,
        "marker": int(needs_marker(shape)),
        "west": west,
        "south": south,
        "east": east,
        "north": north,
    }


def needs_marker(shape: shapely.Geometry) -> bool:
    """Whether the main part is so small that the map needs a point symbol."""
    west, south, east, north = extent(main_part(shape))
    return max(extent_width(west, east), north - south) < MARKER_SPAN
