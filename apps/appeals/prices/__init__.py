"""The price list: what it says of a device and a work, and how a file becomes it."""
