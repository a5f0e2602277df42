"""All of Pizarra's logic, importable and testable without a browser."""
