"""Train a model from nothing but the registry's archive, and write what the importer reads: `python train.py pixel`.

Every random choice follows from the size's seed; checkpoints in `work/` let a run that was stopped go on. The same machine, threads and
library versions give the same weights; others give weights as good but not the same.
"""

import argparse
import pathlib
import random

import numpy as np
import torch

import data
import export
import prior
import vq
import words
from sizes import SIZES, Size

HERE = pathlib.Path(__file__).parent


def checkpoint(path: pathlib.Path, device):
    def save(state):
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.rename(path)

    state = torch.load(path, map_location=device, weights_only=True) if path.exists() else None
    return save, state


def sampling_weights(items: list[data.Item], colour_share: float) -> torch.Tensor:
    """How often a picture is drawn: plain ones most, the five skin tones of one thing together a little oftener than it, copies in other
    colours `colour_share` of the time, held-out ones never."""
    weight = torch.zeros(len(items))
    for i, item in enumerate(items):
        if not item.is_held_out and not item.colour:
            weight[i] = 0.3 if item.attribute.endswith("tone") else 1.0
    coloured = torch.tensor([bool(item.colour) and not item.is_held_out for item in items])
    weight[coloured] = weight.sum() * colour_share / (1 - colour_share) / coloured.sum()
    return weight / weight.sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("--work", type=pathlib.Path, default=HERE / "work", help="checkpoints and the archive of the pictures")
    parser.add_argument("--out", type=pathlib.Path, help="where the model goes (default: a folder of the size's name beside this)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--vq-steps", type=int, help="other than the size's own number")
    parser.add_argument("--prior-steps", type=int, help="other than the size's own number")
    options = parser.parse_args()
    size: Size = SIZES[options.size]
    changed = {k: v for k, v in (("vq_steps", options.vq_steps), ("prior_steps", options.prior_steps)) if v}
    size = Size(**{**size.__dict__, **changed})
    torch.set_num_threads(options.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    work = options.work
    items, files = data.items(work)
    pictures = torch.from_numpy(np.stack([data.pixels(item, files, size.pixels) for item in items]))
    weights = sampling_weights(items, size.colour_share)
    print(f"{len(items)} pictures, {int((weights == 0).sum())} held out, on {device}", flush=True)

    save, state = checkpoint(work / f"{size.name}-vq.pt", device)
    auto = vq.train(size, pictures, weights, device, save, state)
    encoded = work / f"{size.name}-codes.pt"
    if not encoded.exists():
        torch.save(auto.encode(pictures.to(device)).cpu(), encoded)
    codes = torch.load(encoded, weights_only=True)
    tokenizer = words.tokenizer(items, size)

    def draw(step: int):
        generator = torch.Generator().manual_seed(size.seed * 2_000_003 + step)
        rows = torch.multinomial(weights, size.batch, replacement=True, generator=generator)
        rng = random.Random(size.seed * 3_000_017 + step)
        return [words.encode(tokenizer, data.caption(items[r], rng)) for r in rows.tolist()], codes[rows]

    save, state = checkpoint(work / f"{size.name}-prior.pt", device)
    model = prior.train(size, draw, device, save, state)
    export.write(options.out or HERE / size.name, size, tokenizer, model, auto)


if __name__ == "__main__":
    main()
