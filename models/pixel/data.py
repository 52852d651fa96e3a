"""The pictures and their words: every emoji of `emoji-datasource-google`, and copies in other colours.

The archive comes from the npm registry (images: Noto Emoji, Apache-2.0). Each picture is put on white and reduced from 64 to `size`
pixels. Some pairs of a thing and an attribute are never shown to a model in training: see `is_held_out`.
"""

import colorsys
import functools
import hashlib
import json
import pathlib
import random
import re
import tarfile
import urllib.request
from dataclasses import dataclass

import numpy as np
from PIL import Image

VERSION = "16.0.0"
URL = f"https://registry.npmjs.org/emoji-datasource-google/-/emoji-datasource-google-{VERSION}.tgz"
SHA256 = "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438"

# Hue in degrees, saturation and value factors: what a picture in this colour is.
COLOURS = {
    "red": (0, 1.0, 1.0),
    "orange": (28, 1.0, 1.05),
    "yellow": (52, 1.0, 1.15),
    "green": (125, 0.9, 0.95),
    "blue": (215, 0.95, 1.0),
    "purple": (275, 0.9, 0.95),
    "pink": (325, 0.6, 1.15),
}
COLOURED = {"Animals & Nature", "Food & Drink", "Objects", "Travel & Places", "Activities", "Smileys & Emotion"}
TONES = {
    "1F3FB": "light skin tone",
    "1F3FC": "medium-light skin tone",
    "1F3FD": "medium skin tone",
    "1F3FE": "medium-dark skin tone",
    "1F3FF": "dark skin tone",
}
ARTICLES = ("a ", "an ", "the ", "a picture of a ")
# Named by its adjective in words of colour already, so that a copy in another colour would contradict its own name.
COLOUR_WORDS = re.compile(r"\b(red|orange|yellow|green|blue|purple|pink|white|black|brown|grey)\b")


@dataclass(frozen=True)
class Item:
    """One picture: what it shows, in which attribute, and how it is called."""

    thing: str
    attribute: str
    names: tuple[str, ...]
    file: str
    colour: str | None = None

    @property
    def is_held_out(self) -> bool:
        """One pair of a thing and an attribute in ten, chosen by a hash: the thing is known in other attributes, the attribute in other
        things, the pair is never trained on."""
        if not self.attribute:
            return False
        return hashlib.sha256(f"{self.thing}/{self.attribute}".encode()).digest()[0] < 26


def archive(folder: pathlib.Path) -> pathlib.Path:
    """The archive of the pictures; fetched once, checked always."""
    path = folder / f"emoji-datasource-google-{VERSION}.tgz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        urllib.request.urlretrieve(URL, part)
        part.rename(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"{path} has the SHA-256 {digest}, expected {SHA256}: delete it and run again")
    return path


def plain(name: str) -> str:
    return re.sub(r"\s+", " ", name.lower().replace("_", " ").replace("’", "'")).strip()


def items(folder: pathlib.Path) -> tuple[list[Item], dict[str, bytes]]:
    """Every picture as an item, coloured copies included, and the files of the archive by name."""
    files, table = {}, None
    with tarfile.open(archive(folder)) as tar:
        for member in tar:
            if member.name == "package/emoji.json":
                table = json.load(tar.extractfile(member))
            elif member.name.startswith("package/img/google/64/"):
                files[member.name.rsplit("/", 1)[1]] = tar.extractfile(member).read()
    found = []
    for emoji in sorted(table, key=lambda e: e["unified"]):
        if emoji["category"] == "Component" or emoji["image"] not in files:
            continue
        name = plain(emoji["name"] or emoji["short_name"])
        names = [name] + [plain(s).replace("-", " ") for s in emoji["short_names"]]
        if emoji["subcategory"] == "country-flag":
            names = ["flag of " + name.removesuffix(" flag")] + names[:1]
        names = tuple(dict.fromkeys(names))
        gender = next((g for g in ("woman", "man") if re.search(rf"\b{g}\b", name)), "")
        thing = re.sub(r"\b(wo)?man\b", "person", name) if gender else name
        found.append(Item(thing, gender, names, emoji["image"]))
        for code, variant in emoji.get("skin_variations", {}).items():
            if code in TONES and variant["image"] in files:
                toned = tuple(f"{n}, {TONES[code]}" for n in names)
                found.append(Item(name, TONES[code], toned, variant["image"]))
        if emoji["category"] in COLOURED and not COLOUR_WORDS.search(name):
            for colour in COLOURS:
                found.append(Item(name, colour, tuple(f"{colour} {n}" for n in names), emoji["image"], colour))
    return found, files


@functools.lru_cache(maxsize=None)
def _reduced(data: bytes, size: int) -> Image.Image:
    import io

    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    white.alpha_composite(picture)
    return white.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)


def recoloured(rgb: np.ndarray, colour: str) -> np.ndarray:
    """The picture with every coloured pixel in the hue of `colour`; greys, black and white stay. Shape `[size, size, 3]`, u8."""
    hue, saturation, value = COLOURS[colour]
    x = rgb.astype(np.float32) / 255
    high, low = x.max(-1), x.min(-1)
    s = np.where(high > 0, (high - low) / np.maximum(high, 1e-6), 0)
    new_s = np.clip(s * saturation, 0, 1)
    new_v = np.clip(high * value, 0, 1)
    pure = np.array(colorsys.hsv_to_rgb(hue / 360, 1.0, 1.0), dtype=np.float32)
    out = new_v[..., None] * (1 - new_s[..., None] * (1 - pure))
    return np.rint(np.clip(out, 0, 1) * 255).astype(np.uint8)


def pixels(item: Item, files: dict[str, bytes], size: int) -> np.ndarray:
    """The picture of an item: `[size, size, 3]`, u8."""
    rgb = np.asarray(_reduced(files[item.file], size))
    return recoloured(rgb, item.colour) if item.colour else rgb


def caption(item: Item, rng: random.Random) -> str:
    """One way to ask for the item: one of its names, sometimes with an article, sometimes with a word left out."""
    text = item.names[0] if rng.random() < 0.5 else rng.choice(item.names)
    words = text.split(" ")
    if len(words) > 3 and rng.random() < 0.2:
        del words[rng.randrange(len(words))]
        text = " ".join(words)
    return rng.choice(ARTICLES) + text if rng.random() < 0.25 else text
