"""A card's life: two applications, their states, their clocks."""
