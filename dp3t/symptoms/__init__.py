"""The voluntary declaration: a diary on the device, sealed help, private statistics."""
