import pytest

from gan_runner.data.containers import memory


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Files that say what there is: 2 GB of memory, and no limit for the group."""
    (tmp_path / "meminfo").write_text("MemTotal:  4000000 kB\nMemAvailable:  2000000 kB\n")
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("500000000\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "GROUP", tmp_path)
    return tmp_path


def test_memory_is_what_the_machine_and_the_group_leave(machine):
    assert memory.free_bytes() == 2_048_000_000
    (machine / "memory.max").write_text("600000000\n")
    assert memory.free_bytes() == 100_000_000


def test_where_nothing_is_said_nothing_is_refused(machine):
    (machine / "meminfo").unlink()
    assert memory.free_bytes() is None
    memory.check_fits(10**15, "x", "y")


def test_what_does_not_fit_is_said(machine):
    memory.check_fits(1_000_000_000, "set.npz", "take a part of it")
    with pytest.raises(
        ValueError, match=r"^set\.npz takes 2,000 MB of memory and 2,048 MB are free: take a part of it$"
    ):
        memory.check_fits(2_000_000_000, "set.npz", "take a part of it")
