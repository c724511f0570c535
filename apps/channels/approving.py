"""Whether an approved template is approved still, and reads as it did."""

from typing import Any

from apps.channels.contract import Template
from apps.channels.models import Channel, KnownTemplate
from apps.channels.templates import template_of


def known_now(channel: Channel, template: Template) -> Template | None:
    """As the service has it now; None where it has withdrawn it."""
    row = KnownTemplate.objects.filter(channel=channel, external_id=template.external_id).first()
    return template_of(row.content) if row else None


def is_approved(now: Template | None, template: Template) -> bool:
    """Under the same id a service may come to have other words."""
    return now is not None and _words(now) == _words(template)


def _words(template: Template) -> tuple[Any, ...]:
    told = (template.name, template.language, template.header, template.body, template.footer)
    return (*told, template.buttons)
