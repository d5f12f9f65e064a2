"""The floor: a list and one line of text under Streamlit's default settings."""

import streamlit as st

chosen = st.selectbox("Measure", range(30))
st.write("shown", chosen)
