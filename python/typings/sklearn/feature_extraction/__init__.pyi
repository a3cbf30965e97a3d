from sklearn.base import BaseEstimator

class DictVectorizer(BaseEstimator): ...

class FeatureHasher(BaseEstimator):
    input_type: str
