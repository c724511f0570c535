"""What runs for this app in processes of its own."""

from apps.channels.polling import run_poller

# See `manage.py poll`.
POLLERS = {"channels.poll": run_poller}
