"""What can be taken away, in which formats, and how each file is made from one question.

The command line and the pages both ask here, so that a file is the same whichever way it was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from ess.analysis.amounts import amounts_by_country
from ess.analysis.by_country import RegionValue, measure_by_region
from ess.analysis.counts import read_counts, total
from ess.analysis.extract import NO_RECORDS, Extract, read_extract, read_sources, read_whole
from ess.analysis.join import Joined
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection
from ess.analysis.shading import Shading
from ess.analysis.vocabulary import Vocabulary
from ess.errors import ExportError
from ess.exports.answer import Answer, analyst_codes, answer_rows
from ess.exports.caveats import build_caveats
from ess.exports.citation import Citation, build_citation, format_bibtex, format_ris
from ess.exports.dossier import Dossier, build_dossier
from ess.exports.labels import measure_label
from ess.exports.shapes import build_geojson
from ess.exports.sheets import Sheet
from ess.exports.tables import build_csv
from ess.exports.wording import filter_words, source_words, view_title
from ess.locales import N_, Translator
from ess.maps.legend import build_legend
from ess.maps.palette import class_colours
from ess.store.engine import Engine
from geodata.codes import country_name

#: The measure by country; the records behind it; the whole portfolio; the map as a picture; the citation.
What: TypeAlias = Literal["map", "records", "everything", "figure", "citation"]

_NAMED = 10  # sources that a figure names; the others are counted


@dataclass(frozen=True)
class Question:
    """What a file is about.

    Attributes
    ----------
    joined
        The measure on the country layer.
    atlas, institution
        Title of the atlas, and who publishes it; empty where a deployment names nobody.
    home
        iso3 of the home country.
    address
        The address that opens this view of this snapshot; empty where there is none.
    generated
        When the file is made, as ``2026-01-31T12:00:00Z``; only IATI asks for it.
    shading, palette, circles, remarks
        How the map is classed, coloured and drawn, and what must be said of that; for figures.
    is_classed
        Whether the rows of the measure say their class on the map.
    iso3
        The country that the view is about; None for a view of them all.
    semicolons
        Whether CSV files are separated as spreadsheets in French and Arabic expect.
    """

    engine: Engine
    vocabulary: Vocabulary
    measure: Measure
    selection: Selection
    view: str
    joined: Joined
    translator: Translator
    atlas: str
    institution: str
    home: str
    address: str
    generated: str
    shading: Callable[[], Shading]
    palette: str
    circles: bool = False
    remarks: Callable[[], Sequence[str]] = tuple
    is_classed: bool = False
    iso3: str | None = None
    semicolons: bool = False

    @property
    def label(self) -> str:
        """The measure in the reader's language."""
        return measure_label(self.measure, self.vocabulary, self.translator)

    @cached_property
    def answer(self) -> Answer:
        """The measure by country with what must be said of it."""
        t = self.translator
        bare = Answer(
            self.joined,
            self._regional(),
            self.measure,
            self.label,
            self.selection,
            self.view,
            self.engine.snapshot,
            analyst_codes(self.selection, self.vocabulary),
            self.shading() if self.is_classed else None,
        )
        counts = read_counts(self.engine, self.selection, self.vocabulary, self.view)
        caveats = build_caveats(
            bare,
            t,
            undated=counts.undated,
            records=total(counts.overall).records,
            unallocated=self._unallocated(),
        )
        return Answer(**{**vars(bare), "caveats": caveats})

    def _regional(self) -> tuple[RegionValue, ...]:
        return tuple(measure_by_region(self.engine, self.measure, self.selection, self.vocabulary))

    def _unallocated(self) -> float | None:
        if self.measure.kind != "amount":
            return None
        asked = (self.engine, self.selection, self.vocabulary, self.view, self.measure)
        return amounts_by_country(*asked).unallocated

    @cached_property
    def citation(self) -> Citation:
        """How the view is cited."""
        about = self.translator("{measure} by country", measure=self.label)
        if self.iso3 is not None:
            about = country_name(self.iso3, self.translator.lang)
        title = view_title(about, self.selection, self.vocabulary, self.translator)
        whole = f"{self.atlas}{self.translator(': ')}{title}"
        return build_citation(whole, self.institution, self.engine.snapshot, self.address)

    @cached_property
    def extract(self) -> Extract:
        """The records of the selection."""
        return read_extract(self.engine, self.selection, self.vocabulary, self.view)

    def dossier(self, extract: Extract) -> Dossier:
        """The answer with records."""
        return build_dossier(self.answer, extract, self.vocabulary, self.citation, self.translator)


def _map_csv(question: Question) -> bytes:
    return build_csv(answer_rows(question.answer, question.translator), semicolons=question.semicolons)


def _map_geojson(question: Question) -> bytes:
    return build_geojson(question.answer, question.translator)


def _map_xlsx(question: Question) -> bytes:
    from ess.exports.spreadsheet import build_spreadsheet

    return build_spreadsheet(question.dossier(question.extract))


def _map_geopackage(question: Question) -> bytes:
    from ess.exports.geofiles import build_geopackage

    return build_geopackage(question.dossier(question.extract))


def _map_parquet(question: Question) -> bytes:
    from ess.exports.geofiles import build_geoparquet

    return build_geoparquet(question.dossier(NO_RECORDS))


def _map_package(question: Question) -> bytes:
    from ess.exports.package import build_package

    return build_package(question.dossier(question.extract))


