"""What networks and tricks build with."""
