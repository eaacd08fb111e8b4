"""Where Hydra finds the sweeper of sweep=optuna: it takes sweepers of the package hydra_plugins alone."""

from gan_runner.cli import searching


class Search(searching.Search):
    """See gan_runner/cli/searching.py."""
