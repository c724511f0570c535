"""The bell rings for devices that are active, as fcm-django names it."""

from importlib import import_module

from django.db import migrations

AS_BEFORE: str = import_module("apps.appeals.migrations.0023_devices").RING
RING = AS_BEFORE.replace("device.gone_at IS NULL", "device.active")


class Migration(migrations.Migration):

    dependencies = [
        ('appeals', '0024_leaving'),
        ('push', '0002_fcm_django'),
    ]

    operations = [migrations.RunSQL(RING, AS_BEFORE)]
