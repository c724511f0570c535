"""A conversation with one of everything in it, and a busy shop around it, as screens are looked at."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import timezone

from apps.ai.models import ModelCall
from apps.appeals.answering import answer
from apps.appeals.dashboard.rolling import roll_up_all
from apps.appeals.demo_data.filling import Size, fill
from apps.appeals.jotting import write_note
from apps.appeals.models import Appeal, Contact, Conversation, Device, Repair, Tag, Target
from apps.appeals.models.listing import AppealTag
from apps.tenants.models import Member, Tenant
from tests.appeals.drafts import proposed
from tests.channels.outbox import let_pass
from tests.peers.telegram import TelegramPeer
from tests.sounds import picture, sound
from tests.work import close_windows, drain

Arrive = Callable[..., None]

# Under these the bot's fixtures ask for their files.
VOICE, PHOTO = "voice/AwACAgIAAxkBAAIxxx...", "photos/large"


def furnish(*, arrive: Arrive, bot_peer: TelegramPeer, anna: Member, colleague: Member) -> Conversation:
    """Picture, voice, an answer that arrived and one that did not, note, device with a price, tag, draft."""
    bot_peer.files[VOICE], bot_peer.files[PHOTO] = sound("ogg", 2.0), picture()
    now = int(timezone.now().timestamp())
    first = "Здравствуйте! Разбил экран, iPhone 13. Сколько стоит замена и как быстро?"
    arrive("text", text=first, date=now - 3000)
    chat = Conversation.objects.get()
    Contact.objects.filter(pk=chat.contact_id).update(name="Иван Петров", phone="+79009876543")
    close_windows()
    drain()
    arrive("photo", message_id=501, date=now - 2900)
    arrive("voice", message_id=502, date=now - 2800)
    _said(chat, anna, "Здравствуйте, Иван! Замена экрана 12 900 ₽, сделаем за два часа.")
    drain()
    let_pass(2)  # the chat takes a message a second
    bot_peer.fail("sendMessage", 400, "Bad Request: chat not found")
    _said(chat, anna, "Приезжайте завтра после 10:00.")
    drain()
    write_note(
        conversation=chat,
        member=colleague,
        text="@Анна экран есть на складе, отложил до пятницы",
        key=uuid.uuid4(),
    )
    arrive("text", message_id=503, text="А гарантия какая?", date=int(timezone.now().timestamp()) + 1)
    close_windows()
    drain()
    appeal = Appeal.objects.filter(conversation=chat).latest("pk")
    device = Device.objects.create(tenant=chat.tenant, appeal=appeal, brand="Apple", model="iPhone 13")
    Repair.objects.create(
        tenant=chat.tenant, device=device, repair_type="Замена экрана", price=Decimal(12900)
    )
    tag, _made = Tag.objects.get_or_create(tenant=chat.tenant, name="Срочно", defaults={"colour": "red"})
    AppealTag.objects.create(tenant=chat.tenant, appeal=appeal, tag=tag)
    proposed(chat, "Гарантия на работу и деталь полгода, замена 12 900 ₽.")
    return chat


def busy(shop: Tenant) -> None:
    """Weeks of other clients' matters, targets, and the start page's figures of them."""
    Target.objects.create(tenant=shop, first_answer_minutes=30)
    fill(tenant=shop, size=Size(messages=600, appeals=80, operators=3))
    ModelCall.objects.create(
        tenant=shop,
        purpose="draft",
        model="m",
        milliseconds=900,
        outcome="complete",
        cost_usd=Decimal("1.25"),
    )
    drain()
    roll_up_all()


def _said(chat: Conversation, member: Member, text: str) -> Any:
    chat.refresh_from_db()
    return answer(conversation=chat, member=member, text=text, key=uuid.uuid4())
