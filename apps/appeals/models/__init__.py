"""Clients, their conversations, and the matters they write about."""

from apps.appeals.models.appeal import Appeal, AppealStatus
from apps.appeals.models.campaign import (
    Campaign,
    CampaignStatus,
    Pause,
    Recipient,
    SendOutcome,
    Skip,
    WentAs,
)
from apps.appeals.models.consent import Consent
from apps.appeals.models.contact import ConsentWay, Contact, Conversation, Identity
from apps.appeals.models.draft import Draft, DraftFate
from apps.appeals.models.extracted import Device, Part, Repair
from apps.appeals.models.message import Attachment, Author, Batch, Message, SearchedMessage
from apps.appeals.models.reading import Reading
from apps.appeals.models.rendition import Rendition
from apps.appeals.models.transcription import Transcription

__all__ = [
    "Appeal",
    "AppealStatus",
    "Attachment",
    "Author",
    "Batch",
    "Campaign",
    "CampaignStatus",
    "Consent",
    "ConsentWay",
    "Contact",
    "Conversation",
    "Device",
    "Draft",
    "DraftFate",
    "Identity",
    "Message",
    "Part",
    "Pause",
    "Reading",
    "Recipient",
    "Rendition",
    "Repair",
    "SearchedMessage",
    "SendOutcome",
    "Skip",
    "Transcription",
    "WentAs",
]
