"""The two models that ship: shapes and how long each is trained."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """A text-to-image model: a picture of `grid·4` pixels a side is `grid²` ids of a codebook."""

    name: str
    grid: int
    # The vector-quantised auto-encoder.
    codes: int
    code_dim: int
    # Channels of the decoder's convolutions; a `True` doubles the map before it. The last has the three colours.
    decoder: tuple[tuple[int, bool], ...]
    encoder_width: int
    vq_steps: int
    # The prior, a decoder transformer of the Llama family.
    d_model: int
    n_layers: int
    n_heads: int
    d_ff: int
    text_ids: int
    prior_steps: int
    batch: int
    rate: float
    colour_share: float
    # Round the weights to the importer's eight bits, so that what ships is what runs: a model this small feels the difference.
    eight_bits: bool = False
    seed: int = 7

    @property
    def pixels(self) -> int:
        return 4 * self.grid

    @property
    def tokens(self) -> int:
        return self.grid * self.grid

    @property
    def vocab(self) -> int:
        """Ids of words, the id that ends a caption, and one id for every code."""
        return self.text_ids + 1 + self.codes

    @property
    def context(self) -> int:
        return CAPTION + self.tokens


# Longest caption in ids, its end included.
CAPTION = 64

SIZES = {
    "pixel": Size(
        name="pixel", grid=12, codes=511, code_dim=64,
        decoder=((96, False), (96, False), (96, True), (64, False), (32, True), (3, False)),
        encoder_width=64, vq_steps=6500,
        d_model=192, n_layers=5, n_heads=3, d_ff=448, text_ids=1024,
        prior_steps=4300, batch=64, rate=2e-3, colour_share=0.06,
    ),
    "pixel-nano": Size(
        name="pixel-nano", grid=6, codes=127, code_dim=32,
        decoder=((32, False), (32, True), (32, True), (3, False)),
        encoder_width=48, vq_steps=2500,
        d_model=64, n_layers=4, n_heads=2, d_ff=160, text_ids=384,
        prior_steps=5000, batch=96, rate=4e-3, colour_share=0.15, eight_bits=True,
    ),
}
