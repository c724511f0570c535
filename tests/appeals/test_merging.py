"""Two clients that are one person: merged by a person's word alone, whole, and taken apart again."""

from collections.abc import Callable

import pytest
from django.db import models, transaction
from simple_history.models import HistoricalChanges

from apps.appeals import consent, people
from apps.appeals.campaigns import handing
from apps.appeals.campaigns.audience import Audience
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.merging import moving
from apps.appeals.merging.absorbing import merge
from apps.appeals.merging.undoing import told, undo
from apps.appeals.models import (
    Appeal,
    AppealEvent,
    Consent,
    ConsentWay,
    Contact,
    ContactMerge,
    Conversation,
    DifferentClients,
    Identity,
    Recipient,
    SendOutcome,
)
from apps.channels.contract import Sender
from apps.channels.models import Channel, Delivery
from apps.core.errors import Rejected
from apps.tenants.models import Member, Tenant
from tests.appeals.doubles import all_of, fresh, named, rows_of
from tests.appeals.mailing import agree, begin, campaign_of, client_of, outcomes, run_out
from tests.peers.telegram import TelegramPeer

pytestmark = pytest.mark.django_db


# --- whole, and back


def test_every_relation_to_a_client_moves_or_is_known_to_be_about_two() -> None:
    """A relation that is new: nothing to do, it moves by itself; unless a row of it must be there once for a
    client, as in a campaign: then `moving._movable` has to say what becomes of the second.
    """
    keys = [
        field
        for model in Contact._meta.apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is Contact
    ]
    own = {field for field in keys if not issubclass(field.model, HistoricalChanges)}
    assert own - set(moving.relations()) == {
        ContactMerge._meta.get_field("kept"),
        ContactMerge._meta.get_field("absorbed"),
        DifferentClients._meta.get_field("first"),
        DifferentClients._meta.get_field("second"),
        Contact._meta.get_field("merged_into"),
    }
    once = {
        field.model
        for field in moving.relations()
        if field.unique
        or any(field.name in rule.fields for rule in field.model._meta.total_unique_constraints)
    }
    assert once == {Recipient}


def test_all_of_the_absorbed_hangs_on_the_kept_one_and_goes_back_as_it_was(
    bot: Channel, anna: Member
) -> None:
    kept = named(bot, "Иван Петров", phone="+7 900 111-22-33")
    absorbed = named(bot, "Ваня", email="vanya@example.com", note="Торгуется")
    agree(absorbed)
    begin(campaign_of(bot))
    Recipient.objects.filter(contact=kept).delete()
    before = [(all_of(one), rows_of(one)) for one in (kept, absorbed)]
    assert len(before[1][0]) == 5

    done = merge(kept=kept, absorbed=absorbed, by=anna)
    assert all_of(absorbed) == {}
    assert {name: sorted(before[0][0].get(name, []) + ids) for name, ids in before[1][0].items()} == all_of(
        kept
    )
    one = fresh(kept)
    assert (one.name, one.phone, one.email, one.note) == (
        "Иван Петров",
        "+7 900 111-22-33",
        "vanya@example.com",
        "Торгуется",
    )
    assert fresh(absorbed).merged_into == kept

    undone = undo(merge=done, by=anna)
    assert [(all_of(one), rows_of(one)) for one in (kept, absorbed)] == before
    assert undone.stayed == []
    kinds = ["merged", "unmerged"]
    for chat in Conversation.objects.all():
        events = AppealEvent.objects.filter(conversation=chat, kind__in=kinds).order_by("pk")
        assert list(events.values_list("kind", "member__name")) == [(kind, "Анна") for kind in kinds]


def test_the_other_phone_and_email_are_not_lost(bot: Channel) -> None:
    kept = named(bot, "Иван", phone="+7 900 111-22-33", email="ivan@example.com", note="Постоянный")
    absorbed = named(bot, "Ваня", phone="8 921 555-35-35", email="vanya@example.com")
    merge(kept=kept, absorbed=absorbed, by=None)
    assert fresh(kept).phone == "+7 900 111-22-33"
    assert fresh(kept).note.splitlines() == [
        "Постоянный",
        "Ещё телефон: 8 921 555-35-35",
        "Ещё почта: vanya@example.com",
    ]


