"""The pages of endpoints and deliveries, as an administrator uses them."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.core.models import State
from apps.integrations.models import Disabled, WebhookDelivery, WebhookEndpoint
from apps.integrations.webhooks.endpoints import check_move, switch_off
from apps.tenants.models import Tenant
from tests.integrations.webhooks.conftest import SECRET, Tell, Work, make_endpoint
from tests.peers.receiver import HOOK, Receiver
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

ADD = "/admin/integrations/webhookendpoint/add/"
ENDPOINTS = "/admin/integrations/webhookendpoint/"
DELIVERIES = "/admin/integrations/webhookdelivery/"


def at(endpoint: WebhookEndpoint, act: str) -> str:
    return reverse(f"admin:integrations_webhookendpoint_{act}", args=[endpoint.pk])


def page_of(delivery: WebhookDelivery) -> str:
    return reverse("admin:integrations_webhookdelivery_change", args=[delivery.pk])


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer
    return html.unescape(answer.text)


def test_an_empty_list_says_what_it_is_for(boss: Client) -> None:
    assert "Nobody is told anything yet." in text_of(boss.get(ENDPOINTS))
    assert "Nothing was sent yet." in text_of(boss.get(DELIVERIES))


def test_an_added_one_shows_its_secret_once(boss: Client, tenant: Tenant) -> None:
    answer = boss.post(ADD, {"name": "CRM", "key": "crm", "url": "https://crm.example.com/hook?t=1"})
    endpoint = WebhookEndpoint.objects.get()
    secret = endpoint.secrets["current"]
    assert (endpoint.tenant, endpoint.name, endpoint.is_active) == (tenant, "CRM", True)
    assert secret in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    for address in (at(endpoint, "change"), ENDPOINTS, at(endpoint, "history")):
        shown = text_of(boss.get(address))
        assert secret not in shown
    assert f"••••{secret[-4:]}" in text_of(boss.get(at(endpoint, "change")))
    # In the list the host alone.
    assert "crm.example.com" in text_of(boss.get(ENDPOINTS))
    assert "?t=1" not in text_of(boss.get(ENDPOINTS))


@pytest.mark.parametrize(
    "url", ["crm.example.com/hook", "ftp://x/", "https://u:p@x/", "https:///hook", "http://a b/"]
)
def test_an_address_that_is_none_is_refused(url: str, boss: Client) -> None:
    assert boss.post(ADD, {"name": "CRM", "key": "crm", "url": url}).status_code == 200
    assert not WebhookEndpoint.objects.exists()


def test_a_key_is_taken_once(boss: Client, endpoint: WebhookEndpoint) -> None:
    values = {"name": "CRM", "key": endpoint.key, "url": "https://crm.example.com/hook"}
    assert "errornote" in text_of(boss.post(ADD, values))
    assert WebhookEndpoint.objects.count() == 1


def test_the_address_changes_until_it_is_used(
    boss: Client, endpoint: WebhookEndpoint, receiver: Receiver, tell: Tell, work: Work
) -> None:
    values = {"name": "Другая CRM", "url": f"{receiver.hook}?a=1"}
    assert boss.post(at(endpoint, "change"), values).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.url) == ("Другая CRM", f"{receiver.hook}?a=1")
    work(tell())
    shown = text_of(boss.get(at(endpoint, "change")))
    assert 'name="url"' not in shown
    assert "Add a new endpoint with the new address" in shown
    assert (
        boss.post(at(endpoint, "change"), {"name": "CRM", "url": "https://other.example.com/"}).status_code
        == 302
    )
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.url) == ("CRM", f"{receiver.hook}?a=1")


def test_a_form_that_was_open_before_the_first_try_is_told(
    boss: Client, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = WebhookEndpoint.objects.select_for_update

    def used_meanwhile(**options: Any) -> Any:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(used_at=timezone.now())
        return real(**options)

    monkeypatch.setattr(
        type(WebhookEndpoint.objects), "select_for_update", lambda _self, **o: used_meanwhile(**o)
    )
    shown = text_of(boss.post(at(endpoint, "change"), {"name": "CRM", "url": "https://other.example.com/"}))
    assert "is fixed" in shown


def test_what_was_switched_off_meanwhile_stays_off_when_a_name_is_saved(
    boss: Client, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone_meanwhile(row: WebhookEndpoint, url: str) -> WebhookEndpoint:
        switch_off(endpoint=row, because=Disabled.GONE)
        return check_move(row, url)

    monkeypatch.setattr("apps.integrations.admin.webhooks.endpoints.check_move", gone_meanwhile)
    boss.post(at(endpoint, "change"), {"name": "Новая", "url": endpoint.url})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.is_active, endpoint.secrets["current"]) == ("Новая", False, SECRET)


def test_a_new_secret_is_shown_once_and_the_page_tells_until_when_both_hold(
    boss: Client, endpoint: WebhookEndpoint
) -> None:
    assert "24 hours" in text_of(boss.get(at(endpoint, "rotate")))
    endpoint.refresh_from_db()
    assert endpoint.secrets["current"] == SECRET
    answer = boss.post(at(endpoint, "rotate"))
    endpoint.refresh_from_db()
    secret = endpoint.secrets["current"]
    assert secret != SECRET
    assert secret in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert "the former one signs along until" in text_of(boss.get(at(endpoint, "change")))


@pytest.mark.parametrize(
    ("reply", "said", "taken"),
    [(Reply(status=200, body="принято"), "200", "yes"), (Reply(status=500, body="сломано"), "500", "no")],
)
def test_a_test_shows_what_came_and_leaves_no_trace(
    reply: Reply, said: str, taken: str, boss: Client, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    assert "One signed request" in text_of(boss.get(at(endpoint, "test")))
    assert receiver.requests == []
    receiver.script(HOOK, [reply])
    shown = text_of(boss.post(at(endpoint, "test")))
    assert f'data-taken="{taken}"' in shown
    assert said in shown
    assert str(reply.body) in shown
    (told,) = receiver.told
    assert (told["type"], told["endpoint"]) == ("ping", "crm")
    assert not WebhookDelivery.objects.exists()
    endpoint.refresh_from_db()
    assert endpoint.used_at is None


def test_a_test_of_nobody_says_so(boss: Client, tenant: Tenant) -> None:
    nobody = make_endpoint(tenant, "http://127.0.0.1:1/", key="nobody")
    assert "nobody answers at this address" in text_of(boss.post(at(nobody, "test")))


def test_off_and_on_again_with_what_was_kept(
    boss: Client, endpoint: WebhookEndpoint, tell: Tell, work: Work
) -> None:
    boss.post(at(endpoint, "turn_off"))
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_because) == (False, Disabled.BY_HAND)
    made = work(tell())
    assert made.state == State.FAILED
    assert "1 delivery is kept for it." in text_of(boss.get(at(endpoint, "turn_on")))
    boss.post(at(endpoint, "turn_on"), {"send_kept": "on"})
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_because, endpoint.disabled_at) == (True, "", None)
    assert work(made).state == State.DONE


def test_on_again_without_it(boss: Client, endpoint: WebhookEndpoint, tell: Tell, work: Work) -> None:
    switch_off(endpoint=endpoint)
    made = work(tell())
    boss.post(at(endpoint, "turn_on"), {})
    endpoint.refresh_from_db()
    made.refresh_from_db()
    assert (endpoint.is_active, made.state) == (True, State.FAILED)


def test_one_that_switched_itself_off_may_be_left_off(boss: Client, endpoint: WebhookEndpoint) -> None:
    switch_off(endpoint=endpoint, because=Disabled.GONE)
    assert "Look at this" in text_of(boss.get("/admin/"))
    assert "the receiver answered 410" in text_of(boss.get("/admin/tenants/tenant/trouble/"))
    boss.post(at(endpoint, "turn_off"))
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == Disabled.BY_HAND
    assert "the receiver answered 410" not in text_of(boss.get("/admin/tenants/tenant/trouble/"))


def test_nobody_but_administrators(operator: Client, endpoint: WebhookEndpoint, tell: Tell) -> None:
    made = tell()
    for address in (ENDPOINTS, ADD, DELIVERIES, page_of(made), at(endpoint, "rotate"), at(endpoint, "test")):
        assert operator.get(address).status_code == 403
        assert operator.post(address).status_code == 403


def test_nothing_is_deleted_or_written_by_hand(boss: Client, endpoint: WebhookEndpoint, tell: Tell) -> None:
    made = tell()
    assert boss.post(f"{ENDPOINTS}{endpoint.pk}/delete/", {"post": "yes"}).status_code == 403
    assert boss.post(f"{DELIVERIES}{made.pk}/delete/", {"post": "yes"}).status_code == 403
    assert boss.get(f"{DELIVERIES}add/").status_code == 403


def test_a_deliverys_page_has_its_body_its_headers_and_every_try(
    boss: Client, tell: Tell, work: Work, receiver: Receiver
) -> None:
    receiver.script(HOOK, [Reply(status=500, body="<b>сломано</b>")])
    made = tell()
    assert "Not tried yet." in text_of(boss.get(page_of(made)))
    work(made)
    WebhookDelivery.objects.update(due_at=timezone.now())
    work(made)
    answer = boss.get(page_of(made))
    shown = text_of(answer)
    assert made.body in shown
    assert f"webhook-id: {made.message_id}" in shown
    assert f"webhook-timestamp: {receiver.requests[-1].headers['webhook-timestamp']}" in shown
    assert "webhook-signature: v1,•••" in shown
    signature = receiver.requests[-1].headers["webhook-signature"].removeprefix("v1,")
    assert signature not in shown
    assert SECRET not in shown
    assert re.findall(r"<td>(\d+)</td>", shown) == ["500", "204"]
    assert "&lt;b&gt;сломано" in answer.text


def test_a_try_that_was_broken_off_says_so(boss: Client, tell: Tell) -> None:
    made = tell()
    made.tries.create(tenant_id=made.tenant_id, number=1)
    assert "nobody knows whether it arrived" in text_of(boss.get(page_of(made)))
    assert "nobody knows whether it arrived" in text_of(boss.get(DELIVERIES))


def test_the_log_is_filtered(boss: Client, tell: Tell, work: Work, tenant: Tenant) -> None:
    other = make_endpoint(tenant, "http://127.0.0.1:1/", key="other")
    done, waiting = work(tell()), work(tell(other))
    for query, found in (
        ({"state__exact": "done"}, done),
        ({"state__exact": "queued"}, waiting),
        ({"endpoint__id__exact": other.pk}, waiting),
        ({"q": waiting.message_id}, waiting),
        ({"created_at_from": "2020-01-01", "state__exact": "done"}, done),
    ):
        rows = list(boss.get(DELIVERIES, query).context["cl"].queryset)
        assert rows == [found], query
    assert boss.get(DELIVERIES, {"kind": "call.table.completed"}).context["cl"].queryset.count() == 0
    assert boss.get(DELIVERIES, {"kind": done.kind}).context["cl"].queryset.count() == 2


def test_one_is_sent_again_with_the_same_id_and_words(
    boss: Client, tell: Tell, work: Work, receiver: Receiver
) -> None:
    made = work(tell())
    again = reverse("admin:integrations_webhookdelivery_send_this_again", args=[made.pk])
    assert "Send again: 1" in text_of(boss.get(again))
    made.refresh_from_db()
    assert made.state == State.DONE
    boss.post(again)
    assert work(made).state == State.DONE
    assert receiver.ids == [made.message_id] * 2
    assert len({request.body for request in receiver.requests}) == 1


def test_all_that_a_filter_shows_are_sent_again_after_a_question(
    boss: Client, tell: Tell, work: Work, receiver: Receiver
) -> None:
    done = [work(tell()) for _ in range(3)]
    receiver.script(HOOK, [Reply(status=500)])
    waiting = work(tell())
    receiver.requests.clear()
    address = f"{DELIVERIES}?state__exact=done"
    chosen = {"action": "send_again", "select_across": "1", "index": "0", "_selected_action": done[0].pk}
    asked = boss.post(address, chosen)
    assert "Send again: 3" in text_of(asked)
    assert WebhookDelivery.objects.filter(state=State.QUEUED).count() == 1
    hidden = dict(re.findall(r'type="hidden" name="(?!csrf)(\w+)" value="([^"]*)"', asked.text))
    boss.post(address, hidden)
    assert [work(row).state for row in done] == [State.DONE] * 3
    assert receiver.ids == [row.message_id for row in done]
    waiting.refresh_from_db()
    assert waiting.due_at > timezone.now()


def test_to_one_that_is_off_nothing_is_sent_again(
    boss: Client, tell: Tell, work: Work, endpoint: WebhookEndpoint
) -> None:
    made = work(tell())
    switch_off(endpoint=endpoint)
    answer = boss.post(DELIVERIES, {"action": "send_again", "_selected_action": made.pk}, follow=True)
    assert "Nothing of this can be sent" in text_of(answer)
    again = reverse("admin:integrations_webhookdelivery_send_this_again", args=[made.pk])
    assert "Nothing of this can be sent" in text_of(boss.get(again, follow=True))


def test_failed_ones_are_on_the_page_of_trouble_with_replay(
    boss: Client, tell: Tell, work: Work, receiver: Receiver
) -> None:
    receiver.script(HOOK, [Reply(status=410)])
    made = work(tell())
    shown = text_of(boss.get("/admin/tenants/tenant/trouble/"))
    assert "Outgoing webhooks" in shown
    assert "it wants nothing any more" in shown
    rows = text_of(
        boss.get(
            "/admin/tenants/tenant/trouble/",
            {"work": "integrations.WebhookDelivery", "state": "failed", "code": "http_410"},
        )
    )
    assert page_of(made) in rows


def test_a_long_log_costs_as_many_queries_as_a_short_one(
    boss: Client, tell: Tell, work: Work, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    work(tell())
    boss.get(DELIVERIES)
    with django_assert_max_num_queries(16) as short:
        boss.get(DELIVERIES)
    for _ in range(20):
        tell()
    with django_assert_max_num_queries(len(short)):
        boss.get(DELIVERIES)


def test_an_endpoint_that_asked_for_patience_says_so(
    boss: Client, endpoint: WebhookEndpoint, tell: Tell, work: Work, receiver: Receiver
) -> None:
    receiver.script(HOOK, [Reply(status=429, headers={"Retry-After": "3600"})])
    work(tell())
    assert "it asked for patience until" in text_of(boss.get(at(endpoint, "change")))
    boss.post(at(endpoint, "turn_off"))
    boss.post(at(endpoint, "turn_on"), {})
    assert "it asked for patience until" not in text_of(boss.get(at(endpoint, "change")))
