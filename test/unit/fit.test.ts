import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeInstance, offered } from '../../generators/instances/instances.ts';
import { cacheOf } from '../../generators/models/cache.ts';
import { type ModelConfig, readConfig } from '../../generators/models/config.ts';
import { names } from '../../generators/models/config-keys.ts';
import type { ModelFacts } from '../../generators/models/facts.ts';
import { fit, smallestFitting } from '../../generators/models/fit.ts';
import { countParameters, total } from '../../generators/models/parameters.ts';
import { startUp } from '../../generators/models/start-up.ts';
import { taskOf } from '../../generators/models/tasks.ts';
import { ofHeader } from '../../generators/models/weights.ts';
import { servers } from '../../generators/registry.ts';
import { checkHardware } from '../../generators/render/hardware.ts';
import type { Settings } from '../../generators/settings/schema.ts';
import published from '../../python/tests/facts/configs.json' with { type: 'json' };

const cuda13 = { cuda: { version: '13.0', minimumDriver: 580 } };
const on = (type: string) => describeInstance(type).instance;

/** Values as in the config.json of the named repository on the Hub; figures worked out by hand beside them. */
const models = [
  {
    // openai-community/gpt2. It has 124,439,808 parameters; biases and norms are 121,344 of them.
    name: 'GPT-2, 124 M, dense with as many heads of keys',
    config: {
      architectures: ['GPT2LMHeadModel'],
      model_type: 'gpt2',
      ...{ n_embd: 768, n_layer: 12, n_head: 12, n_positions: 1024, n_ctx: 1024, vocab_size: 50257 },
    },
    // Tables (50257 + 1024) × 768 = 39,383,808; layers 12 × (4 × 768² + 2 × 768 × 3072) = 84,934,656.
    parameters: 124_318_464,
    published: 124_439_808,
    // × 2 bytes = 248,636,928
    weightsGiB: 0.2316,
    // 2 × 12 layers × 12 heads × 64 × 2 bytes = 36,864
    cachePerToken: 36_864,
    // 0.23 + 1024 × 36 KiB (0.035 GiB) + 2 = 2.27 GiB of 0.9 × 16 = 14.4
    verdict: ['ml.g4dn.xlarge', true, 1024],
    smallest: ['ml.g4dn.xlarge', 'ml.g5.xlarge', 'ml.g6.xlarge'],
  },
  {
    // Qwen/Qwen2.5-0.5B-Instruct: 494,032,768 parameters by its safetensors.
    name: 'Qwen2.5-0.5B, grouped queries, tied embeddings',
    config: {
      architectures: ['Qwen2ForCausalLM'],
      model_type: 'qwen2',
      ...{ hidden_size: 896, num_hidden_layers: 24, num_attention_heads: 14, num_key_value_heads: 2 },
      ...{ intermediate_size: 4864, vocab_size: 151936, max_position_embeddings: 32768 },
      ...{
        tie_word_embeddings: true,
        torch_dtype: 'bfloat16',
        sliding_window: 32768,
        use_sliding_window: false,
      },
    },
    // 151936 × 896 = 136,134,656; 24 × (896 × 64 × (28 + 4) + 3 × 896 × 4864) = 24 × (1,835,008 + 13,074,432)
    parameters: 493_961_216,
    published: 494_032_768,
    weightsGiB: 0.9201,
    // 2 × 24 × 2 × 64 × 2
    cachePerToken: 12_288,
    // 0.92 + 32768 × 12 KiB (0.375 GiB) + 2 = 3.30 GiB
    verdict: ['ml.g4dn.xlarge', true, 32768],
    smallest: ['ml.g4dn.xlarge', 'ml.g5.xlarge', 'ml.g6.xlarge'],
  },
  {
    // meta-llama/Llama-3.1-8B-Instruct: 8,030,261,248 parameters.
    name: 'Llama-3.1-8B, whose own limit does not fit beside it into 24 GB',
    config: {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      ...{ hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8 },
      ...{ intermediate_size: 14336, vocab_size: 128256, max_position_embeddings: 131072 },
      ...{ tie_word_embeddings: false, torch_dtype: 'bfloat16' },
      rope_scaling: { factor: 8, rope_type: 'llama3', original_max_position_embeddings: 8192 },
    },
    // 2 × 128256 × 4096 = 1,050,673,152; 32 × (4096 × 128 × (64 + 16) + 3 × 4096 × 14336) = 32 × 218,103,808
    parameters: 8_029_995_008,
    published: 8_030_261_248,
    weightsGiB: 14.957,
    // 2 × 32 × 8 × 128 × 2
    cachePerToken: 131_072,
    // 0.9 × 22.35 = 20.115; − 14.957 − 2 = 3.158 GiB = 25,868 tokens × 128 KiB, to whole 1024s: 25,600
    verdict: ['ml.g6.xlarge', false, 25_600],
    // 14.96 + 16 + 2 = 32.96 GiB: one L40S has 40.2; four T4 have 14.4 each for 3.74 + 4 + 2
    smallest: ['ml.g6e.xlarge', 'ml.g4dn.12xlarge', 'ml.p5.4xlarge'],
  },
  {
    // mistralai/Mistral-7B-v0.1: 7,241,732,096 parameters.
    name: 'Mistral-7B, which looks back a window',
    config: {
      architectures: ['MistralForCausalLM'],
      model_type: 'mistral',
      ...{ hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8 },
      ...{
        intermediate_size: 14336,
        vocab_size: 32000,
        max_position_embeddings: 32768,
        sliding_window: 4096,
      },
      ...{ tie_word_embeddings: false, torch_dtype: 'bfloat16' },
    },
    // 2 × 32000 × 4096 = 262,144,000; 32 × 218,103,808
    parameters: 7_241_465_856,
    published: 7_241_732_096,
    weightsGiB: 13.488,
    cachePerToken: 131_072,
    // 13.49 + (4096 + 8192) × 128 KiB (1.5 GiB) + 2 = 16.99 GiB of 20.1: the whole limit fits
    verdict: ['ml.g5.xlarge', true, 32768],
    smallest: ['ml.g5.xlarge', 'ml.g6.xlarge', 'ml.g6e.xlarge'],
  },
  {
    // mistralai/Mixtral-8x7B-Instruct-v0.1: 46,702,792,704 parameters.
    name: 'Mixtral-8x7B, eight experts',
    config: {
      architectures: ['MixtralForCausalLM'],
      model_type: 'mixtral',
      ...{ hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8 },
      ...{
        intermediate_size: 14336,
        vocab_size: 32000,
        max_position_embeddings: 32768,
        sliding_window: null,
      },
      ...{
        num_local_experts: 8,
        num_experts_per_tok: 2,
        tie_word_embeddings: false,
        torch_dtype: 'bfloat16',
      },
    },
    // 262,144,000 + 32 × (41,943,040 + 8 × 3 × 4096 × 14336 + 8 × 4096) = 262,144,000 + 32 × 1,451,261,952
    parameters: 46_702_526_464,
    published: 46_702_792_704,
    weightsGiB: 86.99,
    cachePerToken: 131_072,
    // 86.99 / 4 = 21.7 is more than the 20.1 of an L4
    verdict: ['ml.g6.12xlarge', false, 0],
    // four L40S: 21.75 + 1 + 2 of 40.2; eight A10G or L4, as much in all: 10.87 + 0.5 + 2 of 20.1
    smallest: ['ml.g6e.12xlarge', 'ml.g5.48xlarge', 'ml.g6.48xlarge'],
  },
  {
    // hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4: 39.77 GB of files.
    name: 'Llama-3.1-70B in AWQ, four bits in groups of 128',
    config: {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      ...{ hidden_size: 8192, num_hidden_layers: 80, num_attention_heads: 64, num_key_value_heads: 8 },
      ...{ intermediate_size: 28672, vocab_size: 128256, max_position_embeddings: 131072 },
      ...{ tie_word_embeddings: false, torch_dtype: 'float16' },
      quantization_config: {
        bits: 4,
        group_size: 128,
        quant_method: 'awq',
        version: 'gemm',
        zero_point: true,
      },
    },
    // 2 × 128256 × 8192 = 2,101,346,304; 80 × (8192 × 128 × (128 + 16) + 3 × 8192 × 28672) = 80 × 855,638,016
    parameters: 70_552_387_584,
    published: 70_553_706_496,
    // 68,451,041,280 × (4 + (16 + 4) / 128 bits) / 8 + 2,101,346,304 × 2 bytes = 35,562,455,040 + 4,202,692,608
    weightsGiB: 37.034,
    // 2 × 80 × 8 × 128 × 2
    cachePerToken: 327_680,
    // on each of 4: 9.26 + 131072 × 80 KiB (10) + 2 = 21.26 GiB of 20.1; left are 8.857 GiB = 116,086 tokens
    verdict: ['ml.g6.12xlarge', false, 115_712],
    // 37.03 + 40 + 2 = 79.0 of 0.9 × 96 = 86.4 on one RTX PRO; four L40S: 9.26 + 10 + 2 of 40.2
    smallest: ['ml.g7e.2xlarge', 'ml.g6e.12xlarge', 'ml.g5.48xlarge'],
  },
  {
    // Qwen/Qwen3-235B-A22B: 235,093,634,560 parameters.
    name: 'Qwen3-235B-A22B, 128 small experts, heads larger than their share',
    config: {
      architectures: ['Qwen3MoeForCausalLM'],
      model_type: 'qwen3_moe',
      ...{ hidden_size: 4096, num_hidden_layers: 94, num_attention_heads: 64, num_key_value_heads: 4 },
      ...{ head_dim: 128, intermediate_size: 12288, moe_intermediate_size: 1536, num_experts: 128 },
      ...{ decoder_sparse_step: 1, mlp_only_layers: [], vocab_size: 151936, max_position_embeddings: 40960 },
      ...{
        tie_word_embeddings: false,
        torch_dtype: 'bfloat16',
        sliding_window: null,
        use_sliding_window: false,
      },
    },
    // 2 × 151936 × 4096 = 1,244,659,712; 94 × (4096 × 128 × (128 + 8) + 128 × 3 × 4096 × 1536 + 128 × 4096)
    // = 94 × (71,303,168 + 2,415,919,104 + 524,288) = 94 × 2,487,746,560
    parameters: 235_092_836_352,
    published: 235_093_634_560,
    weightsGiB: 437.89,
    // 2 × 94 × 4 × 128 × 2
    cachePerToken: 192_512,
    // 54.74 on each of 8; one head of keys for two GPUs: 40960 × 47 KiB (1.836) + 2 = 58.57 of 72
    verdict: ['ml.p5.48xlarge', true, 40960],
    smallest: ['ml.p4de.24xlarge', 'ml.p5.48xlarge', 'ml.g7e.48xlarge'],
  },
  {
    // deepseek-ai/DeepSeek-V3: "671B total parameters", without the module for multi-token prediction.
    name: 'DeepSeek-V3 in FP8, 256 experts and latent attention',
    config: {
      architectures: ['DeepseekV3ForCausalLM'],
      model_type: 'deepseek_v3',
      ...{ hidden_size: 7168, num_hidden_layers: 61, num_attention_heads: 128, num_key_value_heads: 128 },
      ...{
        kv_lora_rank: 512,
        q_lora_rank: 1536,
        qk_nope_head_dim: 128,
        qk_rope_head_dim: 64,
        v_head_dim: 128,
      },
      ...{
        intermediate_size: 18432,
        moe_intermediate_size: 2048,
        n_routed_experts: 256,
        n_shared_experts: 1,
      },
      ...{ first_k_dense_replace: 3, moe_layer_freq: 1, vocab_size: 129280, max_position_embeddings: 163840 },
      ...{ tie_word_embeddings: false, torch_dtype: 'bfloat16' },
      rope_scaling: { type: 'yarn', factor: 40, original_max_position_embeddings: 4096 },
      quantization_config: { quant_method: 'fp8', fmt: 'e4m3', weight_block_size: [128, 128] },
    },
    // 2 × 129280 × 7168 = 1,853,358,080. Attention: 1536 × (7168 + 128 × 192) + 7168 × 576 + 512 × 128 × 256
    // + 128 × 128 × 7168 = 187,105,280. 3 × 3 × 7168 × 18432 dense; 58 × 7168 × (3 × 257 × 2048 + 256) = 58 × 11,320,164,352
    parameters: 671_025_397_760,
    published: 671_026_404_352,
    // 669,172,039,680 × 1 + 1,853,358,080 × 2
    weightsGiB: 626.667,
    // 61 × (512 + 64) × 2, the same on each GPU
    cachePerToken: 70_272,
    // 78.3 on each of 8 is more than the 72 of an H100
    verdict: ['ml.p5.48xlarge', false, 0],
    // H200: 78.3 + 163840 × 68.6 KiB (10.7) + 2 = 91.1 of 126.9. GB200: 156.7 + 10.7 + 2 = 169.4 of 166.5
    smallest: ['ml.p5e.48xlarge', 'ml.p5en.48xlarge', 'ml.p6-b200.48xlarge'],
  },
  {
    // RedHatAI/Meta-Llama-3.1-405B-Instruct-FP8: all matrices but lm_head.
    name: 'Llama-3.1-405B in FP8',
    config: {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      ...{ hidden_size: 16384, num_hidden_layers: 126, num_attention_heads: 128, num_key_value_heads: 8 },
      ...{ intermediate_size: 53248, vocab_size: 128256, max_position_embeddings: 131072 },
      ...{ tie_word_embeddings: false, torch_dtype: 'bfloat16' },
      quantization_config: { quant_method: 'fp8', activation_scheme: 'static', ignored_layers: ['lm_head'] },
    },
    // 2 × 128256 × 16384 = 4,202,692,608; 126 × (16384 × 128 × (256 + 16) + 3 × 16384 × 53248) = 126 × 3,187,671,040
    parameters: 405_849_243_648,
    published: 405_853_388_800,
    // 401,646,551,040 + 4,202,692,608 × 2
    weightsGiB: 381.89,
    // 2 × 126 × 8 × 128 × 2
    cachePerToken: 516_096,
    // 47.74 + 131072 × 63 KiB (7.875) + 2 = 57.6 of 72
    verdict: ['ml.p5.48xlarge', true, 131072],
    // eight L40S have 40.2 each, less than the weights; the next are eight A100 of 80 GiB, as p5's H100; RTX PRO: 768 in all
    smallest: ['ml.p4de.24xlarge', 'ml.p5.48xlarge', 'ml.g7e.48xlarge'],
  },
] as const;

