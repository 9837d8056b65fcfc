"""GraphQL of the simulated GitLab: a hand-written slice of its schema, executed by graphql-core."""
