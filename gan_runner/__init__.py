"""gan_runner: GAN experiments as data × network × loss × tricks."""

__version__ = "0.1.0"