const read = (json: unknown) => readConfig(json) as ModelConfig;
const counted = (config: ModelConfig) => {
  const found = countParameters(config);
  return 'unknown' in found ? 0 : total(found);
};
const kept = ({ cache }: ModelConfig, gpus = 1) => ('unknown' in cache ? undefined : cacheOf(cache, gpus, 2));

test.each(models)(
  '$name: counted as by hand',
  ({ config, parameters, published, weightsGiB, cachePerToken }) => {
    const model = read(config);
    expect(counted(model)).toBe(parameters);
    expect(Math.abs(parameters / published - 1)).toBeLessThan(0.001);
    const one = fit({ warnings: [], config: model }, on('ml.p6-b300.48xlarge'), { tensorParallel: 1 });
    expect(gib(one?.lines[0])).toBeCloseTo(weightsGiB, 2);
    const cache = kept(model);
    expect((cache?.perToken ?? 0) + (cache?.perTokenInWindow ?? 0)).toBe(cachePerToken);
  },
);

test.each(models)('$name: fits where it does, and nowhere smaller', ({ config, verdict, smallest }) => {
  const facts = { warnings: [], config: read(config), ...taskOf(config) };
  const [type, fits, longestFitting] = verdict;
  expect(fit(facts, on(type), {})).toMatchObject({ fits, longestFitting });
  expect(smallestFitting(facts, {}, cuda13)).toEqual(smallest);
  if (longestFitting) expect(fit(facts, on(type), { maxModelLen: longestFitting })?.fits).toBe(true);
});

