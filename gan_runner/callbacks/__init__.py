"""Side effects of a run: what it shows, records and saves. None changes the game."""
