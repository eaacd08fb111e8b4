"""The pages of gan-play: a server on loopback, a game in a process of its own, runs and their latent spaces."""
