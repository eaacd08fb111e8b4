"""A configuration that came with a file builds classes of this package and torch's optimizers, no more."""

import sys

import pytest

from gan_runner.config.trust import check_targets, vouched

HINGE = "gan_runner.losses.hinge.Hinge"


@pytest.mark.parametrize(
    "target",
    [
        HINGE,
        "gan_runner.systems.gan.GAN",
        "torch.optim.Adam",
        "torch.optim.adam.Adam",
        "torch.optim.lr_scheduler.CosineAnnealingLR",
    ],
)
def test_what_a_recipe_names_is_trusted(target):
    check_targets({"loss": {"_target_": target, "_partial_": True, "lr": 1e-3, "betas": [0.5, 0.999]}})


EVIL = [
    "os.system",
    "builtins.eval",
    "subprocess.Popen",
    "gan_runner.runs.record.subprocess.run",
    "gan_runner.runs.record.subprocess.Popen",
    "gan_runner.assemble.os.system",
    "gan_runner.assemble.instantiate",  # ours to call, not ours
    "gan_runner.assemble.assemble",  # ours, not a class
    "gan_runner.assemble.Trainer",  # a class, not ours
    "gan_runner.runs.checkpoints.Path",
    "torch.hub.load",
    "torch.load",
    "torch.optim.os.system",
    "torch.optim.adam.torch.load",
    "torch.optim.Adam.load_state_dict",
    "torch.optimizers.Adam",
    "gan_runner_evil.Class",
    "gan_runner.losses.nothing.Hinge",
    "gan_runner..losses",
    "gan_runner",
    "",
    "${oc.env:HOME}",
    3,
    None,
    ["gan_runner.losses.hinge.Hinge"],
]


@pytest.mark.parametrize("target", EVIL, ids=repr)
def test_anything_else_is_refused_with_its_place(target):
    with pytest.raises(ValueError, match=r"tricks\.evil\._target_=.*not trusted"):
        check_targets({"loss": {"_target_": HINGE}, "tricks": {"evil": {"_target_": target, "command": "true"}}})


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"network": {"layers": [{"_target_": HINGE}, {"_target_": "os.system"}]}}, r"network\.layers\[1\]"),
        ({"network": {"layers": [[({"_target_": "os.system"},)]]}}, r"network\.layers\[0\]\[0\]\[0\]"),
        ({"loss": {"_target_": HINGE, "_args_": [{"_target_": "os.system"}]}}, r"loss\._args_\[0\]"),
    ],
)
def test_nested_targets_are_found(config, place):
    with pytest.raises(ValueError, match=rf"{place}\._target_='os\.system'"):
        check_targets(config)


@pytest.mark.parametrize(
    "loss",
    [
        "${oc.create:{_target_:os.system,_args_:[true]}}",
        [["_target_", "os.system"], ["command", "true"]],  # dict() of it is a node
        (("_target_", "os.system"),),
        [{"_target_": HINGE, "os.system": 0}],  # dict() of it is {"_target_": "os.system"}
        {"_target_": HINGE, "x": "${oc.create:{_target_:os.system}}"},
    ],
    ids=repr,
)
def test_what_could_become_a_target_later_is_refused(loss):
    with pytest.raises(ValueError, match="in this checkpoint has"):
        check_targets({"loss": loss})


def test_nothing_outside_is_imported_while_checking():
    module = "wave"
    sys.modules.pop(module, None)
    for target in (f"{module}.open", f"gan_runner.{module}.open", f"torch.optim.{module}.open"):
        with pytest.raises(ValueError, match="not trusted"):
            check_targets({"loss": {"_target_": target}})
    assert module not in sys.modules


def test_sections_that_are_not_rebuilt_may_name_anything():
    check_targets({"data": {"_target_": "mine.Arrays", "path": "${oc.env:HOME}"}})
    check_targets({"trainer": {"_target_": "pytorch_lightning.Trainer"}, "logger": {"csv": {"_target_": "a.b"}}})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ([], False),
        (["run=x", "trust=true"], True),
        (["trust=True", "run=x"], True),
        (["+trust=true"], True),
        (["trust=true", "trust=false"], False),  # the last one counts, as for any key
        (["trust="], False),
        (["data.trust=true"], False),
        (["output=trust=true"], False),
    ],
)
def test_only_a_command_line_vouches_for_classes(line, said):
    assert vouched(line) is said
