"""How a game is doing: its state, what helps, whether its numbers are finite."""
