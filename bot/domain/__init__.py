"""What is true without any outside: endpoints, prices, jobs, budgets. Standard library only."""
