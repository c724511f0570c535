"""How events and notes read in the feed."""

import re
from typing import Any

from django import template
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString

from apps.appeals import event_texts
from apps.appeals.masking import masked
from apps.appeals.models import AppealEvent, Note
from apps.tenants.models import Member

register = template.Library()


@register.filter
def told(event: AppealEvent) -> str:
    return event_texts.told(event)


@register.filter
def by_whom(event: AppealEvent) -> str:
    return event_texts.by_whom(event)


@register.simple_tag
def with_mentions(note: Note, reader: Member | None, phones: Any) -> SafeString:
    """The words, their links, and the colleagues who are named in them; the reader most of all."""
    named = {one.member.name.casefold(): one.member_id for one in note.mentions.all()}
    names = "|".join(re.escape(name) for name in sorted(named, key=len, reverse=True))
    text = masked(note.text, phones)
    parts = re.split(rf"(?<!\w)(@(?:{names}))(?!\w)", text, flags=re.IGNORECASE) if named else [text]
    shown = SafeString("")
    for part in parts:
        member = named.get(part[1:].casefold()) if part.startswith("@") else None
        if member is None:
            shown += SafeString(urlize(part, trim_url_limit=60, autoescape=True))
        else:
            mine = " is-me" if reader is not None and member == reader.pk else ""
            shown += format_html('<mark class="mention{}">{}</mark>', mine, part)
    return shown
