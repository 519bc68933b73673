"""What the product is compared with: written as well as we can, and nothing in it is slower than its kind must be."""
