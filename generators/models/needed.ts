/**
 * What lies in folders of models and is no part of them. Copies, uploads and downloads leave it out by these patterns of
 * paths, in which `*` stands for any text, slashes too: so `hf download --exclude` and bash's `[[ $path == pattern ]]`
 * read them.
 */
export const notNeeded: Readonly<Record<string, readonly string[]>> = {
  'of editors, git, downloads and Python': ['.*', '*/.*', '__pycache__/*', '*/__pycache__/*'],
  'of training: checkpoints, states of optimizers, logs': [
    ...['checkpoint-*/*', '*/checkpoint-*/*', 'global_step*/*', 'pytorch_model_fsdp_*', 'optimizer*'],
    ...['scheduler.*', 'scaler.pt', 'rng_state*', 'random_states_*', 'trainer_state.json'],
    ...['training_args.bin', 'zero_to_fp32.py', 'runs/*', 'wandb/*', '*events.out.tfevents.*'],
  ],
  'adapters, which are no part of the model beside them': ['adapter_config.json', 'adapter_model*'],
  'the same weights for other programs': [
    ...['original/*', 'onnx/*', 'openvino/*', 'coreml/*', 'metal/*', '*.h5', '*.msgpack', '*.onnx'],
    ...['*.onnx_data', '*.gguf', '*.ot', '*.tflite', 'pytorch_model*.pt'],
  ],
};

/** And what is not read where there are weights in safetensors. */
export const besideSafetensors = ['pytorch_model*.bin', 'consolidated*'];

const never = Object.values(notNeeded).flat();

/** Whether what lies at a path of a model's folder is a part of the model, whatever lies beside it. */
export function isPart(path: string): boolean {
  return !fits(path, never);
}

/** Of all paths in a model's folder those of the files that serving it takes, in their order. */
export function neededOf(paths: readonly string[]): readonly string[] {
  const parts = paths.filter(isPart);
  return hasSafetensors(parts) ? parts.filter((path) => !fits(path, besideSafetensors)) : parts;
}

/** Whether weights in safetensors, by transformers' names of tensors, are among these paths of a model's folder. */
export function hasSafetensors(paths: readonly string[]): boolean {
  return paths.some((path) => /^[^/]+\.safetensors$/.test(path) && !fits(path, besideSafetensors));
}

function fits(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(pattern, path));
}

/** Each `*` takes as little as it can: what comes next is found at its first place, and the last part at the end. */
function matches(pattern: string, path: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return pattern === path;
  if (!path.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return path.length - last.length >= at && path.endsWith(last);
}
