"""Drafts as the AI would have left them."""

from typing import Any

from apps.appeals.models import Appeal, Conversation, Draft, DraftFate
from apps.appeals.people import touch
from apps.appeals.proving import examine
from apps.core.models import State


def proposed(conversation: Conversation, text: str) -> Draft:
    """One that waits for the operator, looked over by the guard."""
    draft = Draft(
        tenant_id=conversation.tenant_id,
        appeal=Appeal.objects.filter(conversation=conversation).latest("pk"),
        answers=conversation.messages.latest("pk"),
        text=text,
        fate=DraftFate.WAITING,
        state=State.DONE,
    )
    examine(draft, conversation=conversation, appeal=draft.appeal)
    draft.save()
    touch(conversation.pk)
    return draft


def a_draft(conversation: Conversation, **fields: Any) -> Draft:
    newest = conversation.messages.latest("pk")
    given = {
        "answers": newest,
        "text": "Добрый день",
        "fate": DraftFate.WAITING,
        "state": State.DONE,
        **fields,
    }
    return Draft.objects.create(tenant=conversation.tenant, appeal=conversation.appeals.get(), **given)
