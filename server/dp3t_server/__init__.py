"""The key-publication server."""
