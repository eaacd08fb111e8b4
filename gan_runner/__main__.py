"""python -m gan_runner <command> …: the commands where their scripts are not on the path."""

import runpy
import sys

COMMANDS = ("train", "sample", "evaluate", "translate", "detect", "export", "data", "runs", "report", "play")


def main() -> None:
    """Run a command as `python -m gan_runner.cli.<command>` would, which its other ranks are started by."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"python -m gan_runner: give a command: {', '.join(COMMANDS)}")
    command = sys.argv.pop(1)
    runpy.run_module(f"gan_runner.cli.{command}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
