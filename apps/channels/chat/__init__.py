"""The web chat's own side: the page, the widget for other sites, and the API between page and server."""
