"""How clients reach the core: one port that carries gRPC and HTTP."""
