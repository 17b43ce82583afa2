"""The files of the bank exchange: layouts, signatures, the drop folder they come and go by."""
