"""Players and the order in which they move. Losses and networks are the game's affair."""
