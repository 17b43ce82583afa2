"""Files that offices hand over: CSV and XLSX, read as tables by way of a mapping."""
