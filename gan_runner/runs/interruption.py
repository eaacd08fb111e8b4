"""A command that is told to stop, by Ctrl-C or SIGTERM: what it was at ends at once, or where it can be saved.

One rule: a signal raises Interrupted wherever the command is, and the exit code follows from it. What must not be cut
off says so: a file that is being written (`whole`), a batch that will be saved when it ends (`hold`). A thread sees to
it that the rule holds where Python cannot raise: in C++ code that waits, and where a library swallows exceptions.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn
from weakref import ReferenceType, ref

EXIT_CODES: dict[int, int] = {signal.SIGINT: 130, signal.SIGTERM: 75}
SAME = 1.0
"""Seconds in which signals count as one: `timeout`, terminals and schedulers tell a process and its group."""
UNHEARD, UNWINDING = 4.0, 10.0
"""Seconds after which a process is ended from its thread: it has not raised yet, or has not ended yet."""
CAUGHT_UP, CATCHING_UP = 0, 5.0
"""No signal's number, for which the thread tells that it has read all before it; and the seconds to wait for that."""
LOOK = 0.1
"""Seconds between two looks of the thread, once there was a signal."""
AGAIN = "Start again: the same command"
GO_ON = "Go on: "
"""Before the command that goes on with what was stopped."""
NOT_BEGUN = f"Stopped before the first batch, nothing is lost. {AGAIN}"
NOT_DONE = f"Stopped before it was done, nothing is lost. {AGAIN}"


class Interrupted(SystemExit):
    """The command was told to stop; the code is its exit code."""


class Stopped:
    """Interrupted, as the process of a job hands it to that of its sweep: a figure that a search cannot read.

    (An exception that leaves a job makes joblib kill the others, and Hydra write that it was an error.)
    """

    def __float__(self) -> NoReturn:
        raise signals.interrupted()


