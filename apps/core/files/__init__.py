"""Files of strangers: told by their bytes, kept in the storage, handed out so that no browser runs them."""
