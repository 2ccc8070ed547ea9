"""Harm below the county is for health: who sees it, for what, and who agreed."""

from counterflow.watch.disclosure.approvals import Approval, Request
from counterflow.watch.disclosure.rules import HEALTH, PURPOSES, ROLES, Allowed, allowed, role_in_force

__all__ = ["HEALTH", "PURPOSES", "ROLES", "Allowed", "Approval", "Request", "allowed", "role_in_force"]
