"""The simulated Prometheus: the world as series, a PromQL evaluator, the API, and pages for a real one to scrape."""
