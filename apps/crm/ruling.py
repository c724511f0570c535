"""The rules by which a CRM's orders come about: made with its connection."""

from apps.core.models import State
from apps.crm.models import OrderLook, OrderRules
from apps.crm.staying import note_home
from apps.integrations.models import Connection


def ensure_rules(connection: Connection) -> OrderRules:
    """From now on agreed appeals go there; those agreed before do when somebody says so."""
    OrderLook.objects.get_or_create(
        connection=connection, defaults={"tenant_id": connection.tenant_id, "state": State.DONE}
    )
    note_home(connection)
    rules, _made = OrderRules.objects.get_or_create(
        connection=connection, defaults={"tenant_id": connection.tenant_id}
    )
    return rules
