"""The client beside the conversation: whom else they may be, merging, undoing, and their whole history."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.merging.absorbing import merge
from apps.appeals.models import (
    Appeal,
    Contact,
    ContactMerge,
    Conversation,
    DifferentClients,
    Identity,
)
from apps.channels.models import Channel
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Phones, Role, Sees, Tenant
from tests.appeals.doubles import Beside, address, beside, ivan, vanya, with_phone
from tests.appeals.mailing import agree, client_of

__all__ = ["beside", "ivan", "vanya"]

pytestmark = pytest.mark.django_db


# --- suggestions


def test_the_same_phone_however_it_is_written_is_suggested_with_its_reason(
    ivan: Conversation, vanya: Conversation, chat: Channel, tenant_b: Tenant, beside: Beside
) -> None:
    Appeal.objects.create(tenant=chat.tenant, contact=vanya.contact, conversation=vanya, channel=chat)
    with_phone(client_of(chat, "Другой"), "+7 900 111 22 34")
    Contact.objects.create(tenant=tenant_b, name="Чужой", phone="8 900 111-22-33")
    shown = beside(ivan)
    assert "Возможно, это один клиент" in shown
    part = shown[shown.index('id="alike"') : shown.index('id="merging"')]
    assert part.count("<article") == 1
    for said in ("Ваня", "тот же телефон", "1 обращение", chat.name, f"/admin/desk/{vanya.pk}/"):
        assert said in part
    assert f"{timezone.localtime(vanya.last_inbound_at):%d.%m.%Y}" in part
    # Nothing is merged by itself.
    assert not ContactMerge.objects.exists()


def test_the_same_email_and_the_same_user_name_are_reasons_and_a_short_name_is_none(
    bot: Channel, chat: Channel, beside: Beside
) -> None:
    one, mail, nick, short = (client_of(bot, name) for name in ("А", "Почта", "Ник", "Мало"))
    Contact.objects.filter(pk=one.contact_id).update(email="Ivan@Example.com")
    Contact.objects.filter(pk=mail.contact_id).update(email="ivan@example.com")
    for found, username in ((one, "Ivan_Petrov"), (nick, "ivan_petrov")):
        Identity.objects.filter(pk=found.identity_id).update(username=username)
    Identity.objects.create(
        tenant=bot.tenant, contact=one.contact, channel=chat, external_user_id="7", username="max"
    )
    Identity.objects.filter(pk=short.identity_id).update(username="max")
    shown = beside(one)
    assert "та же почта" in shown
    assert "тот же ник" in shown
    assert "Мало" not in shown


def test_different_people_are_not_suggested_again_until_that_is_taken_back(
    ivan: Conversation, vanya: Conversation, desk: Client, beside: Beside, anna: Member
) -> None:
    for _twice in range(2):
        assert desk.post(address(ivan, vanya, "apart/")).json() == {"ok": True}
    for one in (ivan, vanya):
        shown = beside(one)
        assert "Возможно, это один клиент" not in shown
        assert "Точно другие люди" in shown
    assert DifferentClients.objects.get().by == anna
    # Who knows better is told so, and may.
    assert "Анна" in beside(ivan, f"{vanya.contact_id}/")
    desk.post(address(vanya, ivan, "alike/"))
    assert "Возможно, это один клиент" in beside(ivan)


def test_who_differs_from_the_absorbed_differs_from_the_kept_one_while_they_are_one(
    ivan: Conversation, vanya: Conversation, bot: Channel, desk: Client, beside: Beside
) -> None:
    petr = with_phone(client_of(bot, "Пётр"), "+79001112233")
    desk.post(address(vanya, petr, "apart/"))
    desk.post(address(ivan, vanya, "merge/"))
    assert "Возможно, это один клиент" not in beside(ivan)
    desk.post(f"/admin/desk/{ivan.pk}/client/merges/{ContactMerge.objects.get().pk}/undo/")
    assert DifferentClients.objects.count() == 1
    assert "Пётр" in beside(ivan)


# --- merging


def test_an_operator_sees_what_moves_confirms_and_undoes_it(
    ivan: Conversation, vanya: Conversation, chat: Channel, desk: Client, page: Any, beside: Beside
) -> None:
    agree(ivan.contact)
    asked = beside(ivan, f"{vanya.contact_id}/")
    for said in ("Объединить «Ваня» с «Иван Петров»?", chat.name, "согласие дал только один"):
        assert said in asked
    assert desk.post(address(ivan, vanya, "merge/")).json() == {"ok": True}
    for one in (ivan, vanya):
        shown = page(one)
        assert "«Ваня» теперь «Иван Петров»" in shown
        places = shown[shown.index('id="places"') :]
        assert f"/admin/desk/{(vanya if one == ivan else ivan).pk}/" in places
    shown = beside(vanya)
    assert "Объединён с «Ваня»" in shown
    row = ContactMerge.objects.get()
    answer = desk.post(f"/admin/desk/{vanya.pk}/client/merges/{row.pk}/undo/").json()
    assert answer["ok"]
    assert "«Ваня» снова отдельный клиент" in answer["said"]
    assert "Возможно, это один клиент" in beside(vanya)
    assert "снова разные клиенты" in page(ivan)


def test_an_operator_looks_for_another_client_by_name_phone_or_user_name(
    ivan: Conversation, vanya: Conversation, bot: Channel, tenant_b: Tenant, beside: Beside
) -> None:
    Identity.objects.filter(pk=vanya.identity_id).update(username="vanya_71")
    Contact.objects.create(tenant=tenant_b, name="Ваня чужой", phone="+7 900 111 22 33")
    for query in ("ван", "8 900 111-22-33", "@vanya"):
        found = beside(ivan, "search/", q=query)
        assert "Ваня" in found, query
        assert "чужой" not in found
        assert "Иван Петров" not in found
    assert "Никого не нашли" in beside(ivan, "search/", q="нет такого")


def test_the_absorbed_is_out_of_sight_and_old_links_lead_to_the_kept_one(
    ivan: Conversation, vanya: Conversation, bot: Channel, desk: Client, beside: Beside
) -> None:
    merge(kept=ivan.contact, absorbed=vanya.contact, by=None)
    third = with_phone(client_of(bot, "Пётр"), "+79001112233")
    shown = beside(third)
    assert "Иван Петров" in shown
    assert "Ваня" not in shown
    assert "Ваня" not in beside(third, "search/", q="Ваня")
    listed = desk.get("/admin/appeals/contact/").context["cl"].queryset
    assert vanya.contact not in listed
    card = f"/admin/appeals/contact/{ivan.contact_id}/change/"
    assert desk.get(f"/admin/appeals/contact/{vanya.contact_id}/change/")["Location"] == card
    write = desk.get(f"/admin/desk/clients/{vanya.contact_id}/write/{bot.pk}/")
    assert write["Location"] == f"/admin/desk/clients/{ivan.contact_id}/write/{bot.pk}/"
    # Whoever knows them by that name finds the conversations all the same.
    assert f'id="c{ivan.pk}"' in desk.get("/admin/desk/?q=Ваня").content.decode()


def test_a_merge_is_undone_on_the_clients_page_of_the_admin(
    ivan: Conversation, vanya: Conversation, desk: Client, anna: Member
) -> None:
    row = merge(kept=ivan.contact, absorbed=vanya.contact, by=anna)
    card, undo = (
        f"/admin/appeals/contact/{ivan.contact_id}/change/",
        f"/admin/appeals/contact/merges/{row.pk}/undo/",
    )
    assert undo in desk.get(card).content.decode()
    assert "«Ваня» снова станет отдельным клиентом" in desk.get(undo).content.decode()
    Contact.objects.filter(pk=ivan.contact_id).update(name="Иван П.")
    said = desk.post(undo, follow=True).content.decode()
    assert "Объединение отменено" in said
    assert "осталось как есть: имя" in said
    row.refresh_from_db()
    assert row.undone_by == anna
    assert undo not in desk.get(card).content.decode()


def test_nobody_elses_client_is_named(
    ivan: Conversation, bot: Channel, desk: Client, tenant_b: Tenant, beside: Beside
) -> None:
    foreign = Contact.objects.create(tenant=tenant_b, name="Чужой", phone="+7 900 111-22-33")
    other = Contact.objects.create(tenant=tenant_b, name="Тоже чужой")
    theirs = merge(kept=foreign, absorbed=other, by=None)
    for verb in ("", "merge/", "apart/", "alike/"):
        where = f"/admin/desk/{ivan.pk}/client/{foreign.pk}/{verb}"
        assert desk.post(where).status_code in (404, 405)
        assert desk.get(where).status_code in (404, 405)
    for where in (f"/admin/desk/{ivan.pk}/client/merges/", "/admin/appeals/contact/merges/"):
        assert desk.post(f"{where}{theirs.pk}/undo/").status_code == 404
    assert not DifferentClients.objects.exists()
    assert not ContactMerge.objects.exclude(pk=theirs.pk).exists()


# --- who may not see all


def test_a_colleagues_client_is_neither_suggested_nor_told_of_nor_merged(
    ivan: Conversation, vanya: Conversation, shop: Tenant, desk: Client, beside: Beside
) -> None:
    boris = add_member(tenant=shop, username="boris", role=Role.OPERATOR, name="Борис")
    led = Appeal.objects.create(
        tenant=shop, contact=vanya.contact, conversation=vanya, channel=vanya.channel, operator=boris
    )
    Conversation.objects.filter(pk=vanya.pk).update(current_appeal=led)
    Tenant.objects.filter(pk=shop.pk).update(operators_see=Sees.OWN)

    assert "Ваня" not in beside(ivan)
    assert "Ваня" not in beside(ivan, "search/", q="Ваня")
    assert desk.get(address(ivan, vanya)).status_code == 404
    assert desk.post(address(ivan, vanya, "merge/")).status_code == 404

    Tenant.objects.filter(pk=shop.pk).update(operators_see=Sees.ALL)
    merge(kept=ivan.contact, absorbed=vanya.contact, by=boris)
    Tenant.objects.filter(pk=shop.pk).update(operators_see=Sees.OWN)
    assert f"№{led.pk}" not in beside(ivan)
    assert f"/admin/desk/{vanya.pk}/" not in desk.get(f"/admin/desk/{ivan.pk}/").content.decode()


@pytest.mark.parametrize("phones", [Phones.ON_CLICK, Phones.HIDDEN])
def test_whoever_is_not_to_see_phones_sees_none_beside_the_client(
    ivan: Conversation, vanya: Conversation, shop: Tenant, beside: Beside, phones: Phones
) -> None:
    Contact.objects.filter(pk=vanya.contact_id).update(name="+7 900 111-22-33", phone="+7 900 111-22-35")
    Contact.objects.filter(pk=ivan.contact_id).update(email="i@example.com")
    Contact.objects.filter(pk=vanya.contact_id).update(email="i@example.com")
    Tenant.objects.filter(pk=shop.pk).update(operators_phones=phones)
    shown = "".join(
        (beside(ivan), beside(ivan, f"{vanya.contact_id}/"), beside(ivan, "search/", q="example"))
    )
    assert "та же почта" in shown
    digits = re.sub(r"[^\d<>\"]", "", shown)
    assert "9001112233" not in digits
    assert "9001112235" not in digits
    assert "900111" not in re.sub(r"[ ()-]", "", shown)
