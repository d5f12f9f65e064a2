"""What the interface answers when it does not answer: one sentence, and facts that a program can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ess.errors import AtlasError
from ess.escape import plain
from ess.locales import N_, Translator

BAD_REQUEST, NOT_FOUND, NOT_ALLOWED, NOT_ACCEPTABLE, FAILED, FULL = 400, 404, 405, 406, 500, 503

#: What each status of a refusal means, for the document.
MEANINGS = {
    BAD_REQUEST: N_("A parameter or a value cannot be used; the sentence says what is expected."),
    NOT_FOUND: N_("There is no such thing in this snapshot."),
    NOT_ACCEPTABLE: N_("None of the formats in the Accept header is one of this route's."),
    FAILED: N_("A fault of the atlas; it has been logged."),
    FULL: N_("Too many questions at once, or no snapshot can be read: ask again after Retry-After seconds."),
}

_SHOWN = 50  # of what is expected, in the sentence and beside it
_LONGEST = 100  # signs of what was found that are said back


class Refusal(AtlasError):  # noqa: N818 - what a request gets instead of an answer
    """A request that gets no answer.

    Parameters
    ----------
    status
        HTTP status.
    code
        Names the kind of refusal for programs.
    parameter
        The parameter that cannot be used, if it is one.
    expected
        What could stand there, if it is a list; its first entries are told.
    """

    def __init__(
        self,
        status: int,
        code: str,
        template: str,
        *,
        parameter: str | None = None,
        expected: Iterable[str] = (),
        **facts: object,
    ) -> None:
        listed = list(expected)
        self.status = status
        self.code = code
        self.parameter = parameter
        self.expected = listed[:_SHOWN]
        short = {name: _short(fact) for name, fact in facts.items()}
        super().__init__(template, **short, expected=_listed(listed))


def _listed(expected: list[str]) -> str:
    more = ", …" if len(expected) > _SHOWN else ""
    return ", ".join(expected[:_SHOWN]) + more


def _short(fact: object) -> object:
    """A fact that fits in a sentence, without signs that hide or turn what is read."""
    if not isinstance(fact, str):
        return fact
    shown = plain(fact[: _LONGEST + 1])
    return shown if len(fact) <= _LONGEST else shown[:_LONGEST] + "…"


def build_refusal(refusal: Refusal, translator: Translator) -> dict[str, Any]:
    """The JSON object of a refusal: ``{"error": {…}}``."""
    return {
        "error": {
            "status": refusal.status,
            "code": refusal.code,
            "message": refusal.sentence(translator),
            "parameter": refusal.parameter,
            "expected": refusal.expected,
        }
    }
