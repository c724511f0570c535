"""Clients' phones by role: shown, shown on a press, hidden; and who has read them stands in the log."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from apps.appeals import accesses, jotting
from apps.appeals.bulk.ordering import order
from apps.appeals.merging import absorbing
from apps.appeals.models import (
    Access,
    AccessKind,
    Appeal,
    Attachment,
    BulkKind,
    Contact,
    Conversation,
    Identity,
    Message,
)
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Phones, Role, Tenant
from tests.work import drain

Routed = Callable[..., Conversation]
PHONE = "+79001234567"
# What is left of it once it is masked must not be enough to dial.
TELLING = re.compile(r"900\D{0,3}123|123\D{0,3}45|1234567")


@pytest.fixture
def talk(routed: Routed) -> Conversation:
    """Whose client's phone stands wherever one may stand."""
    found = routed("Перезвоните на 8 (900) 123-45-67", "Экран треснул")
    Contact.objects.filter(pk=found.contact_id).update(
        name=f"Иван {PHONE}", phone=PHONE, note=f"Звать: {PHONE}"
    )
    Identity.objects.filter(pk=found.identity_id).update(
        external_user_id="79001234567", username="79001234567"
    )
    Appeal.objects.update(prefilled_data={"phone": PHONE}, rejection_reason=f"просил звонить {PHONE}")
    found.contact.refresh_from_db()
    return found


def limit(shop: Tenant, phones: Phones) -> None:
    Tenant.objects.filter(pk=shop.pk).update(operators_phones=phones, heads_phones=phones)


def seat(shop: Tenant, role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=add_member(tenant=shop, username=role, role=role).user_id))
    return client


def pages(talk: Conversation) -> list[str]:
    contact, appeal = talk.contact_id, talk.current_appeal_id
    words = talk.messages.earliest("pk").pk
    return [
        "/admin/desk/",
        "/admin/desk/?q=экран",
        "/admin/desk/?q=перезвоните",
        f"/admin/desk/{talk.pk}/",
        f"/admin/desk/{talk.pk}/live/?stamp=",
        f"/admin/desk/{talk.pk}/canned/",
        "/admin/appeals/contact/",
        f"/admin/appeals/contact/{contact}/change/",
        f"/admin/appeals/contact/{contact}/history/",
        "/admin/appeals/appeal/",
        f"/admin/appeals/appeal/{appeal}/change/",
        "/admin/appeals/message/",
        f"/admin/appeals/message/{words}/change/",
        "/admin/",
    ]


def kinds() -> list[str]:
    return list(Access.objects.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.HEAD])
@pytest.mark.parametrize("phones", [Phones.ON_CLICK, Phones.HIDDEN])
def test_no_page_of_whoever_is_not_to_read_them_has_the_digits(
    shop: Tenant, talk: Conversation, anna: Member, phones: Phones, role: Role
) -> None:
    key = "10000000-0000-4000-8000-000000000001"
    jotting.write_note(conversation=talk, member=anna, text=f"Набрать {PHONE}", key=key)  # type: ignore[arg-type]
    talk.contact.phone = "+79001234568"
    talk.contact.save()
    talk.contact.phone = PHONE
    talk.contact.save()
    limit(shop, phones)
    client = seat(shop, role)

    for address in pages(talk):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert not TELLING.search(answer.content.decode()), (address, TELLING.search(answer.content.decode()))
    assert "+7 900 •••-••-67" in client.get(f"/admin/desk/{talk.pk}/").content.decode()
    assert kinds() == []


@pytest.mark.parametrize("phones", [Phones.ON_CLICK, Phones.HIDDEN])
def test_nor_has_a_page_of_a_client_whom_one_was_merged_into(
    shop: Tenant, talk: Conversation, phones: Phones
) -> None:
    """The other one was called by a phone, as they are who never said a name."""
    other = Contact.objects.create(tenant=shop, name=PHONE)
    merge = absorbing.merge(kept=talk.contact, absorbed=other, by=None)
    Contact.objects.filter(pk=talk.contact_id).update(name="Иван", phone="")
    talk.messages.all().delete()
    limit(shop, phones)
    client = seat(shop, Role.OPERATOR)
    card, undoing = (
        f"/admin/appeals/contact/{way}/" for way in (f"{talk.contact_id}/change", f"merges/{merge.pk}/undo")
    )

    for address in (card, undoing, f"/admin/desk/{talk.pk}/", f"/admin/desk/{talk.pk}/client/"):
        answer = client.get(address)
        assert (answer.status_code, TELLING.search(answer.content.decode())) == (200, None), address
    for part in ("123456", "9001234", "4567"):
        assert f'id="c{talk.pk}"' not in client.get("/admin/desk/", {"q": part}).content.decode(), part
    undone = client.post(undoing, follow=True).content.decode()
    assert "снова отдельный клиент" in undone
    assert not TELLING.search(undone)


