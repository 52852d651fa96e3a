"""The vector-quantised auto-encoder: a picture to `grid²` codes of a codebook, and back.

Only the codebook and the decoder ship. The decoder is what CIS-1 computes: convolutions of 3x3 with zero padding, SiLU between them,
nearest-neighbour doubling, colours in [-1, 1]. No normalisation, so that nothing stands between two convolutions but one rounding.
"""

import math
import time

import torch
import torch.nn.functional as nn_f
from torch import nn

from sizes import Size


class Decoder(nn.Module):
    """`[B, code_dim, grid, grid]` to `[B, 3, 4·grid, 4·grid]` in about [-1, 1]."""

    def __init__(self, size: Size):
        super().__init__()
        self.doubled = [double for _, double in size.decoder]
        widths = [size.code_dim] + [channels for channels, _ in size.decoder]
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        for i, (conv, double) in enumerate(zip(self.convs, self.doubled)):
            if double:
                x = nn_f.interpolate(x, scale_factor=2, mode="nearest")
            x = conv(x)
            if i + 1 < len(self.convs):
                x = nn_f.silu(x)
        return x


class Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, x):
        return x + self.body(x)


class Encoder(nn.Module):
    """`[B, 3, 4·grid, 4·grid]` to `[B, code_dim, grid, grid]`; used in training alone."""

    def __init__(self, size: Size):
        super().__init__()
        w = size.encoder_width
        self.body = nn.Sequential(
            nn.Conv2d(3, w, 4, stride=2, padding=1), Residual(w),
            nn.Conv2d(w, 2 * w, 4, stride=2, padding=1), Residual(2 * w), Residual(2 * w),
            nn.GroupNorm(8, 2 * w), nn.SiLU(), nn.Conv2d(2 * w, size.code_dim, 1),
        )

    def forward(self, x):
        return self.body(x)


class Codebook(nn.Module):
    """Codes that follow the mean of what they stand for (exponential moving averages); a code that nothing uses moves to a random input."""

    def __init__(self, size: Size, decay: float = 0.99):
        super().__init__()
        self.decay = decay
        self.register_buffer("weight", torch.randn(size.codes, size.code_dim) * 0.1)
        self.register_buffer("count", torch.ones(size.codes))
        self.register_buffer("total", self.weight.clone())

    def nearest(self, flat):
        distance = flat.pow(2).sum(1, keepdim=True) - 2 * flat @ self.weight.t() + self.weight.pow(2).sum(1)
        return distance.argmin(1)

    def forward(self, x):
        b, c, h, w = x.shape
        flat = x.permute(0, 2, 3, 1).reshape(-1, c).float()
        ids = self.nearest(flat)
        if self.training:
            with torch.no_grad():
                n = len(self.weight)
                counts = torch.bincount(ids, minlength=n).float()
                sums = torch.zeros_like(self.total).index_add_(0, ids, flat)
                self.count.mul_(self.decay).add_(counts, alpha=1 - self.decay)
                self.total.mul_(self.decay).add_(sums, alpha=1 - self.decay)
                dead = self.count < 0.05 * self.count.mean()
                self.weight.copy_(self.total / self.count.clamp(min=1e-3)[:, None])
                if dead.any():
                    fresh = flat[torch.randint(len(flat), (int(dead.sum()),))]
                    self.weight[dead] = fresh
                    self.total[dead] = fresh * self.count.mean()
                    self.count[dead] = self.count.mean()
        chosen = self.weight[ids].view(b, h, w, c).permute(0, 3, 1, 2)
        commit = nn_f.mse_loss(x.float(), chosen)
        return x + (chosen - x).detach(), ids.view(b, h, w), commit


class AutoEncoder(nn.Module):
    def __init__(self, size: Size):
        super().__init__()
        self.encoder, self.codebook, self.decoder = Encoder(size), Codebook(size), Decoder(size)

    def forward(self, x):
        chosen, ids, commit = self.codebook(self.encoder(x))
        return self.decoder(chosen), ids, commit

    @torch.no_grad()
    def encode(self, pictures, batch: int = 256):
        """u8 `[N, size, size, 3]` to codes `[N, grid²]`."""
        self.eval()
        parts = [self.codebook(self.encoder(to_float(p)))[1].flatten(1) for p in pictures.split(batch)]
        return torch.cat(parts)

    @torch.no_grad()
    def decode(self, codes):
        """Codes `[N, grid²]` to u8 `[N, size, size, 3]`."""
        grid = math.isqrt(codes.shape[1])
        x = self.codebook.weight[codes].view(len(codes), grid, grid, -1).permute(0, 3, 1, 2)
        return to_bytes(self.decoder(x))


def to_float(pictures):
    return pictures.permute(0, 3, 1, 2).float() / 127.5 - 1


def to_bytes(x):
    return ((x.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1)


def edges(x):
    return x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]


def psnr(a, b):
    mse = (a.float() - b.float()).pow(2).mean(dim=(1, 2, 3)).clamp(min=1e-3)
    return (10 * torch.log10(255**2 / mse)).mean().item()


def train(size: Size, pictures, weights, device, save, state=None):
    """Train on u8 `pictures`, drawn by `weights`; `save` is called with what is needed to go on."""
    torch.manual_seed(size.seed)
    model = AutoEncoder(size).to(device)
    model.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=1e-4)
    first = 0
    if state:
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        first = state["step"]
    average = state["average"] if state else None
    started = time.time()
    for step in range(first, size.vq_steps):
        warm, left = min(1, (step + 1) / 200), 0.5 * (1 + math.cos(math.pi * step / size.vq_steps))
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * warm * (0.02 + 0.98 * left)
        generator = torch.Generator().manual_seed(size.seed * 1_000_003 + step)
        rows = torch.multinomial(weights, 64, replacement=True, generator=generator)
        x = to_float(pictures[rows].to(device)).contiguous(memory_format=torch.channels_last)
        if torch.rand((), generator=generator) < 0.5:
            x = x.flip(3)
        model.train()
        with torch.autocast(device.type, torch.bfloat16):
            y, _, commit = model(x)
        y = y.float()
        loss = nn_f.mse_loss(y, x) + 0.25 * nn_f.l1_loss(y, x) + 0.25 * commit
        for got, want in zip(edges(y), edges(x)):
            loss = loss + 0.25 * nn_f.l1_loss(got, want)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            now = {k: v.detach().float().clone() for k, v in model.decoder.state_dict().items()}
            if average is None or step < 500:
                average = now
            else:
                for key, value in now.items():
                    average[key].mul_(0.998).add_(value, alpha=0.002)
        if step % 250 == 249 or step + 1 == size.vq_steps:
            print(f"vq {size.name} step {step + 1}/{size.vq_steps} loss {loss.item():.4f} "
                  f"psnr of the batch {psnr(to_bytes(y.detach()), to_bytes(x)):.2f} dB, "
                  f"{(time.time() - started) / (step + 1 - first) * 1000:.0f} ms a step", flush=True)
            save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "average": average, "step": step + 1})
    model.decoder.load_state_dict(average)
    model.eval()
    return model
