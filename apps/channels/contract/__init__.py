"""The normalised message, and what a messenger's connector offers beside `integrations.contract`.

The shape follows the customer's normalised message (channel, external ids, text, media, meta,
prefilled_data), with what all messengers need besides: kinds other than a message, replies, aware times.
`parse` and `render` are pure; `send` and `fetch` do the I/O. Nothing above this app knows a vendor's field.
"""

from apps.channels.contract.connector import ChannelConnector, HistoryPage
from apps.channels.contract.incoming import (
    Edited,
    Ignored,
    Inbound,
    Incoming,
    Media,
    Reachability,
    Reached,
    ReachedUpTo,
    Reacted,
    Reply,
    Sender,
    StatusChanged,
    WebhookRequest,
)
from apps.channels.contract.kinds import SOUNDS, Capability, MediaKind
from apps.channels.contract.outgoing import (
    ButtonLimits,
    Call,
    FilledTemplate,
    Limits,
    Outgoing,
    OutgoingFile,
    Sent,
    StillProcessing,
    Template,
    TemplateButton,
)

__all__ = [
    "SOUNDS",
    "ButtonLimits",
    "Call",
    "Capability",
    "ChannelConnector",
    "Edited",
    "FilledTemplate",
    "HistoryPage",
    "Ignored",
    "Inbound",
    "Incoming",
    "Limits",
    "Media",
    "MediaKind",
    "Outgoing",
    "OutgoingFile",
    "Reachability",
    "Reached",
    "ReachedUpTo",
    "Reacted",
    "Reply",
    "Sender",
    "Sent",
    "StatusChanged",
    "StillProcessing",
    "Template",
    "TemplateButton",
    "WebhookRequest",
]
