"""What people write: which letters it may hold, its links, words and beginnings."""
