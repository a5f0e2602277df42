"""What is said when a model may not be right any more: windows, alerts, rules, and who is told. No Streamlit."""
