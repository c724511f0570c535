"""How fast PostgreSQL alone stores the same events: the ceiling of the intake on this machine."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.system import ROOT, System
from config.embedded.address import DATABASE, USER, socket_dir
from config.embedded.binaries import programs
from config.embedded.home import find_home
from tests.system.ledger import opened
from tests.system.shops import Shop

# As apps/channels/receiving.py stores; the key and the body differ each time.
SCRIPT = """\
\\set one random(1, 9000000000000000000)
\\set two random(1, 9000000000000000000)
INSERT INTO channels_inboundevent AS event
    (connector, channel_id, tenant_id, event_key, body, proof, received_at, due_at,
     state, attempts, failures, lane, error_code, error_text, deliveries, outcome, reason)
VALUES ('telegram', {channel}, {tenant}, md5((:one)::text) || md5((:two)::text),
    convert_to('{body}' || (:one)::text, 'UTF8'), '', now(), now(),
    'queued', 0, 0, '', '', '', 1, '', '')
ON CONFLICT (event_key) DO UPDATE SET deliveries = event.deliveries + 1
RETURNING id;
"""
BODY = (
    '{"update_id": 1, "message": {"message_id": 1, "from": {"id": 30000, "is_bot": false, "first_name":'
    ' "Клиент", "language_code": "ru"}, "chat": {"id": 30000, "first_name": "Клиент", "type": "private"},'
    ' "date": 1795255200, "text": "Здравствуйте! Сколько стоит замена батареи?"}}'
)


def program(system: System) -> Path | None:
    """The embedded server's own, else one of a system's PostgreSQL."""
    own = programs(find_home(system.data).account) / "pgbench"
    if own.exists():
        return own
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    on_path = shutil.which("pgbench")
    return installed[-1] if installed else Path(on_path) if on_path else None


def inserts_per_second(pgbench: Path, system: System, shop: Shop, *, clients: int, seconds: int) -> float:
    with opened(system.data, shop.slug) as ledger:
        channel = ledger.value("SELECT id FROM channels_channel WHERE tenant_id = %(tenant)s")
        tenant = ledger.value("SELECT id FROM tenants_tenant WHERE slug = %(slug)s", slug=shop.slug)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        # A colon after a letter would be pgbench's variable.
        script.write(SCRIPT.format(channel=channel, tenant=tenant, body=BODY))
        script.flush()
        options = [
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            "--jobs=2",
            f"--time={seconds}",
        ]
        place = ["--host", str(socket_dir(system.data)), "--username", USER, DATABASE]
        done = subprocess.run(
            [str(pgbench), *options, "--file", script.name, *place],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + 60,
        )
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench failed:\n{done.stdout}{done.stderr}")
    return float(found[1])
