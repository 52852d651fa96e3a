"""The prior: a decoder transformer of the Llama family that continues a caption with the ids of a picture.

What CIS-1 runs: RMSNorm, RoPE on halves, SwiGLU, no biases, the head tied to the embedding.
"""

import math
import time

import torch
import torch.nn.functional as nn_f
from torch import nn

from sizes import Size

EPS = 1e-5
ROPE_BASE = 10000.0


class RmsNorm(nn.Module):
    def __init__(self, d: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        return nn_f.rms_norm(x, self.weight.shape, self.weight, EPS)


def rope(x, positions):
    """`[B, H, T, dh]`, rotated by pairs `(i, i + dh/2)`."""
    half = x.shape[-1] // 2
    angle = positions[:, None].float() * ROPE_BASE ** (-torch.arange(half, device=x.device).float() / half)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Layer(nn.Module):
    def __init__(self, size: Size, dropout: float):
        super().__init__()
        d, ff = size.d_model, size.d_ff
        self.heads, self.dropout = size.n_heads, dropout
        self.input_layernorm, self.post_attention_layernorm = RmsNorm(d), RmsNorm(d)
        self.self_attn = nn.ModuleDict({n: nn.Linear(d, d, bias=False) for n in ("q_proj", "k_proj", "v_proj", "o_proj")})
        self.mlp = nn.ModuleDict({
            "gate_proj": nn.Linear(d, ff, bias=False),
            "up_proj": nn.Linear(d, ff, bias=False),
            "down_proj": nn.Linear(ff, d, bias=False),
        })

    def forward(self, x, positions):
        b, t, d = x.shape
        h = self.input_layernorm(x)
        q, k, v = (self.self_attn[n](h).view(b, t, self.heads, -1).transpose(1, 2) for n in ("q_proj", "k_proj", "v_proj"))
        # Plain products: on a processor they are faster, backwards too, than the fused kernel.
        scores = rope(q, positions) @ rope(k, positions).transpose(2, 3) * (d // self.heads) ** -0.5
        hidden = torch.ones(t, t, dtype=torch.bool, device=x.device).triu(1)
        a = scores.masked_fill(hidden, -1e9).softmax(-1).to(v.dtype) @ v
        x = x + self.drop(self.self_attn["o_proj"](a.transpose(1, 2).reshape(b, t, d)))
        h = self.post_attention_layernorm(x)
        return x + self.drop(self.mlp["down_proj"](nn_f.silu(self.mlp["gate_proj"](h)) * self.mlp["up_proj"](h)))

    def drop(self, x):
        return nn_f.dropout(x, self.dropout, self.training)


class Prior(nn.Module):
    """Ids `[B, T]` to logits `[B, T, vocab]`."""

    def __init__(self, size: Size, dropout: float = 0.0):
        super().__init__()
        self.embed_tokens = nn.Embedding(size.vocab, size.d_model)
        self.layers = nn.ModuleList(Layer(size, dropout) for _ in range(size.n_layers))
        self.norm = RmsNorm(size.d_model)
        for name, p in self.named_parameters():
            if p.dim() > 1:
                std = 0.02 if "embed" in name else p.shape[1] ** -0.5
                nn.init.normal_(p, std=std / math.sqrt(2 * size.n_layers) if "o_proj" in name or "down" in name else std)

    def hidden(self, ids):
        x, positions = self.embed_tokens(ids), torch.arange(ids.shape[1], device=ids.device)
        for layer in self.layers:
            x = layer(x, positions)
        return self.norm(x)

    def forward(self, ids):
        return self.hidden(ids) @ self.embed_tokens.weight.t()


def batch_loss(model: Prior, captions, codes, size: Size, among_codes: bool = False):
    """Mean negative log-likelihood of the picture's ids, in nats. Captions are lists of ids of different lengths: rows are packed with
    the picture right after the caption, as generation has it, and padded behind. `among_codes` leaves the ids of words out of the choice."""
    ids = [c + p for c, p in zip(captions, (codes + size.text_ids + 1).tolist())]
    longest = max(map(len, ids))
    padded = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
    starts = torch.tensor([len(c) for c in captions])
    device = next(model.parameters()).device
    hidden = model.hidden(padded[:, :-1].to(device))
    # The position before each id of the picture.
    at = (starts[:, None] - 1 + torch.arange(size.tokens)).to(device)
    picked = hidden.gather(1, at[..., None].expand(-1, -1, hidden.shape[-1]))
    first = size.text_ids + 1 if among_codes else 0
    logits = picked @ model.embed_tokens.weight[first:].t()
    want = (codes + size.text_ids + 1 - first).to(device)
    return nn_f.cross_entropy(logits.float().flatten(0, 1), want.flatten(), reduction="none").view(want.shape)


def train(size: Size, draw, device, save, state=None):
    """Train on what `draw(step)` gives: captions as lists of ids and codes `[B, grid²]`."""
    torch.manual_seed(size.seed)
    model = Prior(size, dropout=0.0).to(device)
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}], lr=size.rate, betas=(0.9, 0.98))
    first, average = 0, None
    if state:
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        first, average = state["step"], state["average"]
    started, mean = time.time(), None
    for step in range(first, size.prior_steps):
        warm, left = min(1, (step + 1) / 300), 1 - step / size.prior_steps
        for group in optimiser.param_groups:
            group["lr"] = size.rate * warm * (0.01 + 0.99 * min(1, left / 0.7))
        captions, codes = draw(step)
        model.train()
        with torch.autocast(device.type, torch.bfloat16):
            # That no word may come is soon learnt, and kept by every fourth step.
            loss = batch_loss(model, captions, codes, size, among_codes=step > 500 and step % 4 != 0).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
        with torch.no_grad():
            now = model.state_dict()
            if average is None or step < 500:
                average = {k: v.clone() for k, v in now.items()}
            else:
                for key, value in now.items():
                    average[key].mul_(0.998).add_(value, alpha=0.002)
        if step % 100 == 99 or step + 1 == size.prior_steps:
            print(f"prior {size.name} step {step + 1}/{size.prior_steps} loss {mean:.4f} nats a code, "
                  f"{(time.time() - started) / (step + 1 - first) * 1000:.0f} ms a step", flush=True)
        if step % 250 == 249 or step + 1 == size.prior_steps:
            save({"model": now, "optimiser": optimiser.state_dict(), "average": average, "step": step + 1})
    model.load_state_dict(average)
    model.eval()
    return model
