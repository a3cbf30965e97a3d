"""Trains a model with a column of text behind an imputer: houses.py CSV MODEL."""

import sys

import joblib
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

data = pd.read_csv(sys.argv[1], dtype={"zip": "str"})
encoder = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
columns = make_column_transformer((encoder, ["zip"]), remainder="passthrough")
model = make_pipeline(columns, LogisticRegression())
joblib.dump(model.fit(data[["zip", "age"]], data["price"]), sys.argv[2])
