"""What functions-framework executes for every function: the names of `main`, which is imported only once."""

import main

globals().update({name: value for name, value in vars(main).items() if not name.startswith("__")})
