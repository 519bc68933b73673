"""What a like costs in Django at the very least: a bare view with the product's own statement and wake-up."""
