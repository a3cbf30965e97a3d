import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './harness.ts';

const configs: Readonly<Record<string, object>> = {
  'text-generation': {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: 64,
    intermediate_size: 256,
    num_hidden_layers: 2,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    vocab_size: 1000,
    max_position_embeddings: 512,
    torch_dtype: 'bfloat16',
  },
  'text-classification': {
    architectures: ['BertForSequenceClassification'],
    model_type: 'bert',
    hidden_size: 64,
    intermediate_size: 256,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    vocab_size: 1000,
    max_position_embeddings: 512,
  },
};

/** A folder that looks like a model of a task: enough to generate a project for it, not to serve it. */
export function modelFolder(task: string): string {
  const folder = join(tempFolder(), 'model');
  mkdirSync(folder);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configs[task]));
  writeFileSync(join(folder, 'tokenizer.json'), '{}');
  // A safetensors file without tensors: the length of its header, and that.
  writeFileSync(join(folder, 'model.safetensors'), Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]));
  return folder;
}
