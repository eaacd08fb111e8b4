"""What people read on pages, in English and Spanish."""