def test_administrators_read_them_all_the_same(shop: Tenant, talk: Conversation) -> None:
    limit(shop, Phones.HIDDEN)
    admin = seat(shop, Role.ADMIN)
    for address in (f"/admin/desk/{talk.pk}/", "/admin/appeals/contact/", "/admin/appeals/message/"):
        assert TELLING.search(admin.get(address).content.decode()), address


def test_a_hidden_phone_is_found_by_the_whole_of_it_and_by_no_part(
    shop: Tenant, talk: Conversation, desk: Client
) -> None:
    talk.messages.update(text="Экран")
    limit(shop, Phones.HIDDEN)
    for place in ("/admin/desk/", "/admin/appeals/contact/"):
        assert "900 •••-••-67" in desk.get(place, {"q": "9001234567"}).content.decode()
        for part in ("123456", "9001234", "Иван 900123"):
            assert "900 •••-••-67" not in desk.get(place, {"q": part}).content.decode(), (place, part)
    assert desk.get("/admin/appeals/contact/", {"phone__startswith": "+7900123"}).status_code == 400


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_holds_phones_as_its_owner_may_read_them(
    shop: Tenant, talk: Conversation, anna: Member, desk: Client, settings: Any, tmp_path: Any, form: str
) -> None:
    settings.MEDIA_ROOT = tmp_path

    def taken() -> bytes:
        rows = Conversation.objects.all()
        member = Member.objects.select_related("tenant").get(pk=anna.pk)
        params = {"format": form, "language": "ru"}
        bulk = order(member=member, kind=BulkKind.EXPORT, params=params, rows=rows)
        drain()
        return b"".join(desk.get(f"/admin/desk/bulk/{bulk.pk}/file/"))

    open_one = taken()
    limit(shop, Phones.ON_CLICK)
    masked = taken()

    if form == "csv":
        assert TELLING.search(open_one.decode())
        assert not TELLING.search(masked.decode())
    assert kinds() == ["export"]


def test_a_press_on_show_tells_the_phone_and_is_noted_each_time(
    shop: Tenant, talk: Conversation, anna: Member, desk: Client
) -> None:
    limit(shop, Phones.ON_CLICK)
    for _time in range(2):
        assert desk.post(f"/admin/desk/{talk.pk}/phone/").json() == {"ok": True, "phone": PHONE}
    card = desk.post(f"/admin/appeals/contact/{talk.contact_id}/phone/", follow=True)
    assert PHONE in card.content.decode()
    assert kinds() == ["shown"] * 3
    assert {row.member for row in Access.objects.all()} == {anna}

    limit(shop, Phones.HIDDEN)
    assert desk.post(f"/admin/desk/{talk.pk}/phone/").status_code == 403
    assert desk.post(f"/admin/appeals/contact/{talk.contact_id}/phone/").status_code == 403
    assert kinds() == ["shown"] * 3


def test_what_came_back_masked_is_not_kept_and_another_number_is(
    shop: Tenant, talk: Conversation, desk: Client
) -> None:
    limit(shop, Phones.HIDDEN)
    form = {"name": "Иван +7 900 •••-••-67", "phone": "", "email": "i@example.com"}
    assert desk.post(f"/admin/desk/{talk.pk}/contact/", form).json() == {"ok": True}
    contact = Contact.objects.get(pk=talk.contact_id)
    assert (contact.name, contact.phone, contact.email) == (f"Иван {PHONE}", PHONE, "i@example.com")

    assert not desk.post(f"/admin/desk/{talk.pk}/contact/", {"phone": "+7 900 •••-11-67"}).json()["ok"]
    assert desk.post(f"/admin/desk/{talk.pk}/contact/", {"phone": "+79005550011"}).json()["ok"]
    contact.refresh_from_db()
    assert contact.phone == "+79005550011"


