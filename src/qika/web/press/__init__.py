"""The press: PDF files, made with the full font of this machine or not at all."""
