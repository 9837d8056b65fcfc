"""GitLab: the runners of groups or of the whole instance, read by GraphQL in tiers, or by REST where that is all."""
