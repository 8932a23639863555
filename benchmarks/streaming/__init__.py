"""Ten million keys from files: in how much memory, and how much faster with two threads."""
