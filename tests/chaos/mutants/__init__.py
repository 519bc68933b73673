"""The product with one promise broken, each in a module whose `apply` is called before the product is loaded.

tests/chaos/test_mutants.py shows that the checker catches each. A name of the product that one leans on and that is
gone fails loudly: the process does not start.
"""
