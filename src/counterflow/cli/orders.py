"""`orders …`: know your customer for chemicals and medicines; orders that stop looking like themselves.

Each file `cli/orders_*.py` adds its commands here.
"""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