test('the sum is shown as one would write it down', () => {
  const facts = { task: 'text-generation' as const, warnings: [], config: read(models[2].config) };
  expect(fit(facts, on('ml.g6.12xlarge'), { maxModelLen: 65536 })?.lines).toMatchInlineSnapshot(`
    [
      "weights  (8.03 B parameters × 2 bytes) / 4 GPUs   3.74 GiB",
      "cache    65536 tokens × 32 KiB                    2.00 GiB",
      "engine   CUDA context, graphs, activations        2.00 GiB",
      "needed   on each GPU                              7.74 GiB",
      "usable   90 % of 22.35 GiB (L4)                  20.12 GiB",
    ]
  `);
});

describe('before anything is written', () => {
  const checked = (type: string, wanted: Partial<Settings>, facts: ModelFacts | undefined, name = 'vllm') => {
    const server = servers.get(name);
    if (!server) throw new Error(`there is no ${name}`);
    return checkHardware(wanted as Settings, server, on(type), cuda13.cuda, facts);
  };
  const check = (index: number, type: string, wanted: Partial<Settings>) =>
    checked(type, wanted, { warnings: [], config: read(models[index]?.config) });

  test('requests are limited to what fits, with the sum and the types on which more does', () => {
    const { settings, warnings, sum } = check(2, 'ml.g6.xlarge', {});
    expect(settings).toEqual({ maxModelLen: 25_600 });
    expect(warnings).toEqual([
      expect.stringContaining('fits on ml.g6e.xlarge, ml.g4dn.12xlarge, ml.p5.4xlarge'),
    ]);
    expect(sum.join('\n')).toMatchInlineSnapshot(`
      "weights  8.03 B parameters × 2 bytes        14.96 GiB
      cache    25600 tokens × 128 KiB              3.13 GiB
      engine   CUDA context, graphs, activations   2.00 GiB
      needed                                      20.08 GiB
      usable   90 % of 22.35 GiB (L4)             20.12 GiB"
    `);
  });

  test('what was asked for and does not fit is refused, with the longest that does', () => {
    expect(() => check(2, 'ml.g6.xlarge', { maxModelLen: 100_000 })).toThrow(
      /maxModelLen: 100000: .* does not fit on ml.g6.xlarge:\n.*weights[\s\S]*25600 tokens would fit. It fits on /,
    );
  });

  test('a model whose weights alone are too much is refused', () => {
    expect(() => check(8, 'ml.g6.xlarge', {})).toThrow(
      /instanceType: "ml.g6.xlarge": .* does not fit [\s\S]*It fits on ml.p4de.24xlarge/,
    );
  });

  test('also where nothing else is known of it, such as what its layers keep', () => {
    const config = read({ architectures: ['NextYearForCausalLM'], model_type: 'next_year' });
    const known = (parameters: number) => () =>
      checked('ml.g6.xlarge', {}, { warnings: [], config, parameters });
    expect(known(550e9)).toThrow(
      /the weights of the model alone do not fit on ml.g6.xlarge:[\s\S]*They fit on /,
    );
    expect(known(5e9)()).toEqual({
      settings: {},
      sum: [],
      warnings: ['fit not checked: its config.json does not tell how many layers there are'],
    });
  });

  test('of a model in S3 it is said that it was not looked at', () => {
    const { warnings } = checked('ml.g6.xlarge', { modelName: 's3://bucket/model/' }, undefined);
    expect(warnings).toEqual(['fit not checked: a model in S3 is not looked at when a project is made']);
    expect(checked('ml.g6.xlarge', {}, undefined).warnings).toEqual([]);
  });

  test('the length that the sum was made for is told to the engine', () => {
    expect(check(0, 'ml.g6.xlarge', {}).settings).toEqual({ maxModelLen: 1024 });
    expect(check(0, 'ml.g6.xlarge', { maxModelLen: 512 }).settings).toEqual({});
  });

  test('of positions that are scaled for long texts only, the usual length is taken, and the limit named', () => {
    const config = read({
      ...models[2].config,
      ...{ original_max_position_embeddings: 4096, rope_scaling: { type: 'longrope' } },
    });
    const { settings, warnings } = checked('ml.g6e.xlarge', {}, { warnings: [], config });
    expect(settings).toEqual({ maxModelLen: 4096 });
    expect(warnings).toEqual([
      expect.stringMatching(/limited to 4096 tokens.* up to 131072 can be asked for/),
    ]);
  });

  // Qwen2.5-0.5B has 14 heads, and a project with gpu-enabled four GPUs.
  test('GPUs that nobody chose and that cannot share the heads are left out, with the types that would do', () => {
    const { settings, warnings } = check(1, 'ml.g6.12xlarge', {});
    expect(settings).toEqual({ tensorParallel: 2, maxModelLen: 32768 });
    expect(warnings).toEqual([
      "2 of the 4 GPUs of ml.g6.12xlarge cost money and are not used: the model's 14 attention heads cannot be shared out evenly to 4 GPUs. All GPUs are used on ml.g4dn.xlarge, ml.g5.xlarge, ml.g6.xlarge",
    ]);
    expect(() => check(1, 'ml.g6.12xlarge', { tensorParallel: 4 })).toThrow(
      "tensorParallel: 4: the model's 14 attention heads cannot be shared out evenly to 4 GPUs: 1 or 2 can",
    );
  });

  // Qwen3-30B-A3B-FP8: experts of 768, in blocks of 128, of which four GPUs would have 192 each.
  test('experts whose blocks cannot be cut are held whole, or cut more finely where the engine does that', () => {
    const config = read(published['Qwen/Qwen3-30B-A3B-FP8']);
    const facts = { warnings: [], config, weightsBytes: 31_171_000_000 };
    const on = (name: string, wanted: Partial<Settings> = {}) =>
      checked('ml.g6.12xlarge', wanted, facts, name);
    expect(on('vllm')).not.toHaveProperty('environment');
    expect(on('sglang')).toMatchObject({ environment: { SM_SGLANG_EP_SIZE: '4' } });
    expect(on('lmi', { tensorParallel: 4 })).toMatchObject({
      environment: { OPTION_ENABLE_EXPERT_PARALLEL: 'true' },
      warnings: [expect.stringContaining('each of the 4 GPUs holds some of the experts whole')],
    });
  });

  // Qwen2.5-7B-Instruct-AWQ: 18944 in groups of 128, 148 of them.
  test('groups of AWQ are not cut', () => {
    const config = read({
      ...{
        architectures: ['Qwen2ForCausalLM'],
        model_type: 'qwen2',
        hidden_size: 3584,
        num_hidden_layers: 28,
      },
      ...{ num_attention_heads: 32, num_key_value_heads: 8, head_dim: 128, intermediate_size: 18944 },
      ...{ vocab_size: 152064, max_position_embeddings: 32768 },
      quantization_config: { quant_method: 'awq', bits: 4, group_size: 128 },
    });
    const facts = { warnings: [], config, weightsBytes: 5.6e9 };
    expect(checked('ml.g6.12xlarge', {}, facts).settings).toMatchObject({ maxModelLen: 32768 });
    expect(() => checked('ml.g6.48xlarge', { tensorParallel: 8 }, facts)).toThrow(
      'the matrices after the attention are 18944 wide, and 18944 / 8 GPUs cuts through the groups of 128 that awq scales together: 1, 2 or 4 can',
    );
  });

  test('a model that is served as a generator has a cache, whatever its class is called', () => {
    const config = read({
      architectures: ['NextModel'],
      model_type: 'llama',
      ...{ hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32, max_position_embeddings: 8192 },
    });
    const facts = { warnings: [], config, weightsBytes: 8e9, task: 'feature-extraction' } as const;
    const sum = (task: NonNullable<Settings['task']>) =>
      checked('ml.g6.xlarge', { task }, facts).sum.join('\n');
    expect(sum('text-generation')).toContain('8192 tokens × 512 KiB');
    expect(sum('feature-extraction')).not.toContain('tokens');
  });

  // google/gemma-2-2b
  test('what is not served in float16 is served in float32 where there is no bfloat16, or refused', () => {
    const config = read({
      architectures: ['Gemma2ForCausalLM'],
      model_type: 'gemma2',
      torch_dtype: 'bfloat16',
    });
    const facts = { warnings: [], config };
    const { settings, warnings, sum } = checked('ml.g4dn.xlarge', {}, facts);
    expect(settings).toMatchObject({ dtype: 'float32' });
    expect(warnings[0]).toMatch(/^the T4 of ml.g4dn.xlarge cannot .* gemma2 are not served in float16/);
    expect(sum[0]).toContain('2.61 B parameters × 4 bytes');
    expect(checked('ml.g6.xlarge', {}, facts).settings).not.toHaveProperty('dtype');
    expect(() => checked('ml.g6.xlarge', { dtype: 'float16' }, facts)).toThrow(
      /dtype: "float16": .* bfloat16 or float32/,
    );
    expect(checked('ml.g4dn.xlarge', {}, facts, 'sglang').settings).not.toHaveProperty('dtype');
  });
});

