"""Files that hold many images, and places inside them that read as paths do."""
