"""Counterflow: one loop from a consignment record to an honestly judged result.

The rooms (`intake`, `screen`, `target`, `account`) meet only as tables; `flow` wires them in order.
Start at `docs/tutorial.md`, or with ``counterflow demo``.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
