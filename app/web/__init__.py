"""Pages for people: the hosted checkout, its words and its headers."""
