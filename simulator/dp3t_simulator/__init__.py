"""Epidemics in synthetic and real populations whose phones run the library.

Whatever is random comes from streams that a seed and a name determine: the same seed gives the same
bytes on any machine and on any number of threads.
"""
