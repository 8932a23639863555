"""What a run is asked: settings with their ranges, and the files they are kept in."""
