"""A GitLab on the simulated world: its GraphQL and REST APIs, as strict and as rude as the real one."""
