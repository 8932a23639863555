"""GAEN key export files, both ways; the chapter is `spec/proximity/export.md`."""