def test_twice_is_once_and_what_cannot_be_is_refused(bot: Channel, tenant_b: Tenant) -> None:
    kept, absorbed, third = (named(bot, name) for name in ("А", "Б", "В"))
    done = merge(kept=kept, absorbed=absorbed, by=None)
    assert merge(kept=kept, absorbed=absorbed, by=None) == done
    foreign = Contact.objects.create(tenant=tenant_b, name="Чужой")
    for one, other in ((kept, kept), (kept, foreign), (third, absorbed), (absorbed, third)):
        with pytest.raises(Rejected):
            merge(kept=one, absorbed=other, by=None)
    assert undo(merge=done, by=None).undone_at == undo(merge=done, by=None).undone_at
    assert ContactMerge.objects.count() == 1


# --- what came since, and what cannot be told apart


def test_what_came_since_under_a_name_goes_back_with_it(bot: Channel) -> None:
    kept, absorbed = named(bot, "А"), named(bot, "Б")
    identity, kept_identity = absorbed.identities.get(), kept.identities.get()
    done = merge(kept=kept, absorbed=absorbed, by=None)

    def writes(name: Identity, chat: str) -> Appeal:
        sender = Sender(external_user_id=name.external_user_id, external_chat_id=chat)
        with transaction.atomic():
            found = people.conversation_of(channel=bot, sender=sender)
        assert found.contact_id == kept.pk
        return Appeal.objects.create(
            tenant=bot.tenant, contact_id=found.contact_id, conversation=found, channel=bot
        )

    theirs, ours = writes(identity, "second"), writes(kept_identity, "third")
    undo(merge=done, by=None)
    for appeal, whose in ((theirs, absorbed), (ours, kept)):
        appeal.refresh_from_db()
        assert (appeal.contact, appeal.conversation.contact) == (whose, whose)


def test_what_was_changed_since_stays_and_is_told(bot: Channel) -> None:
    kept, absorbed = named(bot, ""), named(bot, "Ваня", phone="8 900 111-22-33")
    done = merge(kept=kept, absorbed=absorbed, by=None)
    assert fresh(kept).name == "Ваня"
    Contact.objects.filter(pk=kept.pk).update(phone="+7 921 000-00-00")
    undone = undo(merge=done, by=None)
    assert (fresh(kept).name, fresh(kept).phone) == ("", "+7 921 000-00-00")
    assert (fresh(absorbed).name, fresh(absorbed).phone) == ("Ваня", "8 900 111-22-33")
    assert "телефон" in told(undone)
    assert "имя" not in told(undone)


def test_in_a_chain_the_later_merge_is_undone_first(bot: Channel) -> None:
    one, two, three = (named(bot, name) for name in ("А", "Б", "В"))
    before = [(all_of(contact), rows_of(contact)) for contact in (one, two, three)]
    first = merge(kept=one, absorbed=two, by=None)
    second = merge(kept=three, absorbed=one, by=None)
    assert len(all_of(three)["appeals.appeal.contact"]) == 3
    with pytest.raises(Rejected, match="«А» с «В»"):
        undo(merge=first, by=None)
    undo(merge=second, by=None)
    undo(merge=first, by=None)
    assert [(all_of(contact), rows_of(contact)) for contact in (one, two, three)] == before


# --- consent


def test_whoever_unsubscribed_stays_so_and_consent_is_in_force_only_where_it_was_with_both(
    bot: Channel,
) -> None:
    def merged(prepare: Callable[[Contact, Contact], object]) -> Contact:
        one, other = named(bot, "А"), named(bot, "Б")
        prepare(one, other)
        before = [rows_of(contact) for contact in (one, other)]
        done = merge(kept=one, absorbed=other, by=None)
        result = fresh(one)
        undo(merge=done, by=None)
        assert [rows_of(contact) for contact in (one, other)] == before
        return result

    def both(one: Contact, other: Contact) -> None:
        agree(one)
        agree(other)

    def refuses(one: Contact, other: Contact) -> None:
        agree(one)
        unsubscribe(contact=other, by=None, why="стоп")

    assert consent.is_in_force(merged(both))
    assert not consent.is_in_force(merged(lambda one, other: agree(one)))
    assert not consent.is_in_force(merged(lambda one, other: agree(other)))
    refused = merged(refuses)
    assert (refused.unsubscribed_why, refused.agreed_at) == ("стоп", None)


