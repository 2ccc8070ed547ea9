"""What takes time to make is made while the door is being opened, so that the first visitor does not wait for it."""

from __future__ import annotations

import logging
import threading

from counterflow.console.intake import arrivals
from counterflow.console.rates import all_days
from counterflow.core.errors import CounterflowError
from counterflow.web.site import Site

__all__ = ["warm_soon"]

_log = logging.getLogger(__name__)


def warm_soon(site: Site) -> threading.Thread:
    """Make the kept views beside whatever else is done; return the thread, to be waited for before closing."""
    thread = threading.Thread(target=_warm, args=(site,), name="views", daemon=True)
    thread.start()
    return thread


def _warm(site: Site) -> None:
    for view in (site.board, site.watch, lambda: all_days(site), lambda: arrivals(site)):
        try:
            view()
        except CounterflowError:
            # Whoever asks for it is told; the others are made all the same.
            _log.debug("a view was not made ahead", exc_info=True)
