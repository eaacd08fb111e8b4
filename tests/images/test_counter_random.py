import torch

from gan_runner.images.counter_random import Fixed, Free, hashed


def test_a_sample_draws_the_same_in_any_company():
    alone, together = Fixed(torch.tensor([7])), Fixed(torch.tensor([3, 7, 3]))
    for shape in ((1, 1, 1), (2, 4, 4)):
        one, three = alone.uniform(*shape), together.uniform(*shape)
        assert one.shape == (1, *shape)
        assert torch.equal(one[0], three[1])
        assert torch.equal(three[0], three[2])
        assert not torch.equal(three[0], three[1])
    torch.testing.assert_close(alone.normal(3)[0], together.normal(3)[1])


def test_hashing_is_that_of_the_source_and_collides_nowhere():
    # lowbias32(1), by hand: 1 ^ 0 = 1; · 7feb352d = 7feb352d; ^ >> 15 (ffd6) = 7febcafb; · 846ca68b mod 2³²; ^ >> 16
    product = (0x7FEBCAFB * 0x846CA68B) % 2**32
    assert hashed(torch.tensor([1])).tolist() == [product ^ (product >> 16)]
    assert hashed(torch.tensor([2**32 - 1])).item() < 2**32
    assert len(hashed(torch.arange(100_000)).unique()) == 100_000


def test_draws_are_uniform_and_normal_and_unrelated():
    draws = Fixed(torch.arange(200))
    first, second, normal = draws.uniform(1000), draws.uniform(1000), draws.normal(1000)
    assert first.min() > 0
    assert first.max() < 1
    expected = torch.full((10,), 20_000.0)
    torch.testing.assert_close(first.histc(10, 0, 1), expected, atol=600, rtol=0)
    for one, other in ((first, second), (first[1:], first[:-1]), (first[:, 1:], first[:, :-1])):
        assert torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1].abs() < 0.01
    assert normal.mean().abs() < 0.01
    assert (normal.std() - 1).abs() < 0.01
    assert ((normal.abs() < 1.96).float().mean() - 0.95).abs() < 0.005


def test_free_draws_are_those_of_torch():
    torch.manual_seed(3)
    expected = torch.rand(2, 5), torch.randn(2, 4)
    torch.manual_seed(3)
    free = Free(2, torch.device("cpu"))
    assert torch.equal(free.uniform(5), expected[0])
    assert torch.equal(free.normal(4), expected[1])
