"""How warnings by phones come about in a simulation; see `spec/simulator/notification.md`.

`fast` computes what phones would find, `protocol` lets the library's own phones find it.
"""
