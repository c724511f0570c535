"""Answers that are written and have not gone yet: kept, sent in time, taken back."""
