"""Propose a mapping for a file nobody has mapped yet: by the names of its columns and by what stands in them."""

from __future__ import annotations

from counterflow.intake.propose.choose import propose_mapping
from counterflow.intake.propose.proposal import CheckReads, Proposal

__all__ = ["CheckReads", "Proposal", "propose_mapping"]
