"""Campaigns: one message to many clients who may be written to, previewed, paced, stoppable."""
