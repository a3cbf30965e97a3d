"""Models of sentence-transformers: what their files say of vectors of texts, and of scores of pairs."""
