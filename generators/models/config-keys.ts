/** What the families of models call the same number in config.json, the commonest first. */
export const names = {
  hiddenSize: ['hidden_size', 'n_embd', 'n_embed', 'd_model', 'dim'],
  layers: ['num_hidden_layers', 'n_layer', 'n_layers', 'num_layers'],
  heads: ['num_attention_heads', 'n_head', 'n_heads', 'num_heads'],
  kvHeads: [
    'num_key_value_heads',
    'num_kv_heads',
    'n_head_kv',
    'kv_n_heads',
    'multi_query_group_num',
    'num_attention_groups',
  ],
  headDim: ['head_dim', 'attention_head_dim', 'kv_channels', 'hidden_size_per_head'],
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
  positions: ['max_position_embeddings', 'n_positions', 'max_seq_len', 'seq_length', 'n_ctx'],
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

/** Model types of which parameters are not counted: their layers are unlike those that the sum is made for. */
export const notCounted: readonly string[] = [
  // Mamba, convolutions and linear attention of other kinds than Qwen's.
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
  ...[
    'granitemoehybrid',
    'recurrent_gemma',
    'lfm2',
    'lfm2_moe',
    'lfm3',
    'kimi_linear',
    'olmo_hybrid',
    'xlstm',
  ],
  // Parts that no other has.
  ...[
    'gemma3n',
    'gemma3n_text',
    'gemma4_text',
    'gemma4_unified_text',
    'gemma4_unified_assistant',
    'git',
    'jais2',
  ],
  ...[
    'nanochat',
    'phi4_multimodal',
    'hrm_text',
    'dots3_note',
    'dots3_note_text',
    'deepseek_v4',
    'flint',
    'dory',
  ],
  ...[
    'inkling2_loop_text',
    'mimo_v2_flash',
    'minicpm3',
    'longcat_flash',
    'moshi',
    'apertus1p5_text',
    'beam',
    'doge',
  ],
  ...[
    'fuyu',
    'laguna',
    'bert-generation',
    'biogpt',
    'data2vec-text',
    'rembert',
    'roberta-prelayernorm',
    'roc_bert',
  ],
  ...['xmod', 'mllama', 'mllama_text_model', 'zaya', 'axk2'],
];
