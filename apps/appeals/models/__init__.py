"""Clients, their conversations, and the matters they write about."""

from apps.appeals.models.appeal import Appeal, AppealStatus
from apps.appeals.models.campaign import Campaign, CampaignStatus, Pause, Recipient, SendOutcome, Skip
from apps.appeals.models.canned import CannedReply
from apps.appeals.models.contact import Contact, Conversation, Identity
from apps.appeals.models.draft import Draft, DraftFate
from apps.appeals.models.extracted import Device, Part, Repair
from apps.appeals.models.message import Attachment, Author, Batch, Message, SearchedMessage
from apps.appeals.models.planned import SHOWN_FATES, PlannedAnswer, PlannedFate, Upload
from apps.appeals.models.reading import Reading
from apps.appeals.models.rendition import Rendition
from apps.appeals.models.transcription import Transcription

__all__ = [
    "SHOWN_FATES",
    "Appeal",
    "AppealStatus",
    "Attachment",
    "Author",
    "Batch",
    "Campaign",
    "CampaignStatus",
    "CannedReply",
    "Contact",
    "Conversation",
    "Device",
    "Draft",
    "DraftFate",
    "Identity",
    "Message",
    "Part",
    "Pause",
    "PlannedAnswer",
    "PlannedFate",
    "Reading",
    "Recipient",
    "Rendition",
    "Repair",
    "SearchedMessage",
    "SendOutcome",
    "Skip",
    "Transcription",
    "Upload",
]
