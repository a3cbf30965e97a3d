"""SGLang, called with our middleware in its app."""