class Signals:
    """What this process has been told, and when that may raise. Signals are a process's own, so there is one."""

    def __init__(self) -> None:
        self.last: list[Callable[[], None]] = []
        """What the thread does before it ends a process that cannot end itself."""
        self.others: list[Callable[[], None]] = []
        """Tell other processes that they shall stop too; called again and again, since they may just be starting."""
        self.word: Callable[[], str] = str
        """The line that says what was kept and how to go on."""
        self.end: Callable[[int], int] = int
        """Say it; from the exit code of the signal to that of this process."""
        self.lasting = False
        """Whether this process goes on after the command, as a notebook does: then nobody ends it from the thread."""
        self._pipe: int | None = None
        self._caught_up = threading.Event()
        self._told_of = sys.unraisablehook
        self._forget()

    def _forget(self) -> None:
        self.number: int | None = None
        """The first signal."""
        self.patient = False
        """A second signal cuts off no batch: another process decides that."""
        self._at, self._again = 0.0, False
        self._holding, self._whole = False, 0
        self._left_to_others, self._session = False, object()
        self._raised: ReferenceType[Interrupted] | None = None
        self._over: int | None = None
        self._before: dict[int, Any] = {}
        self._woken = -1
        self.last.clear()
        self.others.clear()

    # ---- hearing ------------------------------------------------------------------------------------------------

    @property
    def listening(self) -> bool:
        return all(signal.getsignal(number) == self._hear for number in EXIT_CODES)

    def listen(self) -> None:
        """From now on both signals raise Interrupted. Only a main thread can hear."""
        if self.listening or threading.current_thread() is not threading.main_thread():
            return
        self._forget()
        self._before = {number: signal.signal(number, self._hear) for number in EXIT_CODES}
        if self._pipe is None:
            read, self._pipe = os.pipe()
            if hasattr(os, "set_blocking"):  # not before Python 3.12 on Windows
                os.set_blocking(self._pipe, False)
            threading.Thread(target=self._watch, args=(read,), daemon=True, name="signals").start()
            atexit.register(self._close)
        self._woken = signal.set_wakeup_fd(self._pipe, warn_on_full_buffer=False)
        if hasattr(signal, "pthread_sigmask"):  # a process that began deaf
            signal.pthread_sigmask(signal.SIG_UNBLOCK, EXIT_CODES)
        if sys.unraisablehook != self._tell_of:  # it listens again, after Lightning has put other handlers back
            self._told_of, sys.unraisablehook = sys.unraisablehook, self._tell_of

    def unlisten(self) -> None:
        """As before `listen`. What the thread has yet to read is of no concern to who listens next."""
        before, woken = self._before, self._woken
        self._forget()
        self._whole = 1  # a signal in these milliseconds raises nothing
        self._catch_up()
        self._before = before
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._before:
            logging.disable(logging.NOTSET)
            signal.set_wakeup_fd(woken)
            sys.unraisablehook = self._told_of
        self._forget()
        self.lasting = False

    def _catch_up(self) -> None:
        """Wait until the thread has read all that was told."""
        if self._pipe is not None:
            self._caught_up.clear()
            os.write(self._pipe, bytes([CAUGHT_UP]))
            self._caught_up.wait(CATCHING_UP)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._over is not None:
            os._exit(self._over)
        if self.number is None:
            self.number, self._at = number, time.monotonic()
        elif time.monotonic() - self._at > SAME:
            self._again = True
        self._raise_if_due()

    # ---- raising ------------------------------------------------------------------------------------------------

    def _raise_if_due(self) -> None:
        waits = self._whole or (self._holding and (self.patient or not self._again))
        if self.number is not None and self.listening and not waits and not self._flies():
            if _is_importing_torch() and not self.lasting:
                self._end(self.number)  # nothing has begun, and torch's C++ would abort
            raise self.interrupted()

    def interrupted(self) -> Interrupted:
        error = Interrupted(self.code)
        self._raised, self._at = ref(error), time.monotonic()
        return error

    def _flies(self) -> bool:
        """Whether the process is on its way out. Where the exception is no more, somebody has swallowed it."""
        return self._raised is not None and self._raised() is not None

    def caused(self, error: BaseException) -> bool:
        """Whether a block ended because of a signal. Libraries turn what is raised in them into errors of their own."""
        known = isinstance(error, Interrupted | KeyboardInterrupt)
        others = self._left_to_others and self.number is not None
        return known or (self.listening and (self._raised is not None or others))

    @property
    def code(self) -> int:
        """What the command exits with, once it was told to stop."""
        return EXIT_CODES[self.number or signal.SIGINT]

    def stop(self) -> None:
        """Raise Interrupted if there was a signal: what is held is saved."""
        self._holding = False
        if self.number is not None:
            raise self.interrupted()

    # ---- what is not cut off ------------------------------------------------------------------------------------

    def hold(self) -> None:
        """From now on a signal is noted for `stop`, which comes soon. Another one, a second later, does not wait."""
        self._holding = True

    def release(self) -> None:
        """What was held is over, by an error."""
        self._holding = False

    def finish(self) -> None:
        """What was to be done is done, and is told in peace; signals are for what may `begin` after it."""
        self._holding, self._whole, self._raised = False, 1, None

    def begin(self) -> None:
        """Something begins that may be cut off. Raises Interrupted where there was a signal before."""
        self._holding, self._whole = False, 0
        self._raise_if_due()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """What takes milliseconds and must not be done by half."""
        self._whole += 1
        try:
            yield
        finally:
            self._whole -= 1
        self._raise_if_due()

    def came_through(self, work: Callable[[], object]) -> bool:
        """Do what takes long and can be done again, amid what is held. False: cut off, and now there is to be saved."""
        holding, self._holding = self._holding, False
        try:
            self._raise_if_due()
            work()
            return True
        except BaseException as error:
            if not holding or not self.caused(error):
                raise
            self._raised = None
            return False
        finally:
            self._holding = holding

    def leave_to(self, tell: Callable[[], None]) -> None:
        """Other processes do the work, and are told to stop by `tell`. They begin deaf, and are told once they hear."""
        self._holding = self._left_to_others = True
        self.others.append(tell)
        if hasattr(signal, "pthread_sigmask"):
            from multiprocessing import resource_tracker

            # Started with the first lock or queue, Python 3.11's tracker would unblock what is blocked from here on.
            resource_tracker.ensure_running()
            signal.pthread_sigmask(signal.SIG_BLOCK, EXIT_CODES)  # in this thread: the other one still hears

    def take_back(self) -> None:
        """The others have ended. Raises Interrupted if that was before their time."""
        if self._left_to_others:
            self.stop()

    # ---- ending -------------------------------------------------------------------------------------------------

    def over(self, code: int) -> None:
        """All is said and done; while Python tidies up, a signal ends the process at once."""
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        if self.number is not None:
            hush()
        self._over = code

    def _close(self) -> None:
        """The last of what is done at the exit.

        Python then looks for what to clear away, which takes it a second after torch, and lets signals kill the process
        by a code of their own: neither is needed.
        """
        if self.listening:
            gc.freeze()
            for number in EXIT_CODES:
                signal.signal(number, signal.SIG_IGN)

    def _watch(self, pipe: int) -> None:
        while True:
            number = os.read(pipe, 1)[0]
            if number == CAUGHT_UP:
                self._caught_up.set()
            elif number in EXIT_CODES and self.listening:
                self._see_through(number)

    def _see_through(self, number: int) -> None:
        """Until the process has ended. Python's own handlers run in the main thread, when that runs Python."""
        heard, told, session = time.monotonic(), 0.0, self._session
        while self._session is session and self.listening and self._over is None:
            now = time.monotonic()
            if self.others and now - told > SAME:
                told = now
                for tell in self.others:
                    tell()
            if self._raised is not None:
                if not self._flies():
                    _tell_main_thread(number)
                elif now - self._at > UNWINDING and not self.lasting:
                    self._end(number)
            elif not self._holding and not self._whole and now - max(heard, self._at) > UNHEARD and not self.lasting:
                self._end(number)
            time.sleep(LOOK)

    def _end(self, number: int) -> NoReturn:
        self.number, code = self.number or number, 1
        for do in reversed(self.last):
            with suppress(Exception):
                do()
        with suppress(Exception):
            code = self.end(self.code)
        os._exit(code)

    def _tell_of(self, unraisable: Any) -> None:
        """Python tells of exceptions that it cannot raise, in a destructor, say. This one is raised again."""
        if not isinstance(unraisable.exc_value, Interrupted):
            self._told_of(unraisable)


def _tell_main_thread(number: int) -> None:
    """Python's handlers run there, and what waits in a system call there is woken, where the system can."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)


def _is_importing_torch() -> bool:
    """Whether C++ may be at work that does not let a Python exception through."""
    spec = getattr(sys.modules.get("torch"), "__spec__", None)
    return bool(getattr(spec, "_initializing", False))


def hush() -> None:
    """Libraries that were cut off while they were imported would log at the exit what nobody asked."""
    logging.disable()


signals = Signals()
