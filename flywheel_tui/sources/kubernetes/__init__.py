"""Kubernetes as an upstream: listed page by page, then watched; read with httpx, entered by way of the kubeconfig."""
