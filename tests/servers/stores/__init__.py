"""A large object in a store that is fast, counts, and can hold back what it sends."""