test('a model that generates nothing has no cache', () => {
  // google-bert/bert-base-uncased: 110 M with its pooler and the layer for masks.
  const config = {
    architectures: ['BertForSequenceClassification'],
    model_type: 'bert',
    ...{ hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 3072 },
    ...{ vocab_size: 30522, max_position_embeddings: 512 },
  };
  // (30522 + 512) × 768 + 84,934,656, in float32 as asked
  const facts = { warnings: [], config: read(config), ...taskOf(config) };
  const found = fit(facts, on('ml.g4dn.xlarge'), { tensorParallel: 1, dtype: 'float32' });
  expect(found).toMatchObject({ fits: true, longestFitting: 512 });
  expect(found?.lines.join('\n')).not.toContain('cache');
  expect(gib(found?.lines[0])).toBeCloseTo(((31_034 * 768 + 84_934_656) * 4) / 2 ** 30, 2);
});

test('layers that look back a window keep no more than it, and the step being read in', () => {
  // google/gemma-3-1b-it: 26 layers, of which each sixth looks back to the beginning.
  const gemma = read({
    architectures: ['Gemma3ForCausalLM'],
    model_type: 'gemma3_text',
    ...{ hidden_size: 1152, num_hidden_layers: 26, num_attention_heads: 4, num_key_value_heads: 1 },
    ...{ head_dim: 256, intermediate_size: 6912, vocab_size: 262144, max_position_embeddings: 32768 },
    ...{ sliding_window: 512, sliding_window_pattern: 6 },
  });
  // 4 whole and 22 windowed layers, of 2 × 1 × 256 × 2 bytes each
  expect(kept(gemma)).toEqual({
    ...{ perToken: 4096, perTokenInWindow: 22_528, window: 512 + 8192 },
    perRequest: 0,
  });
  // 262144 × 1152 (tied, as transformers has it where nothing is said) + 26 × (1152 × 256 × 10 + 3 × 1152 × 6912)
  expect(counted(gemma)).toBe(999_751_680);
});

