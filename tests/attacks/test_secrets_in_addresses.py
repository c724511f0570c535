"""A service's address is shown, exported and kept in the history: so none may hold a secret."""

import pytest

from apps.integrations.connecting import InvalidSettings, connect

pytestmark = pytest.mark.django_db

VALUES = {"bot_token": "123456:" + "A" * 30}


@pytest.mark.parametrize(
    "base_url",
    [
        "https://me:pass-word-1@bots.example",
        "https://token@bots.example/x",
        "https://bots.example/x?key=pass-word-1",
        "https://bots.example/#pass-word-1",
    ],
)
def test_no_password_or_query_in_the_address_of_a_service(base_url, tenant_a):
    with pytest.raises(InvalidSettings) as refused:
        connect(tenant=tenant_a, connector="telegram", values={**VALUES, "base_url": base_url})
    assert list(refused.value.errors) == ["base_url"]
    assert "pass-word-1" not in str(refused.value.errors)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://[::1",
        "https://",
        "ftp://a.example",
        "https://a.example:99999",
        "https://a.example:x",
        "https:///x",
        "//a.example",
        "https://a b.example",
        "https://a.example\n.evil.example",
    ],
)
def test_what_is_no_address_is_told_beside_the_field(base_url, tenant_a):
    with pytest.raises(InvalidSettings) as refused:
        connect(tenant=tenant_a, connector="telegram", values={**VALUES, "base_url": base_url})
    assert list(refused.value.errors) == ["base_url"]


@pytest.mark.parametrize(
    "webhook_url", ["https://me:pass-word-1@crm.example/webhook", "not an address", "javascript:alert(1)"]
)
def test_the_webhooks_address_is_one(webhook_url, tenant_a):
    with pytest.raises(InvalidSettings) as refused:
        connect(tenant=tenant_a, connector="telegram", values={**VALUES, "webhook_url": webhook_url})
    assert list(refused.value.errors) == ["webhook_url"]
