"""What goes wrong with the embedded PostgreSQL, told to the person who starts it."""


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL cannot be run here; the text says why and what to do."""
