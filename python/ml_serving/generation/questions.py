"""What requests ask for, in each of the forms in which they may come."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ml_serving.documents import Json
from ml_serving.errors import RequestError, first_line
from ml_serving.generation.forms import Form, Inputs
from ml_serving.generation.openai_forms import Chat, Completion
from ml_serving.generation.parameters import Parameters, read_parameters, shown
from ml_serving.generation.sampler import Sampler
from ml_serving.generation.sequence import Sequence
from ml_serving.generation.text import Text
from ml_serving.worker.others import ignore

SAMPLING = ("temperature", "top_p", "top_k", "repetition_penalty", "seed", "stop")
OURS = {
    name: name
    for name in (*SAMPLING, "max_new_tokens", "do_sample", "return_full_text")
}
OPENAI = {name: name for name in SAMPLING} | {
    "max_tokens": "max_new_tokens",
    "max_completion_tokens": "max_new_tokens",
}
# Beside the parameters.
AROUND = ("model", "stream", "stream_options")


class Question(NamedTuple):
    """A request: the texts to generate, and the form of the answer."""

    sequences: list[Sequence]
    form: Form
    stream: bool

    @property
    def begun(self) -> bool:
        return any(sequence.begun for sequence in self.sequences)


class Reader:
    """Reads requests for a model."""

    def __init__(self, model: Any, tokenizer: Any, most_new_tokens: int) -> None:
        """most_new_tokens: unless a request says how many."""
        self._most_new_tokens = most_new_tokens
        self._model = model
        self._tokenizer = tokenizer
        config = model.config.get_text_config()
        # Tokens of prompt and text together; None where the model does not say.
        self._context = getattr(config, "max_position_embeddings", None)
        published = model.generation_config
        self._defaults = {
            name: value
            for name in ("temperature", "top_p", "top_k", "repetition_penalty")
            if (value := getattr(published, name, None)) is not None
        }
        self._end_tokens = end_tokens(published.eos_token_id, tokenizer.eos_token_id)

    def read(self, document: Json) -> Question:
        """Raises RequestError."""
        forms = {"inputs": self._inputs, "messages": self._chat, "prompt": self._prompt}
        given = document if isinstance(document, dict) else {}
        asked = [name for name in forms if name in given]
        if len(asked) != 1:
            raise RequestError(
                400, 'expected one of {"inputs": …}, {"messages": …}, {"prompt": …}'
            )
        return forms[asked[0]](given)

    def _inputs(self, document: Mapping[str, Json]) -> Question:
        known = ("inputs", "parameters", "stream")
        ignore([name for name in document if name not in known], known, OURS)
        given = document.get("parameters") or {}
        if not isinstance(given, dict):
            raise RequestError(400, "parameters is not an object")
        only(given, OURS, "parameters has ")
        parameters = read_parameters(given, OURS, self._defaults)
        texts = texts_of(document, "inputs")
        full = texts if parameters.return_full_text else [""] * len(texts)
        sequences = [self._sequence(text, parameters) for text in texts]
        return self._question(document, sequences, Inputs(sequences, full))

    def _prompt(self, document: Mapping[str, Json]) -> Question:
        parameters = self._openai(document, "prompt")
        sequences = [
            self._sequence(text, parameters) for text in texts_of(document, "prompt")
        ]
        usage = wants_usage(document)
        return self._question(document, sequences, Completion(sequences, usage))

    def _chat(self, document: Mapping[str, Json]) -> Question:
        parameters = self._openai(document, "messages")
        prompt = self._conversation(document["messages"])
        # The template has put in what the tokenizer would put around a text.
        sequences = [self._sequence(prompt, parameters, special=False)]
        return self._question(
            document, sequences, Chat(sequences, wants_usage(document))
        )

    def _openai(self, document: Mapping[str, Json], form: str) -> Parameters:
        only(document, (form, *AROUND, *OPENAI))
        given = {name: document[name] for name in OPENAI if name in document}
        return read_parameters(given, OPENAI, self._defaults)

    def _conversation(self, messages: Json) -> str:
        if not self._tokenizer.chat_template:
            raise RequestError(
                400,
                "the model's tokenizer has no chat template: "
                'send {"inputs": …} or {"prompt": …}',
            )
        listed = messages if isinstance(messages, list) else []
        conversation = [one for one in listed if isinstance(one, dict)]
        if not conversation or len(conversation) < len(listed):
            raise RequestError(
                400, 'messages is not a list of {"role": …, "content": …}'
            )
        try:
            return self._tokenizer.apply_chat_template(
                conversation, tokenize=False, add_generation_prompt=True
            )
        except Exception as error:
            # Templates are programs, and refuse in ways of their own.
            raise RequestError(
                400, f"the chat template refused the messages: {first_line(error)}"
            ) from error

    def _sequence(
        self, prompt: str, parameters: Parameters, special: bool = True
    ) -> Sequence:
        ids = self._tokenizer(prompt, add_special_tokens=special).input_ids
        if not ids:
            raise RequestError(400, "a prompt is empty")
        return Sequence(
            ids,
            self._limit(len(ids), parameters.max_new_tokens),
            self._end_tokens,
            Sampler(parameters, self._model.device),
            Text(self._tokenizer, ids, parameters.stop),
        )

    def _limit(self, prompt: int, asked: int | None) -> int:
        """How many tokens are generated at most."""
        most = self._context - prompt if self._context else 2**31
        if most < 1:
            raise RequestError(
                400,
                f"the prompt has {prompt} tokens, and the model has room for "
                f"{self._context}, with what it generates",
            )
        if asked is not None and asked > most:
            raise RequestError(
                400,
                f"the prompt has {prompt} tokens, and {asked} more are asked for: "
                f"the model has room for {self._context} in all",
            )
        return min(asked or self._most_new_tokens, most)

    def _question(
        self, document: Mapping[str, Json], sequences: list[Sequence], form: Form
    ) -> Question:
        stream = document.get("stream") or False
        if not isinstance(stream, bool):
            raise RequestError(
                400, f"stream is {shown(stream)}: it takes true or false"
            )
        if stream and len(sequences) > 1:
            raise RequestError(400, "one text can be streamed, not several")
        return Question(sequences, form, stream)


def only(given: Mapping[str, Json], known: Collection[str], where: str = "") -> None:
    unknown = ", ".join(shown(name) for name in given if name not in known)
    if unknown:
        raise RequestError(
            400, f"{where}unknown {unknown}; known are {', '.join(known)}"
        )


def texts_of(document: Mapping[str, Json], name: str) -> list[str]:
    given = document[name]
    listed = given if isinstance(given, list) else [given]
    texts = [text for text in listed if isinstance(text, str)]
    if not texts or len(texts) < len(listed):
        raise RequestError(400, f"{name} is neither a text nor a list of texts")
    return texts


def wants_usage(document: Mapping[str, Json]) -> bool:
    """Whether the last event of a stream is to count tokens."""
    options = document.get("stream_options") or {}
    if not isinstance(options, dict) or options.keys() - {"include_usage"}:
        raise RequestError(400, 'stream_options takes {"include_usage": true}')
    return bool(options.get("include_usage"))


def end_tokens(*given: int | list[int] | None) -> frozenset[int]:
    """Of the model's settings and of the tokenizer: those that the first one names."""
    first = next((one for one in given if one is not None), list[int]())
    return frozenset(first if isinstance(first, list) else [first])
