"""What a run has learned, for other programs: one file, checked before it is handed over."""
