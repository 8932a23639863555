"""What every test shares.

The spec plugin is named here because older pytest reads `-p` before `pythonpath` is in force.
"""

pytest_plugins = ["spec_trace", "pytester"]
