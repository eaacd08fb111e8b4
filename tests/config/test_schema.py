"""The check of a configuration against the constructors it names."""

import pytest
from pydantic import TypeAdapter, ValidationError

from gan_runner import types
from gan_runner.config.errors import ConfigError
from gan_runner.config.schema import check, class_attribute, nearest, parameters
from gan_runner.networks.mlp import Generator
from gan_runner.systems.gan import GAN

EMA = "gan_runner.tricks.ema.EMA"
MLP = "gan_runner.networks.mlp.Generator"


def refusal(config: dict) -> str:
    with pytest.raises(ConfigError) as caught:
        check(config)
    return str(caught.value)


def test_a_good_configuration_passes():
    check(
        {
            "seed": 3,
            "resume": None,
            "latent": {"_target_": "gan_runner.latents.Gaussian", "latent_dim": 8},
            "tricks": {"ema": {"_target_": EMA, "decay": 0.9, "warmup": False}},
            "network": {"generator": {"_target_": MLP, "_partial_": True, "hidden": [8, 8], "latent_dim": 8}},
            "optimizer": {"generator": {"_target_": "torch.optim.Adam", "_partial_": True, "lr": 1e-3}},
            "anything": {"without": "a target is left alone"},
        }
    )


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"_target_": EMA, "dekay": 0.9}, r"unknown key tricks.ema.dekay (did you mean decay?)"),
        ({"_target_": EMA, "xyz": 1}, "unknown key tricks.ema.xyz; known: decay, warmup"),
        ({"_target_": EMA, "decay": "fast"}, "tricks.ema.decay='fast' is not valid: it should be a valid number"),
        ({"_target_": EMA, "decay": 1.5}, "tricks.ema.decay=1.5 is not valid: it should be less than 1"),
        ({"_target_": EMA, "decay": "0.9"}, "tricks.ema.decay='0.9' is not valid: it should be a valid number"),
        ({"_target_": EMA, "warmup": 1}, "tricks.ema.warmup=1 is not valid: it should be a valid boolean"),
        ({"_target_": EMA, "warmup": None}, "tricks.ema.warmup=None is not valid: it should be a valid boolean"),
        ({"_target_": "gan_runner.tricks.nothing.EMA"}, "tricks.ema._target_=gan_runner.tricks.nothing.EMA cannot be"),
    ],
)
def test_a_mistake_is_one_sentence_naming_the_key(node, said):
    assert refusal({"tricks": {"ema": node}}).startswith(said)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("lr", "1e-3", "optimizer.lr='1e-3' is not valid: it should be a valid number"),
        ("betas", [0.5], "optimizer.betas=[0.5] is not valid: it should have more elements"),
        ("betas", [0.5, 0.9, 0.9], "optimizer.betas=[0.5, 0.9, 0.9] is not valid"),
    ],
)
def test_types_of_a_third_party(key, value, said):
    assert refusal({"optimizer": {"_target_": "torch.optim.Adam", "_partial_": True, key: value}}).startswith(said)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"seed": -1}, "seed=-1 is not valid"),
        ({"seed": "x"}, "seed='x' is not valid: it should be a valid integer"),
        ({"seed": 2**32}, "seed=4294967296 is not valid"),
        ({"trace": "yes"}, "trace='yes' is not valid"),
        ({"resume": 3}, "resume=3 is not valid"),
    ],
)
def test_settings_of_no_constructor(settings, said):
    assert refusal(settings).startswith(said)


def test_of_a_number_that_others_repeat_its_own_key_is_named():
    said = refusal({"optimizer": {"generator": {"lr": float("nan")}, "lr": float("nan")}})
    assert said == "optimizer.lr=nan is not valid: it should be a finite number"


