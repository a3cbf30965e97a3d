"""What the worker answers, held against transformers itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_serving.generation.adapter import Predictor
from ml_serving.generation.text import Text
from ml_serving.handler import GenerationHandler, checked
from ml_serving.pretrained.loading import Pretrained
from tests.generation import models
from tests.projects import handler_of

HANDLER = checked(handler_of("transformers_text_generation"), GenerationHandler)

PROMPTS = [
    "the quick brown",
    "a model that was trained on nothing says whatever comes to its mind and",
    "Größe über",
    "fox",
    "你好",
    "the lazy dog and runs into the dark wood and the quick",
    "x",
    "🙂",
]
JSON = b"application/json"


class Asked:
    """A model and its predictor, asked without a server."""

    def __init__(self, folder: Path) -> None:
        self.model, self.tokenizer, _ = HANDLER.load(folder)
        self.predictor = Predictor(HANDLER, Pretrained(self.model, self.tokenizer))

    def __call__(self, *documents: Any, content_type: bytes = JSON) -> list[tuple[int, Any]]:
        """Statuses and answers of requests that come together; of those in parts, the events."""
        bodies = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in documents]
        self.predictor.take([(number, body, content_type, None, None) for number, body in enumerate(bodies)])
        parts, answers = [b""] * len(bodies), [(0, b"")] * len(bodies)
        while not self.predictor.idle:
            for number, _, part, answer in self.predictor.step():
                parts[number] += part
                if answer:
                    answers[number] = answer[0], answer[2]
        return [
            (status, events(part) if part else json.loads(body))
            for part, (status, body) in zip(parts, answers, strict=True)
        ]

    def generated(self, prompt: str, tokens: int, **parameters: Any) -> str:
        """What transformers makes of it."""
        inputs = self.tokenizer(prompt, return_tensors="pt")
        ids = self.model.generate(**inputs, max_new_tokens=tokens, do_sample=False, **parameters)[0]
        return self.tokenizer.decode(ids[inputs.input_ids.shape[1] :], skip_special_tokens=True)


def events(content: bytes) -> list[Any]:
    texts = [one.removeprefix(b"data: ") for one in content.split(b"\n\n") if one]
    return [one if one == b"[DONE]" else json.loads(one) for one in texts]


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Asked]:
    made: dict[str, Asked] = {}

    def ask(kind: str) -> Asked:
        if kind not in made:
            made[kind] = Asked(models.make(kind, tmp_path_factory.mktemp(kind)))
        return made[kind]

    return ask


@pytest.fixture(scope="session")
def llama(ask: Callable[[str], Asked]) -> Asked:
    return ask("llama")


def asked(prompt: str, tokens: int = 40, **parameters: Any) -> dict[str, Any]:
    return {"inputs": prompt, "parameters": {"max_new_tokens": tokens, **parameters}}


def text(answer: tuple[int, Any]) -> str:
    status, document = answer
    assert status == 200, document
    return document[0]["generated_text"]


@pytest.mark.parametrize("kind", ["gpt2", "llama", "mistral", "qwen3"])
def test_a_text_is_what_generate_makes_alone_and_beside_others_of_other_lengths(
    ask: Callable[[str], Asked], kind: str
) -> None:
    one = ask(kind)
    wanted = [one.generated(prompt, 20 + 5 * place) for place, prompt in enumerate(PROMPTS)]
    documents = [asked(prompt, 20 + 5 * place) for place, prompt in enumerate(PROMPTS)]
    assert [text(answer) for answer in one(*documents)] == wanted
    assert [text(one(document)[0]) for document in documents[:3]] == wanted[:3]


def test_a_config_that_asks_for_outputs_without_names_changes_no_text(llama: Asked, tmp_path: Path) -> None:
    file = models.make("llama", tmp_path) / "config.json"
    asked_for = {"return_dict": False, "output_attentions": True, "use_cache": False}
    file.write_text(json.dumps(json.loads(file.read_text()) | asked_for))
    assert text(Asked(tmp_path)(asked("fox", 20))[0]) == llama.generated("fox", 20)


def test_repetition_is_penalised_as_generate_does_it(llama: Asked) -> None:
    wanted = llama.generated("fox", 30, repetition_penalty=1.7)
    assert text(llama(asked("fox", 30, repetition_penalty=1.7))[0]) == wanted != llama.generated("fox", 30)


def test_a_seed_gives_the_same_text_alone_and_beside_others(llama: Asked) -> None:
    document = asked("fox", temperature=1.5, top_p=0.9, top_k=50, seed=7)
    alone = text(llama(document)[0])
    assert [text(answer) for answer in llama(asked("the", 9), document, asked("x", temperature=2))][1] == alone
    assert text(llama(asked("fox", temperature=1.5, top_p=0.9, top_k=50, seed=8))[0]) != alone
    others = {text(answer) for answer in llama(*[asked("fox", temperature=3)] * 4)}
    assert len(others) == 4


def test_more_texts_than_are_generated_at_once_are_all_answered(llama: Asked) -> None:
    (status, answers), (_, one) = llama(asked(PROMPTS * 5, 5), asked("fox", 5))
    assert status == 200
    assert [answer["generated_text"] for answer in answers[:8]] == [llama.generated(one, 5) for one in PROMPTS]
    assert (len(answers), one[0]) == (40, answers[3])


def test_a_stop_string_ends_the_text_and_is_not_in_it(llama: Asked) -> None:
    whole = llama.generated("fox", 40)
    stop = whole[10:14]
    document = {"prompt": "fox", "max_tokens": 40, "stop": [stop, "never"]}
    (_, answer), (_, streamed) = llama(document, document | {"stream": True})
    choice = answer["choices"][0]
    assert (choice["text"], choice["finish_reason"]) == (whole[: whole.index(stop)], "stop")
    assert "".join(event["choices"][0]["text"] for event in streamed[:-1]) == choice["text"]


def test_openais_forms_are_answered_in_them_whole_and_in_events(llama: Asked) -> None:
    messages = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "the fox"}]
    chat = {"messages": messages, "max_tokens": 12, "model": "any", "temperature": 0}
    options = {"stream": True, "stream_options": {"include_usage": True}}
    (_, whole), (_, parts) = llama(chat, chat | options)
    prompt = "<|system|>be brief<|user|>the fox<|assistant|>"
    assert whole["object"] == "chat.completion"
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": llama.generated(prompt, 12)}
    first, *middle, last, usage, done = parts
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    content = "".join(event["choices"][0]["delta"]["content"] for event in middle)
    assert content == whole["choices"][0]["message"]["content"]
    assert last["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"]
    assert (usage["usage"], usage["choices"], done) == (whole["usage"], [], b"[DONE]")
    tokens = len(llama.tokenizer(prompt).input_ids)
    assert whole["usage"]["prompt_tokens"] == tokens
    assert whole["usage"]["total_tokens"] == tokens + whole["usage"]["completion_tokens"]


def test_the_prompt_comes_with_the_text_if_that_is_asked_for(llama: Asked) -> None:
    assert text(llama(asked("fox", 5, return_full_text=True))[0]) == "fox" + llama.generated("fox", 5)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"{", "the body is not JSON"),
        ([], "expected one of"),
        ({"inputs": "a", "prompt": "b"}, "expected one of"),
        ({"inputs": 5}, "inputs is neither a text nor a list of texts"),
        ({"inputs": []}, "inputs is neither"),
        ({"inputs": ""}, "a prompt is empty"),
        ({"inputs": "a", "parameters": {"temprature": 1, "x": 2}}, "parameters has unknown 'temprature', 'x'; known"),
        ({"inputs": "a", "temperature": 1}, '"temperature" goes into "parameters"'),
        ({"inputs": "a", "paramters": {}}, '"paramters" is unknown; did you mean "parameters"?'),
        ({"prompt": "a", "logprobs": 1}, "unknown 'logprobs'"),
        ({"inputs": "a", "parameters": {"temperature": "hot"}}, "temperature is 'hot': it takes a number from 0 to 10"),
        ({"inputs": "a", "parameters": {"max_new_tokens": True}}, "max_new_tokens is True: it takes a whole number"),
        ({"prompt": "a", "max_tokens": 0}, "max_tokens is 0: it takes a whole number from 1"),
        ({"inputs": "a", "parameters": {"stop": [""]}}, "stop is ['']"),
        ({"inputs": ["a", "b"], "stream": True}, "one text can be streamed, not several"),
        ({"inputs": "a", "stream": "yes"}, "stream is 'yes': it takes true or false"),
        ({"messages": "hi"}, "messages is not a list"),
        (asked("fox", 300), " tokens, and 300 more are asked for: the model has room for 256 in all"),
        (asked("🙂" * 300, 1), "tokens, and the model has room for 256, with what it generates"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_reason(llama: Asked, document: Any, said: str) -> None:
    ((status, answer),) = llama(document)
    assert status == 400
    assert said in answer["error"]


def test_a_chat_without_a_template_and_other_content_types_are_refused(llama: Asked, tmp_path: Path) -> None:
    plain = Asked(models.make("gpt2", tmp_path, chat=False))
    ((status, answer),) = plain({"messages": [{"role": "user", "content": "hi"}]})
    assert status == 400
    assert "has no chat template" in answer["error"]
    assert llama(b"a,b", content_type=b"text/csv")[0][0] == 415


def test_a_failure_of_the_model_is_a_500_and_takes_nothing_along_that_comes_later(
    llama: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patched:
        patched.setattr(llama.model, "forward", fail)
        assert llama(asked("fox"))[0] == (500, {"error": "the model failed; the container's log says why"})
    assert text(llama(asked("fox", 5))[0]) == llama.generated("fox", 5)


TOKENIZER = models.byte_level()
texts = st.text(st.sampled_from("abc the fox 你好世界🙂🚀üß\n"), min_size=1, max_size=30)


@settings(max_examples=100, deadline=None)
@given(
    prompt=texts, said=texts, stop=st.lists(st.text(st.sampled_from("ab tf你好🙂"), min_size=1, max_size=4), max_size=3)
)
def test_parts_are_whole_characters_and_make_up_the_text_before_the_first_stop_string(
    prompt: str, said: str, stop: list[str]
) -> None:
    found = Text(TOKENIZER, TOKENIZER(prompt).input_ids, stop)
    parts, taken = [], 0
    for token in TOKENIZER(said).input_ids:
        found.add(token)
        parts.append(found.whole[taken:])
        taken = len(found.whole)
        if found.stopped:
            break
    found.end()
    parts.append(found.whole[taken:])
    assert "\ufffd" not in "".join(parts)
    places = [place for one in stop if (place := said.find(one)) >= 0]
    # A stop string that begins earlier may be complete only later.
    assert "".join(parts) == said[: len(found.whole)]
    assert found.stopped == bool(places)
    assert not any(one in found.whole for one in stop)
    if not places:
        assert found.whole == said
