"""Orders in CRMs: rows, and facts about one row."""

from apps.crm.models.order import AttemptStatus, ItemsState, OrderLook, OrderSync, Step, SyncAttempt
from apps.crm.models.pending import Conflict, Decision, Proposal, ProposalFate
from apps.crm.models.rules import FieldMapping, OrderRules, Owner, StatusMapping

__all__ = [
    "AttemptStatus",
    "Conflict",
    "Decision",
    "FieldMapping",
    "ItemsState",
    "OrderLook",
    "OrderRules",
    "OrderSync",
    "Owner",
    "Proposal",
    "ProposalFate",
    "StatusMapping",
    "Step",
    "SyncAttempt",
]
