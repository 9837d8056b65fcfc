"""A GitHub on the simulated world: the part of its REST API that has to do with self-hosted runners."""
