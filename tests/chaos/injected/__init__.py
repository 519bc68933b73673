"""What rides along in each Python process of the product, so that the product's code has no hook of ours in it."""
