"""Django's page of a failure, which only DEBUG shows: without the addresses that hold passwords, too."""

import re

from django.views.debug import SafeExceptionReporterFilter


class AddressesHidden(SafeExceptionReporterFilter):
    """DATABASE_URL, REDIS_URL, STORAGE_URL, OUTBOUND_PROXY; of settings and of the environment alike."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|_URL$|PROXY|LOCATION", re.IGNORECASE
    )
