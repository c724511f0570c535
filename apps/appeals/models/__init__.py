"""Clients, their conversations, and the matters they write about."""

from apps.appeals.models.appeal import Appeal, AppealStatus
from apps.appeals.models.contact import Contact, Conversation, Identity
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
    "Contact",
    "Conversation",
    "Device",
    "Draft",
    "DraftFate",
    "Identity",
    "Message",
    "Part",
    "Reading",
    "Rendition",
    "Repair",
    "SearchedMessage",
    "Transcription",
]
