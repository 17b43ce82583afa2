"""Street maps of other people: their tiles, fetched for our readers and kept for a while."""
