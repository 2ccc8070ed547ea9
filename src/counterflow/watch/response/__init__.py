"""From an alarm to who was told, what they did, and what it was."""

from counterflow.watch.response.record import How, Recorded, record

__all__ = ["How", "Recorded", "record"]
