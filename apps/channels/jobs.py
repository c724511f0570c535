"""What runs for this app: its durable work, and processes of its own."""

from django.utils.translation import gettext_lazy as _

from apps.channels import backfill
from apps.channels.polling import run_poller
from apps.core.work import Work

WORK = (Work(model="channels.Backfill", title=_("Histories of channels"), run=backfill.step),)

# See `manage.py poll`.
POLLERS = {"channels.poll": run_poller}
