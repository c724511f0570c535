"""Appeals that an operator has answered and that were ended a while ago, and what is asked of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from model_bakery import baker

from apps.appeals.models import Appeal, Attachment, Author, Message
from apps.callanalysis.models import Checklist, ChecklistVersion
from apps.tenants.models import Member, Tenant
from tests.callanalysis.judges import GREETING, PRICE, make_checklist
from tests.channels.outbox import make_webchat


@pytest.fixture
def ended(tenant_a: Tenant, anna: Member) -> Any:
    """An appeal of three messages, ended a while ago."""
    channel = make_webchat(tenant=tenant_a)

    def make(*, ago: timedelta = timedelta(minutes=10), is_answered: bool = True, **fields: Any) -> Appeal:
        values: dict[str, Any] = {
            "tenant": tenant_a,
            "channel": channel,
            "conversation__tenant": tenant_a,
            "conversation__channel": channel,
            "contact__tenant": tenant_a,
            "operator": anna,
            "status": "closed",
            "closed_at": timezone.now() - ago,
            **fields,
        }
        appeal: Appeal = baker.make(Appeal, **values)
        began = timezone.now() - timedelta(hours=2)

        def say(author: Author, text: str, seconds: int, **more: Any) -> Message:
            said: Message = baker.make(
                Message,
                tenant=tenant_a,
                conversation=appeal.conversation,
                appeal=appeal,
                author=author,
                text=text,
                sent_at=began + timedelta(seconds=seconds),
                is_history=False,
                **more,
            )
            return said

        voice = say(Author.CLIENT, "", 0)
        baker.make(Attachment, tenant=tenant_a, message=voice, transcript="Здравствуйте, сломался телефон")
        say(Author.AI, "Спасибо, оператор скоро ответит", 5)
        if is_answered:
            say(Author.OPERATOR, "Добрый день, меня зовут Анна, это «Ремонт».", 60)
        say(Author.OPERATOR if is_answered else Author.CLIENT, "Возьмите чехол в подарок", 90)
        say(Author.OPERATOR, "Это стёрли", 95, deleted_at=timezone.now())
        return appeal

    return make


def for_chats(tenant: Tenant, **fields: Any) -> Checklist:
    """Published before the appeals were ended."""
    checklist = make_checklist(tenant, GREETING, PRICE, for_chats=True, **fields)
    ChecklistVersion.objects.update(published_at=timezone.now() - timedelta(days=1))
    return checklist
