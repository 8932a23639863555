"""Real Bluetooth logs: bytes of a capture in, adverts received and broadcast out.

`reader.read_capture` is the door. `btsnoop` and `packetlogger` cut a file into records, `hci` finds
the adverts in a record's packet, `advertising_data` finds the service data in an advert. The
chapter is `spec/proximity/capture.md`.
"""
