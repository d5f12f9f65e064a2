"""Files from an address: the state that it spells, asked of the snapshot that it names, written as asked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode
from weakref import WeakValueDictionary

from ess.analysis.counts import total
from ess.api.downloads import PATH, Download
from ess.errors import ExportError, StoreError
from ess.escape import file_name
from ess.exports.taking import BY_NAME, FileKind, Question
from ess.locales import N_, translator
from ess.maps.payload import Look
from ess.ui import cache
from ess.ui.address import short_params
from ess.ui.classing import classed
from ess.ui.context import Context
from ess.ui.keep import Keep
from ess.ui.keys import SNAPSHOT, Params, format_state, parse_state
from ess.ui.links import state_address
from ess.ui.own import OwnPortfolio
from ess.ui.remarks import list_remarks
from ess.ui.scene import build_scene

#: Activities whose records the pages write into one file; the command line knows no such limit.
MOST_RECORDS = 100_000

_OWN, _PAGE = "own", "page"
_PAGES = re.compile(r"[a-z-]{0,30}")
#: Files that hold no records: their size does not grow with the portfolio.
_WITHOUT_RECORDS = {("map", "csv"), ("map", "geojson"), ("map", "parquet")}
_OFFERED: WeakValueDictionary[str, OwnPortfolio] = WeakValueDictionary()


@dataclass(frozen=True)
class _Asked:
    """What an address asks for: the context of such a page, its keep, its name."""

    keep: Keep
    context: Context
    page: str


def download_address(context: Context, kind: FileKind, page: str = "") -> str:
    """The address of a file about what the page shows, pinned to the snapshot that it shows."""
    state = replace(context.state, snapshot=context.snapshot.id)
    params = format_state(state, context.settings, complete=True)
    if page:
        params[_PAGE] = [page]
    if context.own is not None:
        params[_OWN] = [offer(context.own)]
    query = urlencode([(key, value) for key, values in params.items() for value in values])
    return f"{PATH}{kind.what}.{kind.ending}?{query}"


def offer(own: OwnPortfolio) -> str:
    """A name under which files of a session's own portfolio are found, which nobody else can work out."""
    name = hashlib.sha256(b"files of " + own.keep.secret).hexdigest()[:32]
    _OFFERED[name] = own
    return name


def make_download(name: str, params: Mapping[str, Sequence[str]], site: str) -> Download | None:
    """The file `name`, as ``map.csv``, about the view that `params` spell; None when there is no such file.

    Raises
    ------
    AtlasError
        When the snapshot is not there any more, or the file cannot hold what it should.
    """
    what, _, ending = name.partition(".")
    kind = BY_NAME.get((what, ending))
    if kind is None:
        return None
    own = _own_of(params)
    keep = own.keep if own else _keep_of(params)
    with cache.using(keep):
        asked = _read(params, keep, own)
        _refuse_many(kind, asked)
        body = kind.build(build_question(asked, site))
    title = f"atlas-{what}-{asked.context.state.measure.key}-{keep.snapshot.id[:8]}"
    return Download(body, f"{file_name(title)}.{ending}", kind.media_type)


def _own_of(params: Params) -> OwnPortfolio | None:
    """The portfolio of a session that the address is about, if it is about one."""
    if _OWN not in params:
        return None
    own = _OFFERED.get(params[_OWN][-1])
    if own is None or own.folder.is_gone:
        raise StoreError(N_("The portfolio of this session is no longer there; load its files again."))
    return own


def _keep_of(params: Params) -> Keep:
    """What is kept of the snapshot that the address names, or of the served one."""
    text = (params.get(SNAPSHOT) or ("",))[-1]
    found = cache.find_snapshot(text) if text else cache.snapshot()
    if found is None:
        raise StoreError(N_("There is no snapshot {found}; open the address without it."), found=text[:64])
    return cache.keep_of(found.id)


def _read(params: Params, keep: Keep, own: OwnPortfolio | None) -> _Asked:
    """The context of an address; what of it means nothing is an error: no file would say that it is wider."""
    page = (params.get(_PAGE) or ("",))[-1]
    of_state = {key: values for key, values in params.items() if key not in (_OWN, _PAGE)}
    vocabulary, settings = cache.vocabulary(keep.snapshot.id), own.settings if own else cache.settings()
    state, unusable = parse_state(short_params(of_state), vocabulary, settings, keep.snapshot.id)
    if unusable:
        raise ExportError(
            N_("Part of this address means nothing here: {found}. Take the file from the page again."),
            found=", ".join(f"{one.key}={one.value[:40]}" for one in unusable[:5]),
        )
    context = Context(settings, keep.snapshot, vocabulary, state, (), translator(state.lang), own)
    return _Asked(keep, context, page if _PAGES.fullmatch(page) else "")


def _refuse_many(kind: FileKind, asked: _Asked) -> None:
    if (kind.what, kind.ending) in _WITHOUT_RECORDS or kind.what in ("figure", "citation"):
        return
    snapshot, state = asked.keep.snapshot, asked.context.state
    tally = cache.tally(snapshot.id, state.selection, state.view)
    chosen = snapshot.files["activities"].rows if kind.what == "everything" else total(tally.overall).records
    if chosen > MOST_RECORDS:
        raise ExportError(
            N_(
                "These are {count} activities; the pages write {most} into one file at most. Choose fewer, "
                "or use the command line (python -m ess export)."
            ),
            count=chosen,
            most=MOST_RECORDS,
        )


def build_question(asked: _Asked, site: str) -> Question:
    """What the file is about."""
    context, page = asked.context, asked.page
    state, settings, snapshot, t = context.state, context.settings, context.snapshot, context.t
    pinned = replace(state, snapshot=snapshot.id)
    address = "" if context.is_own else state_address(f"{site}/{page}", pinned, settings)
    found = cache.joined(snapshot.id, state.measure, state.selection, state.view)
    shading = classed(context)
    scene = build_scene(context, found, shading, Look("", ((0, 0), (0, 0))))
    return Question(
        engine=asked.keep.engine,
        vocabulary=context.vocabulary,
        measure=state.measure,
        selection=state.selection,
        view=state.view,
        joined=found,
        translator=t,
        atlas=settings.title or t("Atlas of South-South cooperation"),
        institution=settings.institution,
        home=asked.keep.home,
        address=address,
        generated=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        shading=lambda: shading,
        palette=state.palette,
        circles=scene.circles,
        remarks=lambda: list_remarks(context, scene),
        is_classed=True,
        semicolons=state.lang != "en",
        iso3=state.iso3 if page == "country" else None,
    )
