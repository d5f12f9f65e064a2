"""What every part of a page needs in one rerun: the snapshot, its words, the reader's state and language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ess.analysis.selection import Unusable
from ess.analysis.vocabulary import Vocabulary
from ess.locales import Translator, translator
from ess.settings import Settings
from ess.store.snapshots import Snapshot
from ess.ui import cache
from ess.ui.address import asked_snapshot, change_state, read_state
from ess.ui.keys import PageState
from ess.ui.own import OwnPortfolio, own_portfolio
from geodata.codes import country_name


@dataclass(frozen=True)
class Context:
    """One rerun's context.

    Attributes
    ----------
    settings
        The deployment's, with the title and the home country of a portfolio of this session.
    own
        The portfolio of this session that is shown instead of the served one, if any.
    served
        The snapshot that is served now: another than `snapshot` where the address is pinned to an earlier
        one, or where `own` is shown.
    """

    settings: Settings
    snapshot: Snapshot
    vocabulary: Vocabulary
    state: PageState
    unusable: tuple[Unusable, ...]
    t: Translator
    own: OwnPortfolio | None = None
    served: Snapshot | None = None

    @property
    def is_pinned(self) -> bool:
        """Whether the address is pinned to another snapshot than the served one."""
        return self.state.snapshot is not None and self.served != self.snapshot

    @property
    def is_own(self) -> bool:
        """Whether the snapshot is a portfolio of this session only."""
        return self.own is not None

    def change(self, **codes: str | Sequence[str] | None) -> None:
        """Change the state in the address (see `ess.ui.address.change_state`)."""
        change_state(self.vocabulary, self.settings, self.state.snapshot, **codes)

    def country(self, iso3: str) -> str:
        """The country's name in the reader's language."""
        return country_name(iso3, self.t.lang)


def read_context() -> Context:
    """The context of this rerun."""
    own = own_portfolio()
    settings = own.settings if own else cache.settings()
    served = own.snapshot if own else cache.snapshot()
    pinned = None if own else cache.find_snapshot(asked_snapshot())
    snapshot = pinned or served
    vocabulary = cache.vocabulary(snapshot.id)
    state, unusable = read_state(vocabulary, settings, pinned.id if pinned else None)
    words = translator(state.lang)
    return Context(settings, snapshot, vocabulary, state, tuple(unusable), words, own, served)
