"""Clients, their conversations, and the matters they write about."""

from apps.appeals.models.access import Access, AccessKind
from apps.appeals.models.appeal import Appeal, AppealStatus
from apps.appeals.models.auto_sending import AutoSending
from apps.appeals.models.bulk import BulkAction, BulkItem, BulkItemState, BulkKind
from apps.appeals.models.campaign import (
    Campaign,
    CampaignStatus,
    Pause,
    Recipient,
    SendOutcome,
    Skip,
    StartProblem,
    WentAs,
)
from apps.appeals.models.canned import CannedReply
from apps.appeals.models.consent import Consent
from apps.appeals.models.contact import ConsentWay, Contact, Conversation, Identity
from apps.appeals.models.counting import ClientList, Counting
from apps.appeals.models.device_ring import DeviceRing
from apps.appeals.models.dictation import Dictation, DictationFate, NoLetter
from apps.appeals.models.draft import Draft, DraftFate, HeldBack
from apps.appeals.models.event import Actor, AppealEvent, EventKind
from apps.appeals.models.extracted import Device, Part, Repair
from apps.appeals.models.figures import AppealTimes, HourFigures, StaleHour
from apps.appeals.models.listing import AppealTag, Colour, ReadMark, SavedView, Tag
from apps.appeals.models.looking import Looking
from apps.appeals.models.merge import ContactMerge, DifferentClients
from apps.appeals.models.message import Attachment, Author, Batch, Message, SearchedMessage
from apps.appeals.models.note import Mention, Note
from apps.appeals.models.notices import NoticeKind, NoticeWishes, Tune
from apps.appeals.models.planned import SHOWN_FATES, PlannedAnswer, PlannedFate, Upload
from apps.appeals.models.price import PriceImport, PriceItem, PriceSynonym
from apps.appeals.models.reading import Reading
from apps.appeals.models.rendition import Rendition
from apps.appeals.models.snooze import Snooze
from apps.appeals.models.target import ClockStop, Recount, Target, Why
from apps.appeals.models.transcription import Transcription

__all__ = [
    "SHOWN_FATES",
    "Access",
    "AccessKind",
    "Actor",
    "Appeal",
    "AppealEvent",
    "AppealStatus",
    "AppealTag",
    "AppealTimes",
    "Attachment",
    "Author",
    "AutoSending",
    "Batch",
    "BulkAction",
    "BulkItem",
    "BulkItemState",
    "BulkKind",
    "Campaign",
    "CampaignStatus",
    "CannedReply",
    "ClientList",
    "ClockStop",
    "Colour",
    "Consent",
    "ConsentWay",
    "Contact",
    "ContactMerge",
    "Conversation",
    "Counting",
    "Device",
    "DeviceRing",
    "Dictation",
    "DictationFate",
    "DifferentClients",
    "Draft",
    "DraftFate",
    "EventKind",
    "HeldBack",
    "HourFigures",
    "Identity",
    "Looking",
    "Mention",
    "Message",
    "NoLetter",
    "Note",
    "NoticeKind",
    "NoticeWishes",
    "Part",
    "Pause",
    "PlannedAnswer",
    "PlannedFate",
    "PriceImport",
    "PriceItem",
    "PriceSynonym",
    "ReadMark",
    "Reading",
    "Recipient",
    "Recount",
    "Rendition",
    "Repair",
    "SavedView",
    "SearchedMessage",
    "SendOutcome",
    "Skip",
    "Snooze",
    "StaleHour",
    "StartProblem",
    "Tag",
    "Target",
    "Transcription",
    "Tune",
    "Upload",
    "WentAs",
    "Why",
]
