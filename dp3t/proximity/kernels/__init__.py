"""Matching at the speed of the processor; the chapter is `spec/proximity/kernels.md`.

`engine` is the door: it says whether this machine has kernels and which keys are worth a look.
`native` is compiled by numba; `lanes`, `aes` and `probe` emit what it is built of; `index` is what
was heard, as arrays. Only files in this folder import numpy and numba, and only `engine` decides
that they are imported at all: whoever imports the library pays nothing for them.
"""
