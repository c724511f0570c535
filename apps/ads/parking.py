"""Uploads that wait because their account needs a person, and people who cannot be taken out until then."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.integrations.parking import Parking

UPLOADS = Parking(
    work="ads.Export",
    connection="placement__connection",
    why=_("The advertising account needs a person first. The upload goes by itself once it is mended."),
    waits=lambda n: ngettext("%(n)d upload waits: %(why)s", "%(n)d uploads wait: %(why)s", n),
    advice=_(
        "Mend the connection and press «Check»: the uploads then go by themselves. Until then whoever has "
        "bought or taken their consent back stays in the audiences there."
    ),
)
