"""May I ship this? The answer before goods leave: clear, needs or hold, for many order lines at once.

`answer.answer` is the way in; `flow.order_screening` joins it to files, workspaces and the registry of substances.
"""

from counterflow.orders.ship.answer import ANSWER, answer
from counterflow.orders.ship.items import ITEMS

__all__ = ["ANSWER", "ITEMS", "answer"]
