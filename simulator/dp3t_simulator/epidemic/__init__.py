"""The infection: whom it passes to, and what becomes of those who have it.

The chapter is `spec/simulator/epidemic.md`.
"""
