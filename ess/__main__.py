"""``python -m ess``: the atlas on the command line."""

from __future__ import annotations

# ruff: noqa: E402
import logging
import os
import sys
from contextlib import suppress

from ess.ingest.drivers import harden_gdal

harden_gdal(os.environ)  # before anything below brings GDAL in: it reads this once

from ess.commands import Usage, run
from ess.errors import AtlasError, SelectionError, SettingsError
from ess.locales import translator
from ess.settings import Settings, read_settings
from geodata.errors import LayerError

DONE, FAILED, WRONG_USAGE = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 nothing usable or the work failed, 2 wrong usage.

    An error is one sentence on standard error, in the language of ESS_LANG; never a traceback for bad input.
    """
    for name in ("ess", "matplotlib"):  # what goes wrong is one sentence, printed here
        logging.getLogger(name).addHandler(logging.NullHandler())
    settings = Settings()
    try:
        settings = read_settings(os.environ)
        return run(arguments if arguments is not None else sys.argv[1:], settings)
    except Usage as error:
        return _say(str(error), WRONG_USAGE)
    except AtlasError as error:
        code = WRONG_USAGE if isinstance(error, SelectionError | SettingsError) else FAILED
        return _say(error.sentence(translator(settings.language)), code)
    except LayerError as error:
        return _say(str(error), FAILED)
    except BrokenPipeError:  # the reader of our output has gone, for example `| head`
        _drop_output()
        return DONE
    except OSError as error:
        _drop_output()
        reason = error.strerror or type(error).__name__
        return _say(f"The command stopped ({reason}); see that its output can be written.", FAILED)


def _drop_output() -> None:
    """Send what is still to be written nowhere, so that closing the output does not fail once more."""
    with suppress(OSError):  # an output without a descriptor needs no such care
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(sentence: str, code: int) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
