class BaseEstimator:
    # Of those that have threads.
    n_jobs: int | None
