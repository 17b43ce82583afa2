"""Streams of activations: bodies of millions of lines, received whole, carried out part by part."""
