"""Which pages another site may put into a frame, and what the chat's own policy says of it."""

import pytest
from django.urls import reverse

from apps.channels.models import Channel
from apps.integrations.connecting import InvalidSettings, connect

pytestmark = pytest.mark.django_db


def chat(tenant, *sites: str) -> str:
    made = connect(tenant=tenant, connector="webchat", values={"allowed_sites": list(sites)})
    return reverse("chat:page", args=[Channel.objects.get(connection=made).public_id])


def test_a_site_with_a_cyrillic_name_may_show_the_chat(client, tenant_a):
    answer = client.get(chat(tenant_a, "https://ремонт.рф"))
    assert answer.status_code == 200
    assert "frame-ancestors 'self' https://xn--" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    "site",
    [
        "https://a.example;script-src *",
        "https://a.example 'unsafe-inline'",
        "https://*",
        "javascript:alert(1)",
        "https://a.example\r\nX-Evil: 1",
        "data:text/html",
        "https://user:pw@a.example",
        "https://a.example\u2028b",
        "https://" + "я" * 300,
    ],
)
def test_no_site_can_widen_the_policy(site, client, tenant_a):
    try:
        page = chat(tenant_a, site)
    except InvalidSettings:
        return
    answer = client.get(page)
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert policy.count(";") == policy.count("; "), policy
    assert "*" not in policy
    assert "unsafe" not in policy
    assert policy.count("script-src") == 1


def test_only_the_chat_may_be_framed(client, tenant_a, boss, signed_in):
    assert "X-Frame-Options" not in client.get(chat(tenant_a))
    for where in ("/admin/login/", reverse("desk"), "/admin/", reverse("admin:integrations_cards")):
        assert signed_in(boss).get(where)["X-Frame-Options"] == "DENY"
