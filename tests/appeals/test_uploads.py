"""Files for an answer: judged as they are chosen, sent in order, thrown away where nobody sent them."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from apps.appeals import people
from apps.appeals.merging.absorbing import merge
from apps.appeals.models import Appeal, Attachment, Conversation, Upload
from apps.appeals.planned.sweeping import sweep
from apps.channels.connectors import telegram
from apps.channels.models import Channel
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Sees, Tenant
from tests.appeals.composing import back, plan, put, send
from tests.appeals.mailing import client_of
from tests.peers.telegram import TelegramPeer
from tests.work import drain

Looks = Callable[[Client, str], int]

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(arrive: Callable[..., None]) -> Conversation:
    arrive("text")
    return Conversation.objects.get()


def test_several_files_go_one_by_one_in_their_order_the_words_with_the_last(
    talk: Conversation, desk: Client, bot_peer: TelegramPeer
) -> None:
    files = [put(desk, talk, f"{number}.jpg")["id"] for number in (1, 2, 3)]
    assert send(desk, talk, "Все три", uploads=files) == {"ok": True}
    for seconds in (0, 5, 10):  # the service takes one a second to one chat
        with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
            drain()

    assert [sent["photo"].filename for sent in bot_peer.sent] == ["1.jpg", "2.jpg", "3.jpg"]
    assert [sent.get("caption", "") for sent in bot_peer.sent] == ["", "", "Все три"]


def test_the_same_file_sent_up_twice_is_one(talk: Conversation, desk: Client) -> None:
    key = str(uuid.uuid4())
    assert put(desk, talk, key=key)["id"] == put(desk, talk, key=key)["id"]
    assert Upload.objects.count() == 1


def test_what_the_channel_does_not_carry_is_said_before_one_sends(
    talk: Conversation, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "LIMITS", telegram.LIMITS.__class__(file_bytes=100))
    answer = put(desk, talk)

    assert (answer["ok"], answer["code"]) == (False, "refused")
    assert Upload.objects.count() == 0


def test_a_file_goes_once(talk: Conversation, desk: Client) -> None:
    file = put(desk, talk)["id"]
    send(desk, talk, "Раз", uploads=[file])

    assert send(desk, talk, "Два", uploads=[file])["code"] == "file_gone"
    assert Attachment.objects.filter(message__text="Раз").count() == 1


def test_the_same_form_with_files_sent_twice_is_one_answer(talk: Conversation, desk: Client) -> None:
    form = {"uploads": [put(desk, talk)["id"]], "key": str(uuid.uuid4())}
    for _again in range(2):
        assert send(desk, talk, "Раз", **form) == {"ok": True}

    assert Attachment.objects.filter(message__author="operator").count() == 1


def test_a_removed_file_is_gone_and_one_that_went_stays(talk: Conversation, desk: Client) -> None:
    gone, went = (Upload.objects.get(pk=put(desk, talk)["id"]) for _each in range(2))
    send(desk, talk, "Раз", uploads=[went.pk])
    for file in (gone, went):
        assert desk.post(f"/admin/desk/{talk.pk}/uploads/{file.pk}/remove/").json() == {"ok": True}

    assert (default_storage.exists(gone.path), default_storage.exists(went.path)) == (False, True)


def test_a_file_of_another_conversation_is_not_sent(
    talk: Conversation, desk: Client, arrive: Callable[..., None]
) -> None:
    file = put(desk, talk)["id"]
    arrive(
        "text",
        message_id=99,
        chat={"id": 4242, "type": "private"},
        **{"from": {"id": 4242, "is_bot": False, "first_name": "Х"}},
    )
    other = Conversation.objects.exclude(pk=talk.pk).get()

    assert send(desk, other, "Чужой", uploads=[file])["code"] == "file_gone"


def test_what_nobody_sent_is_thrown_away_after_a_while(
    talk: Conversation, desk: Client, tmp_path: Path
) -> None:
    old, new, sent = (Upload.objects.get(pk=put(desk, talk)["id"]) for _each in range(3))
    send(desk, talk, "Раз", uploads=[sent.pk])
    long_ago = timezone.now() - Upload.KEPT - timedelta(hours=1)
    Upload.objects.filter(pk__in=[old.pk, sent.pk]).update(created_at=long_ago)

    assert sweep() == 2
    assert list(Upload.objects.all()) == [new]
    stays = [default_storage.exists(one.path) for one in (old, new, sent)]
    assert stays == [False, True, True]


def test_the_file_is_looked_at_before_it_goes(talk: Conversation, desk: Client) -> None:
    answer = desk.get(put(desk, talk)["url"])

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert "sandbox" in answer["Content-Security-Policy"]
    answer.close()


# --- an answer that was not sent, and the appeal is somebody else's by now


@pytest.fixture
def vera(talk: Conversation) -> Member:
    return add_member(tenant=talk.tenant, username="vera", role=Role.OPERATOR, name="Вера")


@pytest.fixture
def looks() -> Iterator[Looks]:
    """What somebody is answered who opens a file. It is closed at the end, for that closes the connection."""
    answers = []

    def look(client: Client, url: str) -> int:
        answers.append(client.get(url))
        return answers[-1].status_code

    yield look
    for answer in answers:
        answer.close()


def seat(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def moves_to(talk: Conversation, member: Member) -> None:
    """To be found by them alone."""
    Tenant.objects.filter(pk=talk.tenant_id).update(operators_see=Sees.OWN)
    appeal = Appeal.objects.create(
        tenant=talk.tenant, contact=talk.contact, conversation=talk, channel=talk.channel, operator=member
    )
    people.make_current(appeal)


def test_files_of_an_unsent_answer_stay_their_operators_when_the_appeal_moves_away(
    talk: Conversation, desk: Client, vera: Member, looks: Looks
) -> None:
    kept, unwanted = put(desk, talk), put(desk, talk)
    moves_to(talk, vera)

    page = desk.get(f"/admin/desk/{talk.pk}/")
    assert page.status_code == 403
    assert f"/admin/desk/{talk.pk}/uploads/0/remove/" in page.content.decode()
    assert looks(desk, kept["url"]) == 200
    gone = Upload.objects.get(pk=unwanted["id"])
    assert desk.post(f"/admin/desk/{talk.pk}/uploads/{gone.pk}/remove/").json() == {"ok": True}
    assert list(Upload.objects.values_list("pk", flat=True)) == [kept["id"]]
    assert not default_storage.exists(gone.path)


def test_nobody_else_sees_sends_or_removes_what_was_not_sent(
    talk: Conversation, desk: Client, vera: Member, looks: Looks
) -> None:
    file, colleague = put(desk, talk), seat(vera)

    assert looks(colleague, file["url"]) == 404
    assert colleague.post(f"/admin/desk/{talk.pk}/uploads/{file['id']}/remove/").status_code == 404
    assert send(colleague, talk, "Чужое", uploads=[file["id"]])["code"] == "file_gone"
    assert send(desk, talk, "Моё", uploads=[file["id"]]) == {"ok": True}
    # Now it is in the conversation, for all who find that.
    assert looks(colleague, file["url"]) == 200
    moves_to(talk, vera)
    assert looks(desk, file["url"]) == 404


def test_a_planned_answers_files_are_seen_by_all_and_go_to_who_takes_it_back(
    talk: Conversation, desk: Client, vera: Member, looks: Looks
) -> None:
    file, colleague = put(desk, talk), seat(vera)
    planned = plan(desk, talk, uploads=[file["id"]])
    assert looks(colleague, file["url"]) == 200

    assert [one["id"] for one in back(colleague, planned)["content"]["files"]] == [file["id"]]

    assert looks(desk, file["url"]) == 404
    assert send(colleague, talk, "Вместо Анны", uploads=[file["id"]]) == {"ok": True}
    assert Attachment.objects.get(message__author="operator").name == file["name"]


def test_a_merge_of_clients_leaves_an_unsent_answer_as_it_is(
    talk: Conversation, desk: Client, bot: Channel
) -> None:
    file = put(desk, talk)
    merge(kept=client_of(bot, "Пётр").contact, absorbed=talk.contact, by=None)

    assert desk.get(f"/admin/desk/{talk.pk}/").status_code == 200
    assert send(desk, talk, "Готово", uploads=[file["id"]]) == {"ok": True}
