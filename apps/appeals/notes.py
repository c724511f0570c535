"""Why the AI's part of an appeal is missing, in words that say what to do next."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.ai.asking import is_locked_out
from apps.tenants.models import Tenant


class AINote(models.TextChoices):
    NO_AI = (
        "no_ai",
        _(
            "No AI is connected. With one, devices and repairs are filled in by themselves and a draft reply "
            "waits here for you."
        ),
    )
    LOCKED_OUT = (
        "locked_out",
        _("The AI service refuses our key. You can answer without it."),
    )
    READING = "reading", _("The AI is reading the messages.")
    RETRYING = "retrying", _("The AI does not answer at the moment; it will be asked again by itself.")
    FAILED = "failed", _("The AI could not be asked. See the page of failures; you can answer without it.")
    CAP = "cap", _("The month's limit for AI is used up. You can answer without it.")
    REFUSED = "refused", _("The AI declined to read this. Please read it yourself.")
    SILENCED = (
        "silenced",
        _("A colleague answers in the messenger's own app: the AI proposes no replies in this appeal."),
    )
    TRUNCATED = "truncated", _("The AI's answer was cut off. Please fill in the devices yourself.")
    NO_TOOL = "no_tool", _("The AI answered without naming devices. Please fill them in yourself.")
    INVALID = "invalid", _("The AI's answer made no sense. Please fill in the devices yourself.")


def without_ai(tenant: Tenant) -> AINote:
    """What to say where there is no AI to ask."""
    return AINote.LOCKED_OUT if is_locked_out(tenant) else AINote.NO_AI
