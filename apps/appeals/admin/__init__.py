"""Appeals and clients as lists and records; the daily work happens on the desk."""

from apps.appeals.admin.access_log import AccessAdmin
from apps.appeals.admin.appeals import AppealAdmin
from apps.appeals.admin.auto_sending import AutoSendingAdmin
from apps.appeals.admin.campaigns import CampaignAdmin
from apps.appeals.admin.canned import CannedReplyAdmin
from apps.appeals.admin.contacts import ContactAdmin
from apps.appeals.admin.messages import MessageAdmin
from apps.appeals.admin.prices import PriceItemAdmin, PriceSynonymAdmin
from apps.appeals.admin.tags import TagAdmin

__all__ = [
    "AccessAdmin",
    "AppealAdmin",
    "AutoSendingAdmin",
    "CampaignAdmin",
    "CannedReplyAdmin",
    "ContactAdmin",
    "MessageAdmin",
    "PriceItemAdmin",
    "PriceSynonymAdmin",
    "TagAdmin",
]
