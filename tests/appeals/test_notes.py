"""Notes of colleagues to each other: they stay in the feed, once, and whoever is named learns of it."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from apps.appeals import jotting
from apps.appeals.models import Conversation, Mention, Note
from apps.channels.models import Delivery
from apps.core.errors import Rejected
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.work import drain

Routed = Callable[..., Conversation]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="olga", role=Role.OPERATOR, name="Ольга Петрова")


def write(conversation: Conversation, member: Member, text: str) -> Note:
    return jotting.write_note(conversation=conversation, member=member, text=text, key=uuid.uuid4())


def test_a_note_leaves_no_delivery_and_answers_nobody(
    routed: Routed, desk: Client, page: Page, anna: Member
) -> None:
    conversation = routed("Здравствуйте!")
    address, form = f"/admin/desk/{conversation.pk}/notes/", {"text": "Скидка", "key": str(uuid.uuid4())}
    for _again in range(2):
        assert desk.post(address, form).json() == {"ok": True}
    drain()

    conversation.refresh_from_db()
    assert (Note.objects.count(), Delivery.objects.count()) == (1, 0)
    assert conversation.waiting_since is not None
    assert conversation.messages.count() == 1
    assert "is-note" in page(conversation)
    assert not hasattr(Note, "delivery")


def test_a_note_in_the_feed_stands_between_what_was_said_before_and_after(
    routed: Routed, anna: Member, desk: Client
) -> None:
    conversation = routed("Раньше")
    write(conversation, anna, "Заметка")
    desk.post(f"/admin/desk/{conversation.pk}/answer/", {"text": "Позже", "key": str(uuid.uuid4())})
    lines = desk.get(f"/admin/desk/{conversation.pk}/").context["lines"]
    said = [str(line.message or line.note) for line in lines if not line.event]

    assert said == ["Раньше", "Заметка", "Позже"]


def test_whoever_is_named_learns_of_it_until_they_look(routed: Routed, anna: Member, olga: Member) -> None:
    conversation = routed("Здравствуйте!")
    write(conversation, olga, "Спросите @Анна, и ещё @анна. @Ольга Петрова это я; @Аннабель не при чём")
    assert [one.member for one in jotting.unseen(anna)] == [anna]
    assert not jotting.unseen(olga).exists()
    client = Client()
    client.force_login(anna.user)
    assert client.get("/admin/desk/").context["look"].chosen[0].is_mentioned
    stamp = client.get("/admin/desk/").context["look"].stamp

    assert 'class="mention is-me">@Анна' in client.get(f"/admin/desk/{conversation.pk}/").content.decode()
    assert not jotting.unseen(anna).exists()
    assert client.get(f"/admin/desk/live/?stamp={stamp}").status_code == 200
    assert not client.get("/admin/desk/").context["look"].chosen[0].is_mentioned


def test_an_edited_note_keeps_what_it_said_and_tells_only_the_newly_named(
    routed: Routed, page: Page, shop: Tenant, anna: Member, olga: Member
) -> None:
    boris = add_member(tenant=shop, username="boris", role=Role.OPERATOR, name="Борис")
    conversation = routed("Здравствуйте!")
    note = write(conversation, anna, "@Борис, скидка 10%")
    Mention.objects.update(seen_at=note.created_at)
    jotting.edit_note(note=note, member=anna, text="@Борис, @Ольга Петрова: скидка 15%")

    assert not jotting.unseen(boris).exists()
    assert jotting.unseen(olga).count() == 1
    assert "скидка 10%" in page(conversation)
    jotting.edit_note(note=note, member=anna, text="Скидки нет")
    assert Mention.objects.count() == 0


def test_a_deleted_note_leaves_a_trace_and_names_nobody(
    routed: Routed, page: Page, anna: Member, olga: Member
) -> None:
    conversation = routed("Здравствуйте!")
    note = write(conversation, anna, "@Ольга Петрова, грубит")
    jotting.delete_note(note=note, member=anna)
    jotting.delete_note(note=note, member=anna)

    assert not jotting.unseen(olga).exists()
    assert "Заметка удалена" in page(conversation)
    assert "грубит" not in page(conversation)
    with pytest.raises(Rejected, match="deleted"):
        jotting.edit_note(note=note, member=anna, text="Снова")


def test_a_colleagues_note_is_not_changed(routed: Routed, desk: Client, olga: Member) -> None:
    conversation = routed("Здравствуйте!")
    note = write(conversation, olga, "Моё")
    for action in ("", "delete/"):
        answer = desk.post(f"/admin/desk/{conversation.pk}/notes/{note.pk}/{action}", {"text": "Чужое"})
        assert answer.status_code == 422
    note.refresh_from_db()
    assert (note.text, note.deleted_at) == ("Моё", None)


def test_another_organisations_colleague_is_not_named(routed: Routed, anna: Member) -> None:
    other = Tenant.objects.create(slug="other", name="Другая")
    add_member(tenant=other, username="eve", role=Role.ADMIN, name="Ева")
    write(routed("Здравствуйте!"), anna, "@Ева")

    assert Mention.objects.count() == 0


@pytest.mark.parametrize("text", ["", "   ", "x" * 10_001])
def test_a_note_without_words_or_with_too_many_is_refused(routed: Routed, desk: Client, text: str) -> None:
    conversation = routed("Здравствуйте!")
    form = {"text": text, "key": str(uuid.uuid4())}
    assert desk.post(f"/admin/desk/{conversation.pk}/notes/", form).status_code == 422
    assert Note.objects.count() == 0


def test_markup_in_a_note_stays_text(routed: Routed, page: Page, anna: Member, olga: Member) -> None:
    conversation = routed("Здравствуйте!")
    write(conversation, anna, "<script>alert(1)</script> @Ольга Петрова <b>")

    shown = page(conversation)
    assert "<script>alert" not in shown
    assert '<mark class="mention">@Ольга Петрова</mark> &lt;b&gt;' in shown
