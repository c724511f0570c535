"""How rows read on the desk."""

from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import AppealStatus, Attachment
from apps.appeals.prices.labels import price_label
from apps.channels.failures import why
from apps.channels.reasons import outcome_title
from apps.core.files.sniffing import INLINE, PDF
from apps.core.text import clean
from apps.integrations.registry import UnknownConnector, connector

register = template.Library()

FOLDED, HEAD = 4000, 1500

MEDIA_LABELS = {
    "image": _("Picture"),
    "voice": _("Voice message"),
    "audio": _("Audio"),
    "video": _("Video"),
    "document": _("Document"),
    "sticker": _("Sticker"),
}
# What an AI calls most appeals; anything else is shown as it was said.
KIND_LABELS = {
    "repair": pgettext_lazy("kind of an appeal", "Repair"),
    "diagnostics": _("Diagnostics"),
    "consultation": _("Consultation"),
    "question": _("Question"),
    "complaint": _("Complaint"),
    "warranty": _("Warranty"),
    "other": _("Other"),
}
PREFILLED_LABELS = {
    "model": _("Model"),
    "parts_owner": _("Whose parts"),
    "name": _("Name"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "consent": _("Agreed to be contacted"),
    "color": _("Colour"),
    "condition": _("Condition"),
    "device_type": _("Kind of device"),
}


@register.filter
def connector_icon(slug: str) -> str:
    try:
        return static(connector(slug).SPEC.icon)
    except UnknownConnector:
        return static("integrations/unknown.svg")


@register.filter
def short_time(at: datetime) -> str:
    """Today's as a time, older ones as a date."""
    local = timezone.localtime(at)
    if local.date() == timezone.localdate():
        return formats.time_format(local, "H:i")
    # Translators: a day of this year in little room, in Django's format.
    return formats.date_format(local, pgettext("date format", "M j"))


@register.filter
def money(amount: Decimal, currency: str) -> str:
    return price_label(amount, None, currency)


@register.filter
def status_label(value: str) -> str:
    return str(AppealStatus(value).label) if value in AppealStatus.values else value


@register.filter
def kind_label(value: str) -> str:
    return str(KIND_LABELS.get(value, value))


@register.filter
def seconds_ahead(at: datetime) -> int:
    """How long until then, rounded up; 0 once it is past."""
    return max(0, ceil((at - timezone.now()).total_seconds()))


@register.filter
def is_ahead(at: datetime) -> bool:
    """By more than a worker takes to come to it."""
    return at - timezone.now() > timedelta(seconds=1)


@register.filter
def media_label(kind: str) -> str:
    return str(MEDIA_LABELS.get(kind, kind))


@register.filter
def prefilled_label(name: str) -> str:
    return str(PREFILLED_LABELS.get(name, name))


@register.filter
def is_long(text: str) -> bool:
    """Folded, so that one message does not push all others away, or freeze the page."""
    return len(text) > FOLDED


@register.filter
def head(text: str) -> str:
    return clean(text, limit=HEAD)


@register.filter
def localized(text: str) -> str:
    """Errors are stored as their English sentence and shown in the reader's language."""
    return gettext(text) if text else ""


@register.simple_tag
def why_failed(delivery: Any, connector: str) -> str:
    """By the code, so that it is said in the words and the language of today."""
    return why(connector, code=delivery.error_code, text=delivery.error_text)


@register.filter
def outcome(value: str) -> str:
    """How one try ended."""
    return outcome_title(value)


@register.filter
def unlocalized(value: Any) -> str:
    """A number as a form field takes it back, whatever the language."""
    return str(value)


@register.filter
def is_shown(content_type: str, family: str) -> bool:
    return content_type in INLINE and content_type.startswith(f"{family}/")


@register.filter
def is_opened(content_type: str) -> bool:
    """By a click, in a tab of its own."""
    return content_type == PDF or is_shown(content_type, "image")


@register.filter
def is_heard(file: Attachment) -> bool:
    """Whether there is something of it that a browser plays as sound."""
    copy = getattr(file, "rendition", None)
    is_copied = copy is not None and copy.file and copy.content_type.startswith("audio/")
    return is_shown(file.content_type, "audio") or bool(is_copied)


def _is_corrected(row: Any, name: str) -> bool:
    evidence = row.evidence.get(name)
    return bool(evidence) and name in row.corrections and evidence["value"] != getattr(row, name)


@register.simple_tag
def corrected(row: Any, name: str) -> SafeString | str:
    """Below a field that a person changed: what the AI said, and where its words stand. It needs no mouse."""
    if not _is_corrected(row, name):
        return ""
    evidence = row.evidence[name]
    line = gettext("Corrected. The AI said: %(value)s") % {"value": evidence["value"] or "–"}
    if not evidence.get("message"):
        return format_html('<small class="repair-words">{}</small>', line)
    words = '<small class="repair-words">{} · <a href="#m{}">{}</a></small>'
    return format_html(words, line, evidence["message"], gettext("the client's words"))


@register.simple_tag
def said(row: Any, name: str) -> SafeString | str:
    """A mark with what the AI said of this field, once a person changed it; and where its words stand."""
    evidence = row.evidence.get(name)
    if not evidence:
        return ""
    if _is_corrected(row, name):
        title = gettext("Corrected. The AI said: %(value)s") % {"value": evidence["value"]}
        kind, sign = " is-corrected", "✎"
    elif evidence.get("message"):
        kind, sign, title = "", "“", gettext("From these words of the client")
    else:
        kind, sign, title = " is-inferred", "≈", gettext("The AI inferred it: the client did not write it")
    if evidence.get("message"):
        link = ' <a class="said{}" href="#m{}" title="{}" aria-label="{}">{}</a>'
        return format_html(link, kind, evidence["message"], title, title, sign)
    return format_html(' <span class="said{}" title="{}">{}</span>', kind, title, sign)
