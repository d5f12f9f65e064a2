"""How fast the atlas is, measured beside what Streamlit itself costs."""
