"""What takes time to make is made while the door is being opened, so that the first visitor does not wait for it."""

from __future__ import annotations

import logging
import threading

from counterflow.console.intake import arrivals
from counterflow.console.rates import all_days
from counterflow.core.errors import CounterflowError
from counterflow.web.site import Site

__all__ = ["warm_model_soon", "warm_soon"]

_log = logging.getLogger(__name__)
#: the door opens first; who only looks in briefly never pays for the model
_MODEL_WAITS_SECONDS = 5.0


def warm_soon(site: Site) -> threading.Thread:
    """Make the kept views beside whatever else is done; return the thread, to be waited for before closing."""
    thread = threading.Thread(target=_warm, args=(site,), name="views", daemon=True)
    thread.start()
    return thread


def warm_model_soon(wait: float = _MODEL_WAITS_SECONDS) -> threading.Timer:
    """Load the model of strategy, compile it where this machine never did, and run the years as things are.

    It touches no store: nobody has to wait for it before closing.
    """
    timer = threading.Timer(wait, _warm_model)
    timer.name, timer.daemon = "model", True
    timer.start()
    return timer


def _warm_model() -> None:
    from counterflow.flow.strategy_desk import Mix
    from counterflow.flow.strategy_kept import worlds

    try:
        worlds().without(Mix().ensemble)
    except CounterflowError:
        _log.debug("the model was not made ahead", exc_info=True)


def _warm(site: Site) -> None:
    for view in (site.board, site.watch, lambda: all_days(site), lambda: arrivals(site)):
        try:
            view()
        except CounterflowError:
            # Whoever asks for it is told; the others are made all the same.
            _log.debug("a view was not made ahead", exc_info=True)
