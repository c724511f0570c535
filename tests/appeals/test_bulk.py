"""Changes to many appeals at once: over ticks or a whole filter, in rounds, undone as a whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.appeals.bulk import exporting, running
from apps.appeals.deciding import assign, set_status
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    BulkAction,
    BulkItem,
    BulkItemState,
    Conversation,
    Tag,
)
from apps.core.models import State
from apps.core.tables import read_table
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.work import drain

Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db


@pytest.fixture
def chats(routed: Routed) -> list[Conversation]:
    return [routed(f"Клиент {n}") for n in range(3)]


def order(desk: Client, kind: str, chats: list[Conversation] | None = None, **fields: Any) -> Any:
    """Of the ticked ones; without any, of everything that is found."""
    chosen = {"all": "1"} if chats is None else {"chosen": [chat.pk for chat in chats]}
    return desk.post("/admin/desk/bulk/", {"kind": kind, **chosen, **fields})


def undo(desk: Client) -> Any:
    return desk.post(f"/admin/desk/bulk/{BulkAction.objects.latest('pk').pk}/undo/")


def statuses() -> set[str]:
    return set(Appeal.objects.values_list("status", flat=True))


def test_everything_found_is_closed_and_opened_again(desk: Client, chats: list[Conversation]) -> None:
    set_status(appeal=chats[0].appeals.get(), status=AppealStatus.WAITING)
    waiting = set(Conversation.objects.exclude(waiting_since=None).values_list("pk", "waiting_since"))

    assert order(desk, "close", filters="view=free").json() == {"ok": True, "total": 3}
    assert statuses() == {"new", "waiting"}
    drain()
    assert statuses() == {"closed"}
    assert not Conversation.objects.exclude(waiting_since=None).exists()

    undo(desk)
    drain()
    assert sorted(Appeal.objects.values_list("status", flat=True)) == ["new", "new", "waiting"]
    assert set(Conversation.objects.exclude(waiting_since=None).values_list("pk", "waiting_since")) == waiting
    assert set(BulkItem.objects.values_list("state", flat=True)) == {BulkItemState.UNDONE}


def test_only_the_ticked_are_changed(desk: Client, chats: list[Conversation], anna: Member) -> None:
    order(desk, "assign", chats[:2], operator=anna.pk)
    drain()
    assert Appeal.objects.filter(operator=anna).count() == 2

    undo(desk)
    drain()
    assert Appeal.objects.filter(operator=None).count() == 3


def test_what_was_decided_since_is_not_undone(
    desk: Client, chats: list[Conversation], shop: Tenant, anna: Member
) -> None:
    olga = add_member(tenant=shop, username="olga", role=Role.OPERATOR, name="Ольга")
    order(desk, "assign", chats, operator=anna.pk)
    drain()
    assign(appeal=chats[0].appeals.get(), operator=olga)
    undo(desk)
    drain()
    assert chats[0].appeals.get().operator == olga
    assert Appeal.objects.filter(operator=None).count() == 2
    assert BulkItem.objects.get(state=BulkItemState.KEPT).why == "changed"


def test_a_tag_is_taken_only_from_those_that_got_it_here(desk: Client, chats: list[Conversation]) -> None:
    tag = Tag.objects.create(tenant=chats[0].tenant, name="Опт")
    first: Appeal = chats[0].appeals.get()
    first.tagged.create(tenant=first.tenant, tag=tag)
    order(desk, "tag", tag=tag.pk)
    drain()
    assert tag.uses.count() == 3
    undo(desk)
    drain()
    assert [use.appeal for use in tag.uses.all()] == [first]


def test_undone_in_the_middle_the_rest_is_left(
    desk: Client, chats: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "ROUND", 1)
    order(desk, "close")
    bulk = BulkAction.objects.get()
    with pytest.raises(running.Later):
        running.run(bulk)
    assert list(Appeal.objects.order_by("pk").values_list("status", flat=True)).count("closed") == 1

    undo(desk)
    undo(desk)
    drain()
    assert statuses() == {"new"}
    assert BulkAction.objects.count() == 2
    assert sorted(BulkItem.objects.values_list("state", flat=True)) == ["undone", "waiting", "waiting"]


def test_run_by_two_each_is_changed_once(desk: Client, chats: list[Conversation]) -> None:
    """A worker that has lost its row to another finds each item done."""
    order(desk, "close")
    bulk = BulkAction.objects.get()
    running.run(bulk)
    Appeal.objects.update(status=AppealStatus.NEW)
    running.run(bulk)
    assert statuses() == {"new"}


def test_a_filter_is_taken_as_it_was_when_it_was_ordered(
    desk: Client, chats: list[Conversation], routed: Routed
) -> None:
    order(desk, "close", filters="view=free")
    later = routed("Позже всех")  # its drain runs the bulk action too
    assert later.appeals.get().status == AppealStatus.NEW
    assert Appeal.objects.filter(status=AppealStatus.CLOSED).count() == 3


def test_nothing_of_another_organisation_is_touched(desk: Client, chats: list[Conversation]) -> None:
    foreign = Tenant.objects.create(slug="foreign", name="Чужие")
    Conversation.objects.filter(pk=chats[0].pk).update(tenant=foreign)
    assert order(desk, "close", chats[:1]).status_code == 422
    assert order(desk, "close").json()["total"] == 2
    tag = Tag.objects.create(tenant=foreign, name="Чужая")
    assert order(desk, "tag", tag=tag.pk).status_code == 422


@pytest.mark.parametrize(
    "fields", [{"kind": "x"}, {"kind": "assign"}, {"kind": "tag"}, {"kind": "export", "format": "exe"}]
)
def test_an_order_that_says_too_little_is_refused_in_words(
    desk: Client, chats: list[Conversation], fields: dict[str, str]
) -> None:
    answer = desk.post("/admin/desk/bulk/", {"all": "1", **fields})
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert not BulkAction.objects.exists()


def test_the_list_tells_how_far_it_is(desk: Client, chats: list[Conversation]) -> None:
    order(desk, "close")
    assert "0 из 3" in desk.get("/admin/desk/live/").content.decode()
    drain()
    page = desk.get("/admin/desk/live/").content.decode()
    assert "Изменено: 3 из 3" in page
    assert "Отменить" in page


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_an_export_has_a_row_for_each_appeal_and_runs_nothing(
    desk: Client, chats: list[Conversation], settings: Any, tmp_path: Path, name: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    chats[0].contact.name = "=HYPERLINK(1)"
    chats[0].contact.save()
    order(desk, "export", format=name)
    drain()
    bulk = BulkAction.objects.get()
    # Two files of the same appeals are told apart.
    shown = desk.get("/admin/desk/").content.decode()
    assert f'href="/admin/desk/bulk/{bulk.pk}/file/" download>Скачать {name.upper()}</a>' in shown
    answer: Any = desk.get(f"/admin/desk/bulk/{bulk.pk}/file/")
    content = b"".join(answer.streaming_content)

    if name == "csv":
        lines = content.decode("utf-8-sig").splitlines()
        assert len(lines) == 4
        assert lines[0].startswith("номер;клиент;телефон")
        assert "'=HYPERLINK(1)" in lines[1]
    else:
        rows = read_table(content, most_rows=100).rows
        assert len(rows) == 4
        assert rows[1][1] == "=HYPERLINK(1)"
    assert answer["Content-Disposition"].startswith("attachment")


def test_an_export_is_its_authors_alone_and_is_swept(
    desk: Client, chats: list[Conversation], shop: Tenant, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    order(desk, "export", format="csv")
    drain()
    bulk = BulkAction.objects.get()
    other = Client()
    other.force_login(add_member(tenant=shop, username="olga", role=Role.ADMIN, name="Ольга").user)
    assert other.get(f"/admin/desk/bulk/{bulk.pk}/file/").status_code == 404
    assert other.post(f"/admin/desk/bulk/{bulk.pk}/undo/").status_code == 404

    exporting.sweep()
    assert default_storage.exists(str(bulk.file.name))
    BulkAction.objects.update(created_at=timezone.now() - exporting.KEPT_FOR * 1.01)
    exporting.sweep()
    assert not default_storage.exists(str(bulk.file.name))
    assert desk.get(f"/admin/desk/bulk/{bulk.pk}/file/").status_code == 404


def test_an_export_that_is_begun_anew_leaves_one_file(
    desk: Client, chats: list[Conversation], settings: Any, tmp_path: Path
) -> None:
    """As after a worker that was killed between the file and its row."""
    settings.MEDIA_ROOT = tmp_path
    order(desk, "export", format="csv")
    exporting.export(BulkAction.objects.get())
    left = str(BulkAction.objects.get().file.name)
    assert desk.get(f"/admin/desk/bulk/{BulkAction.objects.get().pk}/file/").status_code == 404
    drain()
    bulk = BulkAction.objects.get()
    assert (bulk.file.name, default_storage.listdir(left.rpartition("/")[0])[1]) == (
        left,
        [left.rpartition("/")[2]],
    )


def test_ten_times_as_many_cost_no_query_more_to_order(desk: Client, routed: Routed) -> None:
    routed("Один")
    order(desk, "close", filters="view=free")
    with CaptureQueriesContext(connection) as few:
        order(desk, "close", filters="view=free")
    for n in range(10):
        routed(f"Ещё {n}")
    Appeal.objects.update(status=AppealStatus.NEW)
    with CaptureQueriesContext(connection) as many:
        order(desk, "close", filters="view=free")
    assert len(many) == len(few)
    assert BulkAction.objects.filter(state=State.QUEUED).latest("pk").total == 11
