"""Pages: one module an area; who may, what is asked, what is answered."""
