"""Who plays and in what order. Losses and networks are the game's affair."""
