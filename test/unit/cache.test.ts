import { describe, expect, test } from 'vitest';
import { cacheOf } from '../../generators/models/cache.ts';
import { readConfig } from '../../generators/models/config.ts';
import published from '../../python/tests/facts/configs.json' with { type: 'json' };

/** In bytes, with numbers of 16 bits, on one GPU. */
function kept(config: unknown) {
  const cache = readConfig(config)?.cache;
  if (!cache || 'unknown' in cache) throw new Error(JSON.stringify(cache));
  return cacheOf(cache, 1, 2);
}

const jamba = {
  architectures: ['JambaForCausalLM'],
  model_type: 'jamba',
  ...{ hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8 },
  ...{ attn_layer_period: 8, attn_layer_offset: 4, mamba_d_state: 16, mamba_d_conv: 4, mamba_expand: 2 },
};

// Seven layers of lightning attention, then one that looks at all.
const minimaxM1 = {
  architectures: ['MiniMaxM1ForCausalLM'],
  model_type: 'minimax_m1',
  ...{ hidden_size: 6144, num_hidden_layers: 80, num_attention_heads: 64, num_key_value_heads: 8 },
  head_dim: 128,
  attn_type_list: Array.from({ length: 80 }, (_, place) => (place % 8 === 7 ? 1 : 0)),
};

type Published = keyof typeof published;

/** With as many heads in each layer as the list says. */
const decilm = {
  architectures: ['DeciLMForCausalLM'],
  model_type: 'deci',
  ...{ hidden_size: 4096, num_hidden_layers: 4, num_attention_heads: 32 },
  num_key_value_heads_per_layer: [4, 4, 2, 1],
};

test.each<[string, string, number, unknown]>([
  ['Nemotron-3-Nano-30B', '6 layers × 2 × 2 heads × 128', 6144, 'nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16'],
  ['Nemotron-3-Super-120B', '8 × 2 × 2 × 128', 8192, 'nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8'],
  ['Nemotron-3-Ultra-550B', '12 × 2 × 2 × 128', 12_288, 'nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16'],
  ['Nemotron-H-56B', '10 × 2 × 8 × 128', 40_960, 'nvidia/Nemotron-H-56B-Base-8K'],
  ['Llama-3.3-Nemotron-Super-49B', '49 × 2 × 8 × 128', 200_704, 'nvidia/Llama-3_3-Nemotron-Super-49B-v1'],
  ['Jamba-v0.1', '4 × 2 × 8 × 128', 16_384, jamba],
  ['MiniMax-M1', '10 × 2 × 8 × 128', 40_960, minimaxM1],
  ['Kimi-K3', '24 × (512 + 64)', 27_648, 'moonshotai/Kimi-K3'],
  ['Gemma-4-26B', '5 × 2 × 2 × 512', 20_480, 'google/gemma-4-26B-A4B'],
  // Keys of 192 and values of 128 numbers.
  ['MiMo-V2-Flash', '9 × 4 × (192 + 128)', 23_040, 'XiaomiMiMo/MiMo-V2-Flash'],
  ['DeepSeek-V4-Flash', '21 × (512 + 128) / 4 + 20 × 512 / 128', 6880, 'deepseek-ai/DeepSeek-V4-Flash'],
  ['DeepSeek-V4-Flash of SGLang', 'by its architecture', 6880, 'sgl-project/DeepSeek-V4-Flash-FP8'],
  // With the index of each layer.
  ['DeepSeek-V3.2', '61 × (512 + 64 + 128)', 85_888, 'deepseek-ai/DeepSeek-V3.2'],
  ['a DeciLM', '(4 + 4 + 2 + 1) × 2 × 128', 5632, decilm],
])('%s keeps of each token, in layers that look at all of them, 2 bytes × %s', (_, _sum, bytes, config) => {
  expect(kept(typeof config === 'string' ? published[config as Published] : config).perToken).toBe(bytes);
});

test('MiMo-V2-Flash looks back a window in 39 of its 48 layers', () => {
  const { perTokenInWindow, window } = kept(published['XiaomiMiMo/MiMo-V2-Flash']);
  // 8 heads with keys of 192 and values of 128 numbers
  expect(perTokenInWindow).toBe(39 * 8 * (192 + 128) * 2);
  expect(window).toBe(128 + 8192);
});

