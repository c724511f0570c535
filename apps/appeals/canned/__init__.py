"""Canned replies: what may stand in their gaps, who is offered which, and what fills the gaps."""
