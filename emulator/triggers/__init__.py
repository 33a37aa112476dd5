"""Functions that run when documents change: registered by a functions host, told of every commit that matches."""
