"""`orders …`: know your customer for chemicals and medicines; orders that stop looking like themselves.

Each file `cli/orders_*.py` adds its commands here.
"""

from __future__ import annotations

import typer

from counterflow.cli.orders_customers import add_to as add_customers
from counterflow.cli.orders_flags import add_to as add_flags
from counterflow.cli.orders_load import add_to as add_load
from counterflow.cli.orders_match import add_to as add_match
from counterflow.cli.orders_monitor import add_to as add_monitor
from counterflow.cli.orders_plan import add_to as add_plan
from counterflow.cli.orders_screen import add_to as add_screen
from counterflow.cli.orders_work import add_to as add_work

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
add_customers(app)
add_load(app)
add_flags(app)
add_match(app)
add_work(app)
add_screen(app)
add_monitor(app)
add_plan(app)
