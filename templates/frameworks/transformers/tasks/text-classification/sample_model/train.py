"""Trains a small classifier of moods from nothing: saves it, and requests to try it with.

It knows a few dozen words. It shows how a project works, not how texts are classified.
"""

import itertools
import json
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from tokenizers.trainers import WordPieceTrainer
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

PROJECT = Path(__file__).resolve().parent.parent
LABELS = ["negative", "positive"]
THINGS = ["the film", "the food", "this book", "the room", "our trip", "the music"]
MOODS = [
    ["dull", "awful", "boring", "too long", "a waste of time", "cold and sad"],
    ["great", "lovely", "a delight", "worth every minute", "warm and funny", "superb"],
]
ENDS = ["", " from start to end", ", my friends said", ", and I would say so again"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def main() -> None:
    random.seed(0)
    torch.manual_seed(0)
    # So small a model is trained faster without others.
    torch.set_num_threads(1)
    examples = [
        (f"{thing} was {mood}{end}", label)
        for label, moods in enumerate(MOODS)
        for thing, mood, end in itertools.product(THINGS, moods, ENDS)
    ]
    random.shuffle(examples)
    held_back, training = examples[:40], examples[40:]
    tokenizer = make_tokenizer([text for text, _ in training])
    model = make_model(len(tokenizer))
    train(model, tokenizer, training)
    right = sum(
        predicted == label
        for predicted, (_, label) in zip(
            predict(model, tokenizer, held_back), held_back, strict=True
        )
    )
    print(f"accuracy on {len(held_back)} texts held back: {right / len(held_back):.2f}")

    path = PROJECT / "model"
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    # The weights were for their owner only; the container runs as another user.
    (path / "model.safetensors").chmod(0o644)
    print(f"saved {path.relative_to(PROJECT)}/")
    write_payloads([text for text, _ in held_back[:3]])


def make_tokenizer(texts: list[str]) -> BertTokenizerFast:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = WordPieceTrainer(vocab_size=400, special_tokens=SPECIAL)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", tokenizer.token_to_id("[SEP]")),
        ("[CLS]", tokenizer.token_to_id("[CLS]")),
    )
    return BertTokenizerFast(tokenizer_object=tokenizer, model_max_length=128)


def make_model(words: int) -> BertForSequenceClassification:
    config = BertConfig(
        vocab_size=words,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    return BertForSequenceClassification(config)


def train(
    model: BertForSequenceClassification,
    tokenizer: BertTokenizerFast,
    examples: list[tuple[str, int]],
) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    model.train()
    for _ in range(6):
        for first in range(0, len(examples), 16):
            texts, labels = zip(*examples[first : first + 16], strict=True)
            inputs = tokenizer(list(texts), padding=True, return_tensors="pt")
            model(**inputs, labels=torch.tensor(labels)).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    model.eval()


@torch.inference_mode()
def predict(
    model: BertForSequenceClassification,
    tokenizer: BertTokenizerFast,
    examples: list[tuple[str, int]],
) -> list[int]:
    texts = [text for text, _ in examples]
    inputs = tokenizer(texts, padding=True, return_tensors="pt")
    return model(**inputs).logits.argmax(dim=1).tolist()


def write_payloads(texts: list[str]) -> None:
    folder = Path(__file__).resolve().parent / "payloads"
    folder.mkdir(exist_ok=True)
    (folder / "payload.json").write_text(json.dumps({"inputs": texts}) + "\n")
    lines = [json.dumps({"inputs": text}) + "\n" for text in texts]
    (folder / "payload.jsonl").write_text("".join(lines))
    (folder / "payload.txt").write_text(texts[0])
    print(f"wrote requests to {folder.relative_to(PROJECT)}/")


if __name__ == "__main__":
    main()
