"""Names of figures that something else than the generator earned."""

from gan_runner.figures import is_control


def test_controls_are_told_by_their_endings() -> None:
    names = (
        "frechet/extractor/9/real",
        "a2b_l1/pixels/9/identity",
        "a2b_l1/pixels/9/colour",
        "identity_a/pixels/9",
        "x/real/9",
    )
    assert [is_control(name) for name in names] == [True, True, True, False, False]
