"""Changes one thing of an application from outside, so that the product needs no switch for the benchmark.

Python imports this module at its start when its folder stands in PYTHONPATH; ``BENCH_HOOK`` says what it
does.
"""

import gc
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

#: The module whose map is left out, and the name of the function that shows it.
_MODULE, _SHOWS = "ess.ui.explorer", "show_map"


class _WithoutMap(importlib.abc.MetaPathFinder):
    """Leaves the map out of the page once the module that shows it has been imported."""

    def find_spec(  # what the base class asks for
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's own spec, its loader followed by `_leave_out`; nothing for other modules."""
        if fullname != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_without_map(module: ModuleType) -> None:
            load(module)
            _leave_out(module)

        spec.loader.exec_module = load_without_map  # type: ignore[method-assign]
        return spec


def _leave_out(module: ModuleType) -> None:
    """Show nothing where the map was.

    Raises
    ------
    AttributeError
        When the function is not there: the page would be measured with its map.
    """

    def show_nothing(*_parts: Any, **_named: Any) -> None:
        pass

    getattr(module, _SHOWS)
    setattr(module, _SHOWS, show_nothing)


def _freeze_nothing() -> None:
    """`gc.freeze`, which the atlas calls after its imports, without effect."""


if os.environ.get("BENCH_HOOK") == "without map":
    sys.meta_path.insert(0, _WithoutMap())
elif os.environ.get("BENCH_HOOK") == "without freeze":
    gc.freeze = _freeze_nothing