test('what layers of Mamba and linear attention keep of each request is counted', () => {
  // 28 layers: 8192 × 16 numbers in float32, and the last 4 of 8192 in 16 bits
  expect(kept(jamba).perRequest).toBe(28 * (8192 * 16 * 4 + 8192 * 4 * 2));
  // 70 layers: a matrix of 128 × 128 for each of 64 heads
  expect(kept(minimaxM1).perRequest).toBe(70 * 64 * 128 * 128 * 4);
});

describe('by whatever key the layers are told', () => {
  const base = {
    architectures: ['NextYearForCausalLM'],
    model_type: 'next_year',
    ...{
      hidden_size: 512,
      num_hidden_layers: 12,
      num_attention_heads: 8,
      num_key_value_heads: 2,
      head_dim: 64,
    },
    ...{ sliding_window: 1024, conv_L_cache: 3 },
  };
  // Of one layer: 2 × 2 heads × 64 × 2 bytes
  const one = 512;
  test.each<[string, object, number, number]>([
    ['nothing', { sliding_window: null }, 12, 0],
    ['a window alone', {}, 0, 12],
    ['a window that is not used', { use_sliding_window: false }, 12, 0],
    ['layers below which no window is used', { use_sliding_window: true, max_window_layers: 4 }, 4, 8],
    [
      'layer_types',
      { layer_types: [...Array(9).fill('sliding_attention'), ...Array(3).fill('full_attention')] },
      3,
      9,
    ],
    [
      'layers_block_type',
      { layers_block_type: [...Array(9).fill('mamba'), ...Array(3).fill('attention')] },
      3,
      0,
    ],
    ['hybrid_override_pattern', { hybrid_override_pattern: 'M*-EM*-EM*-E' }, 3, 0],
    ['attn_layer_period', { attn_layer_period: 4, attn_layer_offset: 1 }, 3, 0],
    ['full_attn_idxs', { full_attn_idxs: [2, 5, 8] }, 3, 0],
    ['full_attention_interval', { full_attention_interval: 3 }, 4, 0],
    ['hybrid_layer_pattern', { hybrid_layer_pattern: [0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1] }, 3, 9],
    ['sliding_window_pattern', { sliding_window_pattern: 6 }, 2, 10],
    ['sliding_window_pattern in letters', { sliding_window_pattern: 'LLLG' }, 3, 9],
    ['num_kv_shared_layers', { sliding_window: null, num_kv_shared_layers: 5 }, 7, 0],
    ['linear_attn_config', { linear_attn_config: { full_attn_layers: [4, 8, 12] } }, 3, 0],
    ['a class that repeats a pattern', { model_type: 'gemma3_text' }, 2, 10],
  ])('%s', (_, said, whole, windowed) => {
    const { perToken, perTokenInWindow } = kept({ ...base, ...said });
    expect([perToken / one, perTokenInWindow / one]).toEqual([whole, windowed]);
  });

  test.each([
    ['a kind that is not known', { layer_types: Array(12).fill('new_attention') }, '"new_attention"'],
    ['a key that is not known', { mixer_layout: ['a', 'b'] }, '"mixer_layout"'],
    ['a form that is not known', { layer_types: 'all of them' }, 'layer_types of a form'],
    [
      'states of an unknown kind',
      { layer_types: Array(12).fill('mamba'), conv_L_cache: null },
      'without attention',
    ],
  ])('%s is not guessed', (_, said, reason) => {
    const cache = readConfig({ ...base, ...said })?.cache;
    expect(cache && 'unknown' in cache && cache.unknown).toContain(reason);
  });
});

test('four GPUs share out heads, and each has the vector of latent attention', () => {
  const on = (gpus: number, name: Published) => {
    const cache = readConfig(published[name])?.cache;
    return cache && !('unknown' in cache) ? cacheOf(cache, gpus, 2).perToken : 0;
  };
  expect(on(4, 'Qwen/Qwen3-8B')).toBe(on(1, 'Qwen/Qwen3-8B') / 4);
  expect(on(4, 'deepseek-ai/DeepSeek-R1')).toBe(on(1, 'deepseek-ai/DeepSeek-R1'));
});
