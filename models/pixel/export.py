"""Write a trained model as the Hugging Face folder that the importer reads.

The transformer is a plain `llama`; `vq_decoder` in `config.json` says how ids become pixels. A convolution is stored as the matrix of
its unfolded form, `[out, 9·in]` with columns in the order (ky, kx, in), because that is the row that the arithmetic sums.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file

from prior import EPS, ROPE_BASE, Prior
from sizes import Size
from vq import AutoEncoder
from words import END

TEMPLATE = "{{ messages[-1]['content'] | lower | trim }}" + END
LICENCE = "Apache-2.0"


def config(size: Size) -> dict:
    return {
        "_name_or_path": size.name,
        "license": LICENCE,
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_act": "silu",
        "hidden_size": size.d_model,
        "intermediate_size": size.d_ff,
        "num_hidden_layers": size.n_layers,
        "num_attention_heads": size.n_heads,
        "num_key_value_heads": size.n_heads,
        "vocab_size": size.vocab,
        "max_position_embeddings": size.context,
        "rms_norm_eps": EPS,
        "rope_theta": ROPE_BASE,
        "tie_word_embeddings": True,
        "vq_decoder": {
            "first_code_id": size.text_ids + 1,
            "codes": size.codes,
            "code_dim": size.code_dim,
            "grid_height": size.grid,
            "grid_width": size.grid,
            "layers": [{"out_channels": channels, "upsample": double} for channels, double in size.decoder],
        },
    }


def rounded(matrix: torch.Tensor, block: int = 32) -> torch.Tensor:
    """The matrix on the grid of eight bits a weight that the importer has: 255 steps of the largest magnitude of each block of a row. What
    is on it comes through the import as it is, but for the rounding of the blocks' scales."""
    blocks = matrix.unflatten(1, (-1, block))
    step = blocks.abs().amax(-1, keepdim=True).half().float() / 127
    return (blocks / step.clamp(min=1e-12)).round().mul(step).flatten(1)


def tensors(size: Size, model: Prior, auto: AutoEncoder) -> dict[str, torch.Tensor]:
    found = {f"model.{name}": value for name, value in model.state_dict().items()}
    found["vq_decoder.codebook.weight"] = auto.codebook.weight
    for i, conv in enumerate(auto.decoder.convs):
        found[f"vq_decoder.convs.{i}.weight"] = conv.weight.permute(0, 2, 3, 1).flatten(1)
        found[f"vq_decoder.convs.{i}.bias"] = conv.bias
    if size.eight_bits:
        found = {name: rounded(value.detach().float()) if value.dim() == 2 else value for name, value in found.items()}
    return {name: value.detach().to(torch.float16).contiguous() for name, value in found.items()}


def write(folder: pathlib.Path, size: Size, tokenizer, model: Prior, auto: AutoEncoder):
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    texts = {
        "config.json": config(size),
        "tokenizer_config.json": {"chat_template": TEMPLATE},
        "generation_config.json": {"temperature": 0.5, "top_p": 0.9, "max_new_tokens": size.tokens},
    }
    for name, value in texts.items():
        (folder / name).write_text(json.dumps(value, indent=2) + "\n")
    save_file(tensors(size, model, auto), folder / "model.safetensors", metadata={"format": "pt", "licence": LICENCE})
    print(f"{folder}: {(folder / 'model.safetensors').stat().st_size} bytes of weights", flush=True)
