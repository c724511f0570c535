"""The operators' desk: the list of conversations, and the page on which one is answered."""
