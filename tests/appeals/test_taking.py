"""Two operators at one appeal: taken, given back and corrected by one does not undo the other."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.appeals.deciding import give_back, take
from apps.appeals.extracted import correct
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Contact,
    Conversation,
    Device,
)
from apps.core.errors import Rejected
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant

Visit = Callable[..., str]
Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db


@pytest.fixture
def boris(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="boris", role=Role.OPERATOR, name="Борис")


def test_an_appeal_just_taken_is_not_taken_away_unseen(routed: Routed, anna: Member, boris: Member) -> None:
    routed("Здравствуйте!")
    take(appeal=Appeal.objects.get(), member=anna, instead_of=None)
    with pytest.raises(Rejected, match="taken"):
        take(appeal=Appeal.objects.get(), member=boris, instead_of=None)
    assert Appeal.objects.get().operator == anna

    take(appeal=Appeal.objects.get(), member=boris, instead_of=anna.pk)
    give_back(appeal=Appeal.objects.get(), member=anna)
    assert Appeal.objects.get().operator == boris
    give_back(appeal=Appeal.objects.get(), member=boris)
    assert Appeal.objects.get().operator is None


def test_take_pressed_twice_is_taken_once(routed: Routed, desk: Client, anna: Member) -> None:
    conversation = routed("Здравствуйте!")
    address = f"/admin/desk/{conversation.pk}/appeals/{Appeal.objects.get().pk}/take/?instead_of="
    for _again in range(2):
        assert desk.post(address).json() == {"ok": True}
    assert Appeal.objects.get().operator == anna


def test_a_status_is_set_on_the_appeal_that_was_seen(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    old = Appeal.objects.get()
    Appeal.objects.update(status=AppealStatus.CLOSED)
    new = Appeal.objects.create(
        tenant=old.tenant, contact=old.contact, conversation=conversation, channel=old.channel
    )
    desk.post(
        f"/admin/desk/{conversation.pk}/appeals/{old.pk}/status/", {"status": "rejected", "reason": "Дорого"}
    )

    assert [one.status for one in Appeal.objects.order_by("pk")] == [AppealStatus.REJECTED, AppealStatus.NEW]
    assert desk.post(f"/admin/desk/{conversation.pk}/appeals/{new.pk + 1}/take/").status_code == 404


def test_another_conversations_appeal_is_not_reached_through_ones_own(
    desk: Client, visit: Visit, routed: Routed
) -> None:
    first, second = routed("Здравствуйте!"), routed("Добрый день!")
    foreign = Appeal.objects.get(conversation=second)
    for verb in ("status", "take", "give-back", "devices"):
        address = f"/admin/desk/{first.pk}/appeals/{foreign.pk}/{verb}/"
        assert desk.post(address, {"status": "closed", "model": "x"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.status == AppealStatus.NEW


def test_one_corrects_the_brand_another_the_model(routed: Routed, anna: Member, boris: Member) -> None:
    routed("Батарея")
    device = Device.objects.create(tenant=anna.tenant, appeal=Appeal.objects.get(), brand="Эпл", model="14")
    seen_by_boris = Device.objects.get()
    correct(row=device, values={"brand": "Apple"}, member=anna)
    correct(row=seen_by_boris, values={"model": "iPhone 14"}, member=boris)

    device.refresh_from_db()
    assert (device.brand, device.model) == ("Apple", "iPhone 14")
    assert {name: one["by"] for name, one in device.corrections.items()} == {
        "brand": anna.pk,
        "model": boris.pk,
    }


def test_a_field_that_was_not_typed_is_not_undone(routed: Routed, desk: Client) -> None:
    conversation = routed("Батарея")
    device = Device.objects.create(
        tenant=conversation.tenant, appeal=Appeal.objects.get(), brand="Apple", model="14"
    )
    desk.post(f"/admin/desk/{conversation.pk}/devices/{device.pk}/", {"model": "iPhone 14"})
    desk.post(f"/admin/desk/{conversation.pk}/contact/", {"phone": "+7 900"})
    desk.post(f"/admin/desk/{conversation.pk}/contact/", {"name": "Иван"})

    device.refresh_from_db()
    assert (device.brand, device.model, list(device.corrections)) == ("Apple", "iPhone 14", ["model"])
    assert Contact.objects.values_list("name", "phone").get() == ("Иван", "+7 900")
