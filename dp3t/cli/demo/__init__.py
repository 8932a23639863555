"""`dp3t demo`: phones, a real server and a known truth."""
