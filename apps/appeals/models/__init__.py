"""Clients, their conversations, and the matters they write about."""

from apps.appeals.models.appeal import Appeal, AppealStatus
from apps.appeals.models.campaign import Campaign, CampaignStatus, Pause, Recipient, SendOutcome, Skip
from apps.appeals.models.contact import Contact, Conversation, Identity
from apps.appeals.models.draft import Draft, DraftFate
from apps.appeals.models.event import Actor, AppealEvent, EventKind
from apps.appeals.models.extracted import Device, Part, Repair
from apps.appeals.models.looking import Looking
from apps.appeals.models.message import Attachment, Author, Batch, Message, SearchedMessage
from apps.appeals.models.note import Mention, Note
from apps.appeals.models.reading import Reading
from apps.appeals.models.rendition import Rendition
from apps.appeals.models.snooze import Snooze
from apps.appeals.models.transcription import Transcription

__all__ = [
    "Actor",
    "Appeal",
    "AppealEvent",
    "AppealStatus",
    "Attachment",
    "Author",
    "Batch",
    "Campaign",
    "CampaignStatus",
    "Contact",
    "Conversation",
    "Device",
    "Draft",
    "DraftFate",
    "EventKind",
    "Identity",
    "Looking",
    "Mention",
    "Message",
    "Note",
    "Part",
    "Pause",
    "Reading",
    "Recipient",
    "Rendition",
    "Repair",
    "SearchedMessage",
    "SendOutcome",
    "Skip",
    "Snooze",
    "Transcription",
]
