"""The social network: what is common to all, and what reactions and notifications stand on."""

# The version of the product, as in CHANGELOG.md.
__version__ = "0.1.0"
