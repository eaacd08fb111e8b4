"""What gan-doctor looks at: packages, devices, places, surroundings. Nothing here imports what it looks at."""
