"""A tenant's administrator names an address inside our own network: nobody is asked anything there."""

import pytest

from apps.integrations.checking import check_connection
from apps.integrations.connecting import InvalidSettings, connect
from apps.integrations.models import ActionLog, Connection
from apps.integrations.registry import connectors
from tests.integrations.contract import example
from tests.peers.server import Peer

pytestmark = pytest.mark.django_db

ASKING = sorted(slug for slug, module in connectors().items() if "base_url" in module.Config.model_fields)
HOSTS = [
    "127.0.0.1",
    "localhost",
    "0.0.0.0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "10.0.0.1",
    "169.254.169.254",
    "192.168.0.1",
    "100.64.0.1",
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("slug", ASKING)
def test_nobody_inside_is_asked(slug, host, tenant_a, settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    with Peer() as inside:
        port = inside.url.rpartition(":")[2]
        values = example(slug, base_url=f"http://{host}:{port}")
        try:
            made = connect(tenant=tenant_a, connector=slug, values=values)
        except InvalidSettings:
            return
        checked = check_connection(connection=made)
        assert inside.requests == []
    assert checked.health != "ok"
    assert checked.error_code == "address_blocked"
    assert not ActionLog.objects.exclude(status=None).exists()
    assert Connection.objects.get().account == ""
