"""What every test shares.

The plugins are named here because older pytest reads `-p` before `pythonpath` is in force.
"""

import os

from hypothesis import settings

pytest_plugins = ["spec_trace", "every_core", "frozen_tests", "pytester"]

# No deadline: a busy machine is no fault of the code. In CI the same examples each time.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")