test('files say what config.json can only estimate', () => {
  const config = read(models[5].config);
  const files = fit({ warnings: [], config, weightsBytes: 39_768_000_000 }, on('ml.g7e.2xlarge'), {});
  expect(files?.lines[0]).toContain('awq, as in its files');
  expect(gib(files?.lines[0])).toBeCloseTo(39.768e9 / 2 ** 30, 2);
  const inFiles = fit(
    { warnings: [], parameters: 8_030_261_248, config: read(models[2].config) },
    on('ml.g6.xlarge'),
    {},
  );
  expect(inFiles?.lines[0]).toContain('8.03 B parameters × 2 bytes');
});

test('quantising at start leaves the embeddings as they are', () => {
  const facts = { warnings: [], config: read(models[2].config) };
  // 6,979,321,856 × 1 + 1,050,673,152 × 2 bytes
  const fp8 = fit(facts, on('ml.g6.xlarge'), { quantization: 'fp8' });
  expect(gib(fp8?.lines[0])).toBeCloseTo(9_080_668_160 / 2 ** 30, 2);
});

test('without NVIDIA GPUs there is nothing to add up for', () => {
  const facts = { warnings: [], config: read(models[0].config) };
  expect(fit(facts, on('ml.m5.large'), {})).toBeUndefined();
  expect(fit(facts, on('ml.inf2.xlarge'), {})).toBeUndefined();
});

