"""The ground floor: the documents, and everything that can be looked up in them."""
