"""Who may do what where (pure): partners and what their keys allow them."""
