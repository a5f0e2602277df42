"""All runs of a store, kept between visits."""
