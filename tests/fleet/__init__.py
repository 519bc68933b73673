"""Many hosts on one machine, and what becomes of reactions when they die."""
