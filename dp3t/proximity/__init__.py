"""Proximity: phones hear each other's identifiers, published keys are matched on the phone."""
