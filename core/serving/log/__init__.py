"""The prediction log: what models were asked and answered, in columnar files a model and day, and the true answers."""
