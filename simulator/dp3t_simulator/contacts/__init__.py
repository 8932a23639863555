"""Who meets whom: read from public data sets, or made for a synthetic population."""
