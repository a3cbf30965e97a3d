import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { frameworks } from '../../generators/registry.ts';
import { beginnings, bin, cleanEnv, pickled, repository, tempFolder } from '../harness.ts';

interface Case {
  args?: string[];
  env?: Record<string, string>;
  files?: Record<string, string | Buffer>;
  /** What the user reads, word for word. */
  says: string[];
  code?: number;
}

const sklearn = '--framework=sklearn';
const transformers = '--framework=transformers';
const llama70b = JSON.stringify({
  ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', torch_dtype: 'bfloat16' },
  ...{ hidden_size: 8192, intermediate_size: 28672, num_hidden_layers: 80, vocab_size: 128256 },
  ...{ num_attention_heads: 64, num_key_value_heads: 8, max_position_embeddings: 131072 },
});
/** A folder that looks like a model: its weights are a safetensors file without tensors. */
const large = {
  'm/config.json': llama70b,
  'm/model.safetensors': `\x02${'\0'.repeat(7)}{}`,
  'm/tokenizer.json': '{}',
};
const frameworkNames = `one of ${[...frameworks.keys()].join(', ')}`;
const modules = join(repository, 'node_modules');

const cases: Record<string, Case> = {
  'an unknown flag': {
    args: [sklearn, '--model-fromat=pkl'],
    says: ['error: unknown flag --model-fromat; did you mean --model-format?'],
  },
  'an unknown flag that resembles none': { args: [sklearn, '--quux'], says: ['error: unknown flag --quux'] },
  'a negated flag that takes a value': {
    args: [sklearn, '--no-framework'],
    says: ['error: unknown flag --no-framework; did you mean --framework?'],
  },
  'a flag without its value': {
    args: ['--framework'],
    says: [
      'error: 2 problems',
      '  --framework needs a value, as in --framework=NAME',
      `  framework is missing: give --framework, ML_FRAMEWORK or "framework" in a config file: ${frameworkNames}`,
    ],
  },
  'a second argument': { args: ['a', 'b', sklearn], says: ['error: unexpected argument "b"'] },
  'a setting that is missing': {
    says: [
      `error: framework is missing: give --framework, ML_FRAMEWORK or "framework" in a config file: ${frameworkNames}`,
    ],
  },
  'an unknown key in a config file': {
    args: [sklearn, '--config=prod.json'],
    files: { 'prod.json': '{"modelServr": "flask"}' },
    says: ['error: unknown setting "modelServr" in prod.json; did you mean modelServer?'],
  },
  'an unknown key in package.json': {
    args: [sklearn],
    files: { 'package.json': '{"ml-container-creator": {"region": "eu-west-1"}}' },
    says: [
      'error: unknown setting "region" in "ml-container-creator" in package.json; did you mean awsRegion?',
    ],
  },
  'a variable that is no setting': {
    args: [sklearn],
    env: { ML_MODEL_SEVER: 'flask' },
    says: ['error: the environment variable ML_MODEL_SEVER is no setting; did you mean ML_MODEL_SERVER?'],
  },
  'a wrong value, with where it came from': {
    env: { ML_FRAMEWORK: 'sklern' },
    says: [
      `error: framework: "sklern" (ML_FRAMEWORK) is not allowed: ${frameworkNames}; did you mean sklearn?`,
    ],
  },
  'a wrong value in a file': {
    args: [sklearn],
    files: { 'ml-container.config.json': '{"includeTesting": "maybe"}' },
    says: ['error: includeTesting: "maybe" (ml-container.config.json) is not allowed: yes or no'],
  },
  'a value of another type': {
    args: [sklearn],
    files: { 'ml-container.config.json': '{"projectName": 7}' },
    says: [
      'error: projectName: 7 (ml-container.config.json) is not allowed: ' +
        'at most 50 letters, digits and hyphens, starting and ending with a letter or digit',
    ],
  },
  'a name that AWS would refuse': {
    args: ['my_model', sklearn],
    says: [
      'error: projectName: "my_model" (first argument) is not allowed: ' +
        'at most 50 letters, digits and hyphens, starting and ending with a letter or digit',
    ],
  },
  'a region that is none': {
    args: [sklearn],
    env: { AWS_REGION: 'Ireland' },
    says: ['error: awsRegion: "Ireland" (AWS_REGION) is not allowed: a region such as eu-west-1'],
  },
  'a role that is none': {
    args: [sklearn, '--role-arn=SageMakerRole'],
    says: [
      'error: awsRoleArn: "SageMakerRole" (--role-arn) is not allowed: ' +
        'an IAM role such as arn:aws:iam::123456789012:role/SageMakerExecution',
    ],
  },
  'an instance type that is none': {
    args: [sklearn, '--instance-type=m5.large'],
    says: [
      'error: instanceType: "m5.large" (--instance-type) is not allowed: ' +
        'cpu-optimized, gpu-enabled, custom, or an instance type such as ml.m5.large',
    ],
  },
  'custom without a type': {
    args: [sklearn, '--instance-type=custom'],
    says: [
      'error: customInstanceType is missing: give --custom-instance-type, ML_CUSTOM_INSTANCE_TYPE or ' +
        '"customInstanceType" in a config file: an instance type such as ml.m5.large',
    ],
  },
  'a type without custom': {
    args: [sklearn, '--custom-instance-type=ml.m5.large'],
    says: [
      'error: customInstanceType: "ml.m5.large" (--custom-instance-type): ' +
        'only with instanceType=custom (or give the type as instanceType itself)',
    ],
  },
  'a format that the framework has not': {
    args: [sklearn, '--model-format=ubj'],
    says: ['error: modelFormat: "ubj" (--model-format): not a format of sklearn: pkl, joblib, skops'],
  },
  'a server that does not exist': {
    args: [sklearn, '--model-server=falsk'],
    says: [
      'error: modelServer: "falsk" (--model-server) is not allowed: one of fastapi, flask, lmi, sglang, vllm; did you mean flask?',
    ],
  },
  'a config file that does not exist': {
    args: [sklearn, '--config=nowhere.json'],
    says: ['error: the config file "nowhere.json" (--config) does not exist'],
  },
  'a config file named by a variable that does not exist': {
    args: [sklearn],
    env: { ML_CONTAINER_CREATOR_CONFIG: 'nowhere.json' },
    says: ['error: the config file "nowhere.json" (ML_CONTAINER_CREATOR_CONFIG) does not exist'],
  },
  'a config file that is not JSON': {
    args: [sklearn, '--config=prod.json'],
    files: { 'prod.json': '{\n  "modelServer": "flask",\n}' },
    says: ['error: prod.json (--config) is not JSON: line 3, column 1: unexpected "}"'],
  },
  'a config file that ends too early': {
    args: [sklearn],
    files: { 'ml-container.config.json': '{"modelServer":\n' },
    says: ['error: ml-container.config.json is not JSON: it ends in line 2, before it is complete'],
  },
  'a config file that holds no object': {
    args: [sklearn],
    files: { 'ml-container.config.json': '[1]' },
    says: ['error: ml-container.config.json holds [1], not a JSON object'],
  },
  'a model file that does not exist': {
    args: [sklearn, '--model-path=none.pkl'],
    says: ['error: modelPath: "none.pkl" (--model-path): no such file (looked for CWD/none.pkl)'],
  },
  'a model file of another format': {
    args: [sklearn, '--model-path=a.skops', '--model-format=pkl'],
    files: { 'a.skops': beginnings.skops },
    says: ['error: modelPath: "a.skops" (--model-path): a.skops is a skops file, but modelFormat is pkl'],
  },
  'a model folder with several models': {
    args: [sklearn, '--model-path=models'],
    files: { 'models/a.pkl': pickled('a'), 'models/b.joblib': pickled('b') },
    says: [
      'error: modelPath: "models" (--model-path): the folder holds several models (a.pkl, b.joblib): give the one to load',
    ],
  },
  'a model folder without a model': {
    args: [sklearn, '--model-path=models'],
    files: { 'models/notes.txt': 'x' },
    says: ['error: modelPath: "models" (--model-path): the folder holds no model of sklearn, only notes.txt'],
  },
  'a model folder that is none': {
    args: [sklearn, `--model-path=${modules}`],
    says: [
      `error: modelPath: "${modules}" (--model-path): cannot be taken as a model: it holds more than 10000 files`,
    ],
  },
  'a model that is no file': {
    args: [sklearn, '--model-path=/dev/null'],
    says: [
      'error: modelPath: "/dev/null" (--model-path): cannot be taken as a model: neither a file nor a folder',
    ],
  },
  'a model of another library': {
    args: ['--framework=xgboost', '--model-path=a.pkl'],
    files: { 'a.pkl': pickled('a') },
    says: [
      'error: modelPath: "a.pkl" (--model-path): a.pkl is a pickle: make a project with --framework=sklearn',
    ],
  },
  'an empty file for a model': {
    args: [sklearn, '--model-path=a.pkl'],
    files: { 'a.pkl': '' },
    says: [
      'error: modelPath: "a.pkl" (--model-path): a.pkl is an empty file: copy the model again, or save it again',
    ],
  },
  'a web page for a model': {
    args: [sklearn, '--model-path=a.pkl'],
    files: { 'a.pkl': '\n<!DOCTYPE html>\n<title>Sign in</title>' },
    says: [
      'error: modelPath: "a.pkl" (--model-path): a.pkl is a web page (HTML), as a download that went wrong leaves it: download the file itself',
    ],
  },
  'a pointer for a model, in a folder': {
    args: ['--framework=xgboost', '--model-path=models'],
    files: { 'models/a.ubj': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' },
    says: [
      'error: modelPath: "models" (--model-path): a.ubj is a pointer of Git LFS, not the file that it stands for: `git lfs pull` brings that',
    ],
  },
  'a folder with two models, one of them without an ending': {
    args: ['--framework=xgboost', '--model-path=models'],
    files: {
      'models/xgboost-model': beginnings.ubj,
      'models/a.bst': beginnings.json,
      'models/notes.json': '{}',
    },
    says: [
      'error: modelPath: "models" (--model-path): the folder holds several models (a.bst, xgboost-model): give the one to load',
    ],
  },
  'a role of another partition than the region': {
    args: [sklearn, '--region=cn-north-1', '--role-arn=arn:aws:iam::123456789012:role/r'],
    says: [
      'error: awsRoleArn: "arn:aws:iam::123456789012:role/r" (--role-arn): ' +
        'not a role of the partition aws-cn, to which cn-north-1 belongs',
    ],
  },
  'a switch that is neither on nor off': {
    args: [sklearn, '--force=maybe'],
    says: ['error: --force is on or off, not "maybe"'],
  },
  'a config file without a name': {
    args: [sklearn, '--config='],
    says: ['error: --config needs a value, as in --config=FILE'],
  },
  'a line break within a text of a config file': {
    args: [sklearn],
    files: { 'ml-container.config.json': '{"awsRegion":\n "eu\nwest"}' },
    says: ['error: ml-container.config.json is not JSON: line 2, column 5: unexpected "end of line"'],
  },
  'a folder where a file must come to lie, even with --force': {
    args: [sklearn, '--project-dir=.', '--force'],
    files: { 'README.md/x': '', code: '' },
    says: [
      'error: 2 problems',
      '  the project cannot be written: CWD/README.md is not a file',
      '  the project cannot be written: CWD/code is a file',
    ],
  },
  'a sample beside a model': {
    args: [sklearn, '--model-path=a.pkl', '--include-sample'],
    files: { 'a.pkl': pickled('a') },
    says: [
      'error: includeSampleModel: true (--include-sample): the sample would replace the model of modelPath: give one of the two',
    ],
  },
  'a destination that is a file': {
    args: [sklearn, '--project-dir=taken'],
    files: { taken: '' },
    says: ['error: projectDir: "taken" (--project-dir): cannot be written to: CWD/taken is a file'],
  },
  'a destination below a file': {
    args: [sklearn, '--project-dir=taken/in'],
    files: { taken: '' },
    says: ['error: projectDir: "taken/in" (--project-dir): cannot be written to: CWD/taken is a file'],
  },
  'a file where a run keeps what it writes': {
    args: [sklearn, '--project-dir=.'],
    files: { '.ml-container-creator': 'mine' },
    says: [
      'error: CWD/.ml-container-creator is no folder that the generator has made: look at it, then remove it',
    ],
    code: 4,
  },
  'a destination that cannot be made': {
    args: [sklearn, '--project-dir=/proc/none'],
    says: ["error: cannot write to /proc/none: ENOENT: no such file or directory, mkdir '/proc/none'"],
    code: 4,
  },
  'a destination with other files': {
    args: [sklearn, '--project-dir=.'],
    files: { Dockerfile: 'FROM scratch', 'code/serve': 'mine' },
    says: [
      'error: CWD has files that differ from what would be written: Dockerfile, code/serve. ' +
        'Choose another projectDir, or overwrite them with --force',
    ],
  },
  'a setting of another framework': {
    args: [sklearn, '--model-name=org/model'],
    says: ['error: modelName: "org/model" (--model-name): only with framework=transformers'],
  },
  'a name that no model has': {
    args: [transformers, '--model-name=a b'],
    says: [
      'error: modelName: "a b" (--model-name) is not allowed: an id on the Hugging Face Hub such as org/name or ' +
        'org/name@revision, s3://bucket/prefix/, or s3://bucket/model.tar.gz',
    ],
  },
  'a setting of another serving stack': {
    args: [transformers, '--task=fill-mask', '--max-model-len=100'],
    says: ['error: maxModelLen: "100" (--max-model-len): only with modelServer=lmi, sglang, vllm'],
  },
  'a serving stack that has not the task': {
    args: [transformers, '--model-server=vllm', '--task=fill-mask'],
    says: [
      'error: modelServer: "vllm" (--model-server): serves text-generation, not fill-mask; those that do: fastapi, flask',
    ],
  },
  'no GPU where one is needed': {
    args: [transformers, '--task=text-generation', '--instance-type=ml.m5.large'],
    says: [
      'error: instanceType: "ml.m5.large": ml.m5.large has no GPU, which the image needs: take a type such as ml.g6.xlarge',
    ],
  },
  'a GPU that the image cannot use': {
    args: [transformers, '--task=text-generation', '--instance-type=ml.p3.2xlarge'],
    says: [
      'error: instanceType: "ml.p3.2xlarge": ml.p3.2xlarge has V100 GPUs of compute capability 7.0, and the image is of ' +
        'CUDA 13.0, which needs 7.5 or more: take a newer type, such as ml.g6.xlarge',
    ],
  },
  'an accelerator without CUDA': {
    args: [transformers, '--task=text-generation', '--instance-type=ml.inf2.xlarge'],
    says: [
      'error: instanceType: "ml.inf2.xlarge": ml.inf2.xlarge has Inferentia2, on which CUDA does not run: it takes an image ' +
        "with AWS Neuron (such as LMI's) and a model compiled for it by optimum-neuron for one batch size and length. " +
        'Neither is generated here: take a type with an NVIDIA GPU, such as ml.g6.xlarge',
    ],
  },
  'a model that is too large for the instance': {
    args: [transformers, '--model-path=m', '--instance-type=ml.g5.xlarge'],
    files: large,
    says: [
      'error: instanceType: "ml.g5.xlarge": the model does not fit on ml.g5.xlarge:',
      '    weights  70.55 B parameters × 2 bytes       131.41 GiB',
      '    cache    131072 tokens × 320 KiB             40.00 GiB',
      '    engine   CUDA context, graphs, activations    2.00 GiB',
      '    needed                                      173.41 GiB',
      '    usable   90 % of 22.35 GiB (A10G)            20.12 GiB',
      '  It fits on ml.p4d.24xlarge, ml.g6e.48xlarge, ml.g7e.24xlarge',
    ],
  },
  'GPUs that cannot share the model': {
    args: [transformers, '--model-path=m', '--instance-type=ml.g6.48xlarge', '--tensor-parallel=3'],
    files: large,
    says: [
      "error: tensorParallel: 3: the model's 64 attention heads cannot be shared out evenly to 3 GPUs: 1, 2, 4 or 8 can",
    ],
  },
  'a model folder whose config.json is broken': {
    args: [transformers, '--model-path=m'],
    files: { ...large, 'm/config.json': '{' },
    says: ['error: modelPath: "m" (--model-path): its config.json is not valid JSON'],
  },
  'a model folder that is not there': {
    args: [transformers, '--model-path=none'],
    says: ['error: modelPath: "none" (--model-path): no such file (looked for CWD/none)'],
  },
  'a model folder that nobody has looked at yet': {
    args: [transformers, '--model-path=m', '--region=Ireland'],
    files: large,
    says: ['error: awsRegion: "Ireland" (--region) is not allowed: a region such as eu-west-1'],
  },
  'a model folder one level off': {
    args: [transformers, '--model-path=.'],
    files: large,
    says: ['error: modelPath: "." (--model-path): the model lies below it: give CWD/m'],
  },
  'an adapter in place of a model': {
    args: [transformers, '--model-path=m'],
    files: { 'm/adapter_config.json': '{"peft_type": "LORA", "base_model_name_or_path": "org/base"}' },
    says: [
      'error: modelPath: "m" (--model-path): it holds no model, only a LoRA adapter for org/base: give that model, and the ' +
        'adapter by --adapter=NAME=PLACE, which vLLM and SGLang serve; or merge the two, by merge_and_unload() of PEFT, and give the folder that save_pretrained makes of it, with the tokenizer',
    ],
  },
  'an adapter that has no name': {
    args: [transformers, '--model-path=m', '--adapter=org/sql'],
    files: large,
    says: [
      'error: adapters: ["org/sql"] (--adapter) is not allowed: NAME=PLACE, each NAME once: letters, digits, "_", "." ' +
        'and "-", but not "model"; PLACE is a folder, an id on the Hugging Face Hub or s3://bucket/prefix/',
    ],
  },
  'two adapters of one name': {
    args: [transformers, '--model-path=m', '--adapter=a=b', '--adapter=a=c'],
    files: large,
    says: [
      expect.stringMatching(
        /^error: adapters: \["a=b","a=c"\] .* is not allowed: NAME=PLACE, each NAME once/,
      ),
    ],
  },
  'an adapter that is not there': {
    args: [transformers, '--model-path=m', '--adapter=sql=./sql', '--instance-type=ml.p5.48xlarge'],
    files: large,
    says: ['error: adapters: "sql=./sql" (--adapter): there is no such folder (looked for CWD/sql)'],
  },
  'adapters for a server that takes none': {
    args: [
      transformers,
      '--model-name=s3://bucket/m/',
      '--task=text-classification',
      '--adapter=a=s3://b-u/c/',
    ],
    says: [
      'error: 2 problems',
      '  adapters: ["a=s3://b-u/c/"] (--adapter): only with modelServer=sglang, vllm',
      '  adapters: ["a=s3://b-u/c/"] (--adapter): only with a model that deploy/upload_to_s3.sh uploads: what lies at s3://bucket/m/ is served with the adapters that lie there as adapters/NAME/',
    ],
  },
  'a model folder without weights': {
    args: [transformers, '--model-path=m'],
    files: { 'm/config.json': llama70b },
    says: [
      'error: modelPath: "m" (--model-path): it holds no weights (*.safetensors, or pytorch_model*.bin), only config.json',
    ],
  },
  'a task that a Hub out of reach cannot tell': {
    args: ['chat', transformers, '--model-name=org/name'],
    env: { HF_HUB_OFFLINE: '1' },
    says: [
      expect.stringMatching(
        /^error: task is missing: give --task, ML_TASK or "task" in a config file: one of/,
      ),
      expect.stringMatching(/^ {4}org\/name could not be looked up: .*HF_HUB_OFFLINE/),
    ],
  },
  'a secret where nobody reads it': {
    args: [
      transformers,
      '--task=fill-mask',
      '--hf-token-secret-arn=arn:aws:secretsmanager:us-east-1:123456789012:secret:x',
    ],
    says: [
      'error: hfTokenSecretArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:x" (--hf-token-secret-arn): ' +
        'only with modelSource=hub: deploy/upload_to_s3.sh uses the token of whoever runs it, from `hf auth login` or HF_TOKEN',
    ],
  },
  'a config file that cannot be read, and may give what is missing': {
    args: ['--config=prod.json'],
    files: { 'prod.json': '{"framework": "sklearn",}' },
    says: ['error: prod.json (--config) is not JSON: line 1, column 25: unexpected "}"'],
  },
  'a config file that is not there, and may give what is missing': {
    args: ['--config=prod.json'],
    says: ['error: the config file "prod.json" (--config) does not exist'],
  },
  'a key that is there twice': {
    files: {
      'ml-container.config.json':
        '{\n  "framework": "sklearn",\n  "awsRegion": "eu-west-1",\n  "framework": "xgboost"\n}',
    },
    says: ['error: "framework" is in ml-container.config.json twice, in lines 2 and 4: leave one'],
  },
  'a key that is there twice in a section, whatever the rest of the file holds': {
    args: [sklearn],
    files: {
      'package.json': '{"a": 1, "a": 2, "ml-container-creator": {\n"awsRegion": "x",\n"awsRegion": "y"}}',
    },
    says: [
      'error: "awsRegion" is in "ml-container-creator" in package.json twice, in lines 2 and 3: leave one',
    ],
  },
  'a config file that is nested without end': {
    args: ['--config=prod.json'],
    files: { 'prod.json': `{"framework": ${'['.repeat(100_000)}${']'.repeat(100_000)}}` },
    says: ['error: prod.json (--config) is nested too deeply to be read'],
  },
  'a config file in YAML, by its name': {
    args: ['--config=prod.yaml'],
    files: { 'prod.yaml': 'framework: sklearn\n' },
    says: ['error: prod.yaml (--config) is YAML, and must be JSON, as in {"awsRegion": "eu-west-1"}'],
  },
  'a config file in YAML, by what it holds': {
    files: { 'ml-container.config.json': '# ours\nframework: sklearn\n' },
    says: ['error: ml-container.config.json is YAML, and must be JSON, as in {"awsRegion": "eu-west-1"}'],
  },
  'null for a setting that no project is without': {
    args: ['--config=prod.json'],
    files: { 'prod.json': '{"framework": null}' },
    says: [`error: framework: null (prod.json) is not allowed: ${frameworkNames}`],
  },
  'help as the first word': {
    args: ['help'],
    says: [
      'error: "help" is no command: run ml-container-creator --help. For a project of that name: --project-name=help',
    ],
  },
  'configure as the first word': {
    args: ['configure', sklearn],
    says: [
      'error: "configure" is no command: without it, what is not given is asked for on a terminal, and kept in ' +
        'ml-container.config.json. For a project of that name: --project-name=configure',
    ],
  },
  'generate-empty-config as the first word': {
    args: ['generate-empty-config'],
    says: [
      'error: "generate-empty-config" is no command: write what you know to ml-container.config.json, as in ' +
        '{"awsRegion": "eu-west-1"}; --help lists the settings. For a project of that name: ' +
        '--project-name=generate-empty-config',
    ],
  },
  'inspect as the first word': {
    args: ['inspect', '--model-path=m'],
    says: [
      'error: "inspect" is no command: give --model-path or --model-name, and the generator looks at the model itself. ' +
        'For a project of that name: --project-name=inspect',
    ],
  },
  'a command that is not the first word': {
    args: [sklearn, 'update'],
    says: [
      'error: "update" is a command of its own: run ml-container-creator update, or yo ml-container-creator:update. ' +
        'For a project of that name: --project-name=update',
    ],
  },
  'local behind another word': {
    args: [sklearn, 'local'],
    says: [
      'error: "local" is a command of its own: run ml-container-creator local. For a project of that name: ' +
        '--project-name=local',
    ],
  },
  'a slip of the hand in a command, whatever else is right': {
    args: ['updtae', sklearn],
    says: [
      'error: "updtae" is no command; did you mean update? For a project of that name: --project-name=updtae',
    ],
  },
  'a slip of the hand in another word that names no project': {
    args: ['locl', sklearn],
    says: [
      'error: "locl" is no command; did you mean local? For a project of that name: --project-name=locl',
    ],
  },
  'another name as the first word where a project lies, also with --force': {
    args: ['other', '--force'],
    files: {
      'ml-container.config.json': '{"framework": "sklearn", "projectName": "churn", "projectDir": "."}',
    },
    says: [
      'error: this folder holds the project "churn" (ml-container.config.json), which the first word "other" would ' +
        'rename: leave it out, or rename it on purpose with --project-name=other',
    ],
  },
  'a config file in UTF-16, with its mark or without': {
    args: ['--config=prod.json'],
    files: {
      'ml-container.config.json': Buffer.from('\uFEFF{"framework": "sklearn"}', 'utf16le'),
      'prod.json': Buffer.from('{"framework": "sklearn"}', 'utf16le'),
    },
    says: [
      'error: 2 problems',
      '  prod.json (--config) is UTF-16, as > writes it in Windows PowerShell: save it as UTF-8',
      '  ml-container.config.json is UTF-16, as > writes it in Windows PowerShell: save it as UTF-8',
    ],
  },
  'everything at once': {
    args: ['-x', '--framework=pytorch', '--config=prod.json'],
    env: { ML_AWS_REGION: 'mars', ML_QUUX: '1' },
    files: { 'prod.json': '{"includeTesting": 3, "other": 1}' },
    says: [
      'error: 6 problems',
      '  unknown flag -x',
      '  the environment variable ML_QUUX is no setting',
      '  unknown setting "other" in prod.json',
      `  framework: "pytorch" (--framework) is not allowed: ${frameworkNames}`,
      '  awsRegion: "mars" (ML_AWS_REGION) is not allowed: a region such as eu-west-1',
      '  includeTesting: 3 (prod.json) is not allowed: yes or no',
    ],
  },
};

test.each(Object.entries(cases))(
  '%s: one clear message, and nothing is written',
  (_, { args, env, files, says, code }) => {
    const cwd = tempFolder();
    for (const [name, content] of Object.entries(files ?? {})) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), content);
    }
    const before = readdirSync(cwd, { recursive: true });
    const run = spawnSync(process.execPath, [bin, ...(args ?? []), '--skip-prompts'], {
      cwd,
      env: { ...cleanEnv, ...env },
      encoding: 'utf8',
      timeout: 10_000,
    });
    expect(run.stderr.replaceAll(cwd, 'CWD').trimEnd().split('\n')).toEqual(says);
    expect({ stdout: run.stdout, code: run.status }).toEqual({ stdout: '', code: code ?? 2 });
    expect(readdirSync(cwd, { recursive: true })).toEqual(before);
  },
);
