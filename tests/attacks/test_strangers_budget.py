"""Bodies that belong to nobody are kept, but a stranger cannot fill the disk with them."""

import json

import pytest

from apps.channels import budget, resolving
from apps.channels.models import InboundEvent
from tests.channels.bots import SECRET, make_bot, post, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(budget, "A_DAY", 100_000)
    yield
    resolving.forget()


def body(number: int, size: int = 40_000) -> str:
    return json.dumps({"n": number, "text": "x" * size})


def test_beyond_a_days_budget_the_sender_is_told_to_come_later(small):
    answers = [post("/webhook/nosuch/incoming", body(number), secret=None) for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert InboundEvent.objects.count() == 2


def test_small_bodies_cost_their_row(small):
    statuses = {
        post("/webhook/nosuch/incoming", body(number, 1), secret=None).status_code for number in range(60)
    }
    assert statuses == {200, 429}
    assert InboundEvent.objects.count() < 60


def test_all_strangers_share_it_whatever_they_name(small):
    wheres = ("/webhook/one/incoming", "/webhook/two/x", "/webhook/telegram/nosuch")
    assert [post(where, body(1), secret=None).status_code for where in wheres] == [200, 200, 429]


def test_an_organisations_own_events_cost_nothing_of_it(small):
    bot = make_bot()
    while (
        post("/webhook/nosuch/incoming", body(InboundEvent.objects.count()), secret=None).status_code == 200
    ):
        pass
    assert post(f"/webhook/telegram/{bot.public_id}", update("text"), secret=SECRET).status_code == 200
    assert InboundEvent.objects.filter(channel=bot).count() == 1


def test_a_repetition_of_what_is_kept_is_still_acknowledged_after_it(small):
    """Else the sender would come again and again with what we have."""
    assert post("/webhook/nosuch/incoming", body(1), secret=None).status_code == 200
    while (
        post("/webhook/nosuch/incoming", body(InboundEvent.objects.count() + 1), secret=None).status_code
        == 200
    ):
        pass
    assert post("/webhook/nosuch/incoming", body(1), secret=None).status_code == 200
