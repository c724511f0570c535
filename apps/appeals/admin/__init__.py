"""Appeals and clients as lists and records; the daily work happens on the desk."""

from apps.appeals.admin.appeals import AppealAdmin
from apps.appeals.admin.campaigns import CampaignAdmin
from apps.appeals.admin.canned import CannedReplyAdmin
from apps.appeals.admin.contacts import ContactAdmin

__all__ = ["AppealAdmin", "CampaignAdmin", "CannedReplyAdmin", "ContactAdmin"]
