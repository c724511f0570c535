"""Twilio's events as messages. https://www.twilio.com/docs/messaging/guides/webhook-request"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from apps.channels.buttons import pressed_note
from apps.channels.connectors.whatsapp import telling
from apps.channels.connectors.whatsapp.twilio import form as forms
from apps.channels.connectors.whatsapp.twilio.form import Form, is_its_own
from apps.channels.connectors.whatsapp.twilio.meaning import GONE
from apps.channels.contract import Ignored, Inbound, Incoming, Media, Reachability, Reached, StatusChanged
from apps.channels.shapes import unexpected
from apps.core.text import shorten

__all__ = ["is_its_own", "parse"]

MOST_FILES = 10
# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
_REACHED: Mapping[str, Reached] = {
    "sent": Reached.SENT,
    "delivered": Reached.DELIVERED,
    "read": Reached.READ,
    "failed": Reached.FAILED,
    "undelivered": Reached.FAILED,
}


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    """An event bears no time of its own: it happened when it came."""
    form = forms.read(body)
    if not form.get("AccountSid"):
        raise unexpected()
    return _status(form, received_at) if forms.is_status(form) else [_message(form, received_at)]


def _message(form: Form, received_at: datetime) -> Incoming:
    text, media, notes = _text(form), tuple(_files(form)), " ".join(_notes(form))
    return Incoming(
        sender=telling.client_of(_address(form, "From"), name=form.get("ProfileName", "")),
        external_message_id=telling.known_id(form.get("MessageSid", "")),
        sent_at=received_at,
        text=text,
        media=media,
        reply_to=form.get("OriginalRepliedMessageSid", "")[:200],
        ad_channel="whatsapp" if form.get("ReferralSourceId") else "",
        ad_id=form.get("ReferralSourceId", "")[:200],
        # Never empty: a client did write something.
        note=shorten(notes or ("" if text or media else telling.unseen_told()), telling.NOTE),
    )


def _address(form: Form, name: str) -> str:
    return form.get(name, "").strip().removeprefix("whatsapp:")


def _text(form: Form) -> str:
    return form.get("Body", "") or form.get("ButtonText", "") or form.get("ListTitle", "")


def _files(form: Form) -> Iterator[Media]:
    counted = form.get("NumMedia", "")
    for number in range(min(int(counted), MOST_FILES) if re.fullmatch("[0-9]{1,3}", counted) else 0):
        content_type = telling.bare_type(form.get(f"MediaContentType{number}", ""))
        if url := form.get(f"MediaUrl{number}", ""):
            yield Media(kind=telling.kind_of(content_type), ref=url, content_type=content_type)


def _notes(form: Form) -> Iterator[str]:
    if "true" in (form.get("Forwarded"), form.get("FrequentlyForwarded")):
        yield telling.forward_told()
    if headline := form.get("ReferralHeadline"):
        yield _("[from the advertisement: %(headline)s]") % {"headline": headline}
    if place := telling.place_told(
        latitude=_degrees(form.get("Latitude", "")),
        longitude=_degrees(form.get("Longitude", "")),
        words=(form.get("Label", ""), form.get("Address", "")),
    ):
        yield place
    pressed = form.get("ButtonPayload") or form.get("ListId", "")
    yield pressed_note(pressed, words=_text(form))


def _degrees(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", text) else None


def _status(form: Form, received_at: datetime) -> list[Inbound]:
    name = form["MessageStatus"]
    reached = _REACHED.get(name)
    if reached is None:
        return [Ignored(reason=f"status_{name}" if re.fullmatch("[a-z_]{1,40}", name) else "status")]
    code = form.get("ErrorCode", "")[:64] if reached is Reached.FAILED else ""
    changed = StatusChanged(
        external_message_id=telling.known_id(form.get("MessageSid", "")),
        reached=reached,
        at=received_at,
        code=code,
    )
    if code not in GONE or not _address(form, "To"):
        return [changed]
    gone = Reachability(sender=telling.client_of(_address(form, "To")), reachable=False, at=received_at)
    return [changed, gone]
