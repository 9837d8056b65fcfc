"""The simulated Kubernetes API server: lists, watches, patches and rights as a real one has them."""
