"""Appeals and clients as lists and records; the daily work happens on the desk."""

from apps.appeals.admin.appeals import AppealAdmin
from apps.appeals.admin.campaigns import CampaignAdmin
from apps.appeals.admin.contacts import ContactAdmin
from apps.appeals.admin.messages import MessageAdmin

__all__ = ["AppealAdmin", "CampaignAdmin", "ContactAdmin", "MessageAdmin"]
