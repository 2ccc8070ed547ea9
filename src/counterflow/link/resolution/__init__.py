"""Resolution: which records of shippers and consignees name the same party, and why.

* `fields` and `words` make forms of records: what each distinct record says; `blocking` says which are compared at all.
* `compare` and `likeness` lay two side by side; `weights` says how probable it is that they are one party.
* `cluster` puts records together, `resolve` runs it all; `decisions` is what people decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from counterflow.link.resolution.resolve import Resolved, resolve_records

__all__ = ["Resolved", "resolve_records"]


def __getattr__(name: str) -> Any:
    """Load what is asked for: compiled code comes only where records are resolved."""
    if name in __all__:
        from counterflow.link.resolution import resolve

        return getattr(resolve, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
