"""Real resolvers in front of Gatepost, in a network of their own: what they send, and how long a lookup takes them.

`python -m benchmarks.resolvers` measures inside that network; network.py makes it, programs.py starts the resolvers.
"""
