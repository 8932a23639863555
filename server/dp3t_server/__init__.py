"""The key-publication server: accepts reports, publishes signed batches at fixed times.

The law is `spec/publication/server.md`; the operator's manual is `server/README.md`.
"""
