"""From a file to the corpus: read, parse, chunk, encode, store."""
