"""Where the labels of images come from: subfolders, tables, names of files."""
