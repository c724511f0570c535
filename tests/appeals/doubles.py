"""Two clients that are one person, in two channels, and what hangs on each of them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.appeals import people
from apps.appeals.merging import moving
from apps.appeals.models import Appeal, Contact, Conversation
from apps.channels.models import Channel
from tests.appeals.mailing import client_of

Beside = Callable[..., str]


@pytest.fixture
def ivan(bot: Channel) -> Conversation:
    return with_phone(client_of(bot, "Иван Петров"), "8 (900) 111-22-33")


@pytest.fixture
def vanya(chat: Channel) -> Conversation:
    return with_phone(client_of(chat, "Ваня"), "+7 900 111 22 33")


@pytest.fixture
def beside(desk: Client) -> Callable[[Conversation], str]:
    """What the page loads of the client."""

    def show(found: Conversation, part: str = "", **query: str) -> str:
        answer = desk.get(f"/admin/desk/{found.pk}/client/{part}", query)
        assert answer.status_code == 200
        return answer.content.decode()

    return show


def with_phone(chat: Conversation, phone: str) -> Conversation:
    Contact.objects.filter(pk=chat.contact_id).update(phone=phone)
    return Conversation.objects.select_related("contact").get(pk=chat.pk)


def address(chat: Conversation, other: Conversation, verb: str = "") -> str:
    return f"/admin/desk/{chat.pk}/client/{other.contact_id}/{verb}"


def fresh(contact: Contact) -> Contact:
    return Contact.objects.get(pk=contact.pk)


def named(channel: Channel, name: str, **fields: str) -> Contact:
    """A client with an appeal that is open."""
    chat = client_of(channel, name)
    Contact.objects.filter(pk=chat.contact_id).update(**fields)
    appeal = Appeal.objects.create(
        tenant=channel.tenant, contact=chat.contact, conversation=chat, channel=channel
    )
    people.make_current(appeal)
    return fresh(chat.contact)


def all_of(contact: Contact) -> dict[str, list[int]]:
    """Whatever hangs on a client, by the field it hangs by."""
    found = {}
    for field in moving.relations():
        rows = field.model._base_manager.filter(**{field.name: contact}).order_by("pk")
        if ids := list(rows.values_list("pk", flat=True)):
            found[moving.name_of(field)] = ids
    return found


def rows_of(contact: Contact) -> tuple[Any, ...]:
    """What its own row says."""
    return Contact.objects.filter(pk=contact.pk).values_list().get()
