"""Orders in CRMs with every attempt, how their fields are filled in, and what both sides have changed."""

from apps.crm.admin.conflicts import ConflictAdmin
from apps.crm.admin.orders import OrderSyncAdmin
from apps.crm.admin.rules import OrderRulesAdmin

__all__ = ["ConflictAdmin", "OrderRulesAdmin", "OrderSyncAdmin"]
