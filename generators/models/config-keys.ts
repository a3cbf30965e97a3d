/** What the families of models call the same number in config.json, the commonest first. */
export const names = {
  hiddenSize: ['hidden_size', 'n_embd', 'd_model', 'dim'],
  layers: ['num_hidden_layers', 'n_layer', 'n_layers', 'num_layers'],
  heads: ['num_attention_heads', 'n_head', 'n_heads', 'num_heads'],
  kvHeads: ['num_key_value_heads', 'num_kv_heads', 'n_head_kv', 'kv_n_heads', 'multi_query_group_num'],
  headDim: ['head_dim', 'kv_channels', 'attention_head_dim'],
  intermediateSize: [
    'intermediate_size_mlp',
    'intermediate_size',
    'n_inner',
    'ffn_dim',
    'ffn_hidden_size',
    'hidden_dim',
    'd_ff',
  ],
  vocabSize: ['vocab_size', 'padded_vocab_size'],
  embeddingSize: ['embedding_size', 'word_embed_proj_dim'],
  positions: [
    'max_position_embeddings',
    'n_positions',
    'max_seq_len',
    'seq_length',
    'n_ctx',
    'max_sequence_length',
  ],
  slidingWindow: ['sliding_window', 'sliding_window_size'],
  experts: ['num_local_experts', 'n_routed_experts', 'num_experts', 'moe_num_experts'],
  expertSize: ['moe_intermediate_size', 'expert_ffn_hidden_size', 'intermediate_size', 'ffn_hidden_size'],
  sharedExperts: ['n_shared_experts', 'num_shared_experts', 'moe_num_shared_experts'],
  sharedExpertSize: ['shared_expert_intermediate_size'],
  denseLayers: ['first_k_dense_replace', 'moe_layer_start_index'],
  sparseStep: ['decoder_sparse_step', 'interleave_moe_layer_step', 'moe_layer_freq'],
  kvRank: ['kv_lora_rank'],
  queryRank: ['q_lora_rank'],
  ropeDim: ['qk_rope_head_dim'],
  nopeDim: ['qk_nope_head_dim'],
  valueDim: ['v_head_dim'],
} as const;

/** Encoders like BERT: two matrices after the attention, and a vector for each position. */
const encoders = [
  ...[
    'bert',
    'roberta',
    'xlm-roberta',
    'xlm-roberta-xl',
    'camembert',
    'distilbert',
    'electra',
    'albert',
    'mpnet',
  ],
  ...[
    'deberta',
    'deberta-v2',
    'big_bird',
    'longformer',
    'ernie',
    'nystromformer',
    'rembert',
    'megatron-bert',
  ],
];

/** Model types whose layers have two matrices after the attention; the others have a third one, a gate. */
export const plainMlp: readonly string[] = [
  ...[
    'gpt2',
    'gpt_bigcode',
    'gpt_neo',
    'gpt_neox',
    'gptj',
    'codegen',
    'opt',
    'bloom',
    'falcon',
    'mpt',
    'phi',
  ],
  ...['starcoder2', 'nemotron', 'persimmon', 'arcee', 'apertus', 'roformer'],
  ...encoders,
];

/** Those of them that learn a vector for each position. */
export const learnedPositions: readonly string[] = [
  ...['gpt2', 'gpt_bigcode', 'gpt_neo', 'opt'],
  ...encoders,
];

/** Model types that mix attention with layers whose parameters are not counted here. */
export const notCounted: readonly string[] = [
  ...[
    'mamba',
    'mamba2',
    'falcon_mamba',
    'jamba',
    'bamba',
    'falcon_h1',
    'zamba',
    'zamba2',
    'nemotron_h',
    'rwkv',
  ],
  ...['granitemoehybrid', 'recurrent_gemma', 'lfm2', 'lfm2_moe', 'gemma3n', 'gemma3n_text'],
];
