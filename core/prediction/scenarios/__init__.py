"""Inputs that people pin with their answers, to be asked again later."""
