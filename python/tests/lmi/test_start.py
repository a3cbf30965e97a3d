"""code/serve starts LMI: run for real, with stand-ins for LMI's script, DJL Serving and nvidia-smi."""

import json
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.projects import put_together

COMMIT = "0123456789abcdef0123456789abcdef01234567"

# As LMI's own does: with `serve` it would stay in between, with anything else it is replaced.
SCRIPT = """#!/bin/bash
export CUDA_SET_UP=yes
if [[ "$1" == serve ]]; then shift; djl-serving "$@"; else eval "$@"; fi
"""
SERVER = f"""#!{sys.executable}
import json, os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print(json.dumps([sys.argv[1:], dict(os.environ)]), flush=True)
if "WAIT" in os.environ:
    signal.pause()
"""


@pytest.fixture
def container(tmp_path):
    """The environment of a container on a GPU, with nothing in the model's folder."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in [
        ("dockerd-entrypoint.sh", SCRIPT),
        ("djl-serving", SERVER),
        ("nvidia-smi", "#!/bin/bash\nprintf '%s\\n' ${CAPABILITIES:-8.9 8.9}\n"),
    ]:
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (tmp_path / "model").mkdir()
    return {"PATH": f"{programs}:{Path(sys.executable).parent}:/usr/bin:/bin", "SM_MODEL_DIR": str(tmp_path / "model")}


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    return put_together(tmp_path_factory.mktemp("lmi"), "lmi")


@pytest.fixture
def run(code):
    def run(environment):
        command = [code / "serve", "serve"]
        return subprocess.run(command, check=False, env=environment, capture_output=True, text=True)

    return run


@pytest.fixture
def start(run):
    """The environment that DJL Serving gets, and the log."""

    def start(environment):
        process = run(environment)
        assert process.returncode == 0, process.stderr
        arguments, variables = json.loads(process.stdout)
        assert arguments == []
        return variables, process.stderr

    return start


@pytest.fixture
def refused(run):
    """What is said where it does not start."""

    def refused(environment):
        process = run(environment)
        assert process.returncode == 1
        assert not process.stdout
        assert "Traceback" not in process.stderr
        return process.stderr

    return refused


def with_model(container):
    Path(container["SM_MODEL_DIR"], "config.json").write_text("{}")
    return container


def test_the_model_of_sagemaker_comes_before_the_hub_and_nothing_is_asked_of_it(container, start):
    variables, _ = start({**with_model(container), "HF_MODEL_ID": "org/model", "HF_TOKEN_SECRET_ARN": "arn:unused"})
    assert variables["OPTION_MODEL_ID"] == container["SM_MODEL_DIR"]
    assert variables["HF_HUB_OFFLINE"] == "1"
    assert variables["CUDA_SET_UP"] == "yes"
    # DJL Serving would serve it beside the other.
    assert "HF_MODEL_ID" not in variables
    assert "OPTION_REVISION" not in variables


def test_a_model_of_the_hub_is_taken_at_its_revision(container, start):
    variables, _ = start({**container, "HF_MODEL_ID": "org/model", "HF_MODEL_REVISION": COMMIT})
    assert (variables["OPTION_MODEL_ID"], variables["OPTION_REVISION"]) == ("org/model", COMMIT)
    assert "HF_HUB_OFFLINE" not in variables
    assert "HF_MODEL_ID" not in variables


def test_only_the_containers_own_handler_is_loaded_on_the_port_that_sagemaker_chose(container, start, code):
    variables, _ = start({**with_model(container), "SAGEMAKER_BIND_TO_PORT": "9123"})
    lmi = code / "ml_serving/lmi"
    assert variables["SERVING_LOAD_MODELS"] == f"model::Python={lmi}"
    assert (lmi / "serving.properties").is_file()
    assert variables["SERVING_INFERENCE_ADDRESS"] == "http://0.0.0.0:9123"
    assert variables["SERVING_MANAGEMENT_ADDRESS"] == "http://0.0.0.0:9123"


def test_the_type_of_numbers_is_the_engines_choice_on_every_gpu(container, start):
    variables, _ = start({**with_model(container), "CAPABILITIES": "7.5"})
    assert "OPTION_DTYPE" not in variables
    assert variables["TENSOR_PARALLEL_DEGREE"] == "max"


def test_adapters_are_refused_in_one_sentence_and_never_left_out_in_silence(container, refused):
    model = Path(with_model(container)["SM_MODEL_DIR"])
    why = "and this container serves none: take vLLM or SGLang for adapters, or leave them out."
    assert refused({**container, "OPTION_ENABLE_LORA": "true"}) == f"serve: OPTION_ENABLE_LORA is set, {why}\n"
    adapter = model / "adapters" / "sql"
    adapter.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 8}')
    assert refused(container) == f"serve: there are adapters in {model / 'adapters'}, {why}\n"


def test_what_the_user_sets_is_passed_on_as_it_is(container, start):
    chosen = {
        "OPTION_DTYPE": "float32",
        "OPTION_MAX_MODEL_LEN": "4096",
        "OPTION_HF_OVERRIDES": '{"a": "b  c"}',
        "OPTION_MAX_ROLLING_BATCH_SIZE": "8",
        "TENSOR_PARALLEL_DEGREE": "2",
        "SERVING_JOB_QUEUE_SIZE": "50",
        "SERVING_RETRY_THRESHOLD": "3",
    }
    variables, _ = start({**with_model(container), "CAPABILITIES": "7.5", **chosen})
    assert chosen.items() <= variables.items()


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("OPTION_MODEL_ID", "set HF_MODEL_ID"),
        ("OPTION_ENTRYPOINT", "the container's own handler answers"),
        ("SERVING_LOAD_MODELS", "serves one model"),
        ("OPTION_API_KEY", "log"),
        ("OPTION_HF_TOKEN", "log"),
    ],
)
def test_variables_that_would_break_it_or_end_up_in_the_log_are_refused(container, name, advice, refused):
    said = refused({**with_model(container), name: "s3cret"})
    assert name in said
    assert advice in said
    assert "s3cret" not in said


def test_its_handler_is_told_of_the_domains_that_requests_may_have_fetched(container, start):
    variables, _ = start({**with_model(container), "VLLM_MEDIA_URL_ALLOW_REDIRECTS": "1"})
    assert variables["SERVED_MEDIA_DOMAINS"] == "[]"
    assert variables["VLLM_MEDIA_URL_ALLOW_REDIRECTS"] == "0"
    variables, _ = start({**with_model(container), "ALLOWED_MEDIA_DOMAINS": "a.example.com,b.example.com"})
    assert variables["SERVED_MEDIA_DOMAINS"] == '["a.example.com", "b.example.com"]'


def test_without_a_model_or_a_gpu_it_says_what_is_missing(container, refused):
    assert "HF_MODEL_ID is not set" in refused(container)
    without = {**with_model(container), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    assert "there is no GPU" in refused(without)


def test_sigterm_reaches_djl_serving_itself(container, code):
    process = subprocess.Popen(
        [code / "serve", "serve"],
        env={**with_model(container), "WAIT": "yes"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 7


class Secrets(BaseHTTPRequestHandler):
    """Secrets Manager with one secret."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"Name": "hub", "SecretString": "hf_0123456789"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_the_token_goes_into_the_environment_of_the_engine_and_nowhere_else(container, start):
    with HTTPServer(("127.0.0.1", 0), Secrets) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        variables, log = start(
            {
                **container,
                "HF_MODEL_ID": "org/gated",
                "HF_TOKEN_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:hub",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
            }
        )
        server.shutdown()
    # DJL Serving writes other variables of this kind to its log, but not this one.
    assert [name for name, value in variables.items() if "hf_0123456789" in value] == ["HF_TOKEN"]
    assert "hf_0123456789" not in log