def test_a_canned_reply_carries_a_phone_that_its_sender_does_not_see(
    shop: Tenant, talk: Conversation, desk: Client
) -> None:
    limit(shop, Phones.HIDDEN)
    told = desk.get(f"/admin/desk/{talk.pk}/canned/").json()
    assert told["shown"]["phone"] == "+7 900 •••-••-67"

    text = f"Ваш номер {told['values']['phone']}?"
    key = "20000000-0000-4000-8000-000000000001"
    assert desk.post(f"/admin/desk/{talk.pk}/answer/", {"text": text, "key": key}).json()["ok"]

    assert Message.objects.latest("pk").text == f"Ваш номер {PHONE}?"


# --- the log


def test_a_page_with_a_phone_is_noted_once_a_day(
    shop: Tenant, talk: Conversation, anna: Member, desk: Client
) -> None:
    for _time in range(3):
        desk.get(f"/admin/desk/{talk.pk}/")
    for _time in range(2):
        desk.get(f"/admin/appeals/contact/{talk.contact_id}/change/")
        desk.get("/admin/appeals/contact/")
    assert kinds() == ["phone", "card", "list"]
    assert Access.objects.filter(contact=talk.contact, member=anna, who="Анна").count() == 2

    Contact.objects.update(phone="")
    Access.objects.all().delete()
    desk.get(f"/admin/desk/{talk.pk}/")
    assert kinds() == []


def test_a_recording_is_noted_once_an_hour_however_a_player_asks(
    talk: Conversation, desk: Client, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "voice.ogg").write_bytes(b"OggS" + b"0" * 100)
    message = talk.messages.earliest("pk")
    made = {"tenant": talk.tenant, "message": message, "content_type": "audio/ogg"}
    voice = Attachment.objects.create(kind="voice", file="voice.ogg", **made)
    picture = Attachment.objects.create(kind="image", file="voice.ogg", **made)

    for part in ("bytes=0-1", "bytes=2-"):
        list(desk.get(f"/admin/desk/file/{voice.pk}/", headers={"Range": part}))
    list(desk.get(f"/admin/desk/file/{picture.pk}/"))
    assert kinds() == ["recording"]
    Access.objects.update(once="an hour ago")
    list(desk.get(f"/admin/desk/file/{voice.pk}/"))
    assert kinds() == ["recording"] * 2


def test_a_log_that_can_not_be_written_breaks_no_page(talk: Conversation, desk: Client) -> None:
    with mock.patch.object(Access.objects, "bulk_create", side_effect=DatabaseError):
        assert PHONE in desk.get(f"/admin/desk/{talk.pk}/").content.decode()


def test_the_log_is_read_by_those_who_lead_and_changed_by_nobody(
    shop: Tenant, talk: Conversation, desk: Client, root_client: Client
) -> None:
    desk.get(f"/admin/desk/{talk.pk}/")
    row = Access.objects.get()
    head = seat(shop, Role.HEAD)

    assert desk.get("/admin/appeals/access/").status_code == 403
    link = f"/admin/appeals/access/{row.pk}/change/"
    page = head.get("/admin/appeals/access/", {"q": "Иван"}).content.decode()
    assert link in page
    assert not TELLING.search(page)
    assert link not in head.get("/admin/appeals/access/", {"q": "Пётр"}).content.decode()
    file = b"".join(head.get("/admin/appeals/access/export/?kind__exact=phone")).decode()
    assert "Анна" in file
    nothing = b"".join(head.get("/admin/appeals/access/export/?kind__exact=export"))
    assert "Анна" not in nothing.decode()

    for client in (head, root_client):
        client.post(f"/admin/appeals/access/{row.pk}/change/", {"who": "Никто"})
        client.post(f"/admin/appeals/access/{row.pk}/delete/", {"post": "yes"})
        client.post("/admin/appeals/access/", {"action": "delete_selected", "_selected_action": row.pk})
    assert Access.objects.get() == row
    assert Access.objects.get().who == "Анна"


@pytest.fixture
def root_client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_the_log_is_kept_for_a_year(shop: Tenant) -> None:
    for days in (364, 366):
        at = timezone.now() - timedelta(days=days)
        Access.objects.create(tenant=shop, who="Анна", kind=AccessKind.EXPORT, at=at)
    accesses.sweep()
    assert Access.objects.get().at > timezone.now() - timedelta(days=365)
