"""A rate limit shared by all processes: one token bucket a key, kept in PostgreSQL."""

from datetime import timedelta
from math import ceil

from django.db import connection

# statement_timestamp(): one moment for the whole statement, not that of a transaction that began long ago. A
# statement that waited for the row may be older than what it finds there: time does not run backwards for it.
_REFILLED = """LEAST(%(burst)s, bucket.tokens + %(rate)s * GREATEST(0,
    EXTRACT(EPOCH FROM statement_timestamp() - bucket.updated_at)::double precision))"""
_TAKE = f"""
INSERT INTO core_bucket AS bucket (key, tokens, updated_at)
VALUES (%(key)s, %(burst)s - %(cost)s, statement_timestamp())
ON CONFLICT (key) DO UPDATE
SET tokens = {_REFILLED} - %(cost)s, updated_at = GREATEST(bucket.updated_at, statement_timestamp())
WHERE {_REFILLED} >= %(cost)s + %(spare)s
RETURNING 1"""  # noqa: S608 - only constants of this file
_WAIT = f"""SELECT (%(cost)s + %(spare)s - {_REFILLED}) / %(rate)s
FROM core_bucket AS bucket WHERE key = %(key)s"""  # noqa: S608
_LEVEL = f"SELECT {_REFILLED} FROM core_bucket AS bucket WHERE key = %(key)s"  # noqa: S608
_SET = f"""
INSERT INTO core_bucket AS bucket (key, tokens, updated_at)
VALUES (%(key)s, LEAST(%(burst)s - %(cost)s, %(most)s), statement_timestamp())
ON CONFLICT (key) DO UPDATE
SET tokens = LEAST({_REFILLED} - %(cost)s, %(most)s),
    updated_at = GREATEST(bucket.updated_at, statement_timestamp())"""  # noqa: S608


def take(key: str, *, rate: float, burst: int, cost: float = 1, spare: float = 0) -> timedelta:
    """Zero: granted. Else how long to wait before asking again; nothing was taken.

    Takes `cost` of the key's tokens, of which `rate` a second grow, up to `burst`; only where `spare` of them
    stay for others, who are in more of a hurry. Call it outside a transaction: its row stays locked until the
    commit, and a rollback gives tokens back.
    """
    if rate <= 0 or not 0 < cost <= burst - spare <= burst:
        raise ValueError("A bucket needs a rate above 0, and a cost between 0 and its burst less the spare.")
    values: dict[str, str | float] = {
        "key": key,
        "rate": rate,
        "burst": float(burst),
        "cost": float(cost),
        "spare": float(spare),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.fetchone():
            return timedelta(0)
        cursor.execute(_WAIT, values)
        row = cursor.fetchone()
    seconds = row[0] if row else 0.0  # swept away in between: full again
    return timedelta(milliseconds=max(1, ceil(seconds * 1000)))


def spend(key: str, *, rate: float, burst: int, cost: float = 1) -> None:
    """Takes them in any case: whoever asks next waits until the debt has grown back."""
    _set(key, rate=rate, burst=burst, cost=cost, most=burst)


def close(key: str, *, rate: float, burst: int, until: timedelta) -> None:
    """Nothing is granted for so long; then one token, and more at the rate. Never opens it any earlier."""
    _set(key, rate=rate, burst=burst, cost=0, most=1 - until.total_seconds() * rate)


def level(key: str, *, rate: float, burst: int) -> float:
    """How many tokens are there at this moment: none while it is closed or in debt. Takes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_LEVEL, {"key": key, "rate": rate, "burst": float(burst)})
        row = cursor.fetchone()
    return max(0.0, float(row[0])) if row else float(burst)


def reset(key: str) -> None:
    """Full again."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_bucket WHERE key = %s", [key])


def _set(key: str, **values: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SET, {"key": key, **{name: float(value) for name, value in values.items()}})


def sweep(*, idle: timedelta = timedelta(days=1)) -> int:
    """Deletes buckets nobody used for so long; they must be full by then (burst / rate < `idle`).

    One that was closed for longer is opened by it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_bucket WHERE updated_at < statement_timestamp() - make_interval(secs => %s)",
            [idle.total_seconds()],
        )
        return int(cursor.rowcount)
