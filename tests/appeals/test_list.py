"""The list of conversations: its views and filters, tags, marks of what is unread, views that people keep."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from apps.appeals.deciding import assign, set_status
from apps.appeals.desk import rows
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Conversation,
    Device,
    Message,
    ReadMark,
    SavedView,
    Tag,
)
from apps.channels.models import Delivery
from apps.core.models import State
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.work import close_windows, drain

Routed = Callable[..., Conversation]
Visit = Callable[..., str]

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="olga", password="pass-word-2", role=Role.HEAD, name="Ольга")


def shown(desk: Client, query: str = "") -> set[int]:
    return {row.pk for row in desk.get(f"/admin/desk/?{query}").context["look"].chosen}


def appeal_of(chat: Conversation) -> Appeal:
    return chat.appeals.select_related("operator", "conversation").get()


def test_the_views_sort_by_whose_turn_it_is(
    desk: Client, routed: Routed, visit: Visit, anna: Member, olga: Member
) -> None:
    own, hers, nobodys, ended, awaited = (routed(f"Клиент {n}") for n in range(5))
    assign(appeal=appeal_of(own), operator=anna)
    assign(appeal=appeal_of(hers), operator=olga)
    set_status(appeal=appeal_of(ended), status=AppealStatus.CLOSED)
    set_status(appeal=appeal_of(awaited), status=AppealStatus.WAITING)
    visit("Ещё пишет")
    drain()
    writing = Conversation.objects.latest("pk")

    assert shown(desk, "view=mine") == {own.pk}
    assert shown(desk, "view=free") == {nobodys.pk, awaited.pk, writing.pk}
    assert shown(desk, "view=awaited") == {awaited.pk}
    assert ended.pk not in shown(desk, "view=waiting")
    assert shown(desk) == {own.pk, hers.pk, nobodys.pk, ended.pk, awaited.pk, writing.pk}
    counts = desk.get("/admin/desk/").context["counts"]
    assert (counts["mine"], counts["free"]) == (1, 3)


def test_filters_narrow_together(desk: Client, routed: Routed, anna: Member, olga: Member) -> None:
    one, other = routed("Первый"), routed("Второй")
    assign(appeal=appeal_of(one), operator=olga)
    Device.objects.create(tenant=one.tenant, appeal=appeal_of(one), brand="Apple", model="iPhone 14")
    tag = Tag.objects.create(tenant=one.tenant, name="Срочно")
    appeal_of(other).tagged.create(tenant=one.tenant, tag=tag)
    today = timezone.localdate()

    assert shown(desk, f"operator={olga.pk}") == {one.pk}
    assert shown(desk, "operator=none") == {other.pk}
    for device in ("iphone", "айфон 14", "iphne", "apple", "эппл"):
        assert shown(desk, f"device={device}") == {one.pk}
    assert shown(desk, "device=айфон 15") == set()
    assert shown(desk, f"tag={tag.pk}") == {other.pk}
    assert shown(desk, f"channel={one.channel_id}") == {one.pk, other.pk}
    assert shown(desk, "status=new") == {one.pk, other.pk}
    assert shown(desk, f"status=new&operator={olga.pk}&device=iphone") == {one.pk}
    assert shown(desk, f"status=closed&operator={olga.pk}") == set()
    assert shown(desk, f"since={today}&until={today}") == {one.pk, other.pk}
    assert shown(desk, f"until={today - timedelta(days=1)}") == set()


def test_what_is_not_understood_does_not_narrow(desk: Client, routed: Routed) -> None:
    chat = routed("Здравствуйте")
    odd = "view=x&channel=a&operator=9e9&status=x&tag=-1&since=2026-99-99&until=9999999-01-01&n=x"
    assert shown(desk, odd) == {chat.pk}
    assert shown(desk, f"channel={'9' * 30}") == {chat.pk}


def test_a_filter_finds_answers_that_did_not_arrive(desk: Client, routed: Routed) -> None:
    lost, _fine = routed("Первый"), routed("Второй")
    delivery = Delivery.objects.create(
        tenant=lost.tenant, channel=lost.channel, external_chat_id=lost.external_chat_id, state=State.FAILED
    )
    Message.objects.create(
        tenant=lost.tenant,
        conversation=lost,
        author="operator",
        delivery=delivery,
        sent_at=timezone.now(),
        text="Ответ",
    )
    assert shown(desk, "failed=1") == {lost.pk}


def test_a_client_of_another_organisation_is_in_no_filter(desk: Client, routed: Routed) -> None:
    chat = routed("Здравствуйте")
    foreign = Tenant.objects.create(slug="foreign", name="Чужие")
    Conversation.objects.update(tenant=foreign)
    Appeal.objects.update(tenant=foreign)
    for query in ("", "view=free", "view=waiting", "status=new", "operator=none", "q=Здравствуйте"):
        assert shown(desk, query) == set(), query
    assert desk.get(f"/admin/desk/{chat.pk}/").status_code == 404


def test_unread_is_each_ones_own(desk: Client, routed: Routed, visit: Visit, olga: Member) -> None:
    chat = routed("Здравствуйте")
    hers = Client()
    hers.force_login(User.objects.get(username="olga"))
    assert shown(desk, "unread=1") == {chat.pk} == shown(hers, "unread=1")

    desk.get(f"/admin/desk/{chat.pk}/")
    assert shown(desk, "unread=1") == set()
    assert shown(hers, "unread=1") == {chat.pk}
    assert desk.get("/admin/desk/").context["counts"]["unread"] == 0

    desk.post(f"/admin/desk/{chat.pk}/unread/")
    assert shown(desk, "unread=1") == {chat.pk}


def test_what_comes_after_reading_is_unread_again(desk: Client, routed: Routed) -> None:
    chat = routed("Здравствуйте")
    desk.get(f"/admin/desk/{chat.pk}/")
    Conversation.objects.update(last_inbound_at=timezone.now())
    assert shown(desk, "unread=1") == {chat.pk}
    desk.get(f"/admin/desk/{chat.pk}/")
    desk.get(f"/admin/desk/{chat.pk}/")
    assert shown(desk, "unread=1") == set()
    assert ReadMark.objects.count() == 1


def test_what_was_there_before_somebody_came_is_not_their_debt(desk: Client, routed: Routed) -> None:
    routed("Здравствуйте")
    Member.objects.update(created_at=timezone.now() + timedelta(minutes=1))
    assert shown(desk, "unread=1") == set()


def test_a_look_that_nobody_makes_reads_nothing(desk: Client, routed: Routed) -> None:
    """A hidden tab brings itself up to date too."""
    chat = routed("Здравствуйте")
    desk.get(f"/admin/desk/{chat.pk}/live/?stamp=")
    assert shown(desk, "unread=1") == {chat.pk}
    desk.get(f"/admin/desk/{chat.pk}/live/?stamp=&looking=1")
    assert shown(desk, "unread=1") == set()


def test_rows_that_come_by_themselves_can_be_chosen_like_the_first(desk: Client, routed: Routed) -> None:
    chat = routed("Здравствуйте")
    box = f'data-choose value="{chat.pk}"'
    assert box in desk.get("/admin/desk/").content.decode()
    assert box in desk.get("/admin/desk/live/").content.decode()


def test_a_tag_is_put_on_and_taken_off(desk: Client, routed: Routed) -> None:
    chat = routed("Здравствуйте")
    appeal, tag = appeal_of(chat), Tag.objects.create(tenant=chat.tenant, name="Срочно", colour="red")
    address = f"/admin/desk/{chat.pk}/appeals/{appeal.pk}/tags/?tag={tag.pk}"

    for _twice in range(2):
        assert desk.post(address).status_code == 200
    assert "Срочно" in desk.get("/admin/desk/live/").content.decode()
    assert desk.post(f"{address}&off=1").status_code == 200
    assert "Срочно" not in desk.get("/admin/desk/live/").content.decode()


def test_anothers_tag_is_not_found(desk: Client, routed: Routed) -> None:
    chat = routed("Здравствуйте")
    foreign = Tenant.objects.create(slug="foreign", name="Чужие")
    tag = Tag.objects.create(tenant=foreign, name="Чужая")
    address = f"/admin/desk/{chat.pk}/appeals/{appeal_of(chat).pk}/tags/?tag={tag.pk}"
    assert desk.post(address).status_code == 404


def test_operators_use_tags_and_heads_name_them(desk: Client, olga: Member) -> None:
    assert desk.get("/admin/appeals/tag/add/").status_code == 403
    hers = Client()
    hers.force_login(olga.user)
    hers.post("/admin/appeals/tag/add/", {"name": "Опт", "colour": "violet"})
    assert Tag.objects.get().name == "Опт"


def test_a_view_is_kept_and_shared_by_who_may(desk: Client, olga: Member, anna: Member) -> None:
    said = {"name": "Мои закрытые", "filters": "view=mine&status=closed&n=100&x=1", "shared": "1"}
    assert desk.post("/admin/desk/views/", said).status_code == 200
    own = SavedView.objects.get()
    assert (own.query, own.is_shared) == ("view=mine&status=closed", False)

    hers = Client()
    hers.force_login(olga.user)
    hers.post("/admin/desk/views/", {"name": "Общий", "filters": "unread=1", "shared": "1"})
    assert [one.name for one in desk.get("/admin/desk/").context["saved_views"]] == ["Мои закрытые", "Общий"]
    assert [one.name for one in hers.get("/admin/desk/").context["saved_views"]] == ["Общий"]

    shared = SavedView.objects.get(name="Общий")
    assert desk.post(f"/admin/desk/views/{shared.pk}/delete/").status_code == 422
    deleting = f"/admin/desk/views/{shared.pk}/delete/"
    assert deleting not in desk.get("/admin/desk/").content.decode()
    assert deleting in hers.get("/admin/desk/").content.decode()
    assert desk.post(f"/admin/desk/views/{own.pk}/delete/").status_code == 200


def test_a_new_matter_is_the_current_one(desk: Client, routed: Routed, visit: Visit) -> None:
    token = visit("Первое дело")
    drain()
    close_windows()
    drain()
    chat = Conversation.objects.get()
    set_status(appeal=appeal_of(chat), status=AppealStatus.CLOSED)
    Appeal.objects.update(closed_at=timezone.now() - timedelta(days=chat.tenant.reopen_days + 1))
    visit("Второе дело", token=token)
    drain()
    close_windows()
    drain()
    chat.refresh_from_db()
    assert chat.current_appeal == chat.appeals.latest("pk")
    assert chat.appeals.count() == 2


def test_a_look_writes_only_the_rows_that_changed(
    desk: Client, routed: Routed, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = routed("Здравствуйте"), routed("Добрый день")
    page, written = desk.get("/admin/desk/").content.decode(), noted(monkeypatch)
    address = live_address(page)
    look = desk.get(address).content.decode()
    assert written == []
    for chat in (first, second):
        assert f'id="c{chat.pk}"' in look
        assert f'id="c{chat.pk}"' in page

    set_status(appeal=appeal_of(second), status=AppealStatus.WAITING)
    look = desk.get(address).content.decode()
    assert written == [second.pk]
    assert str(AppealStatus.WAITING.label) in look
    assert f'id="c{first.pk}"' in look
    assert str(AppealStatus.WAITING.label) in desk.get("/admin/desk/").content.decode()
    assert written == [second.pk]


def test_a_list_that_is_opened_has_todays_names(
    desk: Client, routed: Routed, anna: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    appeal = appeal_of(routed("Здравствуйте"))
    assign(appeal=appeal, operator=anna)
    page, written = desk.get("/admin/desk/").content.decode(), noted(monkeypatch)
    assert anna.name in page
    Member.objects.filter(pk=anna.pk).update(name="Анна Каренина")
    page = desk.get("/admin/desk/").content.decode()
    assert "· Анна Каренина" in page
    assert written == [appeal.conversation_id]
    assert "· Анна Каренина" in desk.get(live_address(page)).content.decode()


def noted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fills with the conversations whose rows are written."""
    details, written = rows._details, list[int]()

    def note(chosen: Sequence[rows.Chosen]) -> Any:
        written.extend(one.pk for one in chosen)
        return details(chosen)

    monkeypatch.setattr(rows, "_details", note)
    return written


def live_address(page: str) -> str:
    """Where the page asks for what is new, whatever it shows already."""
    found = re.search(r'data-names="(\w+)"', page)
    assert found
    return f"/admin/desk/live/?names={found[1]}"


def test_a_kept_row_bears_nobody_elses_marks(desk: Client, routed: Routed, olga: Member) -> None:
    chat, colleague = routed("Здравствуйте"), Client()
    colleague.force_login(olga.user)
    Conversation.objects.update(last_inbound_at=timezone.now())
    assert 'class="desk-dot"' in desk.get("/admin/desk/live/").content.decode()
    desk.get(f"/admin/desk/{chat.pk}/live/?stamp=&looking=1")
    assert 'class="desk-dot"' not in desk.get("/admin/desk/live/").content.decode()
    assert 'class="desk-dot"' in colleague.get("/admin/desk/live/").content.decode()
