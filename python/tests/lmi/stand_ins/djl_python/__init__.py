"""A stand-in for LMI's own package, which no registry has.

It has what our handler uses of it, with the same names and the same behaviour as in
deepjavalibrary/djl-serving, engines/python/setup/djl_python, of 2026-06.
"""
