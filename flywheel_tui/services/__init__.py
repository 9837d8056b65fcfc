"""Every question and every verb of the product, once; the faces are thin layers over these."""
