"""What of sentence-transformers is served. The generator refuses the rest by the same lists."""

# In modules.json, by their classes: one Transformer, one Pooling, then any of the others.
MODULES = ("Transformer", "Pooling", "Dense", "Normalize", "LayerNorm", "Dropout")

# Each with the key that older versions have for it. Several are put together in this order.
POOLINGS = {
    "cls": "pooling_mode_cls_token",
    "max": "pooling_mode_max_tokens",
    "mean": "pooling_mode_mean_tokens",
    "mean_sqrt_len_tokens": "pooling_mode_mean_sqrt_len_tokens",
    "weightedmean": "pooling_mode_weightedmean_tokens",
    "lasttoken": "pooling_mode_lasttoken",
}

# Settings of the module Transformer, by the model's type in older versions.
CONFIGS = tuple(
    f"sentence_{kind}_config.json"
    for kind in (
        "bert",
        "roberta",
        "distilbert",
        "camembert",
        "albert",
        "xlm-roberta",
        "xlnet",
    )
)
# How the model is to be loaded, by the old name and the new; of that, what is done so, and
# what is decided here. The rest is refused: some of it would run code.
OF_MODEL = ("config_args", "config_kwargs", "model_args", "model_kwargs")
TAKEN = ("dtype", "torch_dtype")
OURS = (
    "add_pooling_layer",
    "attn_implementation",
    "low_cpu_mem_usage",
    "trust_remote_code",
    "use_cache",
)
# And the tokenizer.
OF_TOKENIZER = ("tokenizer_args", "processor_kwargs")

# Models with an encoder and a decoder whose encoders have a class of their own.
ENCODERS = ("t5", "mt5", "umt5")
