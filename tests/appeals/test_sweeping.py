"""What nobody needs any more is swept: recordings of dictations with their files, and answered presses."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.appeals.models import Conversation, Dictation, DictationFate
from apps.appeals.planned.sweeping import sweep
from apps.channels import presses
from apps.channels.models import Channel, Press
from apps.core.models import State

pytestmark = pytest.mark.django_db
OLD = timezone.now() - Dictation.KEPT - timedelta(hours=1)


@pytest.fixture
def talk(routed: Callable[..., Conversation], settings: Any, tmp_path: Path) -> Conversation:
    settings.MEDIA_ROOT = tmp_path
    return routed("Здравствуйте")


def dictation(talk: Conversation, *, fate: str = "", state: str = State.DONE, old: bool = True) -> Dictation:
    path = default_storage.save("tenants/1/sent/recording.webm", ContentFile(b"sound"))
    row = Dictation.objects.create(
        tenant=talk.tenant, conversation=talk, file=path, fate=fate, state=state, transcript="да, приходите"
    )
    if old:
        Dictation.objects.filter(pk=row.pk).update(created_at=OLD)
    return row


def is_there(row: Dictation) -> tuple[bool, bool]:
    return Dictation.objects.filter(pk=row.pk).exists(), default_storage.exists(str(row.file.name))


def test_what_was_decided_long_ago_goes_with_its_recording_and_the_rest_stays(talk: Conversation) -> None:
    gone = [dictation(talk, fate=fate) for fate in DictationFate.values]
    undecided, new = dictation(talk), dictation(talk, fate=DictationFate.SENT, old=False)
    heard_now = dictation(talk, fate=DictationFate.DISCARDED, state=State.RUNNING)
    assert sweep() == len(gone)
    assert [is_there(row) for row in gone] == [(False, False)] * len(gone)
    assert [is_there(row) for row in (undecided, new, heard_now)] == [(True, True)] * 3


def test_broken_off_between_the_file_and_its_row_the_next_sweep_ends_it(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = dictation(talk, fate=DictationFate.SENT)
    with monkeypatch.context() as killed:
        killed.setattr(Dictation, "delete", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            sweep()
    assert is_there(row) == (True, False)
    assert sweep() == 1
    assert is_there(row) == (False, False)


def test_while_the_storage_is_away_the_row_stays_to_find_the_file_by(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = dictation(talk, fate=DictationFate.SENT)
    with monkeypatch.context() as away:
        away.setattr(default_storage, "delete", _no_disk)
        assert sweep() == 0
    assert is_there(row) == (True, True)
    assert sweep() == 1


def test_presses_that_were_answered_long_ago_go_and_others_stay(chat: Channel) -> None:
    def press(number: int, **fields: Any) -> Press:
        given = {"pressed_at": OLD, "state": State.DONE} | fields
        return Press.objects.create(
            tenant=chat.tenant, channel=chat, external_chat_id="1", external_message_id=str(number), **given
        )

    press(1)
    press(2, outcome="too_late")
    stay = [press(3, pressed_at=timezone.now()), press(4, state=State.FAILED), press(5, state=State.QUEUED)]
    assert presses.sweep() == 2
    assert list(Press.objects.order_by("pk")) == stay


def _interrupt(*_args: Any) -> None:
    raise KeyboardInterrupt


def _no_disk(*_args: Any) -> None:
    raise OSError("no disk")
