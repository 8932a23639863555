"""Fidelity `protocol`: every app user is a phone of the library, and what it does is the library's.

`notification` is the side of the world; `crowd` holds the phones, `air` says who hears whom,
`venues` has the codes at doors, and a transport takes reports and hands out batches: `memory` in
this process, `server` a real one.
"""
