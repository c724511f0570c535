"""Outgoing webhooks by Standard Webhooks 1.0.0: announced in the caller's transaction, sent as durable work.

`announcing` is the one door for whoever has something to tell; `sending` does one try; `endpoints` are the
verbs for those who set receivers up.
"""
