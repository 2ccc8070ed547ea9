"""What a policy can pull: the register of levers, policy files, and what they change in the model."""
