"""When a signal raises, when it waits, and what happens where it cannot raise: each time in a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

START = """
import ctypes, os, signal, sys, time
from contextlib import suppress
from gan_runner.runs import interruption
from gan_runner.runs.interruption import Interrupted, Stopped, signals

def tell(number=signal.SIGTERM):
    os.kill(os.getpid(), number)

"""


def ended(code: str, start: str = "signals.listen()\n") -> tuple[int, str]:
    """The exit code of a process of those lines, and what it said, errors included."""
    words = [sys.executable, "-c", START + start + code]
    process = subprocess.run(words, capture_output=True, text=True, timeout=60)
    return process.returncode, process.stdout + process.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGINT, 130)])
def test_a_signal_ends_a_command_wherever_it_is(number: signal.Signals, code: int) -> None:
    assert ended(f"tell({int(number)}); print('not reached')") == (code, "")


def test_what_must_be_whole_is_and_then_it_ends() -> None:
    assert ended("with signals.whole(): tell(); print('whole')\nprint('not reached')") == (75, "whole\n")


def test_what_is_held_is_stopped_where_it_is_saved() -> None:
    assert ended("signals.hold(); tell(); print('a batch'); signals.stop(); print('not reached')") == (75, "a batch\n")
    assert ended("signals.hold(); signals.stop(); print('none was told')") == (0, "none was told\n")


def test_a_second_signal_does_not_wait() -> None:
    again = (
        "interruption.SAME = 0.05; signals.hold(); tell(); print('held'); time.sleep(0.1); tell(); print('not here')"
    )
    assert ended(again) == (75, "held\n")


def test_a_process_and_its_group_are_told_once() -> None:
    assert ended("signals.hold(); tell(2); tell(15); tell(2); print('held'); signals.stop()") == (130, "held\n")


def test_on_the_way_out_more_signals_change_nothing() -> None:
    tidying = "try: tell()\nfinally:\n    time.sleep(0.05); tell(2); print('tidied')"
    assert ended(f"interruption.SAME = 0.0\n{tidying}") == (75, "tidied\n")


@pytest.mark.parametrize(
    "swallows",
    ["with suppress(BaseException): tell()", "class Gone:\n    def __del__(self): tell()\nGone()"],
    ids=["by a library", "in a destructor"],
)
def test_it_is_raised_again_where_it_was_swallowed_and_nothing_is_printed(swallows: str) -> None:
    assert ended(f"{swallows}\ntime.sleep(30); print('not here')") == (75, "")


LAST = "signals.last.append(lambda: print('kept')); signals.end = lambda code: print('told', flush=True) or code\n"


def test_where_python_cannot_raise_the_process_is_ended_and_says_so() -> None:
    """In C, and the signal goes to another thread: it does not even wake the one that waits."""
    waits = "signal.pthread_sigmask(signal.SIG_BLOCK, {15}); ctypes.CDLL(None).sleep.argtypes = [ctypes.c_uint]\n"
    told = "import threading; threading.Timer(0.1, tell).start(); ctypes.CDLL(None).sleep(30)"
    assert ended(f"interruption.UNHEARD = 0.1\n{LAST}{waits}{told}") == (75, "kept\ntold\n")


def test_nothing_is_raised_into_the_import_of_torch_whose_code_in_c_would_abort(tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("import os; os.kill(os.getpid(), 15); print('not here')")
    imports = "try: import torch\nexcept BaseException: print('not here')"
    assert ended(f"sys.path.insert(0, {str(tmp_path)!r})\n{LAST}{imports}") == (75, "kept\ntold\n")
    (tmp_path / "torch" / "__init__.py").write_text("")
    assert ended(f"sys.path.insert(0, {str(tmp_path)!r})\nimport torch\ntry: tell()\nfinally: print('raised')") == (
        75,
        "raised\n",
    )


def test_who_does_not_come_to_an_end_is_ended() -> None:
    hangs = "try: tell()\nfinally: time.sleep(30); print('not here')"
    assert ended(f"interruption.UNWINDING = 0.1\n{LAST}{hangs}") == (75, "kept\ntold\n")


def test_what_takes_long_amid_what_is_held_is_cut_off_and_known_to_be() -> None:
    long = "def long(): tell(); print('not here')\nsignals.hold(); print(signals.came_through(long)); signals.stop()"
    assert ended(long) == (75, "False\n")
    assert ended("signals.hold(); print(signals.came_through(lambda: 1))") == (0, "True\n")
    turned = "def long():\n    try: tell()\n    except Interrupted: raise ValueError from None\n"
    assert ended(f"{turned}signals.hold(); print(signals.came_through(long)); signals.stop()") == (75, "False\n")


def test_an_error_of_what_takes_long_stays_one() -> None:
    code, said = ended("signals.hold(); signals.came_through(lambda: 1 / 0)")
    assert code == 1
    assert "ZeroDivisionError" in said


def test_what_is_done_is_told_in_peace_and_nothing_begins_after_it() -> None:
    assert ended("signals.finish(); tell(); print('done')") == (0, "done\n")
    assert ended("signals.finish(); tell(); print('done'); signals.begin(); print('not here')") == (75, "done\n")


def test_an_error_that_a_signal_has_caused_is_known() -> None:
    caused = "try: tell()\nexcept Interrupted as error: print(signals.caused(ValueError()), signals.code); raise"
    assert ended(f"print(signals.caused(ValueError()))\n{caused}") == (75, "False\nTrue 75\n")


def test_once_all_is_said_a_signal_ends_it_with_its_own_code() -> None:
    assert ended("signals.over(3); tell(); print('not here')") == (3, "")


def test_when_python_takes_itself_apart_a_signal_changes_nothing() -> None:
    late = "class Late:\n    def __del__(self, kill=os.kill, me=os.getpid()): kill(me, 15); kill(me, 2)\n"
    assert ended(f"{late}late = Late(); signals.over(3); print('end'); sys.exit(3)") == (3, "end\n")


def test_others_are_told_and_waited_for() -> None:
    waits = "signals.leave_to(lambda: print('told', flush=True)); tell(); time.sleep(0.5); print('back')\n"
    assert ended(f"{waits}signals.take_back(); print('not here')") == (75, "told\nback\n")
    assert ended("signals.take_back(); print('nobody was told')") == (0, "nobody was told\n")


def test_a_process_that_began_deaf_hears_then_what_came_before() -> None:
    deaf = "signal.pthread_sigmask(signal.SIG_BLOCK, {2, 15}); tell(2); print('deaf')\n"
    assert ended("signals.listen(); print('not here')", start=deaf) == (130, "deaf\n")


def test_a_stopped_job_is_no_figure_for_a_search() -> None:
    assert ended("signals.hold(); tell(); signals.release(); float(Stopped())") == (75, "")


def test_what_was_told_before_is_of_no_concern_to_who_does_not_listen() -> None:
    """Lightning puts handlers back when a fit ends."""
    before = "signals.hold(); tell(); signal.signal(15, signal.SIG_DFL); signals.release(); "
    assert ended(f"{before}print(signals.caused(ValueError()), signals.came_through(int))") == (0, "False True\n")


def test_who_listens_again_still_tells_of_what_cannot_be_raised() -> None:
    """Lightning puts handlers back when a fit ends."""
    gone = "class Gone:\n    def __del__(self): 1 / 0\nGone(); print('lives')"
    code, said = ended(f"signal.signal(15, signal.SIG_DFL); signals.listen()\n{gone}")
    assert (code, said.count("ZeroDivisionError"), "lives" in said, "Recursion" in said) == (0, 1, True, False)


def test_handlers_are_put_back() -> None:
    """Whatever they were: what a shell starts in the background begins with Ctrl-C ignored."""
    start = "before = signal.getsignal(2); signals.listen()\n"
    assert ended("signals.unlisten(); print(signal.getsignal(2) is before)", start) == (0, "True\n")


def test_a_signal_that_the_thread_reads_late_ends_nobody_who_listens_next() -> None:
    """On a busy machine the thread may come to it when the next command has begun."""
    start = (
        "read, interruption.UNHEARD = os.read, 0.2\n"
        "interruption.os.read = lambda *given: (read(*given), time.sleep(0.5))[0]\n"
        "signals.listen()\n"
    )
    code = "signals.hold(); tell(); signals.unlisten(); signals.listen(); time.sleep(2); print('lives')"
    assert ended(code, start) == (0, "lives\n")


def test_what_is_begun_after_work_was_left_to_others_is_deaf() -> None:
    """The first lock of multiprocessing starts a process of Python's, which must not undo it."""
    code = (
        "import multiprocessing, signal\n"
        "from gan_runner.runs.interruption import EXIT_CODES, signals\n"
        "signals.listen(); signals.leave_to(int)\n"
        "multiprocessing.get_context('spawn').Lock()\n"
        "print(set(EXIT_CODES) <= signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "True\n"


def test_a_process_that_goes_on_is_not_ended_from_the_thread() -> None:
    deaf = "interruption.UNHEARD = 0.2\nsignals.lasting = True\nsignals.listen()\n"
    code = (
        "try:\n    threading.Timer(0.1, tell).start(); ctypes.CDLL(None).usleep(900_000); time.sleep(1)\n"
        "except Interrupted:\n    signals.unlisten(); print('goes on', signals.lasting)"
    )
    assert ended(f"import threading\n{code}", deaf) == (0, "goes on False\n")


def test_who_woke_up_by_signals_before_does_so_again() -> None:
    code = (
        "read, write = os.pipe(); os.set_blocking(write, False); signal.set_wakeup_fd(write)\n"
        "signals.listen(); signals.unlisten(); print(signal.set_wakeup_fd(-1) == write)"
    )
    assert ended(code, "") == (0, "True\n")
