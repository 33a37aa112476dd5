"""WebChannel, the browser's bidirectional streams over plain HTTP: a state machine, and the HTTP around it."""
