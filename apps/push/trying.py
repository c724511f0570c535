"""A notification to try a device with, by the way that every one goes."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.push.models import Device, Push

KIND = "test"
LASTS = timedelta(minutes=10)


def try_out(device: Device) -> Push:
    """In the language of whoever tries."""
    key, path = f"{KIND}:{uuid.uuid4().hex}", reverse("desk_notices")
    return Push.objects.create(
        tenant_id=device.tenant_id,
        device=device,
        key=key,
        kind=KIND,
        thread=f"{KIND}-{device.pk}",
        title=_("Notifications work here"),
        body=_("This is how you will hear of clients when the desk is closed."),
        data={"type": KIND, "url": path, "tag": f"push:{KIND}:{device.pk}", "key": key, "sounds": "1"},
        link=settings.PUBLIC_URL + path,
        sounds=True,
        expires_at=timezone.now() + LASTS,
    )
