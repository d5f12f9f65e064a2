"""What the atlas is measured against. Each file is an application, run in a folder of its own."""
