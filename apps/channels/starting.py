"""May this channel start a conversation; and under which id a client with a phone would write there."""

from django.utils.translation import gettext as _

from apps.channels.contract import Capability, Sender
from apps.channels.gate import capabilities, off, takes_templates
from apps.channels.models import Channel, KnownTemplate
from apps.core.phones import normalise_phone
from apps.integrations.registry import connector, connectors


def starters() -> list[str]:
    """Slugs of the connectors that can; a connection of theirs may be without it."""
    return [slug for slug, module in connectors().items() if Capability.START in module.SPEC.capabilities]


def starts(channel: Channel) -> bool:
    return Capability.START in capabilities(channel)


def obstacle(channel: Channel) -> str | None:
    """Why nobody can be written to first there now; None where they can."""
    if reason := off(channel):
        return reason
    if not starts(channel):
        return _("This service lets nobody be written to before they have written themselves.")
    if takes_templates(channel) and not KnownTemplate.objects.filter(channel=channel).exists():
        return _("A first message here has to be an approved template, and there is none yet.")
    return None


def client_at(channel: Channel, phone: str) -> Sender | None:
    """None where no phone is known, or none that can be written to there. Of a channel that `starts`."""
    number = normalise_phone(phone)
    if not number:
        return None
    found: Sender | None = connector(channel.connection.connector).client_by_phone(number)
    return found
