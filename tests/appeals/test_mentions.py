"""The page of mentions: what is new first, seen when opened, all at once, and that taken back."""

import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.appeals.jotting import looked, write_note
from apps.appeals.mentioning import see_all
from apps.appeals.models import Conversation, Mention
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant

Routed = Callable[..., Conversation]
PAGE = "/admin/desk/mentions/"


@pytest.fixture
def olga(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="olga", role=Role.OPERATOR, name="Ольга")


@pytest.fixture
def name(routed: Routed, olga: Member) -> Callable[[str], Mention]:
    """Olga names Anna in a conversation of its own."""

    def go(text: str) -> Mention:
        chat = routed("Здравствуйте")
        note = write_note(conversation=chat, member=olga, text=f"@Анна {text}", key=uuid.uuid4())
        return note.mentions.get()

    return go


def shown(desk: Client) -> list[tuple[str, bool]]:
    """Words of each, and whether it is new."""
    rows = desk.get(PAGE).context["mentions"]
    return [(one.note.text.removeprefix("@Анна "), one.seen_at is None) for one in rows]


def test_what_is_new_stands_first_and_is_seen_when_opened(
    name: Callable[[str], Mention], desk: Client, anna: Member
) -> None:
    first, second = name("первая"), name("вторая")
    looked(conversation=second.note.conversation, member=anna)
    assert shown(desk) == [("первая", True), ("вторая", False)]
    assert (
        f"/admin/desk/{first.note.conversation_id}/?note={first.note_id}#n{first.note_id}"
        in desk.get(PAGE).content.decode()
    )
    desk.get(f"/admin/desk/{first.note.conversation_id}/")
    assert shown(desk) == [("вторая", False), ("первая", False)]


def test_all_are_marked_at_once_and_that_is_taken_back(
    name: Callable[[str], Mention], desk: Client, anna: Member
) -> None:
    before, one, two = name("до"), name("один"), name("два")
    looked(conversation=before.note.conversation, member=anna)
    revision = one.note.conversation.revision
    answer = desk.post(f"{PAGE}seen/", follow=True)
    assert [is_new for _text, is_new in shown(desk)] == [False] * 3
    assert Conversation.objects.get(pk=one.note.conversation_id).revision > revision

    looked(conversation=two.note.conversation, member=anna)
    desk.post(f"{PAGE}undo/", {"at": answer.context["undo"]})
    assert shown(desk) == [("два", True), ("один", True), ("до", False)]


@pytest.mark.parametrize("at", ["", "x", "2026-99-99T00:00:00Z", "2026-01-01T00:00:00"])
def test_a_moment_that_is_none_takes_nothing_back(
    name: Callable[[str], Mention], desk: Client, anna: Member, at: str
) -> None:
    name("один")
    see_all(anna)
    assert desk.post(f"{PAGE}undo/", {"at": at}).status_code == 302
    assert Mention.objects.get().seen_at is not None


def test_nobody_else_s_are_shown_or_marked(
    name: Callable[[str], Mention], desk: Client, olga: Member
) -> None:
    name("тайна")
    stranger = Client()
    stranger.force_login(olga.user)
    assert shown(stranger) == []
    assert "пока никто не упоминал" in stranger.get(PAGE).content.decode()
    stranger.post(f"{PAGE}seen/")
    assert Mention.objects.get().seen_at is None


def test_the_menu_counts_them_by_one_query_and_the_page_by_a_constant_number(
    name: Callable[[str], Mention], desk: Client
) -> None:
    name("один")
    with CaptureQueriesContext(connection) as few:
        page = desk.get(PAGE).content.decode()
    assert '<span class="bc-badge" data-badge="/admin/desk/mentions/"><span>1</span>' in page
    name("два")
    with CaptureQueriesContext(connection) as many:
        page = desk.get(PAGE).content.decode()
    assert 'data-badge="/admin/desk/mentions/"><span>2</span>' in page
    assert len(few) == len(many)
    assert sum("appeals_mention" in one["sql"] and "COUNT" in one["sql"] for one in many) == 1
    desk.post(f"{PAGE}seen/")
    assert 'data-badge="/admin/desk/mentions/" hidden>' in desk.get(PAGE).content.decode()
