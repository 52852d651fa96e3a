"""Captions as ids: a byte-level BPE trained on the captions, then the id that ends a caption."""

import random

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import data
from sizes import CAPTION, Size

END = "<|image|>"


def tokenizer(items: list[data.Item], size: Size) -> Tokenizer:
    """Made from the names of what is trained on; `text_ids` pieces, then the end of a caption."""
    rng = random.Random(size.seed)
    texts = [data.caption(item, rng) for item in items if not item.is_held_out for _ in range(2)]
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True)
    made.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=size.text_ids, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator(texts, trainer)
    assert made.get_vocab_size() == size.text_ids, "the captions have too few pieces"
    made.add_special_tokens([END])
    return made


def encode(tok: Tokenizer, caption: str) -> list[int]:
    """What the chat template makes of a caption: lower case, trimmed, its end marked."""
    ids = tok.encode(caption.lower().strip() + END).ids
    assert len(ids) <= CAPTION, f"{caption!r} is {len(ids)} ids"
    return ids
