"""What a trained model can do, in figures: one JSON line each.

    python evaluate.py pixel

Reconstruction is measured on the weights that ship (half precision); the loss of the prior on the first name of each picture, for what was
trained on and for the pairs that were held out: a thing in a skin tone, gender or colour in which it was never shown.
"""

import argparse
import json
import pathlib

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

import data
import prior
import vq
import words
from sizes import SIZES

HERE = pathlib.Path(__file__).parent


def load(size, folder: pathlib.Path, work: pathlib.Path):
    """The shipped prior and decoder, and the encoder, which stays in the checkpoint."""
    shipped = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    model = prior.Prior(size)
    model.load_state_dict({name.removeprefix("model."): v for name, v in shipped.items() if name.startswith("model.")})
    auto = vq.AutoEncoder(size)
    auto.load_state_dict(torch.load(work / f"{size.name}-vq.pt", weights_only=True)["model"])
    exact = auto.codebook.weight.clone()
    auto.codebook.weight.copy_(shipped["vq_decoder.codebook.weight"])
    drift = (auto.codebook.weight - exact).abs().max().item()
    assert drift < 0.05 * exact.abs().max().item(), "the checkpoint is another model's"
    for i, conv in enumerate(auto.decoder.convs):
        o, c = conv.weight.shape[:2]
        conv.weight.data = shipped[f"vq_decoder.convs.{i}.weight"].view(o, 3, 3, c).permute(0, 3, 1, 2).contiguous()
        conv.bias.data = shipped[f"vq_decoder.convs.{i}.bias"]
    return model.eval(), auto.eval(), Tokenizer.from_file(str(folder / "tokenizer.json"))


def kind(item: data.Item) -> str:
    if item.colour:
        return "colour"
    if item.attribute.endswith("tone"):
        return "skin tone"
    return "gender" if item.attribute else "plain"


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("--work", type=pathlib.Path, default=HERE / "work")
    parser.add_argument("--model", type=pathlib.Path, help="the model's folder (default: of the size's name beside this)")
    options = parser.parse_args()
    size = SIZES[options.size]
    model, auto, tokenizer = load(size, options.model or HERE / size.name, options.work)
    items, files = data.items(options.work)
    groups = {}
    for item in items:
        groups.setdefault((kind(item), item.is_held_out), []).append(item)
    for (name, held_out), group in sorted(groups.items()):
        # A hundred of each group, evenly spread, are enough for two digits.
        group = group[:: max(1, len(group) // 100)][:100]
        pictures = torch.from_numpy(np.stack([data.pixels(item, files, size.pixels) for item in group]))
        codes = auto.encode(pictures)
        captions = [words.encode(tokenizer, item.names[0]) for item in group]
        losses = [prior.batch_loss(model, c, k, size) for c, k in zip(batches(captions), codes.split(20))]
        loss = torch.cat(losses).mean().item()
        conditions = {"model": size.name, "group": name, "held_out": held_out, "pictures": len(group)}
        show("reconstruction", vq.psnr(auto.decode(codes), pictures), "dB", conditions)
        show("perplexity", float(np.exp(loss)), "a code", conditions)


def batches(values, n: int = 20):
    return [values[i : i + n] for i in range(0, len(values), n)]


def show(name, value, unit, conditions):
    print(json.dumps({"name": name, "value": round(value, 2), "unit": unit, "conditions": conditions}), flush=True)


if __name__ == "__main__":
    main()
