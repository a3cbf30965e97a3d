// Made by python/facts.py: what the server in Python says of itself.
export const facts = {
  "settings": {
    "rows": [
      {
        "name": "SERVER_WORKERS",
        "shownDefault": "one for each CPU",
        "meaning": "processes that predict; they share the loaded model's memory. One for each model on multi-model endpoints. Also read: `SAGEMAKER_MODEL_SERVER_WORKERS`",
        "often": true
      },
      {
        "name": "SERVER_MAX_BODY_MB",
        "shownDefault": "`25`",
        "meaning": "larger requests, and compressed ones that unpack to more, are refused with 413. SageMaker sends 25 MB at most, batch transform 100 MB: the default there",
        "often": true
      },
      {
        "name": "SERVER_SHARE",
        "shownDefault": "`16`",
        "meaning": "so many of the requests that wait go to one worker, before another one that is free gets some",
        "often": false
      },
      {
        "name": "SERVER_BATCH_DELAY_MS",
        "shownDefault": "`0`",
        "meaning": "how long a request waits for others to be predicted with; by default only while all workers are busy",
        "often": false
      },
      {
        "name": "SERVER_BATCH_ROWS",
        "shownDefault": "`4096`",
        "meaning": "rows of several requests that are predicted in one call; `1`: each request by itself",
        "often": false
      },
      {
        "name": "SERVER_PROBABILITIES",
        "shownDefault": "`false`",
        "meaning": "`true`: answer with each class's probability",
        "often": true
      },
      {
        "name": "SERVER_BARE_LIST",
        "shownDefault": "`false`",
        "meaning": "`true`: the answer in JSON is the list of predictions alone, as SageMaker's own containers give it",
        "often": false
      },
      {
        "name": "SERVER_SCHEMA",
        "shownDefault": "`true`",
        "meaning": "`false`: `GET /schema` and `GET /openapi.json` say nothing of the model's columns, categories and examples",
        "often": false
      },
      {
        "name": "SERVER_QUEUE",
        "shownDefault": "`1000`",
        "meaning": "requests that wait for a worker; those beyond are refused with 503",
        "often": false
      },
      {
        "name": "SERVER_PREDICT_SECONDS",
        "shownDefault": "`60`",
        "meaning": "after which a worker that still predicts is replaced, and its requests get 504. SageMaker waits 60 s. Also read: `SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS`, `SAGEMAKER_MODEL_SERVER_TIMEOUT`",
        "often": true
      },
      {
        "name": "SERVER_ACCESS_LOG",
        "shownDefault": "`1`",
        "meaning": "the share of answered requests that get a line in the log, from 0 to 1; those that fail always get one",
        "often": true
      },
      {
        "name": "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
        "shownDefault": "`application/json`; in batch transform, lines for lines",
        "meaning": "the content type of answers to requests without `Accept`, or with `*/*`; serial pipelines set it",
        "often": false
      },
      {
        "name": "SERVER_MODELS_MB",
        "shownDefault": "80 % of the memory",
        "meaning": "on multi-model endpoints, what all models together may hold",
        "often": false
      },
      {
        "name": "SM_LOG_LEVEL",
        "shownDefault": "`INFO`",
        "meaning": "a name or a number. Requests are `INFO`, those refused `WARNING`, those that failed here `ERROR`. Also read: `SAGEMAKER_CONTAINER_LOG_LEVEL`",
        "often": true
      },
      {
        "name": "SM_MODEL_DIR",
        "shownDefault": "`/opt/ml/model`",
        "meaning": "the folder that holds the model",
        "often": false
      },
      {
        "name": "SAGEMAKER_BIND_TO_PORT",
        "shownDefault": "`8080`",
        "meaning": "the port, the only one that is opened; set by SageMaker where several containers share a host",
        "often": false
      },
      {
        "name": "SERVER_HOST",
        "shownDefault": "`0.0.0.0`",
        "meaning": "the address that is listened on. SageMaker needs all of them; `127.0.0.1` is for this machine alone",
        "often": false
      }
    ],
    "texts": [
      {
        "name": "SERVER_WORKERS",
        "shownDefault": "one for each CPU, `1` with a GPU",
        "meaning": "processes that run the model, each with its share of the CPUs; they share the loaded model's memory, but each has its own copy on a GPU. Also read: `SAGEMAKER_MODEL_SERVER_WORKERS`",
        "often": true
      },
      {
        "name": "SERVER_MAX_BODY_MB",
        "shownDefault": "`25`",
        "meaning": "larger requests, and compressed ones that unpack to more, are refused with 413. SageMaker sends 25 MB at most, batch transform 100 MB: the default there",
        "often": true
      },
      {
        "name": "SERVER_SHARE",
        "shownDefault": "`8`",
        "meaning": "so many of the requests that wait go to one worker, before another one that is free gets some",
        "often": false
      },
      {
        "name": "SERVER_BATCH_DELAY_MS",
        "shownDefault": "`2`",
        "meaning": "how long a request waits for others to be answered with",
        "often": false
      },
      {
        "name": "SERVER_QUEUE",
        "shownDefault": "`1000`",
        "meaning": "requests that wait for a worker; those beyond are refused with 503",
        "often": false
      },
      {
        "name": "SERVER_PREDICT_SECONDS",
        "shownDefault": "`60`",
        "meaning": "after which a worker that still predicts is replaced, and its requests get 504. SageMaker waits 60 s. Also read: `SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS`, `SAGEMAKER_MODEL_SERVER_TIMEOUT`",
        "often": true
      },
      {
        "name": "SERVER_ACCESS_LOG",
        "shownDefault": "`1`",
        "meaning": "the share of answered requests that get a line in the log, from 0 to 1; those that fail always get one",
        "often": true
      },
      {
        "name": "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
        "shownDefault": "`application/json`; in batch transform, lines for lines",
        "meaning": "the content type of answers to requests without `Accept`, or with `*/*`; serial pipelines set it",
        "often": false
      },
      {
        "name": "SERVER_MODELS_MB",
        "shownDefault": "80 % of the memory",
        "meaning": "on multi-model endpoints, what all models together may hold",
        "often": false
      },
      {
        "name": "SM_LOG_LEVEL",
        "shownDefault": "`INFO`",
        "meaning": "a name or a number. Requests are `INFO`, those refused `WARNING`, those that failed here `ERROR`. Also read: `SAGEMAKER_CONTAINER_LOG_LEVEL`",
        "often": true
      },
      {
        "name": "SM_MODEL_DIR",
        "shownDefault": "`/opt/ml/model`",
        "meaning": "the folder that holds the model",
        "often": false
      },
      {
        "name": "SAGEMAKER_BIND_TO_PORT",
        "shownDefault": "`8080`",
        "meaning": "the port, the only one that is opened; set by SageMaker where several containers share a host",
        "often": false
      },
      {
        "name": "SERVER_HOST",
        "shownDefault": "`0.0.0.0`",
        "meaning": "the address that is listened on. SageMaker needs all of them; `127.0.0.1` is for this machine alone",
        "often": false
      }
    ],
    "generation": [
      {
        "name": "SERVER_WORKERS",
        "shownDefault": "`1`",
        "meaning": "processes that run the model, each with its share of the CPUs; they share the loaded model's memory, but each has its own copy on a GPU. Also read: `SAGEMAKER_MODEL_SERVER_WORKERS`",
        "often": true
      },
      {
        "name": "SERVER_MAX_BODY_MB",
        "shownDefault": "`25`",
        "meaning": "larger requests, and compressed ones that unpack to more, are refused with 413. SageMaker sends 25 MB at most, batch transform 100 MB: the default there",
        "often": true
      },
      {
        "name": "SERVER_SHARE",
        "shownDefault": "`8`",
        "meaning": "so many of the requests that wait go to one worker, before another one that is free gets some",
        "often": false
      },
      {
        "name": "SERVER_BATCH_DELAY_MS",
        "shownDefault": "`0`",
        "meaning": "how long a request waits for others to be predicted with; by default only while all workers are busy",
        "often": false
      },
      {
        "name": "SERVER_QUEUE",
        "shownDefault": "`1000`",
        "meaning": "requests that wait for a worker; those beyond are refused with 503",
        "often": false
      },
      {
        "name": "SERVER_PREDICT_SECONDS",
        "shownDefault": "`60`",
        "meaning": "after which a worker that still predicts is replaced, and its requests get 504. SageMaker waits 60 s. Also read: `SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS`, `SAGEMAKER_MODEL_SERVER_TIMEOUT`",
        "often": true
      },
      {
        "name": "SERVER_ACCESS_LOG",
        "shownDefault": "`1`",
        "meaning": "the share of answered requests that get a line in the log, from 0 to 1; those that fail always get one",
        "often": true
      },
      {
        "name": "SERVER_MODELS_MB",
        "shownDefault": "80 % of the memory",
        "meaning": "on multi-model endpoints, what all models together may hold",
        "often": false
      },
      {
        "name": "SM_LOG_LEVEL",
        "shownDefault": "`INFO`",
        "meaning": "a name or a number. Requests are `INFO`, those refused `WARNING`, those that failed here `ERROR`. Also read: `SAGEMAKER_CONTAINER_LOG_LEVEL`",
        "often": true
      },
      {
        "name": "SM_MODEL_DIR",
        "shownDefault": "`/opt/ml/model`",
        "meaning": "the folder that holds the model",
        "often": false
      },
      {
        "name": "SAGEMAKER_BIND_TO_PORT",
        "shownDefault": "`8080`",
        "meaning": "the port, the only one that is opened; set by SageMaker where several containers share a host",
        "often": false
      },
      {
        "name": "SERVER_HOST",
        "shownDefault": "`0.0.0.0`",
        "meaning": "the address that is listened on. SageMaker needs all of them; `127.0.0.1` is for this machine alone",
        "often": false
      }
    ]
  },
  "contentTypes": {
    "rows": {
      "request": [
        {
          "type": "application/json",
          "shape": "a list, or an object with feature names, in `[…]`, `{\"instances\": […]}`, `{\"inputs\": […]}` or `{\"data\": […]}`; one object alone; MLflow's `dataframe_split` and `dataframe_records`; tensors as KServe has them",
          "payload": "payload.json"
        },
        {
          "type": "text/csv",
          "shape": "a line; a first line of feature names is understood, an empty field is a missing value",
          "payload": "payload.csv",
          "answeredInBatch": "text/csv"
        },
        {
          "type": "application/jsonlines",
          "shape": "a line: a JSON list, or an object with feature names",
          "payload": "payload.jsonl",
          "answeredInBatch": "application/jsonlines"
        },
        {
          "type": "application/x-npy",
          "shape": "a row of the array (`numpy.save`): numbers, or texts of a fixed length",
          "payload": "payload.npy"
        },
        {
          "type": "application/x-npz",
          "shape": "a row of a sparse matrix (`scipy.sparse.save_npz`); with XGBoost, what it leaves out is missing"
        },
        {
          "type": "text/plain",
          "shape": "a line, for models whose rows are texts",
          "answeredInBatch": "application/jsonlines"
        },
        {
          "type": "application/vnd.apache.parquet",
          "shape": "a row of the table; needs a line with `pyarrow` in requirements.txt"
        },
        {
          "type": "application/vnd.apache.arrow.stream",
          "shape": "a row of the table; needs a line with `pyarrow` in requirements.txt"
        }
      ],
      "response": [
        "application/json",
        "text/csv",
        "application/jsonlines",
        "application/x-npy"
      ]
    },
    "xgboost": {
      "request": [
        {
          "type": "text/libsvm",
          "shape": "a line: `label index:value …`, the label optional, indices from 0, absent features missing",
          "payload": "payload.libsvm",
          "answeredInBatch": "text/csv"
        },
        {
          "type": "text/x-libsvm",
          "shape": "a line: `label index:value …`, the label optional, indices from 0, absent features missing",
          "answeredInBatch": "text/csv"
        }
      ],
      "response": []
    },
    "texts": {
      "request": [
        {
          "type": "application/json",
          "shape": "`{\"inputs\": …, \"parameters\": {…}}`: one input or a list of them; `instances` and `data` are other names for `inputs`, and an input of two texts may come as it is: `{\"question\": …, \"context\": …}`",
          "payload": "payload.json"
        },
        {
          "type": "application/jsonlines",
          "shape": "the same, one a line",
          "payload": "payload.jsonl",
          "answeredInBatch": "application/jsonlines"
        },
        {
          "type": "text/csv",
          "shape": "an input a line, below a line that names the columns: `inputs`, or `question,context`",
          "answeredInBatch": "application/jsonlines"
        },
        {
          "type": "text/plain",
          "shape": "the body is one text",
          "payload": "payload.txt"
        }
      ],
      "response": [
        "application/json",
        "application/jsonlines"
      ]
    }
  },
  "modelFiles": {
    "headBytes": 4096,
    "kinds": [
      {
        "name": "empty",
        "pattern": "(?![\\s\\S])",
        "words": "an empty file: copy the model again, or save it again"
      },
      {
        "name": "git-lfs",
        "pattern": "version https://git-lfs",
        "words": "a pointer of Git LFS, not the file that it stands for: `git lfs pull` brings that"
      },
      {
        "name": "html",
        "pattern": "\\s*<(?:![dD]|[hH][tT][mM][lL]|[hH][eE][aA][dD])",
        "words": "a web page (HTML), as a download that went wrong leaves it: download the file itself"
      },
      {
        "name": "xgboost-ubj",
        "pattern": "\\{L\\0{4}",
        "words": "a model of XGBoost, as save_model writes it"
      },
      {
        "name": "xgboost-json",
        "pattern": "\\s*\\{\\s*\"(?:learner|version)\"\\s*:",
        "words": "a model of XGBoost, as save_model writes it"
      },
      {
        "name": "xgboost-dump",
        "pattern": "booster\\[\\d+\\]:|digraph |\\s*\\[\\s*\\{\\s*\"nodeid\"",
        "words": "a dump of XGBoost's trees, as dump_model writes it for people to read, and no model"
      },
      {
        "name": "xgboost-binary",
        "pattern": "binf|bs64|[\\s\\S]{136}[\\s\\S]\\0{7}[\\w:]{3,40}[\\x04\\x06\\x08]\\0{7}(?:dart|gbtree|gblinear)",
        "words": "a model in XGBoost's old binary format, which XGBoost 3.1 and later cannot read"
      },
      {
        "name": "lightgbm",
        "pattern": "tree\\r?\\nversion=",
        "words": "a model of LightGBM, as Booster.save_model writes it: pickle the estimator itself (LGBMClassifier …), and add lightgbm to requirements.txt"
      },
      {
        "name": "pickle",
        "pattern": "\\x80[\\x02-\\x05]|c[\\w.]+\\n\\w+\\n|\\([dlc]|[\\]}]q",
        "words": "a pickle"
      },
      {
        "name": "torch",
        "pattern": "PK\\x03\\x04[\\s\\S]{26}[^\\0/]+/data\\.pkl",
        "words": "a file of torch.save, which is not served: a model of transformers is, saved by save_pretrained"
      },
      {
        "name": "zip",
        "pattern": "PK\\x03\\x04",
        "words": "a zip archive"
      },
      {
        "name": "tar",
        "pattern": "[\\s\\S]{257}ustar",
        "words": "a tar archive: unpack it, and give what is in it"
      },
      {
        "name": "zlib",
        "pattern": "x[\\x01\\x5e\\x9c\\xda]",
        "words": "a compressed file: unpack it, and give what is in it"
      },
      {
        "name": "gzip",
        "pattern": "\\x1f\\x8b",
        "words": "a compressed file: unpack it, and give what is in it"
      },
      {
        "name": "compressed",
        "pattern": "BZh|\\xfd7zXZ|\\x5d\\0\\0|\\x04\\x22\\x4d\\x18",
        "words": "a compressed file: unpack it, and give what is in it"
      },
      {
        "name": "npy",
        "pattern": "\\x93NUMPY",
        "words": "an array of numpy (numpy.save), not a model: save the fitted model itself"
      },
      {
        "name": "hdf5",
        "pattern": "\\x89HDF\\r\\n",
        "words": "an HDF5 file, as Keras writes models, whose libraries this project does not have"
      },
      {
        "name": "parquet",
        "pattern": "PAR1",
        "words": "a table (Parquet), not a model: save the fitted model itself"
      },
      {
        "name": "xml",
        "pattern": "\\s*<\\?xml",
        "words": "XML, such as PMML, which is not served"
      },
      {
        "name": "json",
        "pattern": "\\s*[\\[{]",
        "words": "JSON, but no model"
      },
      {
        "name": "text",
        "pattern": "[\\t\\n\\r\\x20-\\x7e\\x80-\\xff]+(?![\\s\\S])",
        "words": "plain text, not a model"
      }
    ],
    "namedInPickle": "\\x8c[\\s\\S]([\\w.]{1,255})\\x94?\\x8c[\\s\\S](\\w{1,255})\\x94?\\x93|c([\\w.]{1,255})\\n(\\w{1,255})\\n",
    "pickledClass": "(?:\\x80[\\x02-\\x05])?(?:\\x95[\\s\\S]{8})?(?:ccopy_reg\\n_reconstructor\\n(?:[pq][\\s\\S]\\n?)?\\()?(?:\\x8c[\\s\\S]([\\w.]{1,255})\\x94?\\x8c[\\s\\S](\\w{1,255})\\x94?\\x93|c([\\w.]{1,255})\\n(\\w{1,255})\\n)",
    "advice": {
      "sklearn": {
        "xgboost-ubj": "make a project with --framework=xgboost",
        "xgboost-json": "make a project with --framework=xgboost",
        "xgboost-binary": "make a project with --framework=xgboost, which says how to convert it",
        "pickle": "make a project with --model-format=pkl",
        "zip": "if skops.io.dump wrote it, make a project with --model-format=skops"
      },
      "xgboost": {
        "xgboost-binary": "convert it once, where it was trained (xgboost<3.1): python -c \"import xgboost; xgboost.Booster(model_file='{file}').save_model('model.json')\"",
        "xgboost-dump": "save the model itself, where it was trained: save_model('model.json')",
        "pickle xgboost": "pickles hold for the version that wrote them only. Save the model anew, where it was trained: python -c \"import joblib; joblib.load('{file}').save_model('model.json')\"",
        "pickle": "make a project with --framework=sklearn"
      }
    },
    "packages": {
      "Bio": "biopython",
      "PIL": "pillow",
      "bs4": "beautifulsoup4",
      "category_encoders": "category-encoders",
      "catboost": "catboost",
      "cloudpickle": "cloudpickle",
      "cv2": "opencv-python-headless",
      "dateutil": "python-dateutil",
      "dill": "dill",
      "dirty_cat": "dirty-cat",
      "fasttext": "fasttext",
      "feature_engine": "feature-engine",
      "gensim": "gensim",
      "hdbscan": "hdbscan",
      "imblearn": "imbalanced-learn",
      "imodels": "imodels",
      "interpret": "interpret",
      "keras": "keras",
      "lightgbm": "lightgbm",
      "mlxtend": "mlxtend",
      "ngboost": "ngboost",
      "nltk": "nltk",
      "optbinning": "optbinning",
      "pandas": "pandas",
      "pmdarima": "pmdarima",
      "polars": "polars",
      "prophet": "prophet",
      "pyarrow": "pyarrow",
      "pygam": "pygam",
      "pyod": "pyod",
      "sentence_transformers": "sentence-transformers",
      "shap": "shap",
      "skimage": "scikit-image",
      "skl2onnx": "skl2onnx",
      "sklearn": "scikit-learn",
      "sklearn_extra": "scikit-learn-extra",
      "sklearn_pandas": "sklearn-pandas",
      "sklego": "scikit-lego",
      "skopt": "scikit-optimize",
      "skorch": "skorch",
      "skrub": "skrub",
      "sksurv": "scikit-survival",
      "sktime": "sktime",
      "spacy": "spacy",
      "statsmodels": "statsmodels",
      "tensorflow": "tensorflow",
      "torch": "torch",
      "tpot": "tpot",
      "transformers": "transformers",
      "tslearn": "tslearn",
      "umap": "umap-learn",
      "unidecode": "Unidecode",
      "xgboost": "xgboost-cpu",
      "yaml": "PyYAML"
    }
  },
  "lora": {
    "harmless": [
      "peft_type",
      "task_type",
      "base_model_name_or_path",
      "revision",
      "peft_version",
      "auto_mapping",
      "r",
      "lora_alpha",
      "use_rslora",
      "target_modules",
      "target_parameters",
      "fan_in_fan_out",
      "exclude_modules",
      "layers_to_transform",
      "layers_pattern",
      "inference_mode",
      "lora_dropout",
      "megatron_config",
      "megatron_core",
      "runtime_config",
      "loftq_config",
      "eva_config",
      "corda_config",
      "lora_ga_config",
      "qalora_group_size",
      "lora_dtype",
      "lorap_lr_ratio",
      "lorap_emb_lr"
    ],
    "plainStarts": [
      true,
      false,
      "gaussian",
      "eva",
      "orthogonal"
    ],
    "patterns": {
      "rank_pattern": "r",
      "alpha_pattern": "lora_alpha"
    }
  },
  "sentences": {
    "modules": [
      "Transformer",
      "Pooling",
      "Dense",
      "Normalize",
      "LayerNorm",
      "Dropout"
    ],
    "poolings": {
      "cls": "pooling_mode_cls_token",
      "max": "pooling_mode_max_tokens",
      "mean": "pooling_mode_mean_tokens",
      "mean_sqrt_len_tokens": "pooling_mode_mean_sqrt_len_tokens",
      "weightedmean": "pooling_mode_weightedmean_tokens",
      "lasttoken": "pooling_mode_lasttoken"
    },
    "configs": [
      "sentence_bert_config.json",
      "sentence_roberta_config.json",
      "sentence_distilbert_config.json",
      "sentence_camembert_config.json",
      "sentence_albert_config.json",
      "sentence_xlm-roberta_config.json",
      "sentence_xlnet_config.json"
    ],
    "ofModel": [
      "config_args",
      "config_kwargs",
      "model_args",
      "model_kwargs"
    ],
    "loadedWith": [
      "dtype",
      "torch_dtype",
      "add_pooling_layer",
      "attn_implementation",
      "low_cpu_mem_usage",
      "trust_remote_code",
      "use_cache"
    ],
    "encoders": [
      "t5",
      "mt5",
      "umt5"
    ]
  }
};