test('what is not known is said, and no sum is made of it', () => {
  const told = (config: object, more: object = {}) => {
    const found = fit({ warnings: [], config: read(config), ...more }, on('ml.g5.xlarge'), {});
    return { ...found, lines: found?.lines.length };
  };
  expect(fit({ warnings: [] }, on('ml.g5.xlarge'), {})?.notChecked).toBe('its config.json is not known');
  expect(told({}).notChecked).toContain('the parameters of models of the type "" are not counted');
  const next = { ...models[2].config, model_type: 'next_year', architectures: ['NextYearForCausalLM'] };
  expect(told(next)).toMatchObject({ lines: 0 });
  // Of its files the weights are known: those alone are added up, and may be too much.
  const strange = { ...next, mixer_pattern: ['new_attention'] };
  const reason = 'its config.json says by "mixer_pattern" what its layers are, which is not known here';
  expect(told(strange, { parameters: 1e9 })).toMatchObject({ notChecked: reason, fits: true, lines: 4 });
  expect(told(strange, { parameters: 1e12 })).toMatchObject({ notChecked: reason, fits: false });
  expect(
    told({ ...strange, layer_types: ['full_attention', 'new_attention'] }, { parameters: 1e9 }),
  ).toMatchObject({
    notChecked: 'layers of the kind "new_attention" are not known here',
  });
});

