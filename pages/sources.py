"""Sources and methods: what each document carries, and the rules that every figure follows."""

from ess.ui.methods import show_methods_page

show_methods_page()
