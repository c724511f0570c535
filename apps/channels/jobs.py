"""What runs for this app: in processes of its own, and by the clock."""

from apps.channels import silence
from apps.channels.alarms import silence_alarms
from apps.channels.polling import run_poller

# See `manage.py poll`.
POLLERS = {"channels.poll": run_poller}


def watch_silence() -> None:
    silence.watch()


SCHEDULES = ({"name": "channels.watch_silence", "func": "apps.channels.jobs.watch_silence", "minutes": 10},)
ALARMS = {"silence": silence_alarms}
