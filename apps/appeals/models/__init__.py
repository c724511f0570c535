"""Clients, their conversations, and the matters they write about."""

from apps.appeals.models.appeal import Appeal, AppealStatus
from apps.appeals.models.auto_sending import AutoSending
from apps.appeals.models.campaign import Campaign, CampaignStatus, Pause, Recipient, SendOutcome, Skip
from apps.appeals.models.contact import Contact, Conversation, Identity
from apps.appeals.models.dictation import Dictation, DictationFate, NoLetter
from apps.appeals.models.draft import Draft, DraftFate, HeldBack
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
    "AutoSending",
    "Batch",
    "Campaign",
    "CampaignStatus",
    "Contact",
    "Conversation",
    "Device",
    "Dictation",
    "DictationFate",
    "Draft",
    "DraftFate",
    "HeldBack",
    "Identity",
    "Message",
    "NoLetter",
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
]
