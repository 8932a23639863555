"""The demonstration of declarations: a plane lands, a family falls ill, a commune alarms."""
