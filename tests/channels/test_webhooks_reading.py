"""From a stored event to its channel and its messages: what is known later is proven later."""

from collections.abc import Collection

import pytest
from django.utils import timezone

from apps.channels import resolving
from apps.channels.contract import Incoming
from apps.channels.models import Channel, InboundEvent, Outcome
from apps.channels.reading import Unrouted, conclude, read_event, settled
from apps.channels.receiving import read_again
from apps.core.errors import Rejected
from apps.core.models import State
from apps.integrations.connecting import connect, disconnect
from tests.channels.bots import SECRET, make_bot, post, update

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_memory():
    resolving.forget()
    yield
    resolving.forget()


def arrive(path="/webhook/telegram/not-known-yet", *, secret: str | None = SECRET) -> InboundEvent:
    assert post(path, update("text"), secret=secret).status_code == 200
    return InboundEvent.objects.latest("pk")


def nobody(connector: str, users: Collection[str]) -> list[Channel]:
    return []


def reason_of(event: InboundEvent, known=nobody) -> str:
    with pytest.raises(Unrouted) as caught:
        read_event(event, known=known)
    return caught.value.reason


def test_a_routed_event_reads_as_its_messages():
    bot = make_bot()
    channel, (message,) = read_event(arrive(f"/webhook/telegram/{bot.public_id}"))

    assert channel == bot
    assert isinstance(message, Incoming)
    assert message.sender.name == "Иван Петров"


def test_an_event_that_came_before_its_bot_is_read_once_the_bot_is_connected():
    event = arrive()
    assert reason_of(event) == "refused"  # by nobody, so far: no bot has this secret

    bot = make_bot()
    assert read_event(event)[0] == bot


def test_an_event_that_came_before_its_bot_is_not_believed_without_the_bots_secret():
    for secret in (None, "forged"):
        event = arrive(f"/webhook/telegram/{secret}", secret=secret)
        make_bot(token=f"{secret}:a")
        assert reason_of(event) == "refused"


def test_a_client_known_in_one_channel_only_leads_to_it():
    plain = make_bot(secret="")
    make_bot(secret="", token="2:b")
    event = arrive("/webhook/telegram/incoming", secret=None)
    asked = []

    def known(connector: str, users: Collection[str]) -> list[Channel]:
        asked.append((connector, set(users)))
        return [plain]

    assert reason_of(event) == "unknown_account"
    assert read_event(event, known=known)[0] == plain
    assert asked == [("telegram", {"700000001"})]


def test_a_client_known_in_two_channels_is_not_guessed_at():
    bots = [make_bot(secret="", token=f"{number}:b") for number in (1, 2)]
    event = arrive("/webhook/telegram/incoming", secret=None)
    assert reason_of(event, known=lambda connector, users: bots) == "ambiguous"


def test_a_known_client_does_not_open_a_channel_that_demands_a_secret():
    make_bot(secret="", token="2:b")
    guarded = make_bot()
    event = arrive("/webhook/telegram/incoming", secret=None)
    assert reason_of(event, known=lambda connector, users: [guarded]) == "refused"


def test_what_comes_while_a_channel_is_off_is_read_when_it_is_on_again():
    bot = make_bot()
    Channel.objects.update(is_active=False)
    event = arrive(f"/webhook/telegram/{bot.public_id}")
    assert reason_of(event) == "channel_off"

    Channel.objects.update(is_active=True)
    assert read_event(event)[0] == bot


def test_what_comes_while_a_bot_is_disconnected_is_read_when_it_is_connected_again():
    bot = make_bot()
    disconnect(connection=bot.connection)
    resolving.forget()
    event = arrive(f"/webhook/telegram/{bot.public_id}")
    assert reason_of(event) == "channel_off"

    connect(tenant=bot.tenant, connector="telegram", key=bot.connection.key, values={"bot_token": "1:a"})
    assert read_event(event)[0] == bot


def test_an_event_whose_channel_was_deleted_is_not_looked_for_in_another_organisation():
    bot = make_bot(secret="")
    event = arrive(f"/webhook/telegram/{bot.public_id}", secret=None)
    bot.connection.delete()
    make_bot(secret="", token="2:b")
    event.refresh_from_db()

    assert reason_of(event) == "channel_deleted"


def test_an_event_of_no_known_messenger_is_unrouted():
    assert reason_of(arrive("/webhook/pigeon/incoming")) == "unknown_connector"


def test_a_body_that_is_not_the_vendors_is_rejected_with_its_channel_known():
    bot = make_bot()
    assert post(f"/webhook/telegram/{bot.public_id}", b'{"hello": 1}').status_code == 200
    with pytest.raises(Rejected):
        read_event(InboundEvent.objects.get())


def test_concluding_with_a_channel_forgets_the_proof():
    event = arrive()
    bot = make_bot()
    conclude(event=event, outcome=Outcome.MESSAGE, channel=bot)

    event.refresh_from_db()
    assert (event.outcome, event.channel, event.tenant, event.proof) == ("message", bot, bot.tenant, {})


def test_an_event_that_failed_for_good_is_counted_as_failed_with_its_reason():
    event = arrive()
    event.state, event.error_code = State.FAILED, "unexpected_shape"
    settled(event)
    event.refresh_from_db()
    assert (event.outcome, event.reason) == ("failed", "unexpected_shape")


@pytest.mark.parametrize(
    ("state", "outcome", "again"),
    [
        (State.DONE, Outcome.UNROUTED, True),
        (State.DONE, Outcome.IGNORED, True),
        (State.FAILED, Outcome.FAILED, True),
        (State.DONE, Outcome.MESSAGE, False),
        (State.DONE, Outcome.STATUS, False),
        (State.RUNNING, "", False),
        (State.QUEUED, "", False),
    ],
)
def test_only_what_came_to_nothing_is_read_again(state, outcome, again):
    event = arrive()
    InboundEvent.objects.update(state=state, outcome=outcome, attempts=3, failures=2)

    assert read_again([event.pk]) == again
    event.refresh_from_db()
    if again:
        assert (event.state, event.outcome, event.failures) == (State.QUEUED, "", 0)
        assert event.due_at <= timezone.now()
    assert event.attempts == 3
