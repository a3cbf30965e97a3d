import { type Json, number } from './json.ts';

/** Bytes of a number: what is summed up over all tokens is kept in float32, what waits for the next ones in 16 bits. */
const [summed, waiting] = [4, 2];

type Sizes<Name extends string> = Readonly<Record<Name, number>>;

interface Family<Name extends string = string> {
  readonly keys: Readonly<Record<Name, readonly string[]>>;
  /** Numbers in the state of a layer, and in the last tokens of its convolution. */
  readonly numbers: (sizes: Sizes<Name>) => readonly [number, number];
  /** Model types that have the same keys and are something else, or the only ones that are meant. */
  readonly only?: RegExp;
}

function family<Name extends string>(one: Family<Name>): Family {
  return one as unknown as Family;
}

/** Layers that keep a state of one size for texts of all lengths, by the keys that tell it. */
const families: readonly Family[] = [
  // Gated delta nets, as in Qwen3-Next.
  family({
    keys: {
      keyHeads: ['linear_num_key_heads'],
      keyDim: ['linear_key_head_dim'],
      valueHeads: ['linear_num_value_heads'],
      valueDim: ['linear_value_head_dim'],
      kernel: ['linear_conv_kernel_dim'],
    },
    numbers: ({ keyHeads, keyDim, valueHeads, valueDim, kernel }) => [
      valueHeads * keyDim * valueDim,
      (2 * keyHeads * keyDim + valueHeads * valueDim) * kernel,
    ],
  }),
  // Kimi's delta attention.
  family({
    keys: {
      heads: ['linear_num_heads'],
      dim: ['linear_head_dim'],
      kernel: ['linear_conv_kernel_dim', 'short_conv_kernel_size'],
    },
    numbers: ({ heads, dim, kernel }) => [heads * dim * dim, 3 * heads * dim * kernel],
  }),
  // Mamba 2.
  family({
    keys: {
      heads: ['mamba_num_heads', 'mamba_n_heads', 'n_mamba_heads', 'num_heads'],
      dim: ['mamba_head_dim', 'mamba_d_head', 'mamba_headdim', 'head_dim'],
      state: ['ssm_state_size', 'mamba_d_state', 'state_size'],
      kernel: ['conv_kernel', 'mamba_d_conv'],
      groups: ['n_groups', 'mamba_n_groups', 'mamba_ngroups'],
    },
    numbers: ({ heads, dim, state, kernel, groups }) => [
      heads * dim * state,
      (heads * dim + 2 * groups * state) * kernel,
    ],
  }),
  // Mamba.
  family({
    keys: {
      width: ['mamba_width'],
      state: ['mamba_d_state', 'state_size'],
      kernel: ['mamba_d_conv', 'conv_kernel'],
    },
    numbers: ({ width, state, kernel }) => [width * state, width * kernel],
  }),
  // Convolutions alone, as in LFM2.
  family({
    keys: { width: ['hidden_size'], kernel: ['conv_L_cache'] },
    numbers: ({ width, kernel }) => [0, width * kernel],
  }),
  // MiniMax's lightning attention.
  family({
    keys: { heads: ['num_attention_heads'], dim: ['head_dim_or_share'] },
    numbers: ({ heads, dim }) => [heads * dim * dim, 0],
    only: /^minimax/i,
  }),
];

/** Bytes that a layer of this kind keeps for each request; undefined where config.json does not tell it. */
export function stateBytes(all: Json): number | undefined {
  const hidden = number(all, ['hidden_size', 'd_model']) ?? 0;
  const heads = number(all, ['num_attention_heads']) ?? 1;
  const width = number(all, ['mamba_d_ssm']) ?? hidden * (number(all, ['mamba_expand', 'expand']) ?? 2);
  const mambaHeads = number(all, ['mamba_n_heads', 'mamba_num_heads', 'n_mamba_heads']);
  const worked: Json = {
    mamba_width: width,
    head_dim_or_share: number(all, ['head_dim']) ?? Math.floor(hidden / heads),
    ...(mambaHeads && { mamba_d_head: Math.floor(width / mambaHeads) }),
  };
  const known: Json = {
    ...all,
    ...worked,
    ...(number(all, ['mamba_d_head']) && { mamba_d_head: all.mamba_d_head }),
  };
  for (const { keys, numbers, only } of families) {
    if (only && !only.test(String(all.model_type))) continue;
    const sizes = Object.entries(keys).map(([name, aliases]) => [name, number(known, aliases)] as const);
    if (sizes.some(([, size]) => size === undefined)) continue;
    const [state, conv] = numbers(Object.fromEntries(sizes) as Sizes<string>);
    return state * summed + conv * waiting;
  }
  return undefined;
}
