"""What is written to two clients at the very moment at which they are merged."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from apps.appeals import consent, people
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.merging.absorbing import merge
from apps.appeals.models import (
    Appeal,
    Contact,
    ContactMerge,
    Conversation,
)
from apps.channels.contract import Sender
from apps.channels.models import Channel
from apps.core.errors import Rejected
from tests.appeals.doubles import all_of, fresh, named
from tests.appeals.mailing import agree

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_what_is_written_while_they_are_merged_is_the_kept_ones(bot: Channel) -> None:
    """New chats of the absorbed one's name, new appeals in its conversation, and a word about advertising,
    all at the moment of the merge: nothing is left with the absorbed one.
    """
    kept, absorbed = named(bot, "А"), named(bot, "Б")
    agree(kept)
    agree(absorbed)
    identity, known = absorbed.identities.get(), absorbed.conversations.get()
    Appeal.objects.filter(conversation=known).update(status="closed", closed_at=timezone.now())
    together, failed = threading.Barrier(6, timeout=60), []

    def at_once(act: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                together.wait()
                act()
            except Exception as error:
                failed.append(error)
            finally:
                database.close()

        return threading.Thread(target=run)

    def writes(chat: str) -> None:
        sender = Sender(external_user_id=identity.external_user_id, external_chat_id=chat)
        with transaction.atomic():
            found = people.conversation_of(channel=bot, sender=sender)
            Appeal.objects.create(
                tenant=bot.tenant, contact_id=found.contact_id, conversation=found, channel=bot
            )

    threads = [
        at_once(lambda: merge(kept=kept, absorbed=absorbed, by=None)),
        at_once(lambda: unsubscribe(contact=absorbed, by=None, why="стоп")),
        at_once(lambda: writes(known.external_chat_id)),
        *(at_once(partial(writes, chat)) for chat in ("one", "two", "three")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [error for error in failed if not isinstance(error, Rejected)] == []
    if not ContactMerge.objects.exists():
        merge(kept=kept, absorbed=absorbed, by=None)  # the database let the others through
    assert all_of(absorbed) == {}
    assert kept.conversations.count() == 5
    assert set(Appeal.objects.values_list("contact", flat=True)) == {kept.pk}
    assert fresh(kept).unsubscribed_at is not None
    assert not Contact.objects.filter(consent.in_force(), merged_into=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_chat_begun_just_before_the_merge_is_waited_for(bot: Channel) -> None:
    """Whatever the luck of the threads above: here the intake holds its new chat until the merge waits."""
    kept, absorbed = named(bot, "А"), named(bot, "Б")
    sender = Sender(external_user_id=absorbed.identities.get().external_user_id, external_chat_id="new")
    merged = threading.Event()

    def merges() -> None:
        merge(kept=kept, absorbed=absorbed, by=None)
        merged.set()
        database.close()

    with transaction.atomic():
        chat = people.conversation_of(channel=bot, sender=sender)
        thread = threading.Thread(target=merges)
        thread.start()
        assert not merged.wait(0.5)
    thread.join(60)
    assert merged.is_set()
    assert Conversation.objects.get(pk=chat.pk).contact == kept


@pytest.mark.django_db(transaction=True)
def test_a_chat_begun_in_the_middle_of_the_merge_follows_its_name(bot: Channel) -> None:
    kept, absorbed = named(bot, "А"), named(bot, "Б")
    sender = Sender(external_user_id=absorbed.identities.get().external_user_id, external_chat_id="new")
    begun = threading.Event()

    def writes() -> None:
        with transaction.atomic():
            people.conversation_of(channel=bot, sender=sender)
        begun.set()
        database.close()

    with transaction.atomic():
        merge(kept=kept, absorbed=absorbed, by=None)
        thread = threading.Thread(target=writes)
        thread.start()
        assert not begun.wait(0.5)
    thread.join(60)
    assert begun.is_set()
    assert Conversation.objects.get(external_chat_id="new").contact == kept