test('whatever a config.json holds, reading it never throws, and figures are finite and not negative', () => {
  const keys = [
    ...Object.values(names).flat(),
    ...['architectures', 'model_type', 'layer_types', 'rope_scaling', 'quantization_config', 'text_config'],
    ...['tie_word_embeddings', 'torch_dtype', 'mlp_only_layers', 'sliding_window_pattern'],
  ];
  const number = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer(), fc.double());
  const value = fc.oneof(
    { weight: 3, arbitrary: number },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );
  const config = fc
    .tuple(
      fc.constantFrom(...models),
      fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 8 }),
      fc.jsonValue(),
    )
    .map(([{ config }, changed, other]) => (Object.keys(changed).length ? { ...config, ...changed } : other));
  const gpus = offered.filter((type) => on(type).accelerator?.kind === 'nvidia-gpu');
  let told = 0;
  fc.assert(
    fc.property(
      config,
      fc.constantFrom(...gpus),
      fc.integer({ min: 1, max: 64 }),
      (json, type, tensorParallel) => {
        const read = readConfig(json);
        const facts = { warnings: [], ...(read && { config: read }), ...taskOf(json) };
        const found = fit(facts, on(type), { tensorParallel });
        if (!found) return;
        told += 1;
        expect(found.lines.join('\n')).not.toMatch(/NaN|Infinity|[ (]-/);
        expect(found.longestFitting).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(found.longestFitting)).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
  expect(told).toBeGreaterThan(500);
});

test('a header of safetensors that is wrong is refused with what is wrong', () => {
  const tensor = (shape: number[], end: number, dtype = 'F16') =>
    JSON.stringify({ a: { dtype, shape, data_offsets: [0, end] } });
  expect(ofHeader('f', tensor([3, 4], 24), 24)).toEqual({ bytes: 24, parameters: 12, types: { F16: 24 } });
  expect(() => ofHeader('f', tensor([3, 4], 24), 20)).toThrow('f is cut off: its header tells of 24 bytes');
  expect(() => ofHeader('f', tensor([3, 4], 12), 24)).toThrow('wrong about the tensor');
  expect(() => ofHeader('f', tensor([-3, -4], 24), 24)).toThrow('wrong about the tensor');
  expect(() => ofHeader('f', tensor([2], 4, '__proto__'), 24)).toThrow('wrong about the tensor');
  expect(() => ofHeader('f', '[]', 24)).toThrow('no JSON object');
  expect(() => ofHeader('f', '{', 24)).toThrow('not valid JSON');
});

test('a model of 140 GB gets time to arrive and to load, and room where the type has no disk of its own', () => {
  // 60 + 2 × 140 / 0.2 = 1460 s; 300 + 140 / 0.2 = 1000 s
  expect(startUp(140e9, 's3-prefix', on('ml.p3.16xlarge'))).toEqual({
    modelDataDownloadTimeoutInSeconds: 1500,
    containerStartupHealthCheckTimeoutInSeconds: 1020,
    volumeSizeInGB: 150,
  });
  expect(startUp(140e9, 's3-prefix', on('ml.g6.48xlarge'))).not.toHaveProperty('volumeSizeInGB');
  expect(startUp(800e9, 's3-archive', on('ml.p3.16xlarge'))).toEqual({
    modelDataDownloadTimeoutInSeconds: 3600,
    containerStartupHealthCheckTimeoutInSeconds: 3600,
    volumeSizeInGB: 512,
  });
  expect(startUp(16e9, 'hub', on('ml.m5.xlarge'))).toEqual({
    containerStartupHealthCheckTimeoutInSeconds: 720,
  });
  expect(startUp(undefined, 'hub', on('ml.g6.xlarge'))).toEqual({
    containerStartupHealthCheckTimeoutInSeconds: 3600,
  });
});

function gib(line: string | undefined): number {
  return Number(/([\d.]+) GiB$/.exec(line ?? '')?.[1]);
}
