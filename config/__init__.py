"""The composition root: what the product is made of, and how its parts meet. Nothing imports it."""