def test_a_no_said_while_they_were_one_holds_for_both_afterwards(bot: Channel) -> None:
    kept, absorbed = named(bot, "А"), named(bot, "Б")
    agree(kept)
    agree(absorbed)
    done = merge(kept=kept, absorbed=absorbed, by=None)
    # A page that was opened before the merge still holds the absorbed one.
    unsubscribe(contact=absorbed, by=None, why="стоп")
    assert fresh(kept).unsubscribed_at is not None
    assert "реклам" in told(undo(merge=done, by=None))
    assert {fresh(one).unsubscribed_why for one in (kept, absorbed)} == {"стоп"}
    assert not Contact.objects.filter(consent.in_force()).exists()
    assert list(Consent.objects.filter(is_given=True).order_by("pk").values_list("contact", flat=True)) == [
        kept.pk,
        absorbed.pk,
    ]


def test_a_list_that_names_the_absorbed_finds_the_kept_one(bot: Channel) -> None:
    kept, absorbed = named(bot, "А"), named(bot, "Б", phone="8 921 555-35-35")
    merge(kept=kept, absorbed=absorbed, by=None)
    Contact.objects.filter(pk=kept.pk).update(phone="")
    consent.agree(contacts=[absorbed.pk], tenant_id=bot.tenant_id, way=ConsentWay.IMPORTED, by=None)
    assert Consent.objects.get().contact == kept
    audience = Audience(by_list=True, picked=(absorbed.pk, kept.pk), pasted="+7 921 555 35 35")
    campaign = campaign_of(bot, audience=audience, skip_talking=False)
    assert begin(campaign) == 1
    assert Recipient.objects.get().contact == kept


# --- campaigns


def test_a_campaign_in_which_both_are_writes_to_the_person_once(bot: Channel, bot_peer: TelegramPeer) -> None:
    kept, absorbed = client_of(bot, "А").contact, client_of(bot, "Б").contact
    campaign = campaign_of(bot, skip_talking=False)
    begin(campaign)
    done = merge(kept=kept, absorbed=absorbed, by=None)
    assert outcomes(campaign) == {"А": "waiting", "Б": "skipped/merged"}
    undo(merge=done, by=None)
    assert outcomes(campaign) == {"А": "waiting", "Б": "waiting"}
    merge(kept=kept, absorbed=absorbed, by=None)
    run_out(campaign)
    assert outcomes(campaign) == {"А": "sent", "Б": "skipped/merged"}
    assert len(bot_peer.sent) == 1


def test_who_was_merged_between_the_choice_and_the_list_is_not_written_to(
    bot: Channel, bot_peer: TelegramPeer
) -> None:
    kept, absorbed = client_of(bot, "А").contact, client_of(bot, "Б").contact
    merge(kept=kept, absorbed=absorbed, by=None)
    campaign = campaign_of(bot, skip_talking=False)
    begin(campaign)
    late = Recipient.objects.create(
        tenant=bot.tenant, campaign=campaign, contact=absorbed, conversation=kept.conversations.latest("pk")
    )
    run_out(campaign)
    late.refresh_from_db()
    assert (late.outcome, late.reason) == (SendOutcome.SKIPPED, "merged")
    assert len(bot_peer.sent) == 1


def test_what_failed_before_a_merge_is_sent_again_and_not_a_second_time(bot: Channel) -> None:
    kept, absorbed = named(bot, "А"), client_of(bot, "Б").contact
    campaign = campaign_of(bot, audience=Audience(by_list=True, picked=(absorbed.pk,)))
    begin(campaign)
    recipient = campaign.recipients.get()
    campaign.refresh_from_db()
    assert handing.hand_over(campaign=campaign, recipient_id=recipient.pk).went
    key = Delivery.objects.get().key
    merge(kept=kept, absorbed=absorbed, by=None)
    recipient.refresh_from_db()
    assert recipient.contact == kept
    assert handing.key_of(recipient) == key
