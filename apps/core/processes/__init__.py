"""The processes that do durable work: a supervisor, one dispatcher, one fail-fast django-q2 cluster.

    worker ─┬─ dispatch          rings for what is due, takes back what was lost
            └─ cluster ─ sentinel ─┬─ django-q2's workers, which run `core.jobs.run`
                                   └─ its pusher and monitor

Whatever dies or hangs, the group it belongs to is killed whole and started again: the rows are the truth,
so a restart loses nothing, and half a cluster is worse than none. Nobody outlives a parent that was killed.
"""
