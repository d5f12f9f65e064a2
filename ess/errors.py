"""The errors a reader may meet: one sentence each, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from ess.locales import filled


class AtlasError(Exception):
    """Something a person can act on: what, found, expected, what to do.

    Parameters
    ----------
    template
        English sentence with ``{name}`` fields; it is also the message id of the catalogues.
    facts
        The values of the fields. They stay attributes of ``facts`` so that callers need not parse text.
    """

    def __init__(self, template: str, **facts: object) -> None:
        self.template = template
        self.facts = facts
        super().__init__(self.sentence())

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """The sentence in the language of `translate` (English when none is given)."""
        return filled(self.template, self.facts, translate)


class PortfolioError(AtlasError):
    """A portfolio's tables do not follow the schema; ``problems`` lists everything found."""

    def __init__(self, template: str, problems: tuple[str, ...] = (), **facts: object) -> None:
        self.problems = problems
        super().__init__(template, **facts)


class SelectionError(AtlasError):
    """A question cannot be asked: an unknown measure, filter or code."""


class StoreError(AtlasError):
    """The snapshot store cannot be read or written."""


class SettingsError(AtlasError):
    """An environment setting has a value that cannot be used."""


class ExportError(AtlasError):
    """A file cannot be written as asked."""


class BadInput(AtlasError):  # noqa: N818 - the word readers of files are told
    """A file that cannot be read: what it is, what was expected, what to do.

    ``code`` names the kind of fault for programs; the sentence is for people.
    """

    def __init__(self, template: str, code: str = "bad_input", **facts: object) -> None:
        self.code = code
        super().__init__(template, **facts)
