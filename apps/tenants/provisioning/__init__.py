"""A tenant as a file: read with the line of every field, applied whole or not at all, written back."""