def _activities(question: Question) -> tuple[Dossier, Sheet]:
    dossier = question.dossier(question.extract)
    (sheet,) = (sheet for sheet in dossier.sheets if sheet.name == "activities")
    return dossier, sheet


def _records_csv(question: Question) -> bytes:
    _, sheet = _activities(question)
    if not sheet.rows:
        raise ExportError(N_("The selection holds no activity to write; choose a wider one."))
    return build_csv(sheet.rows, semicolons=question.semicolons)


def _records_parquet(question: Question) -> bytes:
    from ess.exports.geofiles import build_parquet

    dossier, sheet = _activities(question)
    return build_parquet(sheet, dossier)


def _records_iati(question: Question) -> bytes:
    from ess.exports.iati import build_iati

    if not question.extract["activities"].num_rows:
        raise ExportError(N_("The selection holds no activity to write; choose a wider one."))
    return build_iati(question.extract, generated=question.generated, remarks=_remarks(question))


def _remarks(question: Question) -> list[str]:
    words = filter_words(question.selection, question.vocabulary, question.translator)
    t, snapshot = question.translator, question.engine.snapshot
    return [*words, t("Snapshot {id}", id=snapshot.id), *question.answer.caveats]


def _everything_xlsx(question: Question) -> bytes:
    from ess.exports.workbook import build_workbook

    return build_workbook(read_whole(question.engine), question.translator.lang)


def _everything_iati(question: Question) -> bytes:
    from ess.exports.iati import build_iati

    return build_iati(read_whole(question.engine), generated=question.generated)


def _everything_package(question: Question) -> bytes:
    from ess.exports.package import build_package

    return build_package(question.dossier(read_whole(question.engine)))


def _figure(question: Question, form: Literal["svg", "png"]) -> bytes:
    from ess.exports.figure import FigureScene, build_figure

    t, shading = question.translator, question.shading()
    colours = class_colours(question.palette, shading.breaks)
    home = t("{country} (home country, outlined)", country=country_name(question.home, t.lang))
    scene = FigureScene(
        question.answer,
        shading,
        colours,
        build_legend(shading, colours, t, home),
        question.citation,
        filter_words(question.selection, question.vocabulary, t),
        _sources(question),
        question.remarks(),
        question.home,
        circles=question.circles,
    )
    return build_figure(scene, t, form)


def _sources(question: Question) -> list[str]:
    """The documents that the figure rests on, the first of them by name."""
    t = question.translator
    found = read_sources(question.engine, question.selection, question.vocabulary, question.view)
    words = [source_words(row, t) for row in found[:_NAMED]]
    rest = len(found) - len(words)
    return [*words, t.n("{count} more source", "{count} more sources", rest)] if rest else words


@dataclass(frozen=True)
class FileKind:
    """One file that can be taken away.

    Attributes
    ----------
    label
        English name of the format, for people.
    """

    what: What
    ending: str
    media_type: str
    label: str
    build: Callable[[Question], bytes]


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARQUET = "application/vnd.apache.parquet"

KINDS: tuple[FileKind, ...] = (
    FileKind("map", "csv", "text/csv; charset=utf-8", N_("Table (CSV)"), _map_csv),
    FileKind("map", "xlsx", _XLSX, N_("Workbook with records, notes and sources (XLSX)"), _map_xlsx),
    FileKind("map", "geojson", "application/geo+json", N_("Shapes and values (GeoJSON)"), _map_geojson),
    FileKind(
        "map",
        "gpkg",
        "application/geopackage+sqlite3",
        N_("Layers and records (GeoPackage)"),
        _map_geopackage,
    ),
    FileKind("map", "parquet", _PARQUET, N_("Shapes and values (GeoParquet)"), _map_parquet),
    FileKind("map", "zip", "application/zip", N_("Data package (ZIP of CSV files)"), _map_package),
    FileKind("records", "csv", "text/csv; charset=utf-8", N_("Activities (CSV)"), _records_csv),
    FileKind("records", "parquet", _PARQUET, N_("Activities (Parquet)"), _records_parquet),
    FileKind("records", "xml", "application/xml", N_("Activities (IATI 2.03)"), _records_iati),
    FileKind(
        "figure", "svg", "image/svg+xml", N_("Map as a drawing (SVG)"), lambda asked: _figure(asked, "svg")
    ),
    FileKind("figure", "png", "image/png", N_("Map as a picture (PNG)"), lambda asked: _figure(asked, "png")),
    FileKind("everything", "xlsx", _XLSX, N_("Workbook that can be imported again (XLSX)"), _everything_xlsx),
    FileKind("everything", "xml", "application/xml", N_("Every activity (IATI 2.03)"), _everything_iati),
    FileKind(
        "everything", "zip", "application/zip", N_("Data package (ZIP of CSV files)"), _everything_package
    ),
    FileKind(
        "citation",
        "bib",
        "application/x-bibtex",
        N_("Citation (BibTeX)"),
        lambda asked: format_bibtex(asked.citation, asked.translator).encode(),
    ),
    FileKind(
        "citation",
        "ris",
        "application/x-research-info-systems",
        N_("Citation (RIS)"),
        lambda asked: format_ris(asked.citation, asked.translator).encode(),
    ),
)

BY_NAME: Mapping[tuple[str, str], FileKind] = {(kind.what, kind.ending): kind for kind in KINDS}
"""The kinds of files by what they hold and how their names end."""
