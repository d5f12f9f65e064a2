"""What the map is sent."""
