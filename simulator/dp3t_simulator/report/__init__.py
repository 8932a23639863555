"""A run for readers: rows of numbers, files of every event, figures and one page."""
