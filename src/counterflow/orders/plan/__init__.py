"""Planning: what a setting of the monitor costs and finds on the firm's own history, before it goes live."""

from __future__ import annotations

from counterflow.orders.plan.diversion import STANDARD, Diversion, Planted, Planting, plant

__all__ = ["STANDARD", "Diversion", "Planted", "Planting", "plant"]