def test_elements_and_choices_are_checked():
    said = refusal({"network": {"generator": {"_target_": MLP, "hidden": [8, 0]}}})
    assert said.startswith("network.generator.hidden=[8, 0] is not valid: it should be greater than or equal to 1")
    assert "at least 1 item" in refusal({"network": {"generator": {"_target_": MLP, "hidden": []}}})
    said = refusal({"network": {"generator": {"_target_": MLP, "activation": "gelu"}}})
    assert said == "network.generator.activation='gelu' is not valid: it should be 'relu', 'leaky_relu' or 'tanh'"


@pytest.mark.parametrize(
    ("number", "inside", "outside"),
    [
        ("PositiveInt", [1, 7], [0, -1, 1.5]),
        ("NaturalInt", [0, 7], [-1, 0.5]),
        ("AtLeastTwo", [2, 7], [1, 0]),
        ("Seed", [0, 2**32 - 1], [-1, 2**32]),
        ("Positive", [1e-9, 1, 7.5], [0.0, -1.0]),
        ("NonNegative", [0.0, 0, 7.5], [-1e-9]),
        ("Share", [1e-9, 0.999], [0.0, 1.0]),
        ("ClosedShare", [0.0, 0.5, 1.0], [-1e-9, 1.001]),
        ("Fraction", [0.0, 0.999], [-1e-9, 1.0]),
        ("PositiveShare", [1e-9, 1.0], [0.0, 1.001]),
    ],
)
def test_constrained_numbers_allow_what_they_say(number, inside, outside):
    kind = TypeAdapter(getattr(types, number))
    for value in inside:
        assert kind.validate_python(value, strict=True) == value
    for value in outside:
        with pytest.raises(ValidationError):
            kind.validate_python(value, strict=True)


def test_targets_in_lists_are_found():
    assert refusal({"parts": [{"_target_": EMA}, {"_target_": EMA, "decai": 1}]}).startswith(
        "unknown key parts[1].decai"
    )


def test_a_node_as_an_argument_is_checked_as_that_node():
    outer = {"_target_": "gan_runner.data.synthetic.Synthetic", "augment": {"_target_": "gan_runner.data.base.Augment"}}
    check({"data": outer})
    outer["augment"]["flip"] = True
    assert refusal({"data": outer}).startswith("unknown key data.augment.flip (did you mean hflip?)")


def test_kwargs_stand_for_the_next_class():
    accepted, open_ended = parameters(GAN)
    assert {"shape", "latent", "discriminator_steps", "gradient_clip"} <= set(accepted)
    assert not open_ended
    accepted, _ = parameters(Generator)
    assert "self" not in accepted


def test_what_a_class_says_of_itself():
    patchgan = {"_target_": "gan_runner.networks.patchgan.Discriminator", "_partial_": True, "layers": 1}
    assert class_attribute(patchgan, "judges_patches") is True
    assert class_attribute({"_target_": MLP}, "judges_patches") is False
    assert class_attribute({"_target_": MLP}, "kinds", ()) == ()


def test_nearest():
    assert nearest("latentdim", ["latent_dim", "width"]) == " (did you mean latent_dim?)"
    assert nearest("zzz", ["b", "a"]) == "; known: a, b"
    assert nearest("zzz", []) == ""


@pytest.mark.parametrize(
    ("encoder", "said"),
    [
        ("gan_runner.networks.ganomaly.Encoder", ": network=ganomaly has a discriminator of images, and this model"),
        ("gan_runner.networks.vae.Encoder", "; known: activation, dropout, hidden, num_classes, shape"),
    ],
)
def test_a_setting_of_another_discriminator_is_told_from_one_that_nobody_knows(encoder, said):
    network = {
        "encoder": {"_target_": encoder, "_partial_": True},
        "discriminator": {"_target_": "gan_runner.networks.mlp.Discriminator", "_partial_": True, "width": 3},
    }
    likelihood = {"_target_": "gan_runner.likelihoods.gaussian.Gaussian", "_partial_": True}
    told = refusal({"network": network, "likelihood": likelihood})
    assert told.startswith(f"unknown key network.discriminator.width{said}")
    assert refusal({"network": network}).endswith("known: activation, dropout, hidden, num_classes, shape")
