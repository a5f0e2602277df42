"""Pure functions: a table in, a Plotly figure out."""
