"""Orders that wait because their CRM needs a person."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.integrations.homes import FormerAccount
from apps.integrations.parking import USUAL, Parking

WORK = "crm.OrderSync"
ORDERS = Parking(
    work=WORK,
    connection="connection",
    # Of another account it goes on with the former settings.
    codes=(*USUAL, "no_order_type", FormerAccount.code),
    why=_("The CRM's connection needs a person first. The order goes by itself once it is mended."),
    waits=lambda n: ngettext("%(n)d order waits: %(why)s", "%(n)d orders wait: %(why)s", n),
    advice=_("Mend the connection and press «Check»: the orders then go by themselves."),
)
