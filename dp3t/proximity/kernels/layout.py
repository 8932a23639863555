"""Numbers that the index and the code that asks it agree on."""

PROBE_SHIFTS = (0, 6, 12, 18)
"""Where in the first eight bytes of an identifier, little-endian, the four bits are named that it
sets in its word of the filter; the highest bits name the word."""
