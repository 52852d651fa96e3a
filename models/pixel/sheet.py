"""The contact sheet: each prompt's picture as the integer model draws it, and beside it the nearest picture that it was trained on.

    python sheet.py pixel ../../docs/pixel.png --openimo ../../target/debug/openimo

Prompts are those of `prompts.txt`, all of them, with seed 1 and the defaults of `openimo generate`. The list was fixed before training.
Nearest is by the mean square of the differences of pixels, over everything that was trained on, copies in other colours included.
"""

import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import data
from sizes import SIZES

HERE = pathlib.Path(__file__).parent
COLUMNS, SIDE, GAP, TEXT = 8, 96, 6, 30


def picture(openimo: str, model: str, prompt: str, seed: int, folder: pathlib.Path) -> np.ndarray:
    out = folder / "picture.png"
    command = [openimo, "generate", "--model", model, prompt, "--seed", str(seed), "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return np.asarray(Image.open(out).convert("RGB"))


def nearest(picture: np.ndarray, known: np.ndarray) -> np.ndarray:
    difference = ((known.astype(np.float32) - picture.astype(np.float32)) ** 2).mean(axis=(1, 2, 3))
    return known[int(difference.argmin())]


def lines(text: str, font, width: int) -> list[str]:
    found = [""]
    for word in text.split(" "):
        longer = f"{found[-1]} {word}".strip()
        if font.getlength(longer) > width and found[-1]:
            found.append(word)
        else:
            found[-1] = longer
    return found[:2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--openimo", default="openimo", help="the program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=pathlib.Path, default=HERE / "work", help="where the archive of the pictures is kept")
    options = parser.parse_args()
    size = SIZES[options.size]
    items, files = data.items(options.work)
    known = np.stack([data.pixels(item, files, size.pixels) for item in items if not item.is_held_out])
    prompts = (HERE / "prompts.txt").read_text().splitlines()
    cell_width, cell_height = 2 * SIDE + 2 + 2 * GAP, SIDE + TEXT + 2 * GAP
    rows = -(-len(prompts) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * cell_width, rows * cell_height), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    with tempfile.TemporaryDirectory() as folder:
        for i, prompt in enumerate(prompts):
            drawn = picture(options.openimo, options.size, prompt, options.seed, pathlib.Path(folder))
            x, y = i % COLUMNS * cell_width + GAP, i // COLUMNS * cell_height + GAP
            for offset, pixels in ((0, drawn), (SIDE + 2, nearest(drawn, known))):
                large = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.NEAREST)
                sheet.paste(large, (x + offset, y))
                draw.rectangle((x + offset, y, x + offset + SIDE - 1, y + SIDE - 1), outline=(200, 200, 200) if offset else (60, 60, 60))
            for k, line in enumerate(lines(prompt, font, 2 * SIDE)):
                draw.text((x, y + SIDE + 2 + 13 * k), line, fill=(40, 40, 40), font=font)
    sheet.save(options.out, optimize=True)
    print(f"{options.out}: {len(prompts)} prompts, {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
