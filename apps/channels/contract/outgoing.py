"""What goes out: one message to one chat, what the service said to it, and what binds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.channels.contract.incoming import Reached
from apps.channels.contract.kinds import Capability, MediaKind
from apps.core.errors import RateLimited, Scope
from apps.integrations.contract import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingFile:
    """A file to send, from our own storage.

    `is_recording`: as a browser's recorder left it, in a container that tells nothing of what is inside; what
    reaches a connector is none any more.
    """

    kind: MediaKind
    name: str
    content_type: str
    size: int
    path: str
    is_recording: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateButton:
    """A button under a template. `value` is what is filled in for it: an address with {{1}}, a code."""

    text: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text that the service has approved. Placeholders stand in it as {{1}} or {{client_name}}.

    `examples` are by `templates.Slot.key`. `obstacle` is a short stable word for why it cannot be sent from
    here (it wants a picture, or a code of another program); empty where it can.
    """

    external_id: str
    name: str
    language: str
    category: str
    body: str
    header: str = ""
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict)
    obstacle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledTemplate:
    """A template with a value for each of its slots, by `templates.Slot.key`."""

    template: Template
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to one chat. `key` is ours, unique for ever: a vendor that can, deduplicates by it.

    `quiet_for` is the time since the client last wrote, where that is known; `by_human` whether a person
    wrote it: some services allow people more than machines; `in_bulk`: it is one of many alike, a campaign's.
    """

    key: str
    external_chat_id: str
    external_user_id: str
    text: str = ""
    file: OutgoingFile | None = None
    reply_to: str = ""
    quiet_for: timedelta | None = None
    by_human: bool = True
    in_bulk: bool = False
    # Set: it goes as this template, and `text` is how it reads when filled.
    template: FilledTemplate | None = None
    # What the client may press instead of typing it; only ever under a text.
    buttons: tuple[str, ...] = ()
    # What the service calls the file since it was handed over: see `upload` in `ChannelConnector`.
    upload: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that `render` wants made: pure data, so that it can be looked at without a network."""

    method: str
    json: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The vendor took it. `external_message_id` is empty where the vendor gives none."""

    external_message_id: str = ""
    request_id: str = ""
    reached: Reached = Reached.SENT
    note: str = ""


class StillProcessing(RateLimited):
    """The service has the file that was handed over and is not done with it: no message was made.

    It is offered again under the same name, each time after as long as it has taken so far.
    """

    code = "still_processing"
    public = _("The service is still processing the file. It will be tried again.")

    def __init__(self) -> None:
        super().__init__(after=timedelta(seconds=1), scope=Scope.DIALOGUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonLimits:
    """The reply buttons under one message: how many, how long each, and the longest text over them, where it
    is shorter than others.
    """

    most: int
    characters: int
    text: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the policy gate checks before anything is sent.

    `text` counts characters, or bytes of UTF-8 with `in_bytes`; a longer text goes as several messages,
    broken between words, with `splits`. `caption` is the longest text that goes under a file, 0 where none
    does, and `caption_of` that of single kinds. `file_bytes` bounds every kind of file, `bytes_of` single
    ones, and `types_of` names the content types that a kind may have, where not all pass; sound of another
    type is converted to one of them before it is sent, where we can write it. `window` is how long after the
    client's last message anything may be sent, `human_window` how long a person may. `template` is the
    longest filled body of one. `per_dialogue` is how many messages one client may be sent, and `cost_of` what
    a file of a kind counts against the SPEC's rate if more than one. `buttons` comes with
    `Capability.BUTTONS`.
    """

    text: int = 4096
    in_bytes: bool = False
    splits: bool = False
    caption: int = 1024
    caption_of: Mapping[MediaKind, int] = field(default_factory=dict)
    file_bytes: int = 20 * 1024 * 1024
    bytes_of: Mapping[MediaKind, int] = field(default_factory=dict)
    types_of: Mapping[MediaKind, frozenset[str]] = field(default_factory=dict)
    window: timedelta | None = None
    human_window: timedelta | None = None
    template: int = 1024
    per_dialogue: Rate | None = None
    cost_of: Mapping[MediaKind, int] = field(default_factory=dict)
    buttons: ButtonLimits | None = None
    # What the connector can, and a connection with these limits cannot.
    without: frozenset[Capability] = frozenset()

    def caption_under(self, kind: MediaKind) -> int:
        return self.caption_of.get(kind, self.caption)

    def bytes_in(self, kind: MediaKind) -> int:
        return min(self.file_bytes, self.bytes_of.get(kind, self.file_bytes))
