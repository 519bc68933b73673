"""The social network: what is common to all, and what reactions and notifications stand on."""

# Of the product, as CHANGELOG.md tells it.
__version__ = "0.1.0"
