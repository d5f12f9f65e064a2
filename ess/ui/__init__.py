"""The pages' parts: the only place for Streamlit."""
