"""Texts of more tokens than the model takes never lose their end unasked: refused, cut where asked, or read in pieces."""

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from ml_serving.errors import RequestError
from tests.texts.asked import (
    HANDLERS,
    PARAMETERS,
    as_inputs,
    ask,
    assert_alike,
    expected_of,
    predictor_of,
    request,
)
from tests.texts.models import MOST_TOKENS, save, sentences

of_a_task = pytest.mark.parametrize("task", ["token-classification"], indirect=True, scope="session")
# Of one to four bytes a character, some with accents that the tokenizer takes off, some that it does not know.
LONG = " ".join(
    f"{text}, café {sign} naïf." for text, sign in zip(sentences(12, seed=5), "äß€日本語🙂🚀ﬀİ𝒜é", strict=True)
)
STRATEGIES = ["simple", "first", "average", "max"]


@pytest.mark.parametrize(
    "task",
    ["text-classification", "token-classification", "feature-extraction", "fill-mask", "zero-shot-classification"],
    indirect=True,
    scope="session",
)
def test_too_long_a_text_is_refused_with_its_length_or_cut_where_asked(
    task: str, predicting: Any, expected: Any
) -> None:
    [long] = as_inputs(task, ["figo " * 200])
    masked = f"[MASK] {long}" if task == "fill-mask" else long
    parameters = PARAMETERS[task][0]
    [(status, answer), (cut, answered)] = ask(
        predicting, request(masked, parameters), request(masked, {**parameters, "truncation": True})
    )
    assert status == 400
    assert f"more than the {MOST_TOKENS} that the model takes" in answer["error"]
    assert '"truncation": true' in answer["error"]
    assert ('"stride"' in answer["error"]) == (task == "token-classification")
    assert cut == 200, answered
    if task == "feature-extraction":
        assert len(answered[0]) == MOST_TOKENS
    else:
        # What the others do by themselves is what this pipeline does where asked.
        asked = {"truncation": True} if task == "text-classification" else {}
        if task == "fill-mask":
            asked = {"tokenizer_kwargs": {"truncation": True}}
        assert_alike(expected(masked, **parameters, **asked), answered)


@of_a_task
@pytest.mark.parametrize("stride", [0, 1, 20, 47])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_entities_in_pieces_of_a_text_are_put_together_as_the_pipeline_does_it(
    predicting: Any, expected: Any, strategy: str, stride: int
) -> None:
    parameters = {"aggregation_strategy": strategy, "stride": stride}
    short = sentences(1)[0]
    answers = ask(predicting, *(request(asked, parameters) for asked in (LONG, short, [LONG, short])))
    assert [status for status, _ in answers] == [200] * 3, answers
    found, *others = [answer for _, answer in answers]
    assert_alike(expected(LONG, **parameters), found)
    assert_alike(expected(short, **parameters), others[0])
    assert_alike([found, others[0]], others[1])
    # To the end of the text, in characters.
    assert found[-1]["end"] > len(LONG) - 40
    assert all(LONG[one["start"] : one["end"]].strip() for one in found)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_tokens_that_are_parts_of_characters_are_put_together_as_the_pipeline_does_it(
    tmp_path: Path, strategy: str
) -> None:
    words = byte_level()
    own = {"vocab_size": len(words), "pad_token_id": words.pad_token_id, "max_position_embeddings": MOST_TOKENS + 2}
    save("token-classification", tmp_path, "roberta", **own)
    words.save_pretrained(tmp_path)
    predicting = predictor_of("token-classification", HANDLERS["token-classification"].load(tmp_path))
    torch.set_num_threads(1)
    expected = expected_of("token-classification", tmp_path)
    for stride in (0, 7, 30):
        parameters = {"aggregation_strategy": strategy, "stride": stride}
        [(status, answer)] = ask(predicting, request(LONG, parameters))
        assert status == 200, answer
        assert_alike(expected(LONG, **parameters), answer)


@of_a_task
@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"stride": 4}, "aggregation_strategy must be simple, first, average or max"),
        ({"stride": 4, "aggregation_strategy": "none"}, "aggregation_strategy must be simple, first, average or max"),
        ({"stride": 48, "aggregation_strategy": "simple"}, "stride must be at most 47, half of"),
        ({"stride": -1, "aggregation_strategy": "simple"}, "stride must be a whole number from 0"),
        ({"stride": True, "aggregation_strategy": "simple"}, "stride must be a whole number from 0"),
    ],
    ids=str,
)
def test_pieces_that_cannot_be_put_together_are_refused(predicting: Any, parameters: dict, said: str) -> None:
    [(status, answer)] = ask(predicting, request(LONG, parameters))
    assert status == 400
    assert said in answer["error"]


@pytest.mark.parametrize("task", ["zero-shot-classification"], indirect=True, scope="session")
def test_a_label_never_loses_its_end(predicting: Any) -> None:
    parameters = {"candidate_labels": ["bade", "figo " * 100], "truncation": True}
    [(status, answer)] = ask(predicting, request("bade", parameters))
    assert status == 400
    assert answer["error"] == f"candidate_labels[1] leaves no room for the text in {MOST_TOKENS} tokens"


@pytest.mark.parametrize("task", ["fill-mask"], indirect=True, scope="session")
def test_a_mask_that_is_cut_off_is_missed(predicting: Any) -> None:
    [(status, answer)] = ask(predicting, request("figo " * 200 + "[MASK]", {"truncation": True}))
    assert status == 400
    assert answer["error"] == "there is no [MASK] in what the model takes of the text"


@pytest.mark.parametrize("task", ["question-answering"], indirect=True, scope="session")
def test_pieces_of_a_context_share_as_many_tokens_as_are_asked_for(task: str, predicting: Any) -> None:
    asked = {"question": "bade?", "context": LONG}
    whole = len(predicting.pretrained.tokenizer(LONG, add_special_tokens=False)["input_ids"])
    for stride in (0, 1, 30):
        pieces = [
            [
                offset
                for offset, part in zip(one["encoding"].offsets, one["encoding"].sequence_ids, strict=True)
                if part == 1
            ]
            for one in HANDLERS[task].encode(predicting.task, asked, {"stride": stride})
        ]
        shared = [len({*one} & {*other}) for one, other in itertools.pairwise(pieces)]
        assert len(pieces) > 2
        assert {*shared} == {stride}
        assert sum(map(len, pieces)) - sum(shared) == whole
    with pytest.raises(RequestError, match="stride must be at most 45"):
        HANDLERS[task].encode(predicting.task, asked, {"stride": 46})


def byte_level() -> PreTrainedTokenizerFast:
    """As RoBERTa's: a character beyond ASCII is several tokens, and no word's token says that it goes on with one."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet)
    made.train_from_iterator(sentences(30), trainer)
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<pad>"
    )
